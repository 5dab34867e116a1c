//! `POST /v1/ask`: any request of the vocabulary.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use syncmgr_wire::control::Request;

use crate::answer::Nature;
use crate::app::App;
use crate::body;
use crate::jobs::{self, Ask, Claimed};
use crate::openapi::AnyRequest;
use crate::refusal::{Refusal, Refusals};

/// Ask anything
///
/// Takes one request of the control vocabulary and answers with one JSON object a line: each event as soon as it is heard, and
/// last `{"type":"end","exit":N,"failure":…}`. A stream without that line is not complete. Going away while a session
/// runs does not stop it.
#[utoipa::path(
    post,
    path = "/v1/ask",
    tag = "everything",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$",
         description = "The same key within 24 hours gets the same answer, and nothing is done twice. Without effect on questions and controls."),
    ),
    request_body(content = AnyRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "Events, a line each, and the end.", content_type = "application/x-ndjson", body = String),
        Refusals,
    ),
)]
pub(crate) async fn ask(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let body = body::read(body, app.limits.body_bytes, app.limits.body_time).await?;
    let request: Request = body::parse(&body)?;
    let key = if Nature::of(&request).starts_something() {
        match jobs::claim(&app, &headers, "/v1/ask", &body)? {
            Claimed::Again(response) => return Ok(response),
            Claimed::Fresh(key) => Some(key),
            Claimed::None => None,
        }
    } else {
        // Without effect here, and still to be one.
        jobs::key(&headers)?;
        None
    };
    let name = format!("POST /v1/ask {}", body::parse::<Word>(&body)?.request).into();
    jobs::stream(&app, Ask { name, request }, key).await
}

/// The word that says which request it is.
#[derive(Deserialize)]
struct Word {
    request: String,
}
