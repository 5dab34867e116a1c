//! Progress as lines, where there is no terminal: in logs and through pipes.

use std::time::{Duration, Instant};

use syncmgr_model::status::ItemStatus;
use syncmgr_wire::line::Row;

use super::bars::describe;
use super::{phrases, say};

/// At most one line in this time, whatever happens.
const INTERVAL: Duration = Duration::from_secs(1);

/// Says now and then how far it is.
#[derive(Default)]
pub(super) struct PlainLines {
    last: Option<Instant>,
}

impl PlainLines {
    pub(super) fn row(&mut self, row: &Row) {
        let now = Instant::now();
        // The first interval passes in silence: short work needs no progress.
        let since = *self.last.get_or_insert(now);
        let is_active = !row.status.is_final() && row.status != ItemStatus::Pending;
        if is_active && now.duration_since(since) >= INTERVAL {
            self.last = Some(now);
            say(&format!("{}  {}", phrases::plain(&row.name), describe(row, None, None)));
        }
    }
}
