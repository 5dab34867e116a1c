//! `syncmgr hooks`

use clap::{Args, Subcommand};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, HookRequest, Request};

use super::Context;
use crate::face::{Page, Table, phrases};

/// Show and change who is told what happens: programs, web addresses, the desktop
///
/// They are in the configuration file, under `[[hook]]` and `desktop` of `[daemon]`. Of what may be secret nothing is shown: a
/// program without its arguments, an address without what follows the machine.
#[derive(Debug, Args)]
pub(crate) struct Hooks {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them
    List,
    Add(Add),
    /// Tell a hook nothing any more
    Remove {
        /// Its name
        name: String,
    },
    /// Whether the desktop shows what went wrong while nobody looked on
    Desktop {
        /// on or off
        #[arg(value_name = "ON|OFF", value_parser = super::settings::truth, action = clap::ArgAction::Set)]
        enabled: bool,
    },
}

/// Tell a program or a web address
///
/// The program reads one line of JSON; the address gets it as a POST request. Headers, for tokens, are written into the
/// configuration file by hand.
#[derive(Debug, Args)]
struct Add {
    /// When: before-session, after-session, on-error, on-conflict, on-late, on-halt (several with commas)
    #[arg(long, value_name = "OCCASION", value_delimiter = ',', required = true)]
    on: Vec<String>,
    /// What to call it
    #[arg(long)]
    name: Option<String>,
    /// A web address
    #[arg(long, required_unless_present = "run", conflicts_with = "run")]
    url: Option<String>,
    /// Only about this item (may be given several times)
    #[arg(long = "item", value_name = "ITEM")]
    items: Vec<String>,
    /// How long it may take: 30s
    #[arg(long, value_name = "INTERVAL")]
    timeout: Option<String>,
    /// before-session: an exit code other than 0 keeps the session from beginning
    #[arg(long, conflicts_with = "url")]
    may_refuse: bool,
    /// A program and its arguments, after `--`; never a shell
    #[arg(last = true, value_name = "PROGRAM")]
    run: Vec<String>,
}

pub(super) fn run(command: Hooks, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    match command.what {
        None | Some(What::List) => ctx.show(Request::Hooks, |events, page| {
            list(events, page);
            if events.len() == 1 {
                page.hint(
                    "`syncmgr hooks add --on on-error -- PROGRAM` tells a program, `--url ADDRESS` a web address",
                );
            }
        }),
        Some(What::Add(add)) => ctx.show(Request::AddHook(add.request()), list),
        Some(What::Remove { name }) => ctx.show(Request::RemoveHook { name }, super::done),
        Some(What::Desktop { enabled }) => ctx.show(Request::SetDesktop { enabled }, list),
    }
}

impl Add {
    fn request(self) -> HookRequest {
        HookRequest {
            name: self.name,
            on: self.on,
            run: self.run,
            url: self.url,
            items: self.items,
            timeout: self.timeout,
            may_refuse: self.may_refuse,
        }
    }
}

fn list(events: &[Event], page: &mut Page<'_>) {
    let mut table = Table::default();
    for event in events {
        let Event::Hook(hook) = event else { continue };
        let about =
            if hook.items.is_empty() { String::new() } else { format!("about {}", hook.items.join(", ")) };
        let more = match (hook.enabled, hook.may_refuse) {
            (false, _) => page.warning("off"),
            (true, true) => "may refuse".to_owned(),
            (true, false) => String::new(),
        };
        table.row([
            page.bold(&hook.name),
            phrases::plain(&hook.calls),
            hook.on.join(", "),
            phrases::plain(&about),
            more,
        ]);
    }
    page.table(&table);
}
