//! What a progress call costs, beside a D-Bus method call and a gRPC unary call that carry the same data, in one run.
//!
//! `cargo run --release` in this folder; `--rounds N` for more rounds. Rounds are interleaved: every contender once, then
//! every contender again. The table shows medians over the rounds, and the rate as a multiple of the D-Bus call's. The
//! peers run as processes of their own, started and ended by this one, on a private bus and a private socket.

mod dbus;
mod grpc;
mod guest;
mod in_process;
mod lines;
mod sessions;

use std::process::ExitCode;
use std::time::Duration;

/// Forty bytes, as long as a path people have.
const TEXT: &str = "photos/2026/summer/at the lake/0412.jpeg";
/// An item's id as text.
const ITEM: &str = "6295df41-35ee-11d1-8707-00c04fd93327";

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Something that makes calls and tells how long they took.
trait Contender {
    fn name(&self) -> &'static str;
    /// How many calls a round makes: enough for a tenth of a second or more.
    fn n_calls(&self) -> u32;
    fn round(&mut self) -> Outcome<Duration>;
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = match words[..] {
        ["dbus-service", address] => dbus::serve(address),
        ["grpc-service", socket] => grpc::serve(socket),
        ["handler", form, n_calls] => {
            n_calls.parse().map_err(Into::into).and_then(|n_calls| lines::handler(form, n_calls))
        }
        [] => compare(7),
        ["--rounds", rounds] => rounds.parse().map_err(Into::into).and_then(compare),
        _ => Err("usage: syncmgr-bench-calls [--rounds N]".into()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(n_rounds: usize) -> Outcome<()> {
    let mut contenders: Vec<Box<dyn Contender>> = vec![
        Box::new(dbus::Caller::start()?),
        Box::new(grpc::Caller::start()?),
        Box::new(lines::Caller::new(lines::Form::Replied)?),
        Box::new(lines::Caller::new(lines::Form::Pipelined)?),
        Box::new(lines::Caller::new(lines::Form::Guest)?),
        Box::new(in_process::Caller::with_text()),
        Box::new(in_process::Caller::numbers_only()),
    ];
    let mut nanos = vec![Vec::new(); contenders.len()];
    for round in 0..=n_rounds {
        for (contender, nanos) in contenders.iter_mut().zip(&mut nanos) {
            let took = contender.round()?;
            // The first round warms up.
            if round > 0 {
                nanos.push(took.as_nanos() as f64 / f64::from(contender.n_calls()));
            }
        }
    }
    let medians: Vec<f64> = nanos.iter_mut().map(|nanos| median(nanos)).collect();
    println!(
        "{:<44} {:>12} {:>14} {:>10} {:>10}",
        "call", "ns a call", "calls a second", "x D-Bus", "x gRPC"
    );
    for (contender, nanos) in contenders.iter().zip(&medians) {
        println!(
            "{:<44} {:>12.1} {:>14.0} {:>10.1} {:>10.1}",
            contender.name(),
            nanos,
            1e9 / nanos,
            medians[0] / nanos,
            medians[1] / nanos
        );
    }
    drop(contenders);
    sessions::measure(n_rounds)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
