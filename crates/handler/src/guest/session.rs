//! What the manager offers beyond the contract.

use std::fmt;
use std::sync::Arc;

use syncmgr_model::id::ItemId;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::handler::{
    CheckpointParams, SecretParams, SecretResult, StateParams, StateResult, VerdictResult,
};
use syncmgr_wire::protocol::host::InitializeParams;
use syncmgr_wire::protocol::method;

use super::host::Host;
use super::stage::States;

/// The session this process was started for. May be kept and used from any thread.
pub struct Session {
    pub(super) host: Arc<Host>,
    pub(super) params: InitializeParams,
    pub(super) states: Arc<States>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("params", &self.params).finish_non_exhaustive()
    }
}

impl Session {
    /// What the manager said of itself and of the session: the handler's configuration, the reason, the language.
    pub fn params(&self) -> &InitializeParams {
        &self.params
    }

    /// A secret that the handler's manifest declares.
    ///
    /// # Errors
    ///
    /// When it is not declared or not there; for people.
    pub fn secret(&self, key: &str) -> Result<String, String> {
        let params = SecretParams { key: key.to_owned() };
        match self.host.call::<SecretResult>(method::SECRET, &params) {
            Some(Ok(result)) => Ok(result.value),
            Some(Err(refusal)) => Err(format!("the secret `{key}` is not to be had: {refusal}")),
            None => Err("the manager has gone".to_owned()),
        }
    }

    /// What was kept of an item last, in this run or an earlier one.
    pub fn state(&self, item: ItemId) -> Option<String> {
        self.states.get(item)
    }

    /// Keeps a text of up to 64 KiB for the next run. Says whether it was taken; if not, another run has taken over and the
    /// work is to end at once.
    pub fn keep(&self, item: ItemId, state: &str) -> bool {
        if self.host.has_cap("state") {
            let params = StateParams { item: item.to_string(), state: state.to_owned() };
            if !matches!(
                self.host.call::<StateResult>(method::STATE, &params),
                Some(Ok(StateResult { accepted: true }))
            ) {
                return false;
            }
        }
        self.states.set(item, state);
        true
    }

    /// Waits for the manager's word before something that cannot be undone: no checkpoint after a stop is answered with go.
    pub fn checkpoint(&self, item: ItemId) -> Verdict {
        let params = CheckpointParams { item: Some(item.to_string()) };
        match self.host.call::<VerdictResult>(method::CHECKPOINT, &params) {
            Some(Ok(result)) => result.v.into(),
            _ => Verdict::Stop,
        }
    }
}
