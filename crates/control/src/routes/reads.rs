//! Questions that have a path of their own: a JSON array of events each.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use syncmgr_wire::control::{Marks, Request};
use utoipa::IntoParams;

use super::{in_path, query};
use crate::app::App;
use crate::jobs::{self, Ask, JSON};
use crate::openapi::EventLine;
use crate::refusal::{Names, Refusal, Refusals};

type Answered = Result<Response, Refusal>;
type Shared = State<Arc<App>>;

async fn array(app: &Arc<App>, name: &'static str, request: Request, names: Names) -> Answered {
    let array = jobs::array(app, Ask { name: name.into(), request }, names).await?;
    Ok(([(CONTENT_TYPE, JSON)], array).into_response())
}

fn named(name: Option<&String>) -> Names {
    if name.is_some() { Names::Something } else { Names::Nothing }
}

/// How each item is
#[utoipa::path(get, path = "/v1/status", tag = "questions",
    responses((status = 200, description = "A `status` for each item.", body = Vec<EventLine>), Refusals))]
pub(crate) async fn status(State(app): Shared) -> Answered {
    array(&app, "GET /v1/status", Request::Status, Names::Nothing).await
}

/// Which check marks are looked at.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MarksQuery {
    /// What for: `manual`, `logon`, `logoff`, `idle` or `schedule:NAME`.
    #[serde(rename = "for")]
    purpose: Option<String>,
    /// On which network connection.
    connection: Option<String>,
}

/// What can be synchronized
#[utoipa::path(get, path = "/v1/items", tag = "questions", params(MarksQuery),
    responses((status = 200, description = "A `handler` for each that could not be asked, then an `item` for each item.", body = Vec<EventLine>), Refusals))]
pub(crate) async fn items(State(app): Shared, marks: Result<Query<MarksQuery>, QueryRejection>) -> Answered {
    let MarksQuery { purpose, connection } = query(marks)?;
    array(&app, "GET /v1/items", Request::Items(Marks { purpose, connection }), Names::Nothing).await
}

/// How many sessions are told.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// At most this many; 20 if it is not said.
    #[param(format = "uint32", minimum = 0, maximum = 4294967295_u32)]
    limit: Option<u32>,
}

/// Past sessions, newest first
#[utoipa::path(get, path = "/v1/history", tag = "questions", params(HistoryQuery),
    responses((status = 200, description = "A `session` for each.", body = Vec<EventLine>), Refusals))]
pub(crate) async fn history(
    State(app): Shared,
    asked: Result<Query<HistoryQuery>, QueryRejection>,
) -> Answered {
    let limit = query(asked)?.limit.unwrap_or(20);
    array(&app, "GET /v1/history", Request::History { limit }, Names::Nothing).await
}

/// Which session is told of.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResultsQuery {
    /// The session's id or the beginning of it; the last one if it is not said.
    session: Option<String>,
}

/// What came of a session
#[utoipa::path(get, path = "/v1/results", tag = "questions", params(ResultsQuery),
    responses((status = 200, description = "The `session`, then its entries, problems and halts.", body = Vec<EventLine>), Refusals))]
pub(crate) async fn results(
    State(app): Shared,
    asked: Result<Query<ResultsQuery>, QueryRejection>,
) -> Answered {
    let session = query(asked)?.session;
    // Without a name the last one is meant, which need not be there either.
    array(&app, "GET /v1/results", Request::Results { session }, Names::Something).await
}

/// Whose conflicts are told.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConflictsQuery {
    /// Only this item's: name or id.
    item: Option<String>,
}

/// Open conflicts
#[utoipa::path(get, path = "/v1/conflicts", tag = "questions", params(ConflictsQuery),
    responses((status = 200, description = "A `conflict` for each.", body = Vec<EventLine>), Refusals))]
pub(crate) async fn conflicts(
    State(app): Shared,
    asked: Result<Query<ConflictsQuery>, QueryRejection>,
) -> Answered {
    let item = query(asked)?.item;
    let names = named(item.as_ref());
    array(&app, "GET /v1/conflicts", Request::Conflicts { item }, names).await
}

/// Why an item is as it is
#[utoipa::path(get, path = "/v1/why/{item}", tag = "questions",
    params(("item" = String, Path, description = "Its name or id.")),
    responses((status = 200, description = "One `why`.", body = Vec<EventLine>), Refusals))]
pub(crate) async fn why(State(app): Shared, item: Result<Path<String>, PathRejection>) -> Answered {
    let item = in_path(item)?;
    array(&app, "GET /v1/why", Request::Why { item }, Names::Something).await
}

/// When sessions start by themselves
#[utoipa::path(get, path = "/v1/triggers", tag = "questions",
    responses((status = 200, description = "A `trigger` for each.", body = Vec<EventLine>), Refusals))]
pub(crate) async fn triggers(State(app): Shared) -> Answered {
    array(&app, "GET /v1/triggers", Request::Settings, Names::Nothing).await
}

/// What is able to synchronize items
#[utoipa::path(get, path = "/v1/handlers", tag = "questions",
    responses((status = 200, description = "A `handler` for each.", body = Vec<EventLine>), Refusals))]
pub(crate) async fn handlers(State(app): Shared) -> Answered {
    array(&app, "GET /v1/handlers", Request::Handlers, Names::Nothing).await
}

/// Connections that something was chosen or set for
#[utoipa::path(get, path = "/v1/connections", tag = "questions",
    responses((status = 200, description = "A `connection` for each.", body = Vec<EventLine>), Refusals))]
pub(crate) async fn connections(State(app): Shared) -> Answered {
    array(&app, "GET /v1/connections", Request::Connections, Names::Nothing).await
}
