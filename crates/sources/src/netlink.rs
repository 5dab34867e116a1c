//! [`Netlink`]: the network as the kernel sees it, where nobody manages it for us.

mod message;

use std::collections::BTreeSet;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use crossbeam_channel::Sender;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, sendto, socket_with,
};

use crate::bell::{Bell, Woken, wait};
use crate::sign::{Metered, Sign, Source};
use crate::worker::{Ended, Signs, Worker};
use message::{Dump, Link, Route, dump_request, parse_dump};

/// The kernel's groups of news: links, addresses and routes, of both families.
const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;
/// The kernel's answers fit into so much, as its own tools reckon.
const ANSWER: usize = 32 * 1024;

/// Listens to the kernel's news about links, addresses and routes; tells [`Sign::Network`], with interfaces that are up
/// (all but the loopback) as connections. What traffic costs the kernel does not know.
#[derive(Debug)]
pub struct Netlink {
    _worker: Worker,
}

impl Netlink {
    /// Starts listening, in the network namespace of the calling thread.
    ///
    /// # Errors
    ///
    /// When there is no such socket, or no thread can be started.
    pub fn start(signs: Sender<Sign>) -> io::Result<Self> {
        let news = open(SocketFlags::NONBLOCK, GROUPS)?;
        let questions = open(SocketFlags::empty(), 0)?;
        let bell = Arc::new(Bell::new()?);
        let ringing = bell.clone();
        let worker = Worker::spawn(
            "netlink",
            signs,
            move || ringing.ring(),
            move |signs| {
                let end = listen(&news, &questions, &bell, &signs);
                signs.end(Source::Netlink, "the kernel does not tell about the network", end);
            },
        )?;
        Ok(Self { _worker: worker })
    }
}

fn open(flags: SocketFlags, groups: u32) -> io::Result<OwnedFd> {
    // No protocol is the one for links and routes.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags | SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, groups))?;
    Ok(socket)
}

fn listen(news: &OwnedFd, questions: &OwnedFd, bell: &Bell, signs: &Signs) -> Result<(), Ended> {
    let mut told = None;
    loop {
        let now = look(questions)?;
        if told.as_ref() != Some(&now) {
            told = Some(now.clone());
            signs.send(now)?;
        }
        if wait(news, PollFlags::IN, bell, None)? != Woken::Ready {
            return Ok(());
        }
        drain(news)?;
    }
}

/// Throws the news away: what they say is looked at as a whole, so that it does not matter if some were lost.
fn drain(news: &OwnedFd) -> io::Result<()> {
    let mut buffer = [0_u8; 4096];
    loop {
        match recv(news, &mut buffer[..], RecvFlags::TRUNC) {
            // "No buffer space": more news than the kernel keeps.
            Ok(_) | Err(Errno::NOBUFS | Errno::INTR) => {}
            Err(Errno::AGAIN) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

fn look(questions: &OwnedFd) -> io::Result<Sign> {
    let links = ask::<Link>(questions)?;
    let routes = ask::<Route>(questions)?;
    Ok(network(&links, &routes))
}

fn network(links: &[Link], routes: &[Route]) -> Sign {
    let connections: BTreeSet<String> =
        links.iter().filter(|link| link.is_usable()).map(|link| link.name.clone()).collect();
    let online = routes.iter().any(Route::is_way_out);
    Sign::Network { online, metered: Metered::Unknown, connections }
}

/// Asks for all links or all routes.
fn ask<T: Dump>(questions: &OwnedFd) -> io::Result<Vec<T>> {
    // Something that changes between two parts of an answer brings news as well, and with it another look.
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(questions, &dump_request::<T>(), SendFlags::empty(), &kernel)?;
    let mut found = Vec::new();
    let mut buffer = vec![0_u8; ANSWER];
    loop {
        let length = match recv(questions, &mut buffer[..], RecvFlags::empty()) {
            Ok((length, _)) => length,
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        if parse_dump(&buffer[..length], &mut found)?.is_complete() {
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_s_own_links_and_routes_can_be_read() {
        let questions = open(SocketFlags::empty(), 0).unwrap();
        let links = ask::<Link>(&questions).unwrap();
        assert!(links.iter().any(|link| link.name == "lo" && !link.is_usable()), "{links:?}");
        ask::<Route>(&questions).unwrap();
    }
}
