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
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
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
    with_parts(app)
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

/// The parts of the page that browsers are shown.
fn with_parts(app: &App) -> Router<Arc<App>> {
    let parts = app.assets.iter().flat_map(|assets| &assets.parts);
    parts.fold(Router::new(), |router, part| {
        let serve = {
            let part = part.clone();
            move |headers: HeaderMap| async move { part.answer(StatusCode::OK, &headers) }
        };
        router.route(part.path(), get(serve))
    })
}

/// Content that somebody looks at by itself does nothing there, whatever it is: it may be a picture of a stranger with a
/// script in it.
const INERT: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// What every request meets first.
struct Front {
    app: Arc<App>,
    door: Door,
}

async fn stand_in_front(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let looks = Looks::of(&request);
    let admitted = admit(&front, request, next).await;
    let mut response = match (&admitted, &front.app.assets) {
        (Err(refusal), Some(assets)) if looks.at_the_door && refusal.kind == RefusalKind::Unauthorized => {
            assets.closed.answer(refusal.kind.status(), &looks.headers)
        }
        (Ok(answer), Some(assets)) if looks.at_a_link && answer.status() == StatusCode::NOT_FOUND => {
            assets.closed.answer(answer.status(), &looks.headers)
        }
        _ => admitted.unwrap_or_else(Refusal::into_response),
    };
    front.app.counters.count_response(response.status().as_u16());
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static(VERSION_HEADER), HeaderValue::from(PROTOCOL));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(INERT));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn admit(front: &Front, request: Request, next: Next) -> Result<Response, Refusal> {
    let Front { app, door } = front;
    let limits = HeadLimits { headers: app.limits.headers, bytes: app.limits.header_bytes };
    match guard::judge(door, limits, request.uri(), request.headers()) {
        // The page's own files are nobody's secret, and browsers ask for some of them without a cookie.
        Err(refusal) if refusal.kind == RefusalKind::Unauthorized && is_part(app, request.uri()) => {}
        judged => judged?,
    }
    // Until the head of the answer is there; streams have lanes of their own.
    let _place = app::take(&app.lanes.requests, "requests")?;
    Ok(next.run(request).await)
}

fn is_part(app: &App, uri: &Uri) -> bool {
    app.assets.iter().flat_map(|assets| &assets.parts).any(|part| part.path() == uri.path())
}

/// Where a person looks with a browser, as far as it matters when the answer is no.
struct Looks {
    at_the_door: bool,
    at_a_link: bool,
    headers: HeaderMap,
}

impl Looks {
    fn of(request: &Request) -> Self {
        let accepted = request.headers().get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
        let is_person = request.method() == Method::GET
            && accepted
                .flat_map(|accept| accept.split(','))
                .any(|one| one.trim_start().starts_with("text/html"));
        let path = request.uri().path();
        let (at_the_door, at_a_link) = (is_person && path == "/", is_person && path.starts_with("/open/"));
        let headers = if is_person { request.headers().clone() } else { HeaderMap::new() };
        Self { at_the_door, at_a_link, headers }
    }
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
