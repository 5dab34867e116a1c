//! [`Keys`]: which requests were made already, and what came of them.
//!
//! Whoever lost the connection while something was started sends the request again with the same `Idempotency-Key`, and gets
//! the answer of the first one. Kept in memory, because what a restart interrupts was not answered.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use axum::body::Bytes;
use syncmgr_model::time::Timestamp;

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyLimits {
    pub(crate) answers: usize,
    pub(crate) millis: i64,
}

/// The answer to a request that was made with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
}

/// What is to be done with a request that carries a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Carry it out, then finish or abandon the key.
    Fresh,
    /// Send this.
    Again(Arc<Kept>),
    /// Refuse it: the first one is not through.
    Running,
    /// Refuse it: the first one was another request.
    Other,
    /// Refuse it: all places are taken by requests that are not through.
    Full,
}

/// Keys in the order in which they came. There are few, so they are looked through.
#[derive(Debug)]
pub(crate) struct Keys {
    limits: KeyLimits,
    known: VecDeque<Known>,
}

#[derive(Debug)]
struct Known {
    key: String,
    request: u64,
    since: Timestamp,
    /// Nothing: not through yet.
    kept: Option<Arc<Kept>>,
}

/// What tells one request from another.
pub(crate) fn fingerprint(path: &str, body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (path, body).hash(&mut hasher);
    hasher.finish()
}

impl Keys {
    pub(crate) fn new(limits: KeyLimits) -> Self {
        Self { limits, known: VecDeque::new() }
    }

    /// Takes a key for a request.
    pub(crate) fn claim(&mut self, key: &str, request: u64, now: Timestamp) -> Claim {
        let oldest = now.plus_millis(-self.limits.millis);
        // A request that is not through stays known for as long as it takes.
        self.known.retain(|known| known.kept.is_none() || known.since > oldest);
        if let Some(known) = self.known.iter().find(|known| known.key == key) {
            return match &known.kept {
                _ if known.request != request => Claim::Other,
                Some(kept) => Claim::Again(Arc::clone(kept)),
                None => Claim::Running,
            };
        }
        if self.known.len() >= self.limits.answers {
            let Some(at) = self.known.iter().position(|known| known.kept.is_some()) else {
                return Claim::Full;
            };
            self.known.remove(at);
        }
        self.known.push_back(Known { key: key.to_owned(), request, since: now, kept: None });
        Claim::Fresh
    }

    /// Keeps what came of the request with this key.
    pub(crate) fn finish(&mut self, key: &str, kept: Kept) {
        if let Some(known) = self.known.iter_mut().find(|known| known.key == key) {
            known.kept = Some(Arc::new(kept));
        }
    }

    /// Forgets a key whose request was not carried out.
    pub(crate) fn abandon(&mut self, key: &str) {
        self.known.retain(|known| known.key != key || known.kept.is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn kept(body: &'static str) -> Kept {
        Kept { status: 202, content_type: "application/json", body: Bytes::from_static(body.as_bytes()) }
    }

    fn keys() -> Keys {
        Keys::new(KeyLimits { answers: 2, millis: 1000 })
    }

    #[test]
    fn the_same_request_gets_the_same_answer_and_another_one_none() {
        let mut keys = keys();
        assert_eq!(keys.claim("a", 1, at(0)), Claim::Fresh);
        assert_eq!(keys.claim("a", 1, at(1)), Claim::Running);
        assert_eq!(keys.claim("a", 2, at(1)), Claim::Other);
        keys.finish("a", kept("one"));
        assert_eq!(keys.claim("a", 1, at(2)), Claim::Again(Arc::new(kept("one"))));
        assert_eq!(keys.claim("a", 2, at(2)), Claim::Other);
    }

    #[test]
    fn a_key_that_was_given_up_is_free_again_and_one_that_was_answered_is_not() {
        let mut keys = keys();
        keys.claim("a", 1, at(0));
        keys.abandon("a");
        assert_eq!(keys.claim("a", 2, at(1)), Claim::Fresh);
        keys.finish("a", kept("two"));
        keys.abandon("a");
        assert_eq!(keys.claim("a", 2, at(2)), Claim::Again(Arc::new(kept("two"))));
    }

    #[test]
    fn answers_are_forgotten_after_their_time_and_running_requests_are_not() {
        let mut keys = keys();
        keys.claim("a", 1, at(0));
        keys.finish("a", kept("one"));
        keys.claim("b", 1, at(0));
        assert_eq!(keys.claim("a", 1, at(1000)), Claim::Fresh);
        assert_eq!(keys.claim("b", 1, at(5000)), Claim::Running);
    }

    #[test]
    fn the_oldest_answer_gives_way_and_running_requests_do_not() {
        let mut keys = keys();
        keys.claim("a", 1, at(0));
        keys.claim("b", 1, at(0));
        assert_eq!(keys.claim("c", 1, at(1)), Claim::Full);
        keys.finish("b", kept("one"));
        assert_eq!(keys.claim("c", 1, at(1)), Claim::Fresh);
        assert_eq!(keys.claim("a", 1, at(1)), Claim::Running);
    }

    #[test]
    fn path_and_body_tell_requests_apart() {
        assert_eq!(fingerprint("/a", b"x"), fingerprint("/a", b"x"));
        assert_ne!(fingerprint("/a", b"x"), fingerprint("/b", b"x"));
        assert_ne!(fingerprint("/a", b"x"), fingerprint("/a", b"y"));
    }
}
