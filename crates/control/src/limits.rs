//! [`Limits`]: how much of everything.

use std::time::Duration;

/// How much the server takes on. The defaults suit a manager for one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of a request's headers, names and values.
    pub header_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// How long a request's head may take to arrive, and a connection may lie idle.
    pub head_time: Duration,
    /// How long a request's body may take to arrive.
    pub body_time: Duration,
    /// How long a reader may take nothing before it is dropped.
    pub write_time: Duration,
    /// Connections open at once; more wait to be accepted.
    pub connections: usize,
    /// Requests answered at once; more are refused.
    pub requests: usize,
    /// Questions and changes put to the manager at once, and as many controls; more wait.
    pub queries: usize,
    /// Requests that run something, at once; more are refused.
    pub sessions: usize,
    /// Readers of `GET /v1/events` at once; more are refused.
    pub event_readers: usize,
    /// How often a reader of events that hears nothing is told that it is still connected.
    pub heartbeat: Duration,
    /// Bytes of an answer that is sent as one array.
    pub array_bytes: usize,
    /// Answers kept for requests that carry an `Idempotency-Key`.
    pub kept_answers: usize,
    /// Bytes of one of them; of a longer one only the end is kept.
    pub kept_bytes: usize,
    /// How long one is kept.
    pub kept_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            header_bytes: 16 << 10,
            headers: 64,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(10),
            write_time: Duration::from_secs(30),
            connections: 512,
            requests: 256,
            queries: 8,
            sessions: 32,
            event_readers: 64,
            heartbeat: Duration::from_secs(15),
            array_bytes: 32 << 20,
            kept_answers: 256,
            kept_bytes: 16 << 10,
            kept_time: Duration::from_secs(24 * 60 * 60),
        }
    }
}
