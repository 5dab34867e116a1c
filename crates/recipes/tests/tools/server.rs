//! A server that a test starts and that ends with it.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

pub(crate) struct Server {
    process: Child,
    pub(crate) port: u16,
}

/// A port that was free a moment ago: these servers do not tell which one they got when they may choose.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    /// Starts a server and waits until it takes connections.
    pub(crate) fn start(mut command: Command, port: u16) -> Self {
        let process =
            command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null()).spawn().unwrap();
        let mut server = Self { process, port };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(server.process.try_wait().unwrap().is_none(), "the server has ended");
            std::thread::yield_now();
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked, not killed: it has processes of its own to end.
        let id = rustix::process::Pid::from_child(&self.process);
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        let _ = self.process.wait();
    }
}
