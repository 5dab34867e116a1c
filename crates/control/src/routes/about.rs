//! About the manager and this API.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::in_path;
use crate::answer::{Health, HealthState, Nature};
use crate::app::App;
use crate::guard::COOKIE_NAME;
use crate::jobs::{self, JSON};
use crate::refusal::{Refusal, RefusalKind, Refusals};

/// The page, where there is one.
pub(crate) async fn index(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match &app.assets {
        Some(assets) => assets.front.answer(StatusCode::OK, &headers),
        None => "This is the control API of syncmgr. It is described at /openapi.json.\n".into_response(),
    }
}

/// Whether the manager can be asked
#[utoipa::path(get, path = "/health", tag = "about",
    responses(
        (status = 200, description = "It can.", body = Health),
        Refusals,
        (status = 503, description = "Not yet, or no more; or too much is asked at the moment.", body = crate::openapi::HealthOrRefusal),
    ))]
pub(crate) async fn health(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let health =
        jobs::blocking(&app, Nature::Controls, "GET /health".into(), |app| app.answerer.health()).await?;
    let status = match health.state {
        HealthState::Running => StatusCode::OK,
        HealthState::Starting | HealthState::Stopping => StatusCode::SERVICE_UNAVAILABLE,
    };
    Ok((status, Json(health)).into_response())
}

/// Numbers for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "about",
    responses((status = 200, description = "Metrics in the text format of Prometheus.", content_type = "text/plain", body = String), Refusals))]
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let own = own_metrics(&app);
    let text = jobs::blocking(&app, Nature::Controls, "GET /metrics".into(), |app| {
        let mut text = own;
        app.answerer.metrics(&mut text);
        text
    });
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.await?).into_response())
}

fn own_metrics(app: &App) -> String {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, u64)]| {
        // Writing to a string cannot fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (labels, number) in samples {
            let _ = writeln!(text, "{name}{labels} {number}");
        }
    };
    let one = |number: u64| [(String::new(), number)];
    let readers = app.limits.event_readers.saturating_sub(app.lanes.events.available_permits());
    let classes: Vec<_> =
        app.counters.responses().map(|(class, n)| (format!("{{class=\"{class}xx\"}}"), n)).collect();
    family("syncmgr_control_responses_total", "counter", "Responses by class of status.", &classes);
    family("syncmgr_control_underway", "gauge", "Requests with the manager.", &one(app.underway.count()));
    family("syncmgr_control_event_readers", "gauge", "Readers of events.", &one(readers as u64));
    family(
        "syncmgr_control_event_readers_dropped_total",
        "counter",
        "Readers of events that were too slow.",
        &one(app.counters.dropped()),
    );
    family("syncmgr_control_newest_event", "gauge", "Number of the newest event.", &one(app.bus.newest()));
    text
}

/// This description
#[utoipa::path(get, path = "/openapi.json", tag = "about",
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value), Refusals))]
pub(crate) async fn description(State(app): State<Arc<App>>) -> Response {
    let description = app.description.get_or_init(|| Bytes::from(crate::openapi()));
    ([(CONTENT_TYPE, JSON)], description.clone()).into_response()
}

/// Open a link
///
/// Gives a browser the cookie by which it may ask further, once for each link.
#[utoipa::path(get, path = "/open/{secret}", tag = "about", security(()),
    params(("secret" = String, Path, description = "The link's secret.")),
    responses((status = 303, description = "It may. To the front page."), Refusals))]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    secret: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let secret = in_path(secret)?;
    let opened = app.opener.links.redeem(&secret, app.now());
    let Some(cookie) = app.opener.cookie.get().filter(|_| opened) else {
        return Err(Refusal::new(RefusalKind::NotFound, "the link does not open anything")
            .hint("a link opens once, within five minutes; ask for a new one"));
    };
    // Strict: other pages cannot make a browser send it. Not for scripts, and gone with the browser's session.
    let cookie = format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Strict", cookie.as_text());
    Ok((StatusCode::SEE_OTHER, [(LOCATION, "/".to_owned()), (SET_COOKIE, cookie)]).into_response())
}
