//! Netlink messages, as far as we need them: questions for all links or routes, and their answers. Bytes in, values out.

use std::io;

const HEADER: usize = 16;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const DUMP_FLAGS: u16 = 0x301;

const IFF_UP: u32 = 0x1;
const IFF_LOOPBACK: u32 = 0x8;
/// Up, and the other end is there as far as can be known.
const IFF_RUNNING: u32 = 0x40;
const IFLA_IFNAME: u16 = 3;

const RTN_UNICAST: u8 = 1;
/// `RTNH_F_DEAD | RTNH_F_LINKDOWN`: the route is there and leads nowhere.
const LEADS_NOWHERE: u32 = 0x1 | 0x10;

/// Something the kernel lists on request.
pub(super) trait Dump: Sized {
    /// The number of the question.
    const QUESTION: u16;
    /// The number of each part of the answer.
    const ANSWER: u16;
    /// How long the fixed part is, in the question as in the answer.
    const FIXED: usize;

    /// Reads one answer behind its header.
    fn parse(body: &[u8]) -> Option<Self>;
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) name: String,
    flags: u32,
}

impl Link {
    /// Whether it is up, has somebody at the other end, and leads away from this machine.
    pub(super) fn is_usable(&self) -> bool {
        self.flags & (IFF_UP | IFF_RUNNING | IFF_LOOPBACK) == IFF_UP | IFF_RUNNING
    }
}

impl Dump for Link {
    const QUESTION: u16 = 18;
    const ANSWER: u16 = 16;
    const FIXED: usize = 16;

    fn parse(body: &[u8]) -> Option<Self> {
        let flags = u32_at(body, 8)?;
        let name = attribute(body.get(Self::FIXED..)?, IFLA_IFNAME)?;
        let name = name.strip_suffix(&[0]).unwrap_or(name);
        Some(Self { name: String::from_utf8_lossy(name).into_owned(), flags })
    }
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    prefix: u8,
    kind: u8,
    flags: u32,
}

impl Route {
    /// Whether it leads everywhere, and somebody is there to take what is sent.
    pub(super) fn is_way_out(&self) -> bool {
        self.prefix == 0 && self.kind == RTN_UNICAST && self.flags & LEADS_NOWHERE == 0
    }
}

impl Dump for Route {
    const QUESTION: u16 = 26;
    const ANSWER: u16 = 24;
    const FIXED: usize = 12;

    fn parse(body: &[u8]) -> Option<Self> {
        Some(Self { prefix: *body.get(1)?, kind: *body.get(7)?, flags: u32_at(body, 8)? })
    }
}

/// The question for all of a kind.
pub(super) fn dump_request<T: Dump>() -> Vec<u8> {
    let length = HEADER + T::FIXED;
    let mut message = Vec::with_capacity(length);
    // No kind has a fixed part of more than some bytes.
    message.extend(u32::try_from(length).unwrap_or(u32::MAX).to_ne_bytes());
    message.extend(T::QUESTION.to_ne_bytes());
    message.extend(DUMP_FLAGS.to_ne_bytes());
    message.resize(length, 0);
    message
}

/// Whether more parts of an answer follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Complete,
}

impl Progress {
    pub(super) fn is_complete(self) -> bool {
        self == Self::Complete
    }
}

/// Adds what a part of an answer lists to what was found.
///
/// # Errors
///
/// The one that the kernel answers with.
pub(super) fn parse_dump<T: Dump>(mut bytes: &[u8], found: &mut Vec<T>) -> io::Result<Progress> {
    while let Some(length) = u32_at(bytes, 0) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length < HEADER || length > bytes.len() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a netlink message is cut off"));
        }
        let (message, rest) = bytes.split_at(length);
        let body = &message[HEADER..];
        match u16_at(message, 4) {
            Some(NLMSG_DONE) => return Ok(Progress::Complete),
            Some(NLMSG_ERROR) => return error(body),
            Some(kind) if kind == T::ANSWER => found.extend(T::parse(body)),
            Some(_) | None => {}
        }
        bytes = rest.get(padding(length)..).unwrap_or_default();
    }
    Ok(Progress::More)
}

/// An "error" of zero is the end of an answer.
fn error(body: &[u8]) -> io::Result<Progress> {
    match u32_at(body, 0).map(u32::cast_signed) {
        Some(0) => Ok(Progress::Complete),
        Some(number) => Err(io::Error::from_raw_os_error(number.saturating_neg())),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "a netlink error is cut off")),
    }
}

/// The value of an attribute.
fn attribute(mut bytes: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let length = usize::from(u16_at(bytes, 0)?);
        // The two highest bits say how the value is written.
        let kind = u16_at(bytes, 2)? & 0x3fff;
        let value = bytes.get(4..length)?;
        if kind == wanted {
            return Some(value);
        }
        bytes = bytes.get(length + padding(length)..)?;
    }
}

/// What is missing to the next multiple of four.
fn padding(length: usize) -> usize {
    length.wrapping_neg() % 4
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(kind: u16, body: &[u8]) -> Vec<u8> {
        let length = HEADER + body.len();
        let mut message = u32::try_from(length).unwrap().to_ne_bytes().to_vec();
        message.extend(kind.to_ne_bytes());
        message.resize(HEADER, 0);
        message.extend(body);
        message.resize(length + padding(length), 0);
        message
    }

    fn link(name: &str, flags: u32) -> Vec<u8> {
        let mut body = vec![0; 8];
        body.extend(flags.to_ne_bytes());
        body.resize(16, 0);
        // An attribute before it, of a length that needs padding.
        body.extend([5, 0, 1, 0, 9, 0, 0, 0]);
        let length = u16::try_from(4 + name.len() + 1).unwrap();
        body.extend(length.to_ne_bytes());
        body.extend(IFLA_IFNAME.to_ne_bytes());
        body.extend(name.as_bytes());
        body.push(0);
        message(Link::ANSWER, &body)
    }

    fn route(prefix: u8, kind: u8, flags: u32) -> Vec<u8> {
        let mut body = vec![2, prefix, 0, 0, 254, 3, 0, kind];
        body.extend(flags.to_ne_bytes());
        message(Route::ANSWER, &body)
    }

    #[test]
    fn links_are_usable_when_up_running_and_not_the_loopback() {
        for (flags, usable) in [
            (0, false),
            (IFF_UP, false),
            (IFF_RUNNING, false),
            (IFF_UP | IFF_RUNNING, true),
            (IFF_UP | IFF_RUNNING | 0x1_1000, true),
            (IFF_UP | IFF_RUNNING | IFF_LOOPBACK, false),
        ] {
            let mut found = Vec::<Link>::new();
            assert_eq!(parse_dump(&link("eth0", flags), &mut found).unwrap(), Progress::More);
            assert_eq!(found, [Link { name: "eth0".into(), flags }]);
            assert_eq!(found[0].is_usable(), usable, "{flags:#x}");
        }
    }

    #[test]
    fn a_way_out_is_a_living_route_to_everywhere() {
        for (prefix, kind, flags, expected) in [
            (0, RTN_UNICAST, 0, true),
            (24, RTN_UNICAST, 0, false),
            (0, 7, 0, false),
            (0, RTN_UNICAST, 0x10, false),
            (0, RTN_UNICAST, 0x1, false),
            (0, RTN_UNICAST, 0x4, true),
        ] {
            let mut found = Vec::<Route>::new();
            parse_dump(&route(prefix, kind, flags), &mut found).unwrap();
            assert_eq!(found[0].is_way_out(), expected, "{prefix} {kind} {flags}");
        }
    }

    #[test]
    fn an_answer_goes_over_several_messages_and_ends_with_done() {
        let mut found = Vec::<Link>::new();
        let bytes = [link("a", 1), message(99, b"other"), link("bcd", 2)].concat();
        assert_eq!(parse_dump(&bytes, &mut found).unwrap(), Progress::More);
        let bytes = [link("e", 3), message(NLMSG_DONE, &[0; 4]), link("not this", 4)].concat();
        assert_eq!(parse_dump(&bytes, &mut found).unwrap(), Progress::Complete);
        let names: Vec<&str> = found.iter().map(|link| link.name.as_str()).collect();
        assert_eq!(names, ["a", "bcd", "e"]);
    }

    #[test]
    fn an_error_of_the_kernel_is_given_on() {
        let error =
            |number: i32| parse_dump::<Link>(&message(NLMSG_ERROR, &number.to_ne_bytes()), &mut Vec::new());
        assert_eq!(error(-1).unwrap_err().raw_os_error(), Some(1));
        assert_eq!(error(0).unwrap(), Progress::Complete);
        assert!(parse_dump::<Link>(&message(NLMSG_ERROR, &[]), &mut Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_fall(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..60_usize) {
            let _ = parse_dump::<Link>(&bytes, &mut Vec::new());
            let _ = parse_dump::<Route>(&bytes, &mut Vec::new());
            let whole = [link("eth0", 1), route(0, 1, 0)].concat();
            let _ = parse_dump::<Link>(&whole[..cut], &mut Vec::new());
            let _ = parse_dump::<Route>(&whole[..cut], &mut Vec::new());
        }
    }
}
