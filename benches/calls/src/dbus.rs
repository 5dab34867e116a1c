//! The D-Bus peer: a method call through a private bus daemon, with `zbus` on both sides.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use zbus::connection::Builder;

use crate::{Contender, ITEM, Outcome, TEXT};

const NAME: &str = "org.example.Callback";
const PATH: &str = "/callback";

#[derive(Default)]
struct Callback {
    value: AtomicI64,
    max: AtomicI64,
    text: std::sync::Mutex<String>,
}

#[zbus::interface(name = "org.example.Callback")]
impl Callback {
    fn progress(&self, _item: &str, value: i64, max: i64, text: &str) -> u8 {
        self.value.store(value, Ordering::Relaxed);
        self.max.store(max, Ordering::Relaxed);
        if let Ok(mut kept) = self.text.lock() {
            kept.clear();
            kept.push_str(text);
        }
        0
    }
}

pub(crate) fn serve(address: &str) -> Outcome<()> {
    runtime()?.block_on(async {
        let _connection =
            Builder::address(address).name(NAME).serve_at(PATH, Callback::default()).build().await?;
        println!("ready");
        std::future::pending::<()>().await;
        Ok(())
    })
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

pub(crate) struct Caller {
    runtime: tokio::runtime::Runtime,
    proxy: zbus::Proxy<'static>,
    _service: Ended,
    _bus: Ended,
}

/// A process of ours, ended with us.
pub(crate) struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a process and waits for its first line.
pub(crate) fn start(command: &mut Command) -> Outcome<(Ended, String)> {
    let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn()?;
    let stdout = child.stdout.take().ok_or("no pipe")?;
    let child = Ended(child);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    if line.is_empty() {
        return Err(format!("`{:?}` ended without a word", command.get_program()).into());
    }
    Ok((child, line.trim().to_owned()))
}

impl Caller {
    pub(crate) fn start() -> Outcome<Self> {
        let mut bus = Command::new("dbus-daemon");
        // It complains about limits that it may not raise.
        bus.args(["--session", "--nofork", "--print-address"]).stderr(Stdio::null());
        let (bus, address) = start(&mut bus)?;
        let mut service = Command::new(std::env::current_exe()?);
        let (service, _) = start(service.args(["dbus-service", &address]))?;
        let runtime = runtime()?;
        let proxy = runtime.block_on(async {
            let connection = Builder::address(address.as_str()).build().await?;
            zbus::Proxy::new_owned(connection, NAME, PATH, NAME).await
        })?;
        Ok(Self { runtime, proxy, _service: service, _bus: bus })
    }
}

impl Contender for Caller {
    fn name(&self) -> &'static str {
        "D-Bus method call (zbus, private bus)"
    }

    fn n_calls(&self) -> u32 {
        2_000
    }

    fn round(&mut self) -> Outcome<Duration> {
        let n_calls = i64::from(self.n_calls());
        let proxy = &self.proxy;
        self.runtime.block_on(async {
            let start = Instant::now();
            for value in 0..n_calls {
                let verdict: u8 = proxy.call("Progress", &(ITEM, value, n_calls, TEXT)).await?;
                assert_eq!(verdict, 0);
            }
            Ok(start.elapsed())
        })
    }
}
