//! One run of one command: how long, and how much memory at its peak.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::contender;
use crate::failure::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measurement {
    pub(super) duration: Duration,
    /// The largest of the processes, as the kernel counted it.
    pub(super) peak_kib: u64,
}

/// Runs the command under `time`, which adds one process start (about a millisecond) for everybody.
pub(super) fn measure(line: Vec<String>, scratch: &Path) -> Result<Measurement, Failure> {
    let shown = line.join(" ");
    let peak = scratch.join("peak");
    let mut command = Command::new("time");
    command.args(["--quiet", "--format", "%M", "--output"]).arg(&peak).args(line);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    contender::isolate(&mut command, scratch);

    let start = Instant::now();
    let output = command.output().map_err(|e| Failure::while_doing("start `time`", e))?;
    let duration = start.elapsed();

    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("`{shown}` failed ({}): {}", output.status, said.trim())));
    }
    let text = fs::read_to_string(&peak).map_err(|e| Failure::while_doing("read what `time` wrote", e))?;
    let peak_kib = text
        .trim()
        .parse()
        .map_err(|e| Failure::while_doing(format!("read `{}` as memory", text.trim()), e))?;
    Ok(Measurement { duration, peak_kib })
}
