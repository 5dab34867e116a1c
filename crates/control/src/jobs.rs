//! Asking the manager: on a thread that may block, with a place in a lane, to the end even if nobody listens any more.

use std::any::Any;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use syncmgr_model::id::SessionId;
use syncmgr_wire::control::{Event, Request};
use tokio::sync::oneshot;

use crate::answer::{Answer, Answerer, FailureLine, Nature};
use crate::app::App;
use crate::idempotency::{Claim, Kept, fingerprint};
use crate::lines::Lines;
use crate::refusal::{Names, Refusal, RefusalKind, of_answer};

/// What a stream of lines is called.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// What an answer in one piece is called.
pub(crate) const JSON: &str = "application/json";

/// Lines that wait for a reader before the manager does.
const PIECES: usize = 256;

/// A request, and the name under which a shutdown reports it.
pub(crate) struct Ask {
    pub(crate) name: Cow<'static, str>,
    pub(crate) request: Request,
}

/// Asks, and gives all events as one JSON array.
pub(crate) async fn array(app: &Arc<App>, ask: Ask, names: Names) -> Result<Bytes, Refusal> {
    let most = app.limits.array_bytes;
    let (answer, array) = blocking(app, Nature::of(&ask.request), ask.name, move |app| {
        let mut array = Array::new(most);
        let answer = perform(&*app.answerer, ask.request, &mut |event| array.add(&event));
        (answer, array)
    })
    .await?;
    of_answer(answer, names)?;
    array.close()
}

/// Asks, and tells each event as a line, and the answer as the last one.
pub(crate) async fn stream(app: &Arc<App>, ask: Ask, key: Option<HeldKey>) -> Result<Response, Refusal> {
    let permit = app.lanes.enter(Nature::of(&ask.request)).await?;
    let entered = app.underway.enter(ask.name.into_owned());
    let (tx, body) = Lines::channel(PIECES);
    let job_app = Arc::clone(app);
    // Nobody waits for it here: it belongs to `underway`, which a shutdown waits for.
    tokio::task::spawn_blocking(move || {
        let mut copy = key.as_ref().map(|_| Copy::new(job_app.limits.kept_bytes));
        let mut tell = |line: Bytes| {
            if let Some(copy) = &mut copy {
                copy.add(&line);
            }
            // A reader that has gone away does not stop anything.
            let _ = tx.blocking_send(line);
        };
        let answer = perform(&*job_app.answerer, ask.request, &mut |event| tell(line(event.to_line())));
        let end = line(end_line(&answer));
        // Kept before it is told: whoever heard the end and asks again gets the answer.
        if let (Some(key), Some(copy)) = (key, copy) {
            key.finish(copy.kept(&end));
        }
        let _ = tx.blocking_send(end);
        drop((entered, permit));
    });
    Ok(([(CONTENT_TYPE, NDJSON)], body).into_response())
}

/// Has a session started, and answers as soon as it has begun. It runs on without anybody who listens.
pub(crate) async fn start(app: &Arc<App>, ask: Ask, key: Option<HeldKey>) -> Result<Kept, Refusal> {
    let permit = app.lanes.enter(Nature::Runs).await?;
    let entered = app.underway.enter(ask.name.into_owned());
    let (begun, begins) = oneshot::channel();
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || {
        let mut start = Start { begun: Some(begun), key };
        let answer = perform(&*app.answerer, ask.request, &mut |event| {
            if let Event::Begun(begun) = event {
                start.answer(Ok(started(Some(begun.session))));
            }
        });
        // Without a beginning there was nothing to do, or it could not be done.
        start.answer(of_answer(answer, Names::Nothing).map(|()| started(None)));
        drop((entered, permit));
    });
    begins.await.unwrap_or_else(|_| Err(failed_refusal()))
}

/// Somebody who waits for a session to begin.
struct Start {
    begun: Option<oneshot::Sender<Result<Kept, Refusal>>>,
    key: Option<HeldKey>,
}

impl Start {
    /// Says what came of it; what is said later, nobody hears.
    fn answer(&mut self, answer: Result<Kept, Refusal>) {
        let Some(begun) = self.begun.take() else { return };
        // Where nothing was started the key is free again.
        if let (Some(key), Ok(kept)) = (self.key.take(), &answer) {
            key.finish(kept.clone());
        }
        // One that has gone away does not stop anything.
        let _ = begun.send(answer);
    }
}

fn started(session: Option<SessionId>) -> Kept {
    let session = session.map_or_else(|| "null".to_owned(), |session| format!("\"{session}\""));
    let body = Bytes::from(format!("{{\"session\":{session}}}"));
    Kept { status: StatusCode::ACCEPTED.as_u16(), content_type: JSON, body }
}

/// Runs something on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    app: &Arc<App>,
    nature: Nature,
    name: Cow<'static, str>,
    job: impl FnOnce(&App) -> T + Send + 'static,
) -> Result<T, Refusal> {
    let permit = app.lanes.enter(nature).await?;
    let entered = app.underway.enter(name.into_owned());
    let app = Arc::clone(app);
    let job = tokio::task::spawn_blocking(move || {
        // The place is held until the job is over, also if nobody waits for it any more.
        let _held = (permit, entered);
        job(&app)
    });
    job.await.map_err(|_| failed_refusal())
}

fn failed_refusal() -> Refusal {
    Refusal::new(RefusalKind::Failed, "the manager failed while it answered")
        .hint("this is a fault worth reporting")
}

/// Asks; a panic becomes a failure.
fn perform(answerer: &dyn Answerer, request: Request, hear: &mut dyn FnMut(Event)) -> Answer {
    catch_unwind(AssertUnwindSafe(|| answerer.ask(request, hear))).unwrap_or_else(|panic| failed(&*panic))
}

fn failed(panic: &(dyn Any + Send)) -> Answer {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    let failure = FailureLine {
        headline: "the manager failed while it answered".to_owned(),
        causes: text.into_iter().collect(),
        hint: Some("this is a fault worth reporting".to_owned()),
    };
    Answer { exit: 5, failure: Some(failure) }
}

fn line(mut text: String) -> Bytes {
    text.push('\n');
    Bytes::from(text)
}

/// The last line of a stream.
#[derive(Serialize)]
#[serde(tag = "type", rename = "end")]
struct End<'a> {
    #[serde(flatten)]
    answer: &'a Answer,
}

fn end_line(answer: &Answer) -> String {
    // Nothing in it could fail to be written.
    serde_json::to_string(&End { answer }).unwrap_or_default()
}

/// Events on their way into one array.
struct Array {
    text: Vec<u8>,
    most: usize,
}

impl Array {
    fn new(most: usize) -> Self {
        Self { text: vec![b'['], most }
    }

    /// Adds one; beyond the limit nothing is kept any more.
    fn add(&mut self, event: &Event) {
        if self.text.len() > self.most {
            return;
        }
        if self.text.len() > 1 {
            self.text.push(b',');
        }
        self.text.extend_from_slice(event.to_line().as_bytes());
    }

    fn close(mut self) -> Result<Bytes, Refusal> {
        if self.text.len() > self.most {
            return Err(Refusal::new(RefusalKind::AnswerTooLarge, "the answer is too long for one array")
                .hint("`POST /v1/ask` answers in lines, however many"));
        }
        self.text.push(b']');
        Ok(Bytes::from(self.text))
    }
}

/// What was told, for somebody who asks again.
struct Copy {
    text: Vec<u8>,
    most: usize,
}

impl Copy {
    fn new(most: usize) -> Self {
        Self { text: Vec::new(), most }
    }

    fn add(&mut self, line: &[u8]) {
        // One line more than fits tells `kept` that it was too much.
        if self.text.len() <= self.most {
            self.text.extend_from_slice(line);
        }
    }

    /// The whole stream, or its end if that was too much.
    fn kept(self, end: &[u8]) -> Kept {
        let mut body = if self.text.len() <= self.most { self.text } else { Vec::new() };
        body.extend_from_slice(end);
        Kept { status: StatusCode::OK.as_u16(), content_type: NDJSON, body: Bytes::from(body) }
    }
}

/// What the header `Idempotency-Key` comes to.
pub(crate) enum Claimed {
    /// There is none.
    None,
    /// It is new.
    Fresh(HeldKey),
    /// It was answered before.
    Again(Response),
}

/// A key whose request is being carried out. Dropped without an answer, it is free again.
pub(crate) struct HeldKey {
    app: Arc<App>,
    key: String,
}

impl HeldKey {
    fn finish(self, kept: Kept) {
        self.app.keys().finish(&self.key, kept);
    }
}

impl Drop for HeldKey {
    fn drop(&mut self) {
        // Does nothing to a key that was finished.
        self.app.keys().abandon(&self.key);
    }
}

/// Whether a text can be a key.
fn is_key(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The key of a request, if it has one.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let name = HeaderName::from_static("idempotency-key");
    if !headers.contains_key(&name) {
        return Ok(None);
    }
    let key = crate::guard::only(headers, name).filter(|key| is_key(key));
    let why = "`Idempotency-Key` is one text of 1 to 128 visible characters";
    key.map(Some).ok_or_else(|| Refusal::new(RefusalKind::Malformed, why))
}

/// Looks whether a request was made before.
pub(crate) fn claim(
    app: &Arc<App>,
    headers: &HeaderMap,
    path: &str,
    body: &[u8],
) -> Result<Claimed, Refusal> {
    let Some(key) = key(headers)? else { return Ok(Claimed::None) };
    let claim = app.keys().claim(key, fingerprint(path, body), app.now());
    match claim {
        Claim::Fresh => Ok(Claimed::Fresh(HeldKey { app: Arc::clone(app), key: key.to_owned() })),
        Claim::Again(kept) => {
            let mut response = kept_response((*kept).clone());
            let replayed = HeaderName::from_static("idempotency-replayed");
            response.headers_mut().insert(replayed, HeaderValue::from_static("true"));
            Ok(Claimed::Again(response))
        }
        Claim::Running => Err(Refusal::new(
            RefusalKind::KeyInUse,
            "the first request with this key is still being answered",
        )
        .hint("`GET /v1/events` tells how far it is")),
        Claim::Other => Err(Refusal::new(RefusalKind::KeyReused, "this key was used with another request")
            .hint("take a new key for each request")),
        Claim::Full => Err(Refusal::busy("requests with keys")),
    }
}

/// An answer as it is sent.
pub(crate) fn kept_response(kept: Kept) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    (status, [(CONTENT_TYPE, kept.content_type)], kept.body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_tells_exit_code_and_failure() {
        assert_eq!(end_line(&Answer::exits(1)), r#"{"type":"end","exit":1,"failure":null}"#);
        assert_eq!(
            end_line(&Answer::fails(2, "no")),
            r#"{"type":"end","exit":2,"failure":{"headline":"no","causes":[],"hint":null}}"#
        );
    }

    #[test]
    fn of_a_long_answer_only_the_end_is_kept() {
        let kept = |lines: &[&[u8]]| {
            let mut copy = Copy::new(4);
            lines.iter().for_each(|line| copy.add(line));
            copy.kept(b"end\n").body
        };
        assert_eq!(kept(&[b"a\n", b"b\n"]), "a\nb\nend\n");
        assert_eq!(kept(&[b"a\n", b"b\n", b"c\n"]), "end\n");
    }
}
