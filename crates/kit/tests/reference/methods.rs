//! All methods of the protocol with their types: the one list from which schema and page are made.

use schemars::{Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use syncmgr_wire::protocol::handler::{
    AskParams, AskResult, CheckpointParams, ConflictParams, ConflictResult, ConnectParams, ConnectResult,
    DialogParams, DialogResult, LogDeleteParams, LogParams, PlanParams, ProgressParams, SecretParams,
    SecretResult, StateParams, StateResult, VerdictResult,
};
use syncmgr_wire::protocol::host::{
    ActionParams, CancelParams, EnumerateResult, InitializeParams, InitializeResult, ItemStatusParams,
    Nothing, PrepareResult, PropertiesParams, PropertiesResult, RunParams, ShowErrorParams, ShowErrorResult,
    SyncResult, VerdictParams,
};
use syncmgr_wire::protocol::{Params, method};

/// Who sends a message of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    Host,
    Handler,
}

pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) sender: Sender,
    pub(crate) params: Type,
    /// None: it is a notification only.
    pub(crate) result: Option<Type>,
    /// It may also come without an id.
    pub(crate) may_be_notification: bool,
}

/// A type: its name on the page, its schema, and whether a text can be read as it.
pub(crate) struct Type {
    pub(crate) name: &'static str,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) reads_params: fn(Params<'_>) -> Result<(), String>,
    pub(crate) reads_result: fn(&str) -> Result<(), String>,
}

macro_rules! type_of {
    ($name:ident) => {
        Type {
            name: stringify!($name),
            schema: |generator| generator.subschema_for::<$name>(),
            reads_params: |params| reads_params::<$name>(params),
            reads_result: |text| reads_result::<$name>(text),
        }
    };
}

fn reads_params<T: DeserializeOwned>(params: Params<'_>) -> Result<(), String> {
    params.read::<T>().map(drop).map_err(|error| error.to_string())
}

fn reads_result<T: DeserializeOwned>(text: &str) -> Result<(), String> {
    serde_json::from_str::<T>(text).map(drop).map_err(|error| error.to_string())
}

/// The one type that borrows from its line.
fn progress() -> Type {
    Type {
        name: "ProgressParams",
        schema: |generator| generator.subschema_for::<ProgressParams<'static>>(),
        reads_params: |params| {
            params.read::<ProgressParams<'_>>().map(drop).map_err(|error| error.to_string())
        },
        reads_result: |_| Err("progress is no result".to_owned()),
    }
}

fn asked(sender: Sender, name: &'static str, params: Type, result: Type) -> Method {
    Method { name, sender, params, result: Some(result), may_be_notification: false }
}

fn either(sender: Sender, name: &'static str, params: Type, result: Type) -> Method {
    Method { may_be_notification: true, ..asked(sender, name, params, result) }
}

fn told(sender: Sender, name: &'static str, params: Type) -> Method {
    Method { name, sender, params, result: None, may_be_notification: true }
}

/// In the order of the page.
pub(crate) fn all() -> Vec<Method> {
    use Sender::{Handler, Host};
    vec![
        asked(Host, method::INITIALIZE, type_of!(InitializeParams), type_of!(InitializeResult)),
        asked(Host, method::CHECK, type_of!(Nothing), type_of!(Nothing)),
        asked(Host, method::ENUMERATE, type_of!(Nothing), type_of!(EnumerateResult)),
        asked(Host, method::PREPARE, type_of!(RunParams), type_of!(PrepareResult)),
        asked(Host, method::SYNC, type_of!(RunParams), type_of!(SyncResult)),
        told(Host, method::VERDICT, type_of!(VerdictParams)),
        told(Host, method::ITEM_STATUS, type_of!(ItemStatusParams)),
        asked(Host, method::PROPERTIES, type_of!(PropertiesParams), type_of!(PropertiesResult)),
        asked(Host, method::SHOW_ERROR, type_of!(ShowErrorParams), type_of!(ShowErrorResult)),
        asked(Host, method::ACTION, type_of!(ActionParams), type_of!(ShowErrorResult)),
        told(Host, method::CANCEL_REQUEST, type_of!(CancelParams)),
        asked(Host, method::SHUTDOWN, type_of!(Nothing), type_of!(Nothing)),
        told(Host, method::EXIT, type_of!(Nothing)),
        either(Handler, method::PROGRESS, progress(), type_of!(VerdictResult)),
        asked(Handler, method::CHECKPOINT, type_of!(CheckpointParams), type_of!(VerdictResult)),
        either(Handler, method::LOG, type_of!(LogParams), type_of!(Nothing)),
        either(Handler, method::LOG_DELETE, type_of!(LogDeleteParams), type_of!(Nothing)),
        asked(Handler, method::STATE, type_of!(StateParams), type_of!(StateResult)),
        asked(Handler, method::ASK, type_of!(AskParams), type_of!(AskResult)),
        asked(Handler, method::DIALOG, type_of!(DialogParams), type_of!(DialogResult)),
        asked(Handler, method::CONNECT, type_of!(ConnectParams), type_of!(ConnectResult)),
        asked(Handler, method::SECRET, type_of!(SecretParams), type_of!(SecretResult)),
        either(Handler, method::CONFLICT, type_of!(ConflictParams), type_of!(ConflictResult)),
        told(Handler, method::PLAN, type_of!(PlanParams)),
        told(Handler, method::ITEMS, type_of!(EnumerateResult)),
        told(Handler, method::ITEMS_CHANGED, type_of!(Nothing)),
    ]
}
