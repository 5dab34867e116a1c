//! The suite finds what it claims to find: one broken handler a rule.

use std::sync::Arc;
use std::thread;

use syncmgr_model::event::InitializeFlags;
use syncmgr_model::item::{HandlerInfo, ItemInfo};
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;

use super::*;
use crate::model::id::ItemId;
use crate::model::outcome::Outcome;
use crate::model::verdict::Verdict;
use crate::{Enumeration, Handler, ParentToken, SyncCallback};

/// How the handler of these tests breaks the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    Nothing,
    Initialize,
    Info,
    UnstableItems,
    Callback,
    NoCompletion,
    TwoCompletions,
    CompletionOutOfOrder,
    SilentItem,
    DeafToSkip,
    DeafToStop,
    LeakedCallback,
    NeverEnds,
    KeepsCallbackAfterStop,
}

struct Broken {
    how: Break,
    callback: Option<Arc<dyn SyncCallback>>,
    items: Vec<ItemId>,
    n_enumerations: u128,
}

fn factory(how: Break) -> impl HandlerFactory {
    move || {
        let handler = Broken { how, callback: None, items: Vec::new(), n_enumerations: 0 };
        Ok(Box::new(handler) as Box<dyn Handler>)
    }
}

impl Broken {
    fn work(how: Break, callback: &dyn SyncCallback, items: &[ItemId]) {
        for (number, item) in items.iter().enumerate() {
            if how == Break::SilentItem && number == 1 {
                continue;
            }
            let status = match callback.progress(item, &ProgressUpdate::status(ItemStatus::Updating)) {
                Ok(Verdict::Skip) if how != Break::DeafToSkip => ItemStatus::Skipped,
                Ok(Verdict::Stop) if how != Break::DeafToStop => ItemStatus::Stopped,
                _ => ItemStatus::Succeeded,
            };
            let _ = callback.progress(item, &ProgressUpdate::status(status));
        }
    }
}

impl Handler for Broken {
    fn initialize(&mut self, _flags: InitializeFlags, _cookie: Option<&[u8]>) -> Outcome {
        if self.how == Break::Initialize { Outcome::FAIL } else { Outcome::OK }
    }

    fn get_handler_info(&mut self) -> Result<HandlerInfo, Outcome> {
        let name = if self.how == Break::Info { "" } else { "broken" };
        Ok(HandlerInfo { name: name.to_owned(), ..HandlerInfo::default() })
    }

    fn enum_sync_mgr_items(&mut self) -> Result<Enumeration, Outcome> {
        self.n_enumerations += 1;
        let shift = if self.how == Break::UnstableItems { self.n_enumerations } else { 0 };
        let item = |number| ItemInfo::new(ItemId::from_u128(number + shift), "item");
        Ok(Enumeration::complete([item(1), item(2)]))
    }

    fn set_progress_callback(&mut self, callback: Option<Arc<dyn SyncCallback>>) -> Outcome {
        if self.how == Break::Callback {
            return Outcome::FAIL;
        }
        if self.how == Break::LeakedCallback
            && let Some(leaked) = self.callback.take()
        {
            std::mem::forget(leaked);
        }
        self.callback = callback;
        Outcome::OK
    }

    fn prepare_for_sync(&mut self, items: &[ItemId], _parent: Option<ParentToken>) -> Outcome {
        self.items = items.to_vec();
        let callback = self.callback.clone().unwrap();
        if self.how == Break::CompletionOutOfOrder {
            callback.synchronize_completed(Outcome::OK);
        }
        callback.prepare_for_sync_completed(Outcome::OK)
    }

    fn synchronize(&mut self, _parent: Option<ParentToken>) -> Outcome {
        let (how, callback, items) = (self.how, self.callback.clone().unwrap(), self.items.clone());
        thread::spawn(move || {
            Self::work(how, callback.as_ref(), &items);
            match how {
                Break::NoCompletion => {}
                Break::TwoCompletions => {
                    callback.synchronize_completed(Outcome::OK);
                    callback.synchronize_completed(Outcome::OK);
                }
                // Goes on as long as the session lives; a stop is no news to it.
                Break::NeverEnds => std::mem::forget(callback),
                Break::KeepsCallbackAfterStop => {
                    let answer = callback.progress(&items[0], &ProgressUpdate::POLL);
                    callback.synchronize_completed(Outcome::OK);
                    if answer != Ok(Verdict::Go) {
                        std::mem::forget(callback);
                    }
                }
                _ => {
                    callback.synchronize_completed(Outcome::OK);
                }
            }
        });
        Outcome::OK
    }
}

#[test]
fn each_broken_promise_is_found_and_a_kept_one_is_not() {
    let patience = Duration::from_millis(200);
    for (how, rule) in [
        (Break::Nothing, None),
        (Break::Initialize, Some(Rule::CanBeMade)),
        (Break::Info, Some(Rule::TellsAboutItself)),
        (Break::UnstableItems, Some(Rule::StableItems)),
        (Break::Callback, Some(Rule::TakesCallback)),
        (Break::LeakedCallback, Some(Rule::TakesCallback)),
        (Break::TwoCompletions, Some(Rule::CompletesOnce)),
        (Break::KeepsCallbackAfterStop, Some(Rule::EndsAfterDrop)),
        (Break::NoCompletion, Some(Rule::CompletesOnce)),
        (Break::NeverEnds, Some(Rule::CompletesOnce)),
        (Break::CompletionOutOfOrder, Some(Rule::InOrder)),
        (Break::SilentItem, Some(Rule::ProgressOnEveryItem)),
        (Break::DeafToSkip, Some(Rule::HonorsSkip)),
        (Break::DeafToStop, Some(Rule::HonorsStop)),
    ] {
        let found = match check_with(&factory(how), if rule.is_some() { patience } else { DEFAULT_PATIENCE })
        {
            Ok(()) => Vec::new(),
            Err(Violations(violations)) => violations.into_iter().map(|violation| violation.rule).collect(),
        };
        match rule {
            None => assert_eq!(found, [], "{how:?}"),
            Some(rule) => assert!(found.contains(&rule), "{how:?}: {found:?}"),
        }
    }
}
