//! A complete handler of values in memory: for tests, demonstrations, and as an example of [`simple`](crate::simple).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use syncmgr_model::fact::{Action, Fact, Side, Totals};
use syncmgr_model::flags::HandlerFlags;
use syncmgr_model::id::ItemId;
use syncmgr_model::item::{HandlerInfo, ItemInfo};
use syncmgr_model::progress::ProgressUpdate;

use crate::HandlerFactory;
use crate::simple::{Context, Simple, SyncError, Synchronize};

/// Values by name.
pub type Values = BTreeMap<String, Vec<u8>>;

/// Shelves of values, each with two sides; synchronizing one makes its right side equal to its left. Clones are the same
/// shelves.
#[derive(Debug, Clone, Default)]
pub struct MemoryHandler {
    shelves: Arc<Mutex<BTreeMap<ItemId, Shelf>>>,
}

#[derive(Debug, Clone, Default)]
struct Shelf {
    name: String,
    left: Values,
    right: Values,
}

impl MemoryHandler {
    /// No shelves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a shelf with something on its left side.
    #[must_use]
    pub fn with_shelf<'a>(
        self,
        item: ItemId,
        name: &str,
        left: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.as_bytes().to_vec());
        let left = left.into_iter().map(own).collect();
        self.shelves().insert(item, Shelf { name: name.to_owned(), left, right: Values::new() });
        self
    }

    /// A side of a shelf.
    pub fn side(&self, item: ItemId, side: Side) -> Values {
        let shelves = self.shelves();
        let Some(shelf) = shelves.get(&item) else { return Values::new() };
        match side {
            Side::Left => shelf.left.clone(),
            Side::Right => shelf.right.clone(),
        }
    }

    /// Makes handlers of these shelves.
    pub fn factory(&self) -> impl HandlerFactory + use<> {
        let shelves = self.clone();
        Simple::factory(move || Ok(shelves.clone()))
    }

    fn shelves(&self) -> MutexGuard<'_, BTreeMap<ItemId, Shelf>> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plan(&self, item: ItemId) -> Result<Vec<(Action, String)>, SyncError> {
        let shelves = self.shelves();
        let shelf = shelves.get(&item).ok_or_else(|| SyncError::failed(format!("no shelf `{item}`")))?;
        let written = shelf.left.iter().filter_map(|(name, value)| match shelf.right.get(name) {
            None => Some((Action::Create, name.clone())),
            Some(other) if other != value => Some((Action::Update, name.clone())),
            Some(_) => None,
        });
        let gone = shelf.right.keys().filter(|name| !shelf.left.contains_key(*name));
        Ok(written.chain(gone.map(|name| (Action::Delete, name.clone()))).collect())
    }

    /// Carries one change out; says how many bytes that took.
    fn apply(&self, item: ItemId, action: Action, name: &str) -> u64 {
        let mut shelves = self.shelves();
        let Some(shelf) = shelves.get_mut(&item) else { return 0 };
        match shelf.left.get(name) {
            Some(value) if action != Action::Delete => {
                shelf.right.insert(name.to_owned(), value.clone());
                value.len() as u64
            }
            _ => {
                shelf.right.remove(name);
                0
            }
        }
    }
}

fn change(action: Action, name: &str) -> Fact {
    Fact::Change { side: Side::Right, action, path: name.as_bytes().to_vec(), from: None }
}

impl Synchronize for MemoryHandler {
    fn info(&self) -> HandlerInfo {
        HandlerInfo { name: "memory".to_owned(), flags: HandlerFlags::PREVIEWS }
    }

    fn items(&self) -> Result<Vec<ItemInfo>, SyncError> {
        Ok(self.shelves().iter().map(|(&id, shelf)| ItemInfo::new(id, shelf.name.clone())).collect())
    }

    fn sync(&self, item: ItemId, ctx: &Context) -> Result<(), SyncError> {
        let plan = self.plan(item)?;
        let mut totals = Totals::default();
        for ((action, name), number) in plan.iter().zip(0..) {
            let max = Some(plan.len().try_into().unwrap_or(i64::MAX));
            ctx.progress(&ProgressUpdate { max, text: Some(name), ..ProgressUpdate::value(number) })?;
            totals.bytes += self.apply(item, *action, name);
            totals.right_changes += 1;
            if ctx.wants_changes() {
                ctx.fact(change(*action, name));
            }
        }
        ctx.fact(Fact::Totals(totals));
        Ok(())
    }

    fn preview(&self, item: ItemId, ctx: &Context) -> Result<(), SyncError> {
        for (action, name) in self.plan(item)? {
            ctx.check()?;
            ctx.fact(change(action, &name));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance;

    #[test]
    fn the_memory_handler_keeps_the_contract() {
        let shelves = MemoryHandler::new()
            .with_shelf(ItemId::from_u128(1), "fruit", [("apple", "red"), ("pear", "green")])
            .with_shelf(ItemId::from_u128(2), "empty", []);
        conformance::check(&shelves.factory()).unwrap();
        let item = ItemId::from_u128(1);
        assert_eq!(shelves.side(item, Side::Right), shelves.side(item, Side::Left));
    }
}
