//! Tells hooks and the desktop what happened.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use syncmgr_engine::{ItemReport, SessionReport};
use syncmgr_hooks::{
    Call, Command, Decision, Delivery, DeliveryEnd, Filter, Hook, Hooks, HooksServices, HooksSettings, Items,
    Notice, NoticeItem, Occasion, Refusal, Told, Webhook,
};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;

use crate::background::Ruled;
use crate::config::{HookCall, HookConfig};
use crate::failure::Failure;
use crate::surroundings;

/// How long hooks of an old configuration, or of a process that ends, may still take.
const LAST_TIME: Duration = Duration::from_secs(5);

/// Who tells the hooks of a manager's sessions.
pub(crate) enum Telling {
    /// The manager itself, once it has a session: nobody else is there.
    Own(Option<Arc<Hooks>>),
    /// Whoever lends the manager out.
    Given(Option<Arc<Hooks>>),
}

impl Drop for Telling {
    fn drop(&mut self) {
        if let Self::Own(Some(hooks)) = self {
            end(hooks);
        }
    }
}

/// Lets hooks say what they still have to say, for a while.
pub(crate) fn end(hooks: &Hooks) {
    for left in hooks.stop(LAST_TIME) {
        surroundings::log(&format!("a hook was cut off: {left:?}"));
    }
}

/// What is worth a look from whoever sits at the desktop.
pub(crate) const SHOWN: [Occasion; 4] =
    [Occasion::OnError, Occasion::OnConflict, Occasion::OnLate, Occasion::OnHalt];

/// Whether hooks could be told as they are configured.
pub(crate) fn check(configs: &[HookConfig], directory: &Path) -> Result<(), Failure> {
    for config in configs {
        hook(config, directory).check().map_err(|error| Failure::usage(error.to_string()))?;
    }
    Ok(())
}

/// The hooks of the configuration as they are told.
pub(crate) fn start(configs: &[HookConfig], directory: &Path) -> Result<Hooks, Failure> {
    check(configs, directory)?;
    let hooks: Vec<Hook> = configs.iter().map(|config| hook(config, directory)).collect();
    Hooks::start(HooksSettings::new(hooks), HooksServices::new(note))
        .map_err(|error| Failure::ours("the hooks cannot be started").because(&error))
}

fn hook(config: &HookConfig, directory: &Path) -> Hook {
    let call = match &config.call {
        HookCall::Run { argv, may_refuse } => {
            let argv = argv.iter().map(Into::into).collect();
            let new = Command::new(argv, surroundings::environment(), directory.to_owned());
            let refusal = if *may_refuse { Refusal::Heeded } else { Refusal::Ignored };
            Call::Command(Command { limit: config.timeout.unwrap_or(Command::LIMIT), refusal, ..new })
        }
        HookCall::Url { url, headers, proxy } => Call::Webhook(Webhook {
            limit: config.timeout.unwrap_or(Webhook::LIMIT),
            headers: headers.clone(),
            proxy: proxy.clone(),
            ..Webhook::new(url)
        }),
    };
    let items = if config.items.is_empty() { Items::Any } else { Items::Listed(config.items.clone()) };
    Hook { name: config.name.clone(), filter: Filter { occasions: config.occasions.clone(), items }, call }
}

/// What went wrong with telling somebody is for the log.
fn note(told: &Told) {
    match told {
        Told::Dropped { n_dropped } => surroundings::log(&format!("{n_dropped} notices were not delivered")),
        Told::Delivery(Delivery { hook, occasion, end, .. }) => match end {
            DeliveryEnd::Done => {}
            DeliveryEnd::Refused { reason } => {
                surroundings::log(&format!("hook `{hook}` refused a session: {reason}"));
            }
            DeliveryEnd::Failed { why } => {
                surroundings::log(&format!("hook `{hook}` was not told ({occasion}): {why}"));
            }
            DeliveryEnd::Again { why, .. } => {
                surroundings::log(&format!("hook `{hook}` is told again ({occasion}): {why}"));
            }
        },
    }
}

/// Asks whether a session may begin.
pub(crate) fn may_begin(hooks: &Hooks, items: Vec<NoticeItem>) -> Result<(), Failure> {
    let text = "a session is about to begin";
    let notice = Notice { items, ..Notice::new(Occasion::BeforeSession, surroundings::now(), text) };
    match hooks.before_session(notice) {
        Decision::Go => Ok(()),
        Decision::Refused { hook, reason } => {
            let mut failure = Failure::usage(format!("hook `{hook}` refuses the session"))
                .exits(crate::exit::Exit::Unfinished)
                .hint("`may_refuse` of a `[[hook]]` lets it do so");
            failure.causes.push(reason);
            Err(failure)
        }
    }
}

/// All that is to be said about a session that is over.
pub(crate) fn notices(report: &SessionReport, exit: u8) -> Vec<Notice> {
    let about = |occasion, text: &str, items: Vec<NoticeItem>, detail: Option<String>| Notice {
        session: Some(report.id),
        event: Some(report.event),
        items,
        detail,
        exit: Some(exit),
        ..Notice::new(occasion, report.finished, text)
    };
    let all = report.items.iter().map(notice_item).collect();
    let mut notices = vec![about(Occasion::AfterSession, "a session is over", all, None)];
    for item in &report.items {
        let one = || vec![notice_item(item)];
        let name = &item.name;
        if let Some(halt) = &item.halt {
            let text = format!("`{name}` is halted by `{}`", halt.rule);
            notices.push(about(Occasion::OnHalt, &text, one(), Some(halt.text.clone())));
        } else if item.status == ItemStatus::Failed {
            let said = report
                .entries
                .iter()
                .rev()
                .find(|entry| entry.item == Some(item.item) && entry.level == LogLevel::Error);
            let detail = said.map(|entry| entry.text.clone());
            notices.push(about(Occasion::OnError, &format!("`{name}` failed"), one(), detail));
        }
        if !item.conflicts.is_empty() {
            let count = crate::phrases::count(item.conflicts.len() as u64, "conflict");
            notices.push(about(Occasion::OnConflict, &format!("`{name}` has {count}"), one(), None));
        }
    }
    notices
}

/// That an item is late.
pub(crate) fn late(item: &Ruled, since: Timestamp) -> Notice {
    let text = format!("`{}` is late since {}", item.name, crate::phrases::moment(since));
    let about = NoticeItem { handler: item.handler, item: item.item, name: item.name.clone() };
    Notice { items: vec![about], ..Notice::new(Occasion::OnLate, surroundings::now(), text) }
}

fn notice_item(item: &ItemReport) -> NoticeItem {
    NoticeItem { handler: item.handler, item: item.item, name: item.name.clone() }
}
