//! `POST /v1/sync`: start a session.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use serde::Serialize;
use syncmgr_wire::control::{Request, Selection, SyncRequest};
use utoipa::ToSchema;

use crate::app::App;
use crate::body;
use crate::jobs::{self, Ask, Claimed, NDJSON};
use crate::openapi::SyncBody;
use crate::refusal::{Refusal, Refusals};

/// A session that was started.
#[derive(Serialize, ToSchema)]
pub(crate) struct Started {
    /// Its id; `GET /v1/results?session=ID` tells what came of it. `null`: there was nothing to do.
    #[schema(format = "uuid")]
    session: Option<String>,
}

/// Start a session
///
/// Without a body: everything that is ticked. Answers with the session's id as soon as it has begun; whoever accepts
/// `application/x-ndjson` gets the session's events instead, as from `/v1/ask`.
#[utoipa::path(
    post,
    path = "/v1/sync",
    tag = "sessions",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$",
         description = "The same key within 24 hours gets the same answer, and nothing is started twice."),
    ),
    request_body(content = SyncBody, content_type = "application/json"),
    responses(
        (status = 202, description = "Started.", content_type = "application/json", body = Started),
        (status = 200, description = "Its events, a line each, and the end.", content_type = "application/x-ndjson", body = String),
        Refusals,
    ),
)]
pub(crate) async fn sync(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let body = body::read(body, app.limits.body_bytes, app.limits.body_time).await?;
    let request = match body.trim_ascii() {
        [] => SyncRequest::new(Selection::Ticked),
        body => body::parse(body)?,
    };
    let ask = Ask { name: "POST /v1/sync".into(), request: Request::Sync(request) };
    let lines = wants_lines(&headers);
    // Asked for in another form, it would be another answer.
    let path = if lines { "/v1/sync in lines" } else { "/v1/sync" };
    let key = match jobs::claim(&app, &headers, path, &body)? {
        Claimed::Again(response) => return Ok(response),
        Claimed::Fresh(key) => Some(key),
        Claimed::None => None,
    };
    if lines {
        return jobs::stream(&app, ask, key).await;
    }
    jobs::start(&app, ask, key).await.map(jobs::kept_response)
}

fn wants_lines(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().map(HeaderValue::to_str);
    accepted.flatten().flat_map(|all| all.split(',')).any(|one| {
        let name = one.split(';').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case(NDJSON)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_sent_to_those_who_ask_for_them_by_name() {
        let table = [
            ("application/x-ndjson", true),
            ("text/html, Application/X-NDJSON;q=0.5", true),
            ("application/json", false),
            ("*/*", false),
        ];
        for (accept, expected) in table {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(wants_lines(&headers), expected, "{accept}");
        }
        assert!(!wants_lines(&HeaderMap::new()));
    }
}
