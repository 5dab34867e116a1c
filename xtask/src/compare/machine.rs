//! The machine and the versions, in one paragraph above the table.

use std::fs;
use std::path::Path;

use super::contender::Contender;
use crate::failure::Failure;
use crate::process;

pub(super) fn describe(work: &Path, contenders: &[Contender]) -> Result<String, Failure> {
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = process::output("uname", &["--kernel-release"])?;
    let shown = work.display().to_string();
    let file_system = process::output("stat", &["--file-system", "--format", "%T", &shown])?;
    let mut programs: Vec<_> = contenders.iter().filter_map(|contender| contender.program()).collect();
    programs.dedup();
    let versions = programs.into_iter().map(version).collect::<Result<Vec<_>, _>>()?;
    Ok(format!(
        "Machine: {model}, {n_cores} cores, {} of memory, file system {}, Linux {}. {}.",
        memory().unwrap_or_else(|| "unknown amount".to_owned()),
        file_system.trim(),
        kernel.trim(),
        versions.join("; ")
    ))
}

/// The first line of what a program says about its version.
fn version(program: &str) -> Result<String, Failure> {
    let flag = if program == "unison" { "-version" } else { "--version" };
    let text = process::output(program, &[flag])?;
    let line = text.lines().next().unwrap_or_default();
    Ok(line.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn memory() -> Option<String> {
    let text = field("/proc/meminfo", "MemTotal")?;
    let kib: u64 = text.split(' ').next()?.parse().ok()?;
    Some(format!("{} GiB", (kib + (1 << 19)) >> 20))
}

/// The value of the first line `name : value` in one of the kernel's files.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
