//! What programs ask of `ISyncMgrSynchronizeInvoke`, as the control API says it; and what is answered.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use syncmgr_model::id::{HandlerId, Uuid};
use syncmgr_model::invoke::{Invocation, cookie};
use syncmgr_model::outcome::Outcome;
use syncmgr_wire::control::{InvokeRequest, Request};

/// `UpdateItems`, after what the pointers lead to was read: `class` is `None` for a null pointer, and so is `bytes`. Which classes are
/// registered, the manager knows.
///
/// # Errors
///
/// [`Outcome::INVALID_ARGUMENT`] for bits nobody has defined, for no class, and for a size without bytes.
pub fn update_items(
    word: u32,
    class: Option<Uuid>,
    size: usize,
    bytes: Option<&[u8]>,
) -> Result<Request, Outcome> {
    let handler = class.map_or(HandlerId::NIL, |class| HandlerId::from_u128(class.as_u128()));
    let asked = Invocation::update_items(word, handler, cookie(size, bytes)?, |_| true)?;
    Ok(Request::Invoke(InvokeRequest {
        handler: Some(handler.to_string()),
        flags: asked.flags.bits(),
        cookie: asked.cookie.map(|cookie| BASE64_STANDARD.encode(cookie)),
    }))
}

/// `UpdateAll`.
pub fn update_all() -> Request {
    Request::Invoke(InvokeRequest::default())
}

/// What a program is answered for the exit code of the manager's answer: what was used wrongly, it can do better.
pub const fn outcome(exit: u8) -> Outcome {
    match exit {
        0 => Outcome::OK,
        2 => Outcome::INVALID_ARGUMENT,
        _ => Outcome::FAIL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: Option<Uuid> = Some(Uuid::from_u128(7));

    fn refused(word: u32, class: Option<Uuid>, size: usize, bytes: Option<&[u8]>) -> bool {
        update_items(word, class, size, bytes) == Err(Outcome::INVALID_ARGUMENT)
    }

    #[test]
    fn a_call_becomes_a_request_with_the_class_the_flags_and_the_cookie() {
        let asked = |cookie: Option<&str>| {
            Ok(Request::Invoke(InvokeRequest {
                handler: Some("00000000-0000-0000-0000-000000000007".to_owned()),
                flags: 6,
                cookie: cookie.map(str::to_owned),
            }))
        };
        assert_eq!(update_items(6, CLASS, 4, Some(b"\x00\xff\n\rrest")), asked(Some("AP8KDQ==")));
        assert_eq!(update_items(6, CLASS, 0, None), asked(None));
    }

    #[test]
    fn bits_that_are_not_defined_no_class_and_a_size_without_bytes_are_refused_before_anybody_is_asked() {
        assert!(refused(1, CLASS, 0, None));
        assert!(refused(0, None, 0, None));
        assert!(refused(0, Some(Uuid::nil()), 0, None));
        assert!(refused(0, CLASS, 4, None));
    }

    #[test]
    fn wrong_usage_is_an_invalid_argument_and_all_else_a_failure() {
        let outcomes = [0, 2, 3, 5].map(outcome);
        assert_eq!(outcomes, [Outcome::OK, Outcome::INVALID_ARGUMENT, Outcome::FAIL, Outcome::FAIL]);
    }
}
