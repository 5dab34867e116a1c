//! A server in a folder of its own.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use syncmgr_control::{Bus, BusLimits, Limits, Server, Settings, Tcp, Token};
use syncmgr_model::time::Timestamp;
use tempfile::TempDir;

use crate::http::{Connection, Reply};
use crate::scripted::Scripted;

pub(crate) struct World {
    pub(crate) script: Arc<Scripted>,
    pub(crate) bus: Arc<Bus>,
    pub(crate) server: Server,
    pub(crate) token: Token,
    now: Arc<AtomicI64>,
    folder: TempDir,
}

impl World {
    pub(crate) fn start() -> Self {
        Self::with(BusLimits::default(), |_| {})
    }

    pub(crate) fn with(bus: BusLimits, change: impl FnOnce(&mut Limits)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (script, bus) = (Scripted::new(), Arc::new(Bus::new(bus, 1)));
        let now = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&now);
        let clock = Arc::new(move || Timestamp::from_millis(clock.load(Ordering::SeqCst)));
        let token = Token::random().unwrap();
        let mut settings = Settings::new(socket_in(&folder), Arc::clone(&bus), clock);
        settings.tcp = Some(Tcp { address: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0, token: token.clone() });
        change(&mut settings.limits);
        let server = Server::start(settings, Arc::clone(&script) as _).unwrap();
        Self { script, bus, server, token, now, folder }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        socket_in(&self.folder)
    }

    pub(crate) fn local(&self) -> Connection {
        Connection::local(&self.socket())
    }

    pub(crate) fn tcp(&self) -> Connection {
        Connection::tcp(self.server.tcp_address().unwrap())
    }

    /// `Host` and `Authorization` as they have to be over TCP.
    pub(crate) fn credentials(&self) -> (String, String) {
        let port = self.server.tcp_address().unwrap().port();
        (format!("localhost:{port}"), format!("Bearer {}", self.token.as_text()))
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.local().request("GET", path, &[], "")
    }

    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.local().request("POST", path, headers, body)
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }
}

pub(crate) fn socket_in(folder: &TempDir) -> PathBuf {
    folder.path().join("run").join("control.sock")
}
