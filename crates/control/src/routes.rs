//! Paths, and what stands in front of all of them.

mod about;
mod ask;
mod content;
mod controls;
mod events;
mod reads;
mod sync;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use utoipa::OpenApi;

use crate::app::{self, App};
use crate::guard::{self, Door, HeadLimits};
use crate::refusal::{Refusal, RefusalKind};
use crate::version::{PROTOCOL, VERSION_HEADER};

/// The description of the paths.
#[derive(OpenApi)]
#[openapi(paths(
    about::health,
    about::metrics,
    about::description,
    about::open,
    ask::ask,
    sync::sync,
    reads::status,
    reads::items,
    reads::history,
    reads::results,
    reads::conflicts,
    reads::why,
    reads::triggers,
    reads::handlers,
    reads::connections,
    content::content,
    controls::stop,
    controls::pause,
    controls::resume,
    controls::skip,
    events::events,
))]
pub(crate) struct Paths;

/// All paths, for requests that come in at this door.
pub(crate) fn router(app: &Arc<App>, door: Door) -> Router {
    let front = Arc::new(Front { app: Arc::clone(app), door });
    Router::new()
        .route("/", get(about::index))
        .route("/health", get(about::health))
        .route("/metrics", get(about::metrics))
        .route("/openapi.json", get(about::description))
        .route("/open/{secret}", get(about::open))
        .route("/v1/ask", post(ask::ask))
        .route("/v1/sync", post(sync::sync))
        .route("/v1/status", get(reads::status))
        .route("/v1/items", get(reads::items))
        .route("/v1/history", get(reads::history))
        .route("/v1/results", get(reads::results))
        .route("/v1/conflicts", get(reads::conflicts))
        .route("/v1/why/{item}", get(reads::why))
        .route("/v1/triggers", get(reads::triggers))
        .route("/v1/handlers", get(reads::handlers))
        .route("/v1/connections", get(reads::connections))
        .route("/v1/content", get(content::content))
        .route("/v1/stop", post(controls::stop))
        .route("/v1/pause", post(controls::pause))
        .route("/v1/resume", post(controls::resume))
        .route("/v1/items/{id}/skip", post(controls::skip))
        .route("/v1/events", get(events::events))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(from_fn_with_state(front, stand_in_front))
        .with_state(Arc::clone(app))
}

/// What every request meets first.
struct Front {
    app: Arc<App>,
    door: Door,
}

async fn stand_in_front(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let mut response = match admit(&front, request, next).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    };
    front.app.counters.count_response(response.status().as_u16());
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static(VERSION_HEADER), HeaderValue::from(PROTOCOL));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn admit(front: &Front, request: Request, next: Next) -> Result<Response, Refusal> {
    let Front { app, door } = front;
    let limits = HeadLimits { headers: app.limits.headers, bytes: app.limits.header_bytes };
    guard::judge(door, limits, request.uri(), request.headers())?;
    // Until the head of the answer is there; streams have lanes of their own.
    let _place = app::take(&app.lanes.requests, "requests")?;
    Ok(next.run(request).await)
}

async fn not_found(uri: Uri) -> Refusal {
    Refusal::new(RefusalKind::NotFound, format!("there is no `{}`", uri.path()))
        .hint("`GET /openapi.json` tells what there is")
}

async fn method_not_allowed() -> Refusal {
    Refusal::new(RefusalKind::Method, "the path does not take this method")
        .hint("`GET /openapi.json` tells which it takes")
}

/// What the query says.
fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Refusal> {
    query.map(|Query(said)| said).map_err(|error| Refusal::new(RefusalKind::Malformed, error.body_text()))
}

/// What stands in the path.
fn in_path<T>(path: Result<Path<T>, PathRejection>) -> Result<T, Refusal> {
    path.map(|Path(said)| said).map_err(|error| Refusal::new(RefusalKind::Malformed, error.body_text()))
}
