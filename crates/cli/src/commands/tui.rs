//! `syncmgr tui`

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use clap::{Args, ValueEnum};
use syncmgr_control::{Answer, Client, ClientError, Heard};
use syncmgr_daemon::background::{self, Started};
use syncmgr_daemon::{Exit, Failure, Surroundings};
use syncmgr_tui::{Change, Colors, Daemon, Letters, Look, Window, Wire};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::page::{Page, PageRequest, Place, Screen};

use super::Context;
use crate::terminals;

/// Show everything in one window of the terminal, and act on it with keys
///
/// Each screen shows its keys at the bottom; `?` lists all of them. The window shows what the daemon does. Where none is running,
/// one is started for the window and ended with it; `syncmgr daemon start` before keeps it.
#[derive(Debug, Args)]
pub(crate) struct Tui {
    /// The screen it opens at
    #[arg(value_enum, default_value_t = Opens::Items)]
    screen: Opens,
    /// Draw with ASCII characters alone, as where the locale has no others
    #[arg(long)]
    ascii: bool,
}

/// A screen that a window can open at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Opens {
    Items,
    Synchronizing,
    Results,
    Conflicts,
    Plan,
    History,
    Trash,
    Connections,
    Settings,
    Questions,
}

impl Opens {
    fn screen(self) -> Screen {
        match self {
            Self::Items => Screen::Items,
            Self::Synchronizing => Screen::Synchronizing,
            Self::Results => Screen::Results,
            Self::Conflicts => Screen::Conflicts,
            Self::Plan => Screen::Plan,
            Self::History => Screen::History,
            Self::Trash => Screen::Trash,
            Self::Connections => Screen::Connections,
            Self::Settings => Screen::Settings,
            Self::Questions => Screen::Questions,
        }
    }
}

pub(super) fn run(command: &Tui, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    if ctx.output.is_json() {
        return Err(Failure::usage("a window cannot be printed as JSON")
            .hint("`syncmgr status --json` and its kin tell programs the same"));
    }
    if !ctx.output.terminals.stdin || !ctx.output.terminals.stdout {
        return Err(Failure::usage("this is no terminal that a window could be shown in")
            .hint("`syncmgr status` prints how everything is"));
    }
    let daemon = daemon(&ctx.surroundings)?;
    let window = Window {
        place: Place::of(command.screen.screen()),
        look: Look {
            letters: if command.ascii || !terminals::speaks_unicode() {
                Letters::Ascii
            } else {
                Letters::Unicode
            },
            colors: if ctx.output.is_colored() { Colors::On } else { Colors::Off },
        },
        daemon,
        greeting: match daemon {
            Daemon::Stays => None,
            Daemon::EndsWithWindow => {
                Some("a daemon was started for this window; it ends with it".to_owned())
            }
        },
    };
    let socket = ctx.surroundings.socket();
    let shown = syncmgr_tui::run(window, Arc::new(Socket(socket.clone())));
    let shown = shown.map_err(|error| Failure::ours("the terminal cannot be used").because(&error));
    if daemon == Daemon::EndsWithWindow {
        background::stop(&ctx.surroundings)?;
    }
    shown.map(|()| Exit::InStep)
}

/// Makes sure that a daemon runs and goes by the same configuration.
fn daemon(surroundings: &Surroundings) -> Result<Daemon, Failure> {
    let started = background::start(surroundings)?;
    let mut client = Client::connect(&surroundings.socket()).map_err(|error| unreachable(&error))?;
    let health = client.health().map_err(|error| unreachable(&error))?;
    if health.config != surroundings.config_file.to_string_lossy() {
        return Err(Failure::usage(format!("the daemon goes by another configuration, `{}`", health.config))
            .hint("name the same file with `--config`, or another place for its state with `--state-dir`"));
    }
    Ok(match started {
        Started::Now { .. } => Daemon::EndsWithWindow,
        Started::Before { .. } => Daemon::Stays,
    })
}

fn unreachable(error: &dyn std::error::Error) -> Failure {
    Failure::ours("the daemon cannot be reached")
        .because(error)
        .hint("`syncmgr daemon status` looks at it, `syncmgr daemon stop` ends it")
}

/// The way to the daemon. Each request has a connection of its own, and so none waits for another.
struct Socket(PathBuf);

impl Socket {
    fn ask(&self, request: &Request, hear: &mut dyn FnMut(Event)) -> Result<Answer, ClientError> {
        Client::connect(&self.0)?.ask(request, hear)
    }
}

impl Wire for Socket {
    fn page(&self, request: PageRequest) -> Result<Page, syncmgr_tui::Failure> {
        let mut found = None;
        let answer = self.ask(&Request::Page(request), &mut |event| {
            if let Event::Page(page) = event {
                found = Some(*page);
            }
        });
        judged(answer)?;
        found.ok_or_else(|| syncmgr_tui::Failure::Refused {
            headline: "the daemon has no such page".to_owned(),
            causes: Vec::new(),
            hint: Some("it may be older than this program: `syncmgr daemon stop`, then try again".to_owned()),
        })
    }

    fn send(&self, request: Request) -> Result<(), syncmgr_tui::Failure> {
        let (tell, told) = mpsc::channel();
        let socket = Self(self.0.clone());
        let listening = thread::Builder::new().name("session".into()).spawn(move || {
            let answer = socket.ask(&request, &mut |event| {
                // A session goes on without anybody; what comes of it is on the pages.
                if let Event::Begun(_) = event {
                    let _heard = tell.send(Ok(()));
                }
            });
            let _heard = tell.send(judged(answer));
        });
        match listening {
            Ok(_) => told.recv().unwrap_or(Ok(())),
            Err(error) => Err(syncmgr_tui::Failure::Refused {
                headline: "the request cannot be sent".to_owned(),
                causes: vec![error.to_string()],
                hint: None,
            }),
        }
    }

    fn watch(&self, changed: &dyn Fn(Change)) {
        let Ok(client) = Client::connect(&self.0) else { return };
        let Ok(mut events) = client.events(None) else { return };
        // Whatever happened while nobody listened.
        changed(Change::Something);
        while let Ok(Some(Heard::Event(_) | Heard::Gap)) = events.wait() {
            changed(Change::Something);
        }
    }
}

/// What an answer means to somebody at a window.
fn judged(answer: Result<Answer, ClientError>) -> Result<(), syncmgr_tui::Failure> {
    let refused =
        |headline: String, causes, hint| Err(syncmgr_tui::Failure::Refused { headline, causes, hint });
    match answer {
        Ok(Answer { failure: None, .. }) => Ok(()),
        Ok(Answer { failure: Some(failure), .. }) | Err(ClientError::Refused { failure, .. }) => {
            refused(failure.headline, failure.causes, failure.hint)
        }
        Err(ClientError::Version { message, hint }) => refused(message, Vec::new(), Some(hint)),
        Err(error @ ClientError::NotUnderstood { .. }) => refused(error.to_string(), Vec::new(), None),
        Err(error @ (ClientError::Connect(_) | ClientError::Lost { .. } | ClientError::TooLate)) => {
            Err(syncmgr_tui::Failure::Lost { headline: error.to_string() })
        }
    }
}
