//! Notifications on the user's desktop: what went wrong while nobody looked on, and the way to try again.

use std::sync::{Arc, Weak};

use syncmgr_hooks::{Answer, Desktop, DesktopAction, DesktopServices, DesktopSettings, DesktopTold, Filter};
use syncmgr_model::id::ItemId;
use syncmgr_model::trigger::Trigger;

use super::office::Office;
use crate::surroundings;
use crate::telling::SHOWN;

/// Starts to show notices, where there is a desktop.
pub(super) fn start(office: &Arc<Office>) -> Option<Desktop> {
    surroundings::variable("DBUS_SESSION_BUS_ADDRESS")?;
    let settings = DesktopSettings { filter: Filter::of(SHOWN), program: "syncmgr".to_owned() };
    let answering = Arc::downgrade(office);
    let services = DesktopServices {
        answered: Arc::new(move |answer| take(&answering, &answer)),
        tell: Arc::new(|told| match told {
            DesktopTold::Absent { why } => {
                surroundings::log(&format!("nothing is shown on the desktop: {why}"))
            }
            DesktopTold::Dropped { text } => surroundings::log(&format!("not shown on the desktop: {text}")),
        }),
    };
    match Desktop::start(settings, services) {
        Ok(desktop) => Some(desktop),
        Err(error) => {
            surroundings::log(&format!("nothing is shown on the desktop: {error}"));
            None
        }
    }
}

/// Does what was chosen. It is called on the desktop's own thread, which must not wait.
fn take(office: &Weak<Office>, answer: &Answer) {
    let items: Vec<ItemId> = answer.notice.items.iter().map(|item| item.item).collect();
    let Some(office) = office.upgrade() else { return };
    match answer.action {
        DesktopAction::Retry => {
            let run = move || office.run_items(&items, &Trigger::Manual);
            if let Err(error) = std::thread::Builder::new().name("session".into()).spawn(run) {
                surroundings::log(&format!("a session could not be started: {error}"));
            }
        }
        // To leave it alone is what happens without doing anything; there is no window yet that could be opened.
        DesktopAction::Skip | DesktopAction::Open => {}
    }
}
