//! Sending a notice to a web address, and deciding what its answer means.

use std::time::Duration;

use crate::hook::Webhook;

/// How long to wait before the second attempt, the third and the fourth, which is the last.
const BACK_OFF: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30)];

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// This status was answered.
    Status(u16),
    /// No answer came, which may be different next time.
    Unreachable(String),
    /// The request cannot be made.
    Impossible(String),
}

/// What to do about a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    Done,
    Again { why: String, after: Duration },
    Failed { why: String },
}

/// Decides about the reply to an attempt; the first is 1.
///
/// What the network or a server in trouble says is tried again. Any other answer would be the same next time: the address
/// is wrong, or the token, or it has moved.
pub(crate) fn decide(reply: Reply, attempt: u32) -> Next {
    let (why, is_passing) = match reply {
        Reply::Status(200..=299) => return Next::Done,
        Reply::Status(status @ (429 | 500..=599)) => (format!("it answered {status}"), true),
        Reply::Status(status) => (format!("it answered {status}"), false),
        Reply::Unreachable(why) => (why, true),
        Reply::Impossible(why) => (why, false),
    };
    let after = usize::try_from(attempt).ok().and_then(|attempt| BACK_OFF.get(attempt.checked_sub(1)?));
    match after {
        Some(after) if is_passing => Next::Again { why, after: *after },
        _ => Next::Failed { why },
    }
}

/// Sends `body`, and waits for the answer at most as long as the hook allows.
pub(crate) fn post(webhook: &Webhook, body: &str) -> Reply {
    let Ok(proxy) = webhook.proxy.as_deref().map(ureq::Proxy::new).transpose() else {
        return Reply::Impossible("the address of its proxy cannot be used".to_owned());
    };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(webhook.limit))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // Said or not at all: the library would look at the environment otherwise.
        .proxy(proxy)
        .user_agent(concat!("syncmgr/", env!("CARGO_PKG_VERSION")))
        // Notices are rare.
        .max_idle_connections(0)
        .build()
        .into();
    let mut request = agent.post(&webhook.url).content_type("application/json");
    for (name, value) in &webhook.headers {
        request = request.header(name, value);
    }
    match request.send(body) {
        Ok(response) => Reply::Status(response.status().as_u16()),
        Err(error) => no_answer(error, webhook.limit),
    }
}

/// Texts of our own where the library's would show the address.
fn no_answer(error: ureq::Error, limit: Duration) -> Reply {
    use ureq::Error;
    match error {
        Error::Io(error) => Reply::Unreachable(format!("it cannot be reached: {error}")),
        Error::Timeout(_) => Reply::Unreachable(format!("it did not answer within {limit:?}")),
        Error::HostNotFound => Reply::Unreachable("its host is not found".to_owned()),
        Error::ConnectionFailed => Reply::Unreachable("it cannot be reached".to_owned()),
        Error::ConnectProxyFailed(_) => Reply::Unreachable("its proxy does not connect".to_owned()),
        Error::Protocol(error) => Reply::Unreachable(format!("it does not speak HTTP: {error}")),
        Error::Tls(error) => Reply::Unreachable(format!("it cannot be reached securely: {error}")),
        Error::Rustls(error) => Reply::Unreachable(format!("it cannot be reached securely: {error}")),
        Error::BadUri(_) | Error::Http(_) => Reply::Impossible("its address cannot be used".to_owned()),
        other => Reply::Impossible(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_that_passes_is_tried_three_times_more_and_the_rest_is_not() {
        let again = |why: &str, secs| Next::Again { why: why.to_owned(), after: Duration::from_secs(secs) };
        let failed = |why: &str| Next::Failed { why: why.to_owned() };
        let unreachable = || Reply::Unreachable("no route".to_owned());
        for (reply, attempt, expected) in [
            (Reply::Status(200), 1, Next::Done),
            (Reply::Status(204), 4, Next::Done),
            (Reply::Status(500), 1, again("it answered 500", 1)),
            (Reply::Status(503), 2, again("it answered 503", 5)),
            (Reply::Status(429), 3, again("it answered 429", 30)),
            (Reply::Status(500), 4, failed("it answered 500")),
            (Reply::Status(404), 1, failed("it answered 404")),
            (Reply::Status(401), 1, failed("it answered 401")),
            (Reply::Status(302), 1, failed("it answered 302")),
            (unreachable(), 1, again("no route", 1)),
            (unreachable(), 4, failed("no route")),
            (Reply::Impossible("no address".to_owned()), 1, failed("no address")),
        ] {
            assert_eq!(decide(reply.clone(), attempt), expected, "{reply:?} {attempt}");
        }
    }
}
