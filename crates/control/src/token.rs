//! Secrets: the [`Token`] that opens the door over TCP, and links that open it once for a browser.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use subtle::ConstantTimeEq as _;
use syncmgr_model::time::Timestamp;

/// Shorter ones can be guessed.
const SHORTEST: usize = 32;

/// A secret text. Never shown by `Debug`, compared without telling by the time it takes how much was right.
#[derive(Clone)]
pub struct Token(String);

/// Why a text is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is too easy to guess.
    #[error("a token has at least {SHORTEST} characters")]
    Short,
    /// It does not fit into a header.
    #[error("a token consists of letters, digits, `-`, `.`, `_` and `~`")]
    Characters,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

impl Token {
    /// A new random one of 256 bits.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers.
    pub fn random() -> Result<Self, TokenError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(TokenError::Random)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// One that was kept somewhere.
    ///
    /// # Errors
    ///
    /// When the text is too short or has characters that a header or a link cannot carry.
    pub fn from_text(text: &str) -> Result<Self, TokenError> {
        if text.len() < SHORTEST {
            return Err(TokenError::Short);
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Err(TokenError::Characters);
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret itself, to be kept where only the user can read it.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// Whether somebody knows it.
    pub(crate) fn is(&self, said: &str) -> bool {
        self.0.as_bytes().ct_eq(said.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// How long a link may wait to be opened.
const LINK_MILLIS: i64 = 5 * 60 * 1000;

/// How many links may wait; the oldest gives way.
const LINKS: usize = 8;

/// Links that were given out and not opened yet.
#[derive(Debug, Default)]
pub(crate) struct Links(Mutex<VecDeque<(Token, Timestamp)>>);

impl Links {
    /// Gives one out.
    pub(crate) fn issue(&self, now: Timestamp) -> Result<Token, TokenError> {
        let secret = Token::random()?;
        let mut waiting = self.waiting();
        if waiting.len() == LINKS {
            waiting.pop_front();
        }
        waiting.push_back((secret.clone(), now.plus_millis(LINK_MILLIS)));
        Ok(secret)
    }

    /// Opens one: true at most once for each.
    pub(crate) fn redeem(&self, said: &str, now: Timestamp) -> bool {
        let mut waiting = self.waiting();
        waiting.retain(|(_, until)| now < *until);
        let found = waiting.iter().position(|(secret, _)| secret.is(said));
        found.is_some_and(|at| waiting.remove(at).is_some())
    }

    /// Nothing that holds the lock can leave it half changed.
    fn waiting(&self) -> MutexGuard<'_, VecDeque<(Token, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_token_has_to_be_long_and_fit_into_a_header() {
        assert_eq!(Token::from_text("short").unwrap_err(), TokenError::Short);
        assert_eq!(Token::from_text(&"ä".repeat(40)).unwrap_err(), TokenError::Characters);
        assert_eq!(Token::from_text(&format!("{} x", "a".repeat(40))).unwrap_err(), TokenError::Characters);
        let kept = Token::random().unwrap();
        assert!(Token::from_text(kept.as_text()).unwrap().is(kept.as_text()));
        assert!(!kept.is(Token::random().unwrap().as_text()));
        assert_eq!(format!("{kept:?}"), "Token(…)");
    }

    #[test]
    fn a_link_opens_once_and_not_for_long() {
        let links = Links::default();
        let (first, second) = (links.issue(at(0)).unwrap(), links.issue(at(0)).unwrap());
        assert!(!links.redeem("something else", at(1)));
        assert!(links.redeem(first.as_text(), at(1)));
        assert!(!links.redeem(first.as_text(), at(2)));
        assert!(!links.redeem(second.as_text(), at(LINK_MILLIS)));
    }

    #[test]
    fn the_oldest_of_too_many_links_gives_way() {
        let links = Links::default();
        let all: Vec<_> = (0..=LINKS).map(|_| links.issue(at(0)).unwrap()).collect();
        let opened: Vec<_> = all.iter().map(|link| links.redeem(link.as_text(), at(1))).collect();
        assert_eq!(opened.iter().filter(|opened| **opened).count(), LINKS);
        assert!(!opened[0]);
    }
}
