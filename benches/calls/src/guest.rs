//! The same handler on the crate's own traits, made a process by `syncmgr_handler::guest`.

use std::time::Instant;

use syncmgr_handler::guest;
use syncmgr_handler::simple::{Context, Simple, SyncError, Synchronize};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::id::ItemId;
use syncmgr_model::item::{HandlerInfo, ItemInfo};
use syncmgr_model::progress::ProgressUpdate;

use crate::{ITEM, TEXT};

struct Bench {
    n_calls: u32,
}

impl Synchronize for Bench {
    fn info(&self) -> HandlerInfo {
        HandlerInfo { name: "bench".to_owned(), ..HandlerInfo::default() }
    }

    fn items(&self) -> Result<Vec<ItemInfo>, SyncError> {
        Ok(vec![ItemInfo::new(ITEM.parse()?, "bench")])
    }

    fn sync(&self, _item: ItemId, ctx: &Context) -> Result<(), SyncError> {
        let start = Instant::now();
        for value in 0..self.n_calls {
            let update = ProgressUpdate { max: Some(i64::from(self.n_calls)), ..ProgressUpdate::text(TEXT) };
            ctx.progress(&ProgressUpdate { value: Some(i64::from(value)), ..update })?;
        }
        ctx.log(LogLevel::Information, &format!("nanoseconds: {}", start.elapsed().as_nanos()));
        Ok(())
    }
}

pub(crate) fn serve(n_calls: u32) {
    guest::serve(&Simple::factory(move || Ok(Bench { n_calls })));
}
