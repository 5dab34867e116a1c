//! `syncmgr handlers new` and `check`: for those who write handlers.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use syncmgr_daemon::{Exit, Failure, Manager, surroundings};
use syncmgr_kit::check::{Finding, Verdict};
use syncmgr_kit::{Language, Limits, Subject};
use syncmgr_wire::control::Event;
use syncmgr_wire::line::{Check as CheckLine, Done, Health};

use super::Context;
use super::handlers::{file_path, program_path};
use crate::face::phrases;

/// Write a handler to begin with
#[derive(Debug, Args)]
pub(super) struct New {
    /// Its name
    name: String,
    /// Its language: python, rust or shell
    #[arg(long, value_name = "LANGUAGE", default_value = "python", value_parser = super::sync::word::<Language>)]
    lang: String,
    /// Write it into this folder; by default a new one with the handler's name
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// rust: the folder `crates` of the sources of syncmgr
    #[arg(long, value_name = "FOLDER")]
    crates: Option<PathBuf>,
}

/// Find out whether a handler keeps the protocol
///
/// Starts it many times in a folder of its own, without the network of the manager, and prints the lines exchanged where a
/// claim does not hold.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The handler's program and its arguments, or the name of a registered handler
    #[arg(
        required = true,
        value_name = "PROGRAM ARGS | NAME",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    argv: Vec<OsString>,
    /// Wait less long, and repeat less often (before PROGRAM)
    #[arg(long)]
    quick: bool,
}

pub(super) fn new(command: &New, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let language: Language = command
        .lang
        .parse()
        .map_err(|error: syncmgr_kit::skeleton::UnknownLanguage| Failure::usage(error.to_string()))?;
    let crates = command.crates.as_deref().map(|path| ctx.surroundings.resolve(path));
    let files = syncmgr_kit::skeleton(language, &command.name, crates.as_deref())
        .map_err(|error| Failure::usage(error.to_string()))?;
    let folder = command.to.clone().unwrap_or_else(|| PathBuf::from(&command.name));
    let here = ctx.surroundings.resolve(&folder);
    // All or nothing: what is there stays as it is.
    if let Some(taken) =
        files.iter().map(|file| here.join(&file.path)).find(|path| path.symlink_metadata().is_ok())
    {
        return Err(Failure::usage(format!("`{}` is there already", taken.display()))
            .hint("name another folder with `--to`"));
    }
    for file in &files {
        let path = here.join(&file.path);
        write(&path, &file.contents, file.executable).map_err(|error| {
            Failure::ours(format!("`{}` cannot be written", path.display())).because(&error)
        })?;
        let written = folder.join(&file.path).display().to_string();
        if ctx.output.is_json() {
            let done = Done { text: written, item: None };
            ctx.output.print_line(&Event::Done(done).to_line());
        } else {
            ctx.output.print_line(&phrases::plain(&written));
        }
    }
    let name = &command.name;
    let program = match language {
        Language::Rust => folder.join(format!("target/debug/syncmgr-handler-{name}")),
        Language::Python | Language::Shell => folder.join(format!("syncmgr-handler-{name}")),
    };
    // With a `/` in it, it is a path wherever it is typed.
    let program = if folder.is_absolute() { program } else { Path::new(".").join(program) };
    let program = program.display();
    let mut page = ctx.output.page();
    if language == Language::Rust {
        page.hint("`cargo build` in that folder makes the program");
    }
    page.hint(&format!("`syncmgr handlers check {program}` tells whether it keeps the protocol"));
    page.hint(&format!("`syncmgr handlers register {name} --trust -- {program}` makes it a handler"));
    Ok(Exit::InStep)
}

fn write(path: &Path, contents: &str, executable: bool) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if executable { 0o755 } else { 0o644 });
    // On Windows its name says what a program is.
    #[cfg(windows)]
    let _by_name = executable;
    options.open(path)?.write_all(contents.as_bytes())
}

pub(super) fn check(command: &Check, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let scratch = Scratch::new()?;
    let subject = Subject {
        argv: argv(&command.argv, ctx)?,
        environment: surroundings::environment(),
        scratch: scratch.0.clone(),
        limits: if command.quick { Limits::QUICK } else { Limits::WHOLE },
    };
    let report = syncmgr_kit::check(&subject, &mut |finding| {
        if ctx.output.is_json() {
            let line = Event::Check(line(finding));
            ctx.output.print_line(&line.to_line());
        } else {
            show(finding, ctx);
        }
        ctx.output.flush();
    });
    if report.is_good() {
        ctx.output.note("it keeps the protocol");
        return Ok(Exit::InStep);
    }
    let n_failures = report.failures().count() as u64;
    ctx.output.note(&format!("{} not held", phrases::count(n_failures, "claim")));
    Ok(Exit::Unfinished)
}

/// The program that is meant: a registered handler's, or the one that is named.
fn argv(typed: &[OsString], ctx: &mut Context<'_>) -> Result<Vec<OsString>, Failure> {
    if let [name] = typed
        && let Some(name) = name.to_str().filter(|name| !name.contains('/'))
        && let Some(argv) = Manager::new(ctx.surroundings.clone()).argv_of(name)?
    {
        return Ok(argv);
    }
    let mut typed = typed.iter().cloned();
    let program = typed.next().map(|program| program_path(&program, ctx));
    let arguments: Vec<_> = typed.map(|argument| file_path(argument, ctx)).collect();
    Ok(program.into_iter().chain(arguments).collect())
}

fn show(finding: &Finding, ctx: &mut Context<'_>) {
    let mut page = ctx.output.page();
    let name = finding.claim.name;
    match &finding.verdict {
        Verdict::Held => {
            let held = page.good("held");
            page.line(&format!("{held}      {name}: {}", finding.claim.text));
        }
        Verdict::NotApplicable(why) => page.line(&format!("-         {name}: {}", phrases::plain(why))),
        Verdict::NotReached(why) => {
            let word = page.warning("not tried");
            page.line(&format!("{word} {name}: {}", phrases::plain(why)));
        }
        Verdict::Failed { found, exchange } => {
            let word = page.bad("failed");
            page.line(&format!("{word}    {name}: {}", finding.claim.text));
            page.line(&format!("          {}", phrases::plain(found)));
            for line in exchange {
                page.line(&format!("            {}", phrases::plain(line)));
            }
        }
    }
}

fn line(finding: &Finding) -> CheckLine {
    let (health, text, hint) = match &finding.verdict {
        Verdict::Held => (Health::Ok, finding.claim.text.to_owned(), None),
        Verdict::NotApplicable(why) => (Health::Ok, format!("not applicable: {why}"), None),
        Verdict::NotReached(why) => (Health::Warning, format!("not tried: {why}"), None),
        Verdict::Failed { found, exchange } => (Health::Failed, found.clone(), Some(exchange.join("\n"))),
    };
    CheckLine { check: finding.claim.name.to_owned(), health, text, hint }
}

/// A folder that is gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, Failure> {
        let dir = std::env::temp_dir().join(format!("syncmgr-check-{}", std::process::id()));
        fs::create_dir_all(&dir)
            .map_err(|error| Failure::ours(format!("`{}` cannot be made", dir.display())).because(&error))?;
        Ok(Self(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies where the system cleans up.
        let _ = fs::remove_dir_all(&self.0);
    }
}
