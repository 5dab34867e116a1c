//! Starting programs.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::workspace;

/// The Cargo that runs us, or the one on the path.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// A command that starts at the top of the repository.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace::root());
    command
}

/// Runs a command, shows it and everything it says, and fails as it fails.
pub(crate) fn run(mut command: Command) -> Result<(), Failure> {
    let shown = shown(&command);
    println!("$ {shown}");
    let status = command.status().map_err(|cause| Failure::while_doing(format!("start `{shown}`"), cause))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{shown}` failed ({status})"))) }
}

/// Runs a command as [`run`] does and hands each line of its standard output to `see` after it was shown.
pub(crate) fn run_seeing(mut command: Command, mut see: impl FnMut(&str)) -> Result<(), Failure> {
    let shown = shown(&command);
    let doing = |cause| Failure::while_doing(format!("run `{shown}`"), cause);
    println!("$ {shown}");
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(doing)?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.map_err(doing)?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            see(&line);
        }
        std::io::stdout().flush().map_err(doing)?;
    }
    let status = child.wait().map_err(doing)?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{shown}` failed ({status})"))) }
}

/// The standard output of a command that must succeed.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let mut command = command(program, arguments);
    let shown = shown(&command);
    let output = command.output().map_err(|cause| Failure::while_doing(format!("start `{shown}`"), cause))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!("`{shown}` failed ({}): {}", output.status, said.trim())))
    }
}

/// The command as a person would type it, without the environment.
pub(crate) fn shown(command: &Command) -> String {
    let mut words = vec![program_name(&command.get_program().to_string_lossy())];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

/// `cargo` for `/somewhere/bin/cargo`: the folder says nothing to the reader.
fn program_name(program: &str) -> String {
    program.rsplit('/').next().unwrap_or(program).to_owned()
}
