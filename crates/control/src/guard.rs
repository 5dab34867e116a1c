//! Who is let in: decisions about a request's head, and nothing else.
//!
//! A page in a browser can send requests to loopback addresses, and can make a name of its own point there. So a request has
//! to be addressed to us by one of our own names (`Host`), it must not come from a page of another origin (`Origin`,
//! `Sec-Fetch-Site`), and over TCP it has to carry the token, or the cookie that a browser got for a link.

use axum::http::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN};
use axum::http::{HeaderMap, Uri};

use crate::refusal::{Refusal, RefusalKind};
use crate::token::Token;
use crate::version::{self, PROTOCOL, VERSION_HEADER};

/// The cookie's name.
pub(crate) const COOKIE_NAME: &str = "syncmgr";

/// Where a request came in.
#[derive(Debug, Clone)]
pub(crate) enum Door {
    /// The Unix socket: whoever could open it is the user.
    Socket,
    /// Loopback TCP: anybody on this machine, and every page in a browser.
    Tcp {
        /// Our port.
        port: u16,
        /// What programs have to know.
        token: Token,
        /// What a browser is given for a link. Another secret than the token, because browsers show cookies to every server on
        /// the same host, whatever its port; this one is worth nothing after the next start.
        cookie: Token,
    },
}

/// Sizes of a head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadLimits {
    pub(crate) headers: usize,
    pub(crate) bytes: usize,
}

/// The only path that is open without the token: it has a secret of its own.
const OPEN: &str = "/open/";

/// Lets a request in, or says why not.
pub(crate) fn judge(door: &Door, limits: HeadLimits, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    size(limits, headers)?;
    host(door, uri, headers)?;
    origin(headers)?;
    token(door, uri, headers)?;
    version(headers)
}

fn size(limits: HeadLimits, headers: &HeaderMap) -> Result<(), Refusal> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > limits.headers || bytes > limits.bytes {
        return Err(Refusal::new(
            RefusalKind::Headers,
            format!("a request has at most {} headers and {} bytes of them", limits.headers, limits.bytes),
        ));
    }
    Ok(())
}

fn host(door: &Door, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let target = uri.authority().is_none_or(|authority| names_us(authority.as_str(), door));
    if target && only(headers, HOST).is_some_and(|host| names_us(host, door)) {
        return Ok(());
    }
    Err(Refusal::new(RefusalKind::Host, "the request is addressed to somebody else")
        .hint("use `localhost`, `127.0.0.1` or `[::1]` with the port of the manager"))
}

fn origin(headers: &HeaderMap) -> Result<(), Refusal> {
    let host = only(headers, HOST).unwrap_or_default();
    let same = |origin: &str| origin.strip_prefix("http://").is_some_and(|at| at.eq_ignore_ascii_case(host));
    let origin = !headers.contains_key(ORIGIN) || only(headers, ORIGIN).is_some_and(same);
    let site = HeaderName::from_static("sec-fetch-site");
    let site = !headers.contains_key(&site)
        || only(headers, site).is_some_and(|site| matches!(site, "same-origin" | "none"));
    if origin && site {
        return Ok(());
    }
    Err(Refusal::new(RefusalKind::Origin, "the request comes from a page that is not the manager's"))
}

fn token(door: &Door, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let Door::Tcp { token, cookie, .. } = door else { return Ok(()) };
    if uri.path().starts_with(OPEN)
        || bearer(headers).is_some_and(|said| token.is(said))
        || cookies(headers).any(|said| cookie.is(said))
    {
        return Ok(());
    }
    Err(Refusal::new(RefusalKind::Unauthorized, "the token is missing or wrong")
        .hint("send `Authorization: Bearer TOKEN`, or use the Unix socket"))
}

fn version(headers: &HeaderMap) -> Result<(), Refusal> {
    let name = HeaderName::from_static(VERSION_HEADER);
    if !headers.contains_key(&name) {
        // Whoever types a request by hand does not care.
        return Ok(());
    }
    let Some(theirs) = only(headers, name).and_then(|text| text.parse().ok()) else {
        return Err(Refusal::new(RefusalKind::Malformed, format!("`{VERSION_HEADER}` is not a number")));
    };
    match version::mismatch(theirs, PROTOCOL) {
        None => Ok(()),
        Some((message, hint)) => Err(Refusal::new(RefusalKind::Version, message).hint(hint)),
    }
}

/// The value of a header that is there exactly once.
pub(crate) fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, said) = only(headers, AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| said.trim())
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let pairs =
        headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(';'));
    pairs.filter_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))
}

/// Whether a host with or without a port is us.
fn names_us(authority: &str, door: &Door) -> bool {
    let Some((name, port)) = name_and_port(authority) else { return false };
    if !["localhost", "127.0.0.1", "[::1]"].iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
        return false;
    }
    match (door, port) {
        // Somebody may forward a port of his own to the socket.
        (Door::Socket, _) => true,
        (Door::Tcp { port: ours, .. }, said) => said.unwrap_or(80) == *ours,
    }
}

/// The two parts of an authority; nothing if it is none or has a user in it.
fn name_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    // The colons of an IPv6 address are between brackets.
    let name =
        authority.find(']').map_or_else(|| authority.find(':').unwrap_or(authority.len()), |at| at + 1);
    let (name, rest) = authority.split_at(name);
    let port = match rest.strip_prefix(':') {
        None if rest.is_empty() => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
        _ => return None,
    };
    Some((name, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "fedcba9876543210fedcba9876543210";

    fn tcp() -> Door {
        let cookie = Token::from_text(OTHER).unwrap();
        Door::Tcp { port: 4100, token: Token::from_text(TOKEN).unwrap(), cookie }
    }

    /// A path, headers, and the verdict.
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<RefusalKind>);

    fn verdict(door: &Door, uri: &str, headers: &[(&str, &str)]) -> Option<RefusalKind> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let limits = HeadLimits { headers: 8, bytes: 400 };
        judge(door, limits, &uri.parse().unwrap(), &map).err().map(|refusal| refusal.kind)
    }

    #[test]
    fn only_our_own_names_with_our_own_port_are_us() {
        let table = [
            ("localhost:4100", true, true),
            ("LOCALHOST:4100", true, true),
            ("127.0.0.1:4100", true, true),
            ("[::1]:4100", true, true),
            ("localhost", false, true),
            ("localhost:4101", false, true),
            ("localhost:", false, false),
            ("localhost:+4100", false, false),
            ("localhost:99999", false, false),
            ("localhost:4100:4100", false, false),
            ("localhost.evil.example:4100", false, false),
            ("evil.example:4100", false, false),
            ("user@localhost:4100", false, false),
            ("127.0.0.2:4100", false, false),
            ("[::1]x:4100", false, false),
            ("[::2]:4100", false, false),
            ("", false, false),
        ];
        for (host, by_tcp, by_socket) in table {
            assert_eq!(names_us(host, &tcp()), by_tcp, "{host} over TCP");
            assert_eq!(names_us(host, &Door::Socket), by_socket, "{host} over the socket");
        }
    }

    #[test]
    fn the_head_decides_who_is_let_in() {
        let bearer = format!("Bearer {TOKEN}");
        let (host, token) = (("host", "localhost:4100"), ("authorization", bearer.as_str()));
        let cookie = format!("a=b; syncmgr={OTHER}");
        let wrong_cookie = format!("syncmgr={TOKEN}");
        let long = "x".repeat(400);
        let table: &[Row<'_>] = &[
            ("/v1/status", &[host, token], None),
            ("/v1/status", &[host, ("authorization", &format!("bearer  {TOKEN}"))], None),
            ("/v1/status", &[host, ("cookie", &cookie)], None),
            ("/open/x", &[host], None),
            ("/v1/status", &[token], Some(RefusalKind::Host)),
            ("/v1/status", &[host, host, token], Some(RefusalKind::Host)),
            ("/v1/status", &[("host", "evil.example"), token], Some(RefusalKind::Host)),
            ("http://evil.example/v1/status", &[host, token], Some(RefusalKind::Host)),
            ("http://localhost:4100/v1/status", &[host, token], None),
            ("/v1/status", &[host], Some(RefusalKind::Unauthorized)),
            ("/v1/status", &[host, ("authorization", TOKEN)], Some(RefusalKind::Unauthorized)),
            ("/v1/status", &[host, ("authorization", "Bearer x")], Some(RefusalKind::Unauthorized)),
            ("/v1/status", &[host, ("authorization", "Bearer ")], Some(RefusalKind::Unauthorized)),
            ("/v1/status", &[host, ("cookie", &wrong_cookie)], Some(RefusalKind::Unauthorized)),
            ("/v1/open/x", &[host], Some(RefusalKind::Unauthorized)),
            ("/v1/status", &[host, token, ("origin", "http://localhost:4100")], None),
            ("/v1/status", &[host, token, ("origin", "null")], Some(RefusalKind::Origin)),
            ("/v1/status", &[host, token, ("origin", "http://localhost:80")], Some(RefusalKind::Origin)),
            ("/v1/status", &[host, token, ("origin", "https://evil.example")], Some(RefusalKind::Origin)),
            ("/open/x", &[host, ("origin", "https://evil.example")], Some(RefusalKind::Origin)),
            ("/v1/status", &[host, token, ("sec-fetch-site", "none")], None),
            ("/v1/status", &[host, token, ("sec-fetch-site", "same-site")], Some(RefusalKind::Origin)),
            ("/v1/status", &[host, token, ("syncmgr-version", "1")], None),
            ("/v1/status", &[host, token, ("syncmgr-version", "2")], Some(RefusalKind::Version)),
            ("/v1/status", &[host, token, ("syncmgr-version", "x")], Some(RefusalKind::Malformed)),
            ("/v1/status", &[host, token, ("x", &long)], Some(RefusalKind::Headers)),
            ("/v1/status", &[("a", "b"); 9], Some(RefusalKind::Headers)),
        ];
        for (uri, headers, expected) in table {
            assert_eq!(verdict(&tcp(), uri, headers), *expected, "{uri} {headers:?}");
        }
    }

    #[test]
    fn the_socket_needs_no_token_and_still_no_strange_pages() {
        let host = ("host", "localhost");
        assert_eq!(verdict(&Door::Socket, "/v1/status", &[host]), None);
        assert_eq!(
            verdict(&Door::Socket, "/v1/status", &[("host", "evil.example")]),
            Some(RefusalKind::Host)
        );
        let evil = [host, ("origin", "http://evil.example")];
        assert_eq!(verdict(&Door::Socket, "/v1/status", &evil), Some(RefusalKind::Origin));
    }
}
