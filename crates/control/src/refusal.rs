//! [`Refusal`]: every answer that says no, in one shape.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::answer::Answer;

/// Why a request is refused, as programs see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefusalKind {
    /// It cannot be understood.
    Malformed,
    /// It is for another version of the API.
    Version,
    /// It lacks the token, or has a wrong one.
    Unauthorized,
    /// It was sent to another name than ours.
    Host,
    /// A page that is not ours sent it.
    Origin,
    /// There is no such path, or nothing of that name.
    NotFound,
    /// The path does not take this method.
    Method,
    /// Its body did not arrive in time.
    Slow,
    /// The first request with this key is still being answered.
    KeyInUse,
    /// Its body is too long.
    TooLarge,
    /// What it asks for cannot be done as things are.
    Usage,
    /// This key was used with another request.
    KeyReused,
    /// Its headers are too long.
    Headers,
    /// The manager failed.
    Failed,
    /// Too much is asked at the moment.
    Busy,
    /// The answer is too long for this path.
    AnswerTooLarge,
}

impl RefusalKind {
    /// All of them.
    pub(crate) const ALL: [Self; 16] = [
        Self::Malformed,
        Self::Version,
        Self::Unauthorized,
        Self::Host,
        Self::Origin,
        Self::NotFound,
        Self::Method,
        Self::Slow,
        Self::KeyInUse,
        Self::TooLarge,
        Self::Usage,
        Self::KeyReused,
        Self::Headers,
        Self::Failed,
        Self::Busy,
        Self::AnswerTooLarge,
    ];

    /// The status it is sent with.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Malformed | Self::Version => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Host | Self::Origin => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::KeyInUse | Self::KeyReused => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Usage => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Headers => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::AnswerTooLarge => StatusCode::INSUFFICIENT_STORAGE,
        }
    }

    /// What the status means here, for the description.
    fn meaning(self) -> &'static str {
        match self {
            Self::Malformed | Self::Version => "The request cannot be understood, or is for another version.",
            Self::Unauthorized => "The token is missing or wrong.",
            Self::Host | Self::Origin => "Sent to another host, or by a page of another origin.",
            Self::NotFound => "There is nothing of that name.",
            Self::Method => "The path does not take this method.",
            Self::Slow => "The body did not arrive in time.",
            Self::KeyInUse | Self::KeyReused => {
                "The first request with this `Idempotency-Key` is still being answered, or was another one."
            }
            Self::TooLarge => "The body is too long.",
            Self::Usage => "It cannot be done as things are.",
            Self::Headers => "The headers are too long.",
            Self::Failed => "The manager failed.",
            Self::Busy => "Too much is asked at the moment; `Retry-After` says when to try again.",
            Self::AnswerTooLarge => "The answer is too long to be sent as one array.",
        }
    }
}

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Refusal {
    /// Why, for programs.
    pub(crate) kind: RefusalKind,
    /// Why, for people.
    pub(crate) message: String,
    /// The causes behind it, the nearest first. Absent if none are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) causes: Vec<String>,
    /// What to do about it; `null` if nobody knows.
    #[serde(default)]
    pub(crate) hint: Option<String>,
}

/// How it goes over the wire.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RefusalBody {
    /// What is refused.
    pub(crate) error: Refusal,
}

impl Refusal {
    /// A refusal.
    pub(crate) fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), causes: Vec::new(), hint: None }
    }

    /// What to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Too much is asked at the moment.
    pub(crate) fn busy(what: &str) -> Self {
        Self::new(RefusalKind::Busy, format!("too many {what} at the moment")).hint("try again in a second")
    }
}

/// Whether a request names something that may not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Something,
    Nothing,
}

/// The refusal that says what an answer says, if it is a failure. The exit code alone is no failure.
pub(crate) fn of_answer(answer: Answer, names: Names) -> Result<(), Refusal> {
    let Some(failure) = answer.failure else { return Ok(()) };
    let kind = match (answer.exit, names) {
        (2, Names::Something) => RefusalKind::NotFound,
        (2, Names::Nothing) => RefusalKind::Usage,
        _ => RefusalKind::Failed,
    };
    Err(Refusal { kind, message: failure.headline, causes: failure.causes, hint: failure.hint })
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let kind = self.kind;
        let mut response = (kind.status(), Json(RefusalBody { error: self })).into_response();
        let headers = response.headers_mut();
        match kind {
            RefusalKind::Busy | RefusalKind::KeyInUse => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            RefusalKind::Unauthorized => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"syncmgr\""));
            }
            _ => {}
        }
        response
    }
}

/// All refusals, for the description: each path can answer any of them.
pub(crate) struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let described = |kind: RefusalKind| {
            let content = Content::new(Some(Ref::from_schema_name("RefusalBody")));
            let response = ResponseBuilder::new().description(kind.meaning());
            (kind.status().as_str().to_owned(), response.content("application/json", content).build().into())
        };
        RefusalKind::ALL.into_iter().map(described).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_refused_by_what_it_is_and_an_exit_code_alone_is_none() {
        let kind = |exit, names| of_answer(Answer::fails(exit, "no"), names).unwrap_err().kind;
        assert_eq!(kind(2, Names::Something), RefusalKind::NotFound);
        assert_eq!(kind(2, Names::Nothing), RefusalKind::Usage);
        assert_eq!(kind(5, Names::Something), RefusalKind::Failed);
        assert_eq!(of_answer(Answer::exits(1), Names::Nothing), Ok(()));
    }
}
