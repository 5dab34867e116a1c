//! [`Server`]: listens, lets in, and stops in order.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use syncmgr_model::time::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use crate::answer::Answerer;
use crate::app::App;
use crate::assets::Assets;
use crate::bus::Bus;
use crate::guard::Door;
use crate::limits::Limits;
use crate::opener::{NewDoor, Opener};
use crate::patient::Patient;
use crate::routes;
use crate::socket::{Listener, Socket};
use crate::token::{Token, TokenError};

/// What time it is; called from any thread.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How long connections may take to end once nothing is under way any more.
const FAREWELL: Duration = Duration::from_millis(500);

/// How long nothing is accepted after accepting failed, as it does when there are no file descriptors left.
const BREATH: Duration = Duration::from_millis(100);

/// Where a server listens, and with what.
#[derive(Clone)]
pub struct Settings {
    /// The socket. Its folder is made if it is not there, and has to be open to the user alone. A file beside it, with
    /// `.lock` added to its name, tells whether a server lives. On Windows a file that names a pipe, which lets in its owner alone
    /// and nobody over the network.
    pub socket: PathBuf,
    /// Also over TCP.
    pub tcp: Option<Tcp>,
    /// Whose events are told.
    pub bus: Arc<Bus>,
    /// The clock.
    pub clock: Clock,
    /// How much is taken on.
    pub limits: Limits,
    /// What browsers are shown at `/`; without, a line for people who came by chance.
    pub assets: Option<Assets>,
}

impl Settings {
    /// On a socket only.
    pub fn new(socket: PathBuf, bus: Arc<Bus>, clock: Clock) -> Self {
        Self { socket, tcp: None, bus, clock, limits: Limits::default(), assets: None }
    }
}

/// Listening on loopback TCP.
#[derive(Debug, Clone)]
pub struct Tcp {
    /// The address: 127.0.0.1 or `::1`, nothing else.
    pub address: IpAddr,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// What whoever comes this way has to know.
    pub token: Token,
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another one lives there.
    #[error("another manager listens on `{}`", path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// Others could get at the socket.
    #[error("the folder `{}` is not the user's alone (it needs mode 0700 and the user as its owner)", path.display())]
    Folder {
        /// The socket's folder.
        path: PathBuf,
    },
    /// The socket could not be made.
    #[error("the socket `{}` cannot be made", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The address is not a loopback address.
    #[error("`{address}` is not a loopback address (127.0.0.1 or ::1)")]
    NotLoopback {
        /// The address.
        address: IpAddr,
    },
    /// The address could not be listened on.
    #[error("`{address}` cannot be listened on")]
    Tcp {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// No secret for browsers.
    #[error("no secret for browsers could be made")]
    Secret(#[source] TokenError),
    /// No thread, or no event queue.
    #[error("the thread of the control API cannot be started")]
    Thread(#[source] io::Error),
    /// The server has ended.
    #[error("the control API has ended")]
    Ended,
}

/// How a server ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stopped {
    /// What was still with the manager at the deadline, such as `POST /v1/ask sync`, oldest first. Those who asked were cut off; the
    /// manager itself goes on with it until it ends by itself or is told to.
    pub unfinished: Vec<String>,
}

/// A server that listens. One thread of its own does all of the talking; others exist only while somebody is asked.
///
/// Dropped, it stops at once.
#[derive(Debug)]
pub struct Server {
    opener: Opener,
    stop: Option<oneshot::Sender<Duration>>,
    thread: Option<JoinHandle<Stopped>>,
}

impl Server {
    /// Listens. When this returns, clients can connect.
    ///
    /// # Errors
    ///
    /// When the socket or the address cannot be listened on; nothing is left behind then.
    pub fn start(settings: Settings, answerer: Arc<dyn Answerer>) -> Result<Self, StartError> {
        let Settings { socket, tcp, bus, clock, limits, assets } = settings;
        let runtime = runtime(&limits)?;
        let (socket, listener) = {
            // A listener registers with the runtime it belongs to.
            let _context = runtime.enter();
            Socket::bind(&socket)?
        };
        let (open, doors) = mpsc::unbounded_channel();
        let opener = Opener::new(Arc::clone(&clock), open);
        if let Some(tcp) = tcp {
            opener.listen(tcp)?;
        }
        let app = Arc::new(App::new(answerer, bus, clock, limits, opener.clone(), assets));
        let listeners = Listeners { socket: (listener, routes::router(&app, Door::Socket)), tcp: None };
        let (stop, stopped) = oneshot::channel();
        let serving = app;
        let thread = std::thread::Builder::new().name("control".to_owned()).spawn(move || {
            let stopped = runtime.block_on(serve(&serving, listeners, doors, stopped));
            // Not waited for: who is asked and does not answer would hold us up for ever.
            runtime.shutdown_background();
            drop(socket);
            stopped
        });
        let thread = thread.map_err(StartError::Thread)?;
        Ok(Self { opener, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens over TCP, with the port that was found.
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        self.opener.address()
    }

    /// The way to let browsers in.
    pub fn opener(&self) -> Opener {
        self.opener.clone()
    }

    /// A link for a browser, which opens the API there once and within five minutes; nothing without TCP.
    ///
    /// # Errors
    ///
    /// When the system gives no random numbers.
    pub fn open_link(&self) -> Result<Option<String>, TokenError> {
        self.opener.link()
    }

    /// Stops: accepts nobody any more, tells readers of events, waits for what is with the manager until the deadline is
    /// over, and says what was not done by then. The socket is gone when this returns.
    pub fn stop(mut self, deadline: Duration) -> Stopped {
        self.end(deadline)
    }

    fn end(&mut self, deadline: Duration) -> Stopped {
        if let Some(stop) = self.stop.take() {
            // A thread that has ended needs no word.
            let _ = stop.send(deadline);
        }
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

/// One thread for all of the talking, and others for as long as somebody is asked.
fn runtime(limits: &Limits) -> Result<Runtime, StartError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(threads(limits))
        .thread_name("control-ask")
        .build()
        .map_err(StartError::Thread)
}

/// As many as may be asked at once, in all lanes.
fn threads(limits: &Limits) -> usize {
    2 * limits.queries + limits.sessions
}

pub(crate) fn listen(address: IpAddr, port: u16) -> Result<std::net::TcpListener, StartError> {
    if address != Ipv4Addr::LOCALHOST && address != Ipv6Addr::LOCALHOST {
        return Err(StartError::NotLoopback { address });
    }
    let address = SocketAddr::new(address, port);
    let listener = std::net::TcpListener::bind(address);
    let listener = listener.and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    listener.map_err(|source| StartError::Tcp { address, source })
}

/// Where connections come in, and what is done with the requests of each.
struct Listeners {
    socket: (Listener, Router),
    tcp: Option<(TcpListener, Router)>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Listeners {
    fn add(&mut self, app: &Arc<App>, NewDoor { listener, door }: NewDoor) {
        // One that cannot be registered is as good as one that nobody finds.
        if let Ok(listener) = TcpListener::from_std(listener) {
            self.tcp = Some((listener, routes::router(app, door)));
        }
    }

    async fn accept(&self) -> io::Result<(Box<dyn Stream>, Router)> {
        let tcp = async {
            match &self.tcp {
                Some((listener, router)) => listener.accept().await.map(|(stream, _)| (stream, router)),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = self.socket.0.accept() => {
                let stream: Box<dyn Stream> = Box::new(accepted?);
                Ok((stream, self.socket.1.clone()))
            }
            accepted = tcp => {
                let (stream, router) = accepted?;
                // Small answers go out at once.
                stream.set_nodelay(true)?;
                let stream: Box<dyn Stream> = Box::new(stream);
                Ok((stream, router.clone()))
            }
        }
    }
}

async fn serve(
    app: &Arc<App>,
    mut listeners: Listeners,
    mut doors: mpsc::UnboundedReceiver<NewDoor>,
    mut stop: oneshot::Receiver<Duration>,
) -> Stopped {
    let places = Arc::new(Semaphore::new(app.limits.connections));
    let mut connections = JoinSet::new();
    let deadline = loop {
        tokio::select! {
            // A server that was lost without a word stops as well.
            deadline = &mut stop => break deadline.unwrap_or_default(),
            Some(_) = connections.join_next() => {}
            Some(door) = doors.recv() => listeners.add(app, door),
            accepted = accept(&listeners, &places) => match accepted {
                Ok((stream, router, place)) => {
                    connections.spawn(talk(Arc::clone(app), stream, router, place));
                }
                Err(_) => tokio::time::sleep(BREATH).await,
            },
        }
    };
    drop(listeners);
    app.stopping.send_replace(true);
    let until = Instant::now() + deadline;
    let unfinished = match timeout_at(until, app.underway.over()).await {
        Ok(()) => Vec::new(),
        Err(_) => app.underway.names(),
    };
    // What was answered shall still reach those who asked.
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(if unfinished.is_empty() { FAREWELL } else { Duration::ZERO }, all).await;
    // A runtime that has ended closes nothing any more while somebody is still asked.
    connections.shutdown().await;
    Stopped { unfinished }
}

async fn accept(
    listeners: &Listeners,
    places: &Arc<Semaphore>,
) -> io::Result<(Box<dyn Stream>, Router, OwnedSemaphorePermit)> {
    // Nobody closes the places.
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, router) = listeners.accept().await?;
    Ok((stream, router, place))
}

/// Answers the requests of one connection.
async fn talk(app: Arc<App>, stream: Box<dyn Stream>, router: Router, _place: OwnedSemaphorePermit) {
    let limits = &app.limits;
    let mut http = http1::Builder::new();
    // Its own refusals have no body, so ours come first; these are for what never ends.
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_headers(limits.headers * 2)
        .max_buf_size((limits.header_bytes * 2).max(16 << 10));
    let stream = TokioIo::new(Patient::new(stream, limits.write_time));
    let connection = http.serve_connection(stream, TowerToHyperService::new(router));
    tokio::pin!(connection);
    let mut stopping = app.stopping.subscribe();
    tokio::select! {
        // How it ended is of no interest to anybody.
        _ = connection.as_mut() => return,
        _ = stopping.wait_for(|stopping| *stopping) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
