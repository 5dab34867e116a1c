//! Where the pieces of a page stand on the screen, and how one moves between them.

use syncmgr_wire::page::Block;

use super::rows::window_around;
use super::shown::{BESIDE, Part, Shown, Spot};

/// A piece on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) spot: Spot,
    /// Lines below the top of the page's room.
    pub(crate) y: u16,
    /// How many lines it has; those beyond the room are not seen.
    pub(crate) height: u16,
}

/// Lines of a chart: the caption, the bars, the words of the chosen point.
pub(crate) const CHART_LINES: u16 = 6;

impl Shown {
    /// How many pieces a block has.
    fn pieces(&self, block: usize) -> u64 {
        let n_actions = |actions: &[_]| actions.len() as u64;
        match (&self.page.blocks[block], &self.parts[block]) {
            (_, Part::Whole) => 1,
            (_, Part::Text(lines)) => lines.len() as u64,
            (_, Part::Facts { texts, .. }) => texts.len() as u64,
            (Block::Table(table), Part::Table { rows, empty }) if rows.total == 0 => {
                1 + empty.len() as u64 + n_actions(&table.empty.actions)
            }
            (_, Part::Table { rows, .. }) => 1 + rows.total,
            (_, Part::Comparison { remark, pairs }) => 1 + (remark.len() + pairs.len()) as u64,
            (Block::Empty(empty), Part::Empty(lines)) => lines.len() as u64 + n_actions(&empty.actions),
            (_, Part::Empty(lines)) => lines.len() as u64,
        }
    }

    /// How many lines the piece at a spot has, with the space above it.
    fn height(&self, spot: Spot) -> u16 {
        let own = match (&self.page.blocks[spot.block], &self.parts[spot.block]) {
            (Block::Chart(_), _) => CHART_LINES,
            (_, Part::Whole | Part::Text(_) | Part::Empty(_)) => 1,
            (_, Part::Facts { .. }) => self.fact_height(spot),
            (_, Part::Table { rows, .. }) => match spot.piece {
                0 => self.head_height(spot.block),
                _ if rows.total == 0 => 1,
                piece => {
                    let heading = u16::from(rows.is_headed(piece - 1));
                    let is_chosen = self.cursor == Some(spot);
                    let detail = if is_chosen { self.detail(spot).len() } else { 0 };
                    1 + heading + u16::try_from(detail).unwrap_or(0)
                }
            },
            (Block::Comparison(comparison), Part::Comparison { .. }) if spot.piece == 0 => {
                self.versions_height(comparison.versions.len(), self.has_pictures(spot.block))
            }
            (_, Part::Comparison { .. }) => 1,
        };
        own + self.margin(spot)
    }

    fn fact_height(&self, spot: Spot) -> u16 {
        let Part::Facts { texts, .. } = &self.parts[spot.block] else { return 1 };
        let at = usize::try_from(spot.piece).unwrap_or(usize::MAX);
        let lines = texts.get(at).map_or(1, Vec::len);
        let actions = usize::from(!self.actions_at(spot).is_empty());
        u16::try_from(lines + actions).unwrap_or(u16::MAX)
    }

    /// Whether a version can be seen as a picture.
    pub(crate) fn has_pictures(&self, block: usize) -> bool {
        match &self.page.blocks[block] {
            Block::Comparison(comparison) => {
                comparison.versions.iter().any(|version| version.picture.is_some())
            }
            _ => false,
        }
    }

    /// Beside each other: a heading, what it is, its size. One below the other: a line each.
    fn versions_height(&self, n_versions: usize, pictures: bool) -> u16 {
        let lines = if self.room >= BESIDE { 3 } else { 2 * n_versions };
        u16::try_from(lines).unwrap_or(6) + u16::from(pictures) + 1
    }

    /// Lines above the rows of a table: filter and search, the headings of its columns.
    pub(crate) fn head_height(&self, block: usize) -> u16 {
        u16::from(self.has_choices(block)) + self.labels_height(block)
    }

    /// Whether filter or search have a line.
    pub(crate) fn has_choices(&self, block: usize) -> bool {
        match &self.page.blocks[block] {
            Block::Table(table) => {
                table.filter.is_some() || table.search.as_ref().is_some_and(|search| !search.text.is_empty())
            }
            _ => false,
        }
    }

    /// The line of the headings of columns, which stays when the table is moved.
    pub(crate) fn labels_height(&self, block: usize) -> u16 {
        let (Block::Table(table), Some(rows)) = (&self.page.blocks[block], self.rows(block)) else {
            return 0;
        };
        u16::from(rows.total > 0 && table.columns.iter().any(|column| !column.label.is_empty()))
    }

    /// Space above the first piece of a block.
    pub(crate) fn margin(&self, spot: Spot) -> u16 {
        let follows_heading =
            || matches!(self.page.blocks.get(spot.block.wrapping_sub(1)), Some(Block::Heading(_)));
        u16::from(spot.piece == 0 && spot.block > 0 && !follows_heading())
    }

    /// Whether the piece can be chosen.
    pub(crate) fn is_stop(&self, spot: Spot) -> bool {
        match (&self.page.blocks[spot.block], &self.parts[spot.block]) {
            (Block::Chart(chart), _) => !chart.points.is_empty(),
            (Block::Table(_), Part::Table { rows, .. }) if rows.total > 0 => spot.piece > 0,
            _ => !self.actions_at(spot).is_empty(),
        }
    }

    fn after(&self, spot: Spot) -> Option<Spot> {
        if spot.piece + 1 < self.pieces(spot.block) {
            return Some(Spot { piece: spot.piece + 1, ..spot });
        }
        let block = (spot.block + 1..self.parts.len()).find(|block| self.pieces(*block) > 0)?;
        Some(Spot { block, piece: 0 })
    }

    fn before(&self, spot: Spot) -> Option<Spot> {
        if let Some(piece) = spot.piece.checked_sub(1) {
            return Some(Spot { piece, ..spot });
        }
        let block = (0..spot.block).rev().find(|block| self.pieces(*block) > 0)?;
        Some(Spot { block, piece: self.pieces(block) - 1 })
    }

    fn first(&self) -> Option<Spot> {
        (0..self.parts.len()).find(|block| self.pieces(*block) > 0).map(|block| Spot { block, piece: 0 })
    }

    fn last(&self) -> Option<Spot> {
        let block = (0..self.parts.len()).rev().find(|block| self.pieces(*block) > 0)?;
        Some(Spot { block, piece: self.pieces(block) - 1 })
    }

    pub(crate) fn first_stop(&self) -> Option<Spot> {
        self.first().and_then(|spot| if self.is_stop(spot) { Some(spot) } else { self.next_stop(spot) })
    }

    pub(crate) fn last_stop(&self) -> Option<Spot> {
        self.last().and_then(|spot| if self.is_stop(spot) { Some(spot) } else { self.previous_stop(spot) })
    }

    pub(crate) fn next_stop(&self, spot: Spot) -> Option<Spot> {
        std::iter::successors(self.after(spot), |spot| self.after(*spot)).find(|spot| self.is_stop(*spot))
    }

    pub(crate) fn previous_stop(&self, spot: Spot) -> Option<Spot> {
        std::iter::successors(self.before(spot), |spot| self.before(*spot)).find(|spot| self.is_stop(*spot))
    }

    /// This one, if it is there and can be chosen, else one near it.
    pub(crate) fn nearest_stop(&self, spot: Spot) -> Option<Spot> {
        if spot.block >= self.parts.len() {
            return self.last_stop();
        }
        let spot = self.clamp(spot);
        if self.is_stop(spot) {
            return Some(spot);
        }
        let within = |found: &Spot| found.block == spot.block;
        let (before, after) = (self.previous_stop(spot), self.next_stop(spot));
        before.filter(within).or(after.filter(within)).or(before).or(after)
    }

    /// The same spot, or the last one of what is there.
    pub(crate) fn clamp(&self, spot: Spot) -> Spot {
        if spot.block >= self.parts.len() {
            return self.last().unwrap_or_default();
        }
        let last = self.pieces(spot.block).saturating_sub(1);
        Spot { piece: spot.piece.min(last), ..spot }
    }

    /// The headings of columns stay at the top while their table is moved below them.
    pub(crate) fn sticky(&self) -> u16 {
        self.sticky_at(self.anchor)
    }

    fn sticky_at(&self, anchor: Spot) -> u16 {
        let is_inside = anchor.piece > 0 && anchor.block < self.parts.len();
        if is_inside { self.labels_height(anchor.block) } else { 0 }
    }

    /// What is on the screen, in `room` lines.
    pub(crate) fn visible(&self, room: u16) -> Vec<Placed> {
        let mut placed = Vec::new();
        let mut y = self.sticky();
        let mut next = (self.anchor.block < self.parts.len() && self.pieces(self.anchor.block) > 0)
            .then_some(self.anchor)
            .or_else(|| self.first());
        while let Some(spot) = next.filter(|_| y < room) {
            let height = self.height(spot);
            placed.push(Placed { spot, y, height });
            y = y.saturating_add(height);
            next = self.after(spot);
        }
        placed
    }

    fn is_whole(&self, spot: Spot, room: u16) -> bool {
        self.visible(room).iter().any(|placed| {
            // What is higher than the room is seen as well as it can be once it is at the top.
            placed.spot == spot && (placed.y + placed.height <= room || spot == self.anchor)
        })
    }

    /// The anchor with which a piece is the last one on the screen.
    fn anchor_below(&self, spot: Spot, room: u16) -> Spot {
        let (mut anchor, mut used) = (spot, self.height(spot));
        while let Some(before) = self.before(anchor) {
            used = used.saturating_add(self.height(before));
            if used.saturating_add(self.sticky_at(before)) > room {
                break;
            }
            anchor = before;
        }
        anchor
    }

    /// Moves the page so that what is chosen is seen, and no more of the screen is empty than has to be.
    pub(crate) fn follow(&mut self, room: u16) {
        if let Some(last) = self.last() {
            self.anchor = self.clamp(self.anchor).min(self.anchor_below(last, room));
        }
        let Some(cursor) = self.cursor.filter(|_| !self.is_loose) else { return };
        if self.is_whole(cursor, room) && cursor >= self.anchor {
            return;
        }
        if cursor > self.anchor {
            self.anchor = self.anchor_below(cursor, room);
            return;
        }
        self.anchor = cursor;
        // What stands above the first thing to be chosen can be seen in no other way.
        let above = self.anchor_below(cursor, room);
        let has_stop_above = self.previous_stop(cursor).is_some_and(|stop| stop >= above);
        if !has_stop_above {
            self.anchor = above;
        }
    }

    /// Moves the page by one piece, whatever is chosen.
    pub(crate) fn scroll_down(&mut self, room: u16) {
        let at_end = self.last().is_none_or(|last| self.is_whole(last, room));
        if let Some(next) = self.after(self.anchor).filter(|_| !at_end) {
            (self.anchor, self.is_loose) = (next, true);
        }
    }

    /// Moves the page back by one piece, whatever is chosen.
    pub(crate) fn scroll_up(&mut self) {
        if let Some(before) = self.before(self.anchor) {
            (self.anchor, self.is_loose) = (before, true);
        }
    }

    /// Chooses a piece.
    pub(crate) fn choose(&mut self, spot: Spot) {
        (self.cursor, self.is_loose) = (Some(spot), false);
    }

    /// What is chosen, if it is seen: nothing is done to what nobody sees.
    pub(crate) fn chosen(&self, room: u16) -> Option<Spot> {
        let cursor = self.cursor?;
        self.visible(room).iter().any(|placed| placed.spot == cursor).then_some(cursor)
    }

    /// The rows of the table that is looked at: its block, the first and the last visible one.
    pub(crate) fn rows_in_sight(&self, room: u16) -> Option<(usize, u64, u64)> {
        let visible = self.visible(room);
        // The longest of several is the one whose rows do not all come at once.
        let tables = visible.iter().filter(|placed| self.rows(placed.spot.block).is_some());
        let total = |block: usize| self.rows(block).map_or(0, |rows| rows.total);
        let block = tables.map(|placed| placed.spot.block).max_by_key(|block| total(*block))?;
        let mut rows = visible.iter().filter(|placed| placed.spot.block == block && placed.spot.piece > 0);
        let first = rows.next()?.spot.piece - 1;
        Some((block, first, rows.next_back().map_or(first, |placed| placed.spot.piece - 1)))
    }

    /// From which row on tables are to be asked for, to see the same again.
    pub(crate) fn from(&self, room: u16) -> u64 {
        self.rows_in_sight(room).map_or(0, |(_, first, _)| window_around(first))
    }

    /// From which row on tables are to be asked for, if rows are missing.
    pub(crate) fn missing(&self, room: u16) -> Option<u64> {
        let (block, first, last) = self.rows_in_sight(room)?;
        self.rows(block)?.missing(first, last)
    }
}
