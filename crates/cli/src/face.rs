//! What people and programs see and press.
//!
//! Data goes to standard output, talk to standard error. Reading order: [`Output`] is both streams and the wishes about them;
//! [`Lines`] prints `--json`; [`Page`] lays out answers for people, in the words of [`phrases`]; [`SessionFace`] shows a running
//! session, with [`keys`] and [`signals`] as the ways to interfere and [`prompt`] for what handlers ask.

pub(crate) mod ask;
mod bars;
pub(crate) mod keys;
mod page;
pub(crate) mod phrases;
mod plain;
mod prompt;
mod session;
pub(crate) mod signals;
mod style;
mod terminal;

use std::io::{self, BufWriter, Stdout, Write};

use syncmgr_daemon::{Exit, Face, Failure};
use syncmgr_wire::control::Event;

pub(crate) use page::{Page, Table};
pub(crate) use session::SessionFace;

use crate::arguments::{ColorChoice, Global};
use crate::terminals::{Terminals, no_color};
use style::Style;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Talk {
    Quiet,
    Normal,
    Verbose,
}

/// Standard output and standard error, and what the user wishes to see there.
pub(crate) struct Output {
    out: BufWriter<Stdout>,
    /// Why nothing can be printed any more.
    broken: Option<io::Error>,
    pub(crate) terminals: Terminals,
    json: bool,
    pub(crate) talk: Talk,
    out_style: Style,
    err_style: Style,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        let terminals = Terminals::look();
        let style = |is_terminal| match global.color {
            ColorChoice::Always => Style::Colored,
            ColorChoice::Never => Style::Plain,
            ColorChoice::Auto if is_terminal && !no_color() => Style::Colored,
            ColorChoice::Auto => Style::Plain,
        };
        Self {
            out: BufWriter::with_capacity(1 << 16, io::stdout()),
            broken: None,
            terminals,
            json: global.json,
            talk: match (global.quiet, global.verbose) {
                (true, _) => Talk::Quiet,
                (_, true) => Talk::Verbose,
                _ => Talk::Normal,
            },
            out_style: style(terminals.stdout),
            err_style: style(terminals.stderr),
        }
    }

    /// Whether somebody is there who sees questions and can answer them.
    pub(crate) fn is_attended(&self) -> bool {
        !self.json && self.talk > Talk::Quiet && self.terminals.stdin && self.terminals.stderr
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether what is shown on standard output has colors.
    pub(crate) fn is_colored(&self) -> bool {
        self.out_style == Style::Colored
    }

    /// Whether each changed path is to be shown.
    pub(crate) fn wants_changes(&self) -> bool {
        self.json || self.talk == Talk::Verbose
    }

    /// A face that prints each event as a line.
    pub(crate) fn lines(&mut self) -> Lines<'_> {
        Lines(self)
    }

    /// A page for people.
    pub(crate) fn page(&mut self) -> Page<'_> {
        let style = self.out_style;
        Page::new(self, style)
    }

    /// Prints data. Once the reader is gone, nothing more is tried: whoever wrote `| head` has seen enough.
    pub(crate) fn print(&mut self, bytes: &[u8]) {
        if self.broken.is_none() {
            self.broken = self.out.write_all(bytes).err();
        }
    }

    pub(crate) fn print_line(&mut self, line: &str) {
        self.print(line.as_bytes());
        self.print(b"\n");
    }

    /// Shows what was printed so far.
    pub(crate) fn flush(&mut self) {
        if self.broken.is_none() {
            self.broken = self.out.flush().err();
        }
    }

    /// Says something beside the data.
    pub(crate) fn note(&mut self, text: &str) {
        if self.talk > Talk::Quiet {
            say(text);
        }
    }

    /// Says why it did not work, and what to do.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        self.flush();
        say(&format!("{} {}", self.err_style.bad("error:"), failure.headline));
        for cause in &failure.causes {
            say(&format!("  because {cause}"));
        }
        if let Some(hint) = &failure.hint {
            say(&format!("{} {hint}", self.err_style.bold("hint:")));
        }
    }

    /// Shows the rest. Data that could not be printed for any other reason than a reader who left is a failure.
    pub(crate) fn finish(mut self, exit: Exit) -> Exit {
        self.flush();
        match &self.broken {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                say(&format!("error: standard output cannot be written\n  because {error}"));
                Exit::Failed
            }
            _ => exit,
        }
    }
}

/// Writes a line to standard error; if that is gone, too, there is nobody left to tell.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes to the terminal without ending the line: the answer is typed there.
fn ask_for(text: &str) {
    let mut err = io::stderr();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Prints each event as a line of JSON.
pub(crate) struct Lines<'a>(&'a mut Output);

impl Face for Lines<'_> {
    fn hear(&mut self, event: &Event) {
        self.0.print_line(&event.to_line());
    }

    fn breathe(&mut self) {
        self.0.flush();
    }
}

/// Keeps all events, for an answer that is laid out as a whole.
#[derive(Default)]
pub(crate) struct Collector {
    pub(crate) events: Vec<Event>,
}

impl Face for Collector {
    fn hear(&mut self, event: &Event) {
        self.events.push(event.clone());
    }
}
