//! [`Opener`]: lets browsers in, by links, while the server runs.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::guard::Door;
use crate::server::{self, Clock, StartError, Tcp};
use crate::token::{Links, Token, TokenError};

/// A door that is opened while the server runs.
pub(crate) struct NewDoor {
    pub(crate) listener: std::net::TcpListener,
    pub(crate) door: Door,
}

/// Lets browsers in. Cheap to clone; may be used from any thread, and does not keep the server from ending.
#[derive(Clone)]
pub struct Opener {
    pub(crate) links: Arc<Links>,
    /// What a browser is given for a link; nothing while there is no TCP.
    pub(crate) cookie: Arc<OnceLock<Token>>,
    /// Where the server listens over TCP.
    address: Arc<Mutex<Option<SocketAddr>>>,
    doors: UnboundedSender<NewDoor>,
    clock: Clock,
}

impl Opener {
    pub(crate) fn new(clock: Clock, doors: UnboundedSender<NewDoor>) -> Self {
        Self { links: Arc::default(), cookie: Arc::default(), address: Arc::default(), doors, clock }
    }

    /// Where the server listens over TCP, with the port that was found.
    pub fn address(&self) -> Option<SocketAddr> {
        *self.lock()
    }

    /// Has the server listen over TCP, too, unless it does already; gives the address either way.
    ///
    /// # Errors
    ///
    /// When the address is not a loopback address or cannot be listened on, or the server has ended.
    pub fn listen(&self, tcp: Tcp) -> Result<SocketAddr, StartError> {
        let mut address = self.lock();
        if let Some(address) = *address {
            return Ok(address);
        }
        let listener = server::listen(tcp.address, tcp.port)?;
        let at = listener.local_addr().map_err(StartError::Thread)?;
        let cookie = match self.cookie.get() {
            Some(cookie) => cookie.clone(),
            None => Token::random().map_err(StartError::Secret)?,
        };
        let cookie = self.cookie.get_or_init(|| cookie).clone();
        let door = Door::Tcp { port: at.port(), token: tcp.token, cookie };
        self.doors.send(NewDoor { listener, door }).map_err(|_| StartError::Ended)?;
        *address = Some(at);
        Ok(at)
    }

    /// A link for a browser, which opens the page there once and within five minutes; nothing while there is no TCP.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers.
    pub fn link(&self) -> Result<Option<String>, TokenError> {
        let Some(address) = self.address() else { return Ok(None) };
        let secret = self.links.issue((self.clock)())?;
        Ok(Some(format!("http://{address}/open/{}", secret.as_text())))
    }

    /// Nothing that holds the lock can leave it half changed.
    fn lock(&self) -> MutexGuard<'_, Option<SocketAddr>> {
        self.address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("address", &self.address()).finish_non_exhaustive()
    }
}
