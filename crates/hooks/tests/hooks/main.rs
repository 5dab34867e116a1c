//! Hooks with real peers: programs, web servers, a desktop on a bus of its own.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

#[cfg(unix)]
mod commands;
#[cfg(unix)]
mod desktop;
#[cfg(unix)]
mod programs;
#[cfg(unix)]
mod queue;
mod server;
mod webhooks;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use syncmgr_hooks::{
    Call, Delivery, DeliveryEnd, Filter, Hook, Hooks, HooksServices, HooksSettings, Notice, NoticeItem,
    Occasion, Told, Webhook,
};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::time::Timestamp;

/// Longer than anything here takes: who waits so long has hung.
const LONG: Duration = Duration::from_secs(60);

fn notice(occasion: Occasion, text: &str) -> Notice {
    let photos = NoticeItem {
        handler: HandlerId::from_u128(0xFF),
        item: ItemId::from_u128(1),
        name: "photos".to_owned(),
    };
    Notice {
        session: Some(SessionId::from_u128(5)),
        items: vec![photos],
        ..Notice::new(occasion, Timestamp::from_millis(1_000), text)
    }
}

/// A hook that is told of everything.
fn hook(name: &str, call: Call) -> Hook {
    Hook { name: name.to_owned(), filter: Filter::of(Occasion::ALL), call }
}

fn webhook(url: String) -> Call {
    Call::Webhook(Webhook { limit: LONG, ..Webhook::new(url) })
}

/// Hooks that tell us what they told, with delays that pass at once and are told, too.
struct Bench {
    hooks: Hooks,
    told: Receiver<Told>,
    delays: Receiver<Duration>,
}

impl Bench {
    fn new(hooks: Vec<Hook>) -> Self {
        Self::with(HooksSettings::new(hooks), |_| {
            let (sender, passed) = crossbeam_channel::bounded(1);
            sender.send(Instant::now()).unwrap();
            passed
        })
    }

    fn with(
        settings: HooksSettings,
        after: impl Fn(Duration) -> Receiver<Instant> + Send + Sync + 'static,
    ) -> Self {
        for hook in &settings.hooks {
            hook.check().unwrap();
        }
        let (tell, told) = crossbeam_channel::unbounded();
        let (delayed, delays): (Sender<Duration>, _) = crossbeam_channel::unbounded();
        let services = HooksServices {
            after: Arc::new(move |delay| {
                delayed.send(delay).unwrap();
                after(delay)
            }),
            ..HooksServices::new(move |told| tell.send(told.clone()).unwrap())
        };
        Self { hooks: Hooks::start(settings, services).unwrap(), told, delays }
    }

    /// The next thing that was told.
    fn told(&self) -> Told {
        self.told.recv_timeout(LONG).unwrap()
    }

    /// The next delivery, by hook, attempt and end.
    fn delivery(&self) -> (String, u32, DeliveryEnd) {
        match self.told() {
            Told::Delivery(Delivery { hook, attempt, end, .. }) => (hook, attempt, end),
            other => panic!("{other:?}"),
        }
    }

    /// What there is to tell after all that was accepted is over.
    fn rest(self) -> Vec<Told> {
        assert_eq!(self.hooks.stop(LONG), []);
        self.told.try_iter().collect()
    }
}
