//! `GET /v1/events`: the events of all sessions, as they happen.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use utoipa::IntoParams;

use super::query;
use crate::app::{self, App};
use crate::bus::Found;
use crate::guard;
use crate::lines::Lines;
use crate::refusal::{Refusal, RefusalKind, Refusals};

/// How much is handed on at a time. With what waits in the connection, this is all that a reader costs.
const PIECE: usize = 32 << 10;

/// Where to go on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// The number of the last event that is known already; only new ones if it is not said.
    #[param(format = "uint64", minimum = 0)]
    since: Option<u64>,
}

/// Everything that happens
///
/// Server-sent events: `data` is one event as a line of JSON, `id` its number. Where events are lost that were asked for, there is one
/// `event: gap` with `{"after":N,"next":M}`. A reader that is too slow is told `event: dropped` with
/// `{"last":N,"oldest":M}`, and the stream ends. `Last-Event-ID` counts more than `since`.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "sessions",
    params(
        EventsQuery,
        ("Last-Event-ID" = Option<u64>, Header, format = "uint64", minimum = 0, description = "As `since`; browsers send it."),
    ),
    responses(
        (status = 200, description = "Events, until one side goes away.", content_type = "text/event-stream", body = String),
        Refusals,
    ),
)]
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    asked: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    let since = last_event_id(&headers)?.or(query(asked)?.since);
    let place = app::take(&app.lanes.events, "readers of events")?;
    let after = since.unwrap_or_else(|| app.bus.newest());
    let (tx, body) = Lines::channel(1);
    // Ends with its reader, or when the server stops.
    tokio::spawn(async move {
        let mut feed = Feed { app, after, tx, _place: place };
        // How it ended is of no interest to anybody.
        let _ = feed.run().await;
    });
    Ok(([(CONTENT_TYPE, "text/event-stream")], body).into_response())
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let name = HeaderName::from_static("last-event-id");
    if !headers.contains_key(&name) {
        return Ok(None);
    }
    let number = guard::only(headers, name).and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| Refusal::new(RefusalKind::Malformed, "`Last-Event-ID` is not a number"))
}

/// One reader.
struct Feed {
    app: Arc<App>,
    after: u64,
    tx: mpsc::Sender<Bytes>,
    _place: OwnedSemaphorePermit,
}

/// Nobody reads any more.
struct Gone;

impl Feed {
    async fn run(&mut self) -> Result<(), Gone> {
        let mut stopping = self.app.stopping.subscribe();
        self.begin().await?;
        loop {
            if *stopping.borrow_and_update() {
                return self.tell(": the manager stops\n\n".to_owned()).await;
            }
            match self.app.bus.read(self.after, PIECE) {
                Found::Events { text, last } => {
                    self.after = last;
                    self.tell(text).await?;
                }
                Found::Gap { oldest } => return self.drop_reader(oldest).await,
                Found::Nothing => tokio::select! {
                    () = self.app.bus.wait(self.after) => {}
                    _ = stopping.changed() => {}
                    () = self.tx.closed() => return Err(Gone),
                    () = tokio::time::sleep(self.app.limits.heartbeat) => {
                        self.tell(": still here\n\n".to_owned()).await?;
                    }
                },
            }
        }
    }

    /// Says where the stream begins, and whether something is missing before.
    async fn begin(&mut self) -> Result<(), Gone> {
        let mut text = format!(": after {}\n\n", self.after);
        if let Found::Gap { oldest } = self.app.bus.read(self.after, 1) {
            let before = oldest - 1;
            // The id makes a reader that comes back go on from here.
            text =
                format!("id: {before}\nevent: gap\ndata: {{\"after\":{},\"next\":{oldest}}}\n\n", self.after);
            self.after = before;
        }
        self.tell(text).await
    }

    async fn drop_reader(&mut self, oldest: u64) -> Result<(), Gone> {
        self.app.counters.count_dropped();
        let last = self.after;
        self.tell(format!("event: dropped\ndata: {{\"last\":{last},\"oldest\":{oldest}}}\n\n")).await
    }

    async fn tell(&self, text: String) -> Result<(), Gone> {
        self.tx.send(Bytes::from(text)).await.map_err(|_| Gone)
    }
}
