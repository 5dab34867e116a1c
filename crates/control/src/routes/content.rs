//! Pictures of open conflicts: the only content of files that is served.
//!
//! What they are was told by their first bytes, and a browser is told to believe nothing else: it shows a picture or nothing.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use syncmgr_model::fact::Side;
use utoipa::{IntoParams, ToSchema};

use super::query;
use crate::answer::{Content, Nature};
use crate::app::App;
use crate::jobs;
use crate::refusal::{Refusal, RefusalKind, Refusals};

/// Which picture.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ContentQuery {
    /// The item: name or id.
    item: String,
    /// `left` or `right`.
    #[param(inline, value_type = SideWord)]
    side: String,
    /// The path of the conflict.
    path: String,
    /// Whether `path` is escaped.
    escaped: Option<bool>,
}

/// The word for a side.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "only describes what `side` may be")]
enum SideWord {
    Left,
    Right,
}

/// The picture that a side of an open conflict is
///
/// PNG, JPEG, GIF or WebP of at most 16 MiB; all else is not found.
#[utoipa::path(get, path = "/v1/content", tag = "questions", params(ContentQuery),
    responses((status = 200, description = "The picture.",
        content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/gif"), (Vec<u8> = "image/webp"))), Refusals))]
pub(crate) async fn content(
    State(app): State<Arc<App>>,
    asked: Result<Query<ContentQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    let ContentQuery { item, side, path, escaped } = query(asked)?;
    let Some(side) = Side::BOTH.into_iter().find(|known| known.as_str() == side) else {
        return Err(Refusal::new(RefusalKind::Malformed, "`side` is neither `left` nor `right`"));
    };
    let escaped = escaped.unwrap_or(false);
    let found = jobs::blocking(&app, Nature::Reads, "GET /v1/content".into(), move |app| {
        app.answerer.content(&item, side, &path, escaped)
    })
    .await?;
    let is_served = |found: &Content| Content::MEDIA.contains(&found.media);
    let Some(Content { media, bytes }) = found.filter(is_served) else {
        return Err(Refusal::new(RefusalKind::NotFound, "there is no picture of a conflict there")
            .hint("`compare` tells where the pictures of a conflict are"));
    };
    let head = [
        (CONTENT_TYPE, media),
        // Also opened by itself it runs nothing and fetches nothing.
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (CONTENT_DISPOSITION, "inline"),
    ];
    Ok((head, bytes).into_response())
}
