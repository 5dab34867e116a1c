//! `syncmgr daemon`

use clap::{Args, Subcommand};
use syncmgr_daemon::background::{self, Detachment};
use syncmgr_daemon::{Exit, Failure, installation, surroundings};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line;

use super::{Context, control};
use crate::face::{Page, Table, phrases};

/// The process that keeps things in step by itself: on a schedule, on changes, at logon
///
/// While it runs, all other commands work through it; without it, each works by itself and nothing starts on its own.
#[derive(Debug, Args)]
pub(crate) struct Daemon {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show whether it runs, what it listens to and what is due next
    Status,
    /// Start it in the background, until logoff or `stop`
    Start,
    /// End it: what runs is stopped in order
    Stop,
    /// Be it, in the foreground
    Run(Run),
    /// Have the system start it at every logon (systemd; Windows)
    Install(Install),
    /// Have the system start it no longer
    Uninstall,
}

#[derive(Debug, Args)]
struct Run {
    /// Leave the terminal it was started from
    #[arg(long, hide = true)]
    detached: bool,
}

#[derive(Debug, Args)]
struct Install {
    /// Show what would be written, and for which other systems there is something
    #[arg(long, value_name = "SYSTEM", num_args = 0..=1, default_missing_value = "systemd")]
    show: Option<System>,
}

/// A system that starts services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum System {
    /// Linux
    Systemd,
    /// macOS; untested
    Launchd,
    /// Windows
    Windows,
}

pub(super) fn run(command: Daemon, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    match command.what.unwrap_or(What::Status) {
        What::Status => ctx.show(Request::Daemon, |events, page| {
            for event in events {
                if let Event::Daemon(daemon) = event {
                    show(daemon, page);
                }
            }
        }),
        What::Start => {
            let started = background::start(&ctx.surroundings)?;
            ctx.output.print_line(&started.to_string());
            Ok(Exit::InStep)
        }
        What::Stop => {
            let exit = ctx.show(Request::Shutdown, super::done)?;
            background::wait_until_gone(&ctx.surroundings)?;
            Ok(exit)
        }
        What::Run(run) => {
            let detachment = if run.detached { Detachment::Leaves } else { Detachment::Stays };
            background::run(&ctx.surroundings, detachment)
        }
        What::Install(Install { show: None }) => {
            let text = installation::install(&ctx.surroundings)?;
            ctx.output.print_line(&text);
            Ok(Exit::InStep)
        }
        What::Install(Install { show: Some(system) }) => {
            let service = installation::command(&ctx.surroundings)?;
            let text = match system {
                System::Systemd => service.systemd_unit(),
                System::Launchd => service.launchd_agent(),
                System::Windows => service.windows_command(),
            };
            ctx.output.print(text.as_bytes());
            Ok(Exit::InStep)
        }
        What::Uninstall => {
            let text = installation::uninstall(&ctx.surroundings)?;
            ctx.output.print_line(&text);
            Ok(Exit::InStep)
        }
    }
}

fn show(daemon: &line::Daemon, page: &mut Page<'_>) {
    let since = phrases::ago(surroundings::now(), daemon.since);
    page.line(&format!("running, process {}, started {since}, version {}", daemon.pid, daemon.version));
    let runs = match daemon.items {
        0 => "no item runs by itself; `every`, `at` and `on` in the configuration say when".to_owned(),
        1 => "1 item runs by itself".to_owned(),
        n => format!("{n} items run by themselves"),
    };
    page.line(&match daemon.next {
        Some(next) => format!("{runs}, the next at {}", phrases::moment(next)),
        None => runs,
    });
    if let Some(paused) = control::paused(daemon) {
        page.line(&page.warning(&paused));
    }
    if daemon.sessions > 0 {
        page.line(&format!("{} running or waiting", phrases::count(daemon.sessions, "session")));
    }
    if let Some(address) = &daemon.address {
        page.line(&format!("listens on {address} besides its socket"));
    }
    let mut table = Table::default();
    for source in &daemon.sources {
        let there = if source.there { page.good("listening") } else { page.warning("not there") };
        table.row([source.name.clone(), there, phrases::plain(&source.text)]);
    }
    page.table(&table);
}
