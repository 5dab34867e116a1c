//! Controls of the session that runs. They have no answer of their own; their effect is seen in the rows.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use syncmgr_wire::control::Request;
use utoipa::IntoParams;

use super::{in_path, query};
use crate::app::App;
use crate::jobs::{self, Ask};
use crate::refusal::{Names, Refusal, RefusalKind, Refusals};

type Answered = Result<StatusCode, Refusal>;

async fn control(app: &Arc<App>, name: &'static str, request: Request) -> Answered {
    jobs::array(app, Ask { name: name.into(), request }, Names::Nothing).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stop the running session
#[utoipa::path(post, path = "/v1/stop", tag = "sessions",
    responses((status = 204, description = "It was told."), Refusals))]
pub(crate) async fn stop(State(app): State<Arc<App>>) -> Answered {
    control(&app, "POST /v1/stop", Request::Stop).await
}

/// How long everything is paused.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PauseQuery {
    /// In seconds; until somebody resumes if it is not said.
    #[param(format = "uint64", minimum = 0, maximum = 18446744073709551615_u64)]
    seconds: Option<u64>,
}

/// Hold the running session, and let none start by itself
#[utoipa::path(post, path = "/v1/pause", tag = "sessions", params(PauseQuery),
    responses((status = 204, description = "It was told."), Refusals))]
pub(crate) async fn pause(
    State(app): State<Arc<App>>,
    asked: Result<Query<PauseQuery>, QueryRejection>,
) -> Answered {
    let seconds = query(asked)?.seconds;
    control(&app, "POST /v1/pause", Request::Pause { seconds }).await
}

/// Let the running session go on, and sessions start by themselves again
#[utoipa::path(post, path = "/v1/resume", tag = "sessions",
    responses((status = 204, description = "It was told."), Refusals))]
pub(crate) async fn resume(State(app): State<Arc<App>>) -> Answered {
    control(&app, "POST /v1/resume", Request::Resume).await
}

/// Leave an item out of the running session
#[utoipa::path(post, path = "/v1/items/{id}/skip", tag = "sessions",
    params(("id" = String, Path, format = "uuid", description = "The item's id.")),
    responses((status = 204, description = "It was told."), Refusals))]
pub(crate) async fn skip(State(app): State<Arc<App>>, id: Result<Path<String>, PathRejection>) -> Answered {
    let item = in_path(id)?.parse().map_err(|error| {
        Refusal::new(RefusalKind::Malformed, format!("{error}")).hint("`GET /v1/items` tells the ids")
    })?;
    control(&app, "POST /v1/items/ID/skip", Request::Skip { item }).await
}
