//! The gRPC peer: a unary call over a Unix socket, with `tonic` on both sides.

use std::process::Command;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::{Request, Response, Status};

use crate::dbus::{Ended, start};
use crate::{Contender, ITEM, Outcome, TEXT};

mod service {
    include!(concat!(env!("OUT_DIR"), "/bench.Callback.rs"));
}

/// What a progress call says.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Update {
    #[prost(string, tag = "1")]
    item: String,
    #[prost(int64, tag = "2")]
    value: i64,
    #[prost(int64, tag = "3")]
    max: i64,
    #[prost(string, tag = "4")]
    text: String,
}

/// What it is answered.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Verdict {
    #[prost(uint32, tag = "1")]
    verdict: u32,
}

#[derive(Default)]
struct Callback {
    value: AtomicI64,
    max: AtomicI64,
    text: std::sync::Mutex<String>,
}

#[tonic::async_trait]
impl service::callback_server::Callback for Callback {
    async fn progress(&self, request: Request<Update>) -> Result<Response<Verdict>, Status> {
        let update = request.into_inner();
        self.value.store(update.value, Ordering::Relaxed);
        self.max.store(update.max, Ordering::Relaxed);
        if let Ok(mut kept) = self.text.lock() {
            *kept = update.text;
        }
        Ok(Response::new(Verdict { verdict: 0 }))
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

pub(crate) fn serve(socket: &str) -> Outcome<()> {
    runtime()?.block_on(async {
        let listener = UnixListener::bind(socket)?;
        println!("ready");
        tonic::transport::Server::builder()
            .add_service(service::callback_server::CallbackServer::new(Callback::default()))
            .serve_with_incoming(UnixListenerStream::new(listener))
            .await?;
        Ok(())
    })
}

pub(crate) struct Caller {
    runtime: tokio::runtime::Runtime,
    client: service::callback_client::CallbackClient<tonic::transport::Channel>,
    _service: Ended,
    _dir: tempfile::TempDir,
}

impl Caller {
    pub(crate) fn start() -> Outcome<Self> {
        let dir = tempfile::tempdir()?;
        let socket = dir.path().join("grpc");
        let socket = socket.to_str().ok_or("a temporary directory with an odd name")?;
        let mut service = Command::new(std::env::current_exe()?);
        let (service, _) = start(service.args(["grpc-service", socket]))?;
        let runtime = runtime()?;
        let endpoint = tonic::transport::Endpoint::new(format!("unix://{socket}"))?;
        let channel = runtime.block_on(endpoint.connect())?;
        let client = service::callback_client::CallbackClient::new(channel);
        Ok(Self { runtime, client, _service: service, _dir: dir })
    }
}

impl Contender for Caller {
    fn name(&self) -> &'static str {
        "gRPC unary call (tonic, Unix socket)"
    }

    fn n_calls(&self) -> u32 {
        2_000
    }

    fn round(&mut self) -> Outcome<Duration> {
        let n_calls = i64::from(self.n_calls());
        let client = &mut self.client;
        self.runtime.block_on(async {
            let start = Instant::now();
            for value in 0..n_calls {
                let update = Update { item: ITEM.into(), value, max: n_calls, text: TEXT.into() };
                let verdict = client.progress(update).await?;
                assert_eq!(verdict.into_inner().verdict, 0);
            }
            Ok(start.elapsed())
        })
    }
}
