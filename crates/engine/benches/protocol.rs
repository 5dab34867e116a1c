//! How many progress calls a second come through from a process: numbered lines that nobody waits for, and one line a call.
//!
//! The handler is this program itself, started with a word as its argument, so that what is measured is the manager and a guest
//! without overhead of its own. It measures on its side: from its first line until the manager has acknowledged the last.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and has nobody to tell of a failure"
)]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Stdin, Write as _};
use std::sync::Arc;
use std::time::Instant;

use syncmgr_engine::process::{ProcessFactory, ProcessSpec};
use syncmgr_engine::{Engine, HandlerEntry, OnlineConnector, Services, SessionRequest, SystemClock};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::SessionId;

/// What is measured: a name, and how many calls.
const MEASURED: &[(&str, u32)] = &[("flood", 1_000_000), ("windowed", 1_000_000), ("round-trips", 100_000)];

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    match arguments.iter().find_map(|argument| argument.strip_prefix("guest:")) {
        Some(way) => guest(way),
        // Asked by `cargo test --benches`: that it starts is enough.
        None if arguments.iter().any(|argument| argument == "--test") => {}
        None => MEASURED.iter().for_each(|(way, n_calls)| measure(way, *n_calls)),
    }
}

fn measure(way: &str, n_calls: u32) {
    let folder = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let argv = vec![program.into(), format!("guest:{way}").into(), n_calls.to_string().into()];
    let spec = ProcessSpec::new("bench", argv, folder.path());
    let entry = HandlerEntry::new(spec.id(), "bench", Arc::new(ProcessFactory::new(spec)));
    let flags = InitializeFlags::new(Event::Manual, Modifiers::empty());
    let services = Services { clock: Arc::new(SystemClock), connector: Arc::new(OnlineConnector) };
    let request = SessionRequest::new(SessionId::from_u128(1), flags, vec![entry]);
    let report = Engine::new(services).start(request).wait();
    let nanos: f64 = report.entries[0].text.parse().expect("the guest tells how long it took");
    let each = nanos / f64::from(n_calls);
    println!("{way:12} {:>9.0} calls/s, {each:>7.0} ns each", 1e9 / each);
}

struct Guest {
    input: BufReader<Stdin>,
    line: String,
    /// Up to where the manager has acknowledged.
    upto: u32,
}

impl Guest {
    fn take(&mut self) -> &str {
        self.line.clear();
        self.input.read_line(&mut self.line).unwrap();
        &self.line
    }

    /// Reads until everything up to `seq` is acknowledged.
    fn wait_for(&mut self, seq: u32) {
        while self.upto < seq {
            // One line may acknowledge much.
            self.upto = number_after(self.take(), "\"upto\":").unwrap_or(self.upto);
        }
    }
}

fn number_after(line: &str, member: &str) -> Option<u32> {
    let rest = &line[line.find(member)? + member.len()..];
    rest[..rest.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}

fn say(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).unwrap();
    std::io::stdout().flush().unwrap();
}

fn guest(way: &str) {
    let n_calls: u32 = std::env::args().next_back().unwrap().parse().unwrap();
    let mut guest = Guest { input: BufReader::new(std::io::stdin()), line: String::new(), upto: 0 };
    loop {
        let line = guest.take().to_owned();
        let Some(id) = number_after(&line, "\"id\":") else {
            if line.is_empty() || line.contains("\"exit\"") {
                return;
            }
            continue;
        };
        let result = if line.contains("\"initialize\"") {
            r#"{"protocol":1}"#
        } else if line.contains("\"enumerate\"") {
            r#"{"items":[{"id":"a"}]}"#
        } else {
            if line.contains("\"method\":\"sync\"") {
                let nanos = work(&mut guest, way, n_calls);
                say(&format!(
                    "{{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{{\"level\":\"information\",\"text\":\"{nanos}\"}}}}\n"
                ));
            }
            "{}"
        };
        say(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}\n"));
    }
}

/// The same data in each way: an item, a text of forty bytes, a value and a max.
fn params(seq: &str, n: u32) -> String {
    format!(
        "{{{seq}\"item\":\"a\",\"text\":\"forty bytes of text, as a path would be.\",\"done\":{{\"items\":{n}}},\"total\":{{\"items\":1000000}}}}"
    )
}

fn work(guest: &mut Guest, way: &str, n_calls: u32) -> u128 {
    let begun = Instant::now();
    match way {
        "round-trips" => {
            for n in 1..=n_calls {
                let params = params("", n);
                say(&format!(
                    "{{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"progress\",\"params\":{params}}}\n"
                ));
                guest.take();
            }
        }
        _ => {
            let batch = if way == "windowed" { 32 } else { 400 };
            let mut lines = String::new();
            for n in 1..=n_calls {
                let params = params(&format!("\"seq\":{n},"), n);
                writeln!(lines, "{{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":{params}}}")
                    .unwrap();
                if n % batch == 0 || n == n_calls {
                    say(&lines);
                    lines.clear();
                    // Within the window: half of it may be under way while the other half is acknowledged.
                    if way == "windowed" && n > 64 {
                        guest.wait_for(n - 64);
                    }
                }
            }
            guest.wait_for(n_calls);
        }
    }
    begun.elapsed().as_nanos()
}
