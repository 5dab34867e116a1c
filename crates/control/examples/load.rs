//! Asks a manager as often as one wants, while event streams are read, and tells how that went.
//!
//! `cargo run --release -p syncmgr-control --example load -- [--socket PATH] [--rate 10000] [--seconds 60] [--connections 8]
//! [--streams 10]`
//!
//! Without `--socket` it asks a server of its own, in the same process, whose manager answers at once. Memory is that of
//! the process which `/health` names. Ends with 1 if there was any error.

#![expect(clippy::print_stdout, reason = "it is a program, and this is its output")]

#[path = "../tests/control/scripted.rs"]
mod scripted;

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use syncmgr_control::{Bus, BusLimits, Client, Server, Settings};
use syncmgr_model::time::Timestamp;

/// What is asked, in turn.
const PATHS: &[&str] =
    &["/v1/status", "/health", "/v1/items", "/v1/history?limit=5", "/v1/status", "/metrics"];

/// How often a second something happens that the streams tell, where the server is our own.
const EVENTS: u32 = 100;

struct Options {
    socket: Option<PathBuf>,
    rate: u32,
    seconds: u64,
    connections: u32,
    streams: u32,
}

#[derive(Default)]
struct Tally {
    answers: AtomicU64,
    errors: AtomicU64,
    events: AtomicU64,
    /// Longest time from a request to its answer, in microseconds.
    slowest: AtomicU64,
    over: AtomicBool,
}

fn main() -> ExitCode {
    match options(std::env::args().skip(1))
        .and_then(|options| run(&options).map_err(|error| error.to_string()))
    {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::from(2)
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { socket: None, rate: 10_000, seconds: 60, connections: 8, streams: 10 };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("`{name}` needs a value"))?;
        let number = || value.parse::<u32>().map_err(|error| format!("`{name} {value}`: {error}"));
        match name.as_str() {
            "--socket" => options.socket = Some(value.into()),
            "--rate" => options.rate = number()?.max(1),
            "--seconds" => options.seconds = number()?.into(),
            "--connections" => options.connections = number()?.max(1),
            "--streams" => options.streams = number()?,
            _ => return Err(format!("`{name}` is not understood")),
        }
    }
    Ok(options)
}

/// Runs it; gives the number of errors.
fn run(options: &Options) -> io::Result<u64> {
    let folder = tempfile::tempdir()?;
    let bus = Arc::new(Bus::new(BusLimits::default(), 1));
    let own = folder.path().join("run").join("control.sock");
    let server = match &options.socket {
        Some(_) => None,
        None => {
            let clock = Arc::new(|| Timestamp::from_millis(0));
            let settings = Settings::new(own.clone(), Arc::clone(&bus), clock);
            Some(Server::start(settings, scripted::Scripted::forgetful()).map_err(io::Error::other)?)
        }
    };
    let socket = options.socket.as_deref().unwrap_or(&own);
    let process = match &server {
        Some(_) => std::process::id(),
        None => {
            let mut client = Client::connect(socket).map_err(io::Error::other)?;
            client.health().map_err(io::Error::other)?.process
        }
    };
    let tally = Tally::default();
    let before = resident(process)?;
    let began = Instant::now();
    let took = std::thread::scope(|scope| {
        for _ in 0..options.streams {
            scope.spawn(|| listen(socket, &tally));
        }
        if server.is_some() {
            scope.spawn(|| publish(&bus, &tally));
        }
        let askers: Vec<_> =
            (0..options.connections).map(|_| scope.spawn(|| ask(socket, options, &tally))).collect();
        for asker in askers {
            if !matches!(asker.join(), Ok(Ok(()))) {
                tally.errors.fetch_add(1, Ordering::Relaxed);
            }
        }
        // Readers end with the next line that they hear, which may take a heartbeat.
        let took = began.elapsed().as_secs_f64();
        tally.over.store(true, Ordering::Relaxed);
        // Readers wait for an event; the last one is that they are told to stop.
        if server.is_some() {
            bus.publish(&scripted::done("over"));
        }
        took
    });
    let after = resident(process)?;
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (answers, errors) = (count(&tally.answers), count(&tally.errors));
    println!("answers   {answers} ({:.0} a second)", answers as f64 / took);
    println!("errors    {errors}");
    println!("slowest   {:.1} ms", count(&tally.slowest) as f64 / 1000.0);
    println!("events    {} on {} streams", count(&tally.events), options.streams);
    println!("resident  {before} KiB before, {after} KiB after");
    Ok(errors)
}

/// Resident memory of a process in KiB.
fn resident(process: u32) -> io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kib.ok_or_else(|| io::Error::other("the resident memory is not told"))
}

#[cfg(unix)]
type Stream = std::os::unix::net::UnixStream;
/// A named pipe is a file to its clients.
#[cfg(windows)]
type Stream = std::fs::File;

#[cfg(unix)]
fn connect(socket: &Path) -> io::Result<Stream> {
    let stream = Stream::connect(socket)?;
    // The heartbeat of events comes more often.
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

#[cfg(windows)]
fn connect(socket: &Path) -> io::Result<Stream> {
    Stream::options().read(true).write(true).open(std::fs::read_to_string(socket)?)
}

/// Asks at an even pace over one connection.
fn ask(socket: &Path, options: &Options, tally: &Tally) -> io::Result<()> {
    let mut stream = connect(socket)?;
    let total = u64::from(options.rate) * options.seconds / u64::from(options.connections);
    let every = Duration::from_secs(1) * options.connections / options.rate;
    let began = Instant::now();
    let mut buffer = Vec::new();
    for (number, path) in (0..total).zip(PATHS.iter().cycle()) {
        let due = began + every * u32::try_from(number).unwrap_or(u32::MAX);
        while let Some(early) = due.checked_duration_since(Instant::now()).filter(|early| !early.is_zero()) {
            std::thread::park_timeout(early);
        }
        let asked = Instant::now();
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())?;
        let status = answer(&mut stream, &mut buffer)?;
        let micros = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        tally.slowest.fetch_max(micros, Ordering::Relaxed);
        let counter = if status == 200 { &tally.answers } else { &tally.errors };
        counter.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Reads one answer that tells its length, and gives its status.
fn answer(stream: &mut Stream, buffer: &mut Vec<u8>) -> io::Result<u16> {
    buffer.clear();
    let mut whole = None;
    while whole.is_none_or(|whole| buffer.len() < whole) {
        let have = buffer.len();
        buffer.resize(have + (16 << 10), 0);
        let read = stream.read(&mut buffer[have..])?;
        buffer.truncate(have + read);
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if whole.is_none() {
            whole = length(buffer);
        }
    }
    let status = std::str::from_utf8(&buffer[9..12]).ok().and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::other("no status"))
}

/// The length of a whole answer, once its head is there.
fn length(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&buffer[..head]).ok()?;
    let body = text.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    Some(head + body.parse::<usize>().ok()?)
}

/// Reads events until it is over; every number that is missing is an error.
fn listen(socket: &Path, tally: &Tally) {
    if read_events(socket, tally).is_err() {
        tally.errors.fetch_add(1, Ordering::Relaxed);
    }
}

fn read_events(socket: &Path, tally: &Tally) -> io::Result<()> {
    let mut stream = connect(socket)?;
    stream.write_all(b"GET /v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    let mut last = None;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if let Some(id) = line.strip_prefix("id: ").and_then(|id| id.parse::<u64>().ok()) {
            tally.events.fetch_add(1, Ordering::Relaxed);
            if last.is_some_and(|last| id != last + 1) {
                return Err(io::Error::other("an event is missing"));
            }
            last = Some(id);
        }
        if line.starts_with("event: ") {
            return Err(io::Error::other(line));
        }
        if tally.over.load(Ordering::Relaxed) {
            return Ok(());
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn publish(bus: &Bus, tally: &Tally) {
    let began = Instant::now();
    for number in 1.. {
        if tally.over.load(Ordering::Relaxed) {
            return;
        }
        bus.publish(&scripted::done(format!("event {number}")));
        let due = began + Duration::from_secs(1) * number / EVENTS;
        std::thread::park_timeout(due.saturating_duration_since(Instant::now()));
    }
}
