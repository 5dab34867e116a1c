//! `syncmgr settings`

use clap::{ArgAction, Args, Subcommand};
use syncmgr_daemon::{Exit, Failure};
use syncmgr_model::tick::Purpose;
use syncmgr_wire::control::{Event, Request, TriggerRequest};
use syncmgr_wire::line::Trigger;

use super::sync::word;
use super::{Context, connections};
use crate::face::{Page, Table, phrases};

/// Show and change when sessions start by themselves
///
/// At logon and logoff, when nobody is there, on a schedule. These triggers are in the configuration file, under
/// `[[trigger]]`, and take effect while the daemon runs. Which items such a session takes:
/// `syncmgr items --for PURPOSE`.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show what is set
    Show,
    Set(Box<Set>),
    /// Take a trigger out
    Remove(Key),
    /// List the network connections that something was chosen or set for
    Connections,
}

/// Which trigger.
#[derive(Debug, Args)]
struct Key {
    /// What for: logon, logoff, idle or schedule:NAME
    #[arg(long = "for", value_name = "PURPOSE", value_parser = word::<Purpose>)]
    purpose: String,
    /// On this network connection; on each that has no settings of its own if it is not given
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
}

/// Change a trigger, or add one; what is not given stays as it is
#[derive(Debug, Args)]
struct Set {
    #[command(flatten)]
    key: Key,
    /// Whether it is on
    #[arg(long, value_name = "YES|NO", value_parser = truth, action = ArgAction::Set)]
    enabled: Option<bool>,
    /// Whether you are asked before anything starts
    #[arg(long, value_name = "YES|NO", value_parser = truth, action = ArgAction::Set)]
    ask: Option<bool>,
    /// idle: how long nobody has to be there: 15m
    #[arg(long, value_name = "INTERVAL")]
    wait: Option<String>,
    /// idle: how often again while nobody is there: 1h
    #[arg(long, value_name = "INTERVAL")]
    repeat: Option<String>,
    /// idle: whether also on battery power
    #[arg(long, value_name = "YES|NO", value_parser = truth, action = ArgAction::Set)]
    on_battery: Option<bool>,
    /// schedule: at this interval: 30s, 15m, 2h, 1d
    #[arg(long, value_name = "INTERVAL", conflicts_with = "at")]
    every: Option<String>,
    /// schedule: at the times of this cron expression
    #[arg(long, value_name = "CRON")]
    at: Option<String>,
    /// schedule: whether the connection is brought up first
    #[arg(long, value_name = "YES|NO", value_parser = truth, action = ArgAction::Set)]
    connect: Option<bool>,
}

pub(super) fn truth(typed: &str) -> Result<bool, String> {
    match typed {
        "yes" | "true" | "on" => Ok(true),
        "no" | "false" | "off" => Ok(false),
        other => Err(format!("`{other}` is neither yes nor no")),
    }
}

pub(super) fn run(command: Settings, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    match command.what {
        None | Some(What::Show) => ctx.show(Request::Settings, list),
        Some(What::Set(set)) => ctx.show(Request::SetTrigger(set.request()), list),
        Some(What::Remove(Key { purpose, connection })) => {
            ctx.show(Request::RemoveTrigger { purpose, connection }, super::done)
        }
        Some(What::Connections) => ctx.show(Request::Connections, connections::list),
    }
}

impl Set {
    fn request(self) -> TriggerRequest {
        TriggerRequest {
            purpose: self.key.purpose,
            connection: self.key.connection,
            enabled: self.enabled,
            ask: self.ask,
            wait: self.wait,
            repeat: self.repeat,
            on_battery: self.on_battery,
            every: self.every,
            at: self.at,
            connect: self.connect,
        }
    }
}

fn list(events: &[Event], page: &mut Page<'_>) {
    let mut table = Table::default();
    for event in events {
        if let Event::Trigger(trigger) = event {
            let connection =
                trigger.connection.as_deref().map_or("any connection".to_owned(), phrases::plain);
            table.row([page.bold(&trigger.purpose), connection, words(trigger)]);
        }
    }
    if table.is_empty() {
        page.line("nothing starts by itself");
        page.hint("`syncmgr settings set --for idle` starts a session when nobody is there");
    }
    page.table(&table);
}

/// `after 15m, again every 1h, not on battery`
pub(super) fn words(trigger: &Trigger) -> String {
    let mut words = Vec::new();
    if !trigger.enabled {
        words.push("off".to_owned());
    }
    if let Some(every) = &trigger.every {
        words.push(format!("every {every}"));
    }
    if let Some(at) = &trigger.at {
        words.push(format!("at {at}"));
    }
    if let Some(wait) = &trigger.wait {
        words.push(format!("after {wait}"));
        words.extend(trigger.repeat.as_ref().map(|repeat| format!("again every {repeat}")));
        words.push(if trigger.on_battery { "also on battery" } else { "not on battery" }.to_owned());
    }
    if trigger.connect {
        words.push("connects first".to_owned());
    }
    if trigger.ask {
        words.push("asks first".to_owned());
    }
    if words.is_empty() { "on".to_owned() } else { words.join(", ") }
}
