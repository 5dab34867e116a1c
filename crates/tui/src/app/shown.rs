//! [`Shown`]: a page that is here, and where on it somebody is.
//!
//! A page is a sequence of pieces from the top to the bottom: a line of text, a fact, a row. A [`Spot`] names one of them. Which
//! are on the screen follows from the one at its top, the *anchor*; nothing needs to know how high all of it is, so that a
//! table of a million rows costs what its visible rows cost.

use syncmgr_wire::page::{Action, Block, DiffMark, Page, Place, Row, Tone};

use super::rows::{Reason, Rows};
use crate::look::Letters;
use crate::text::{clean, width, wrap};

/// A piece of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Spot {
    pub(crate) block: usize,
    pub(crate) piece: u64,
}

/// A page, and where on it somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) page: Page,
    pub(crate) parts: Vec<Part>,
    /// What is chosen; nothing on a page where nothing can be.
    pub(crate) cursor: Option<Spot>,
    /// What stands at the top.
    pub(crate) anchor: Spot,
    /// The chosen point of a chart that is chosen; counted from the newest, which is the last.
    pub(crate) point: usize,
    /// Whether the page was moved away from what is chosen, to see what cannot be chosen.
    pub(super) is_loose: bool,
    pub(super) room: u16,
    pub(super) letters: Letters,
}

/// What is worked out about a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A heading, a bar, a chart: one piece.
    Whole,
    /// A text, by lines.
    Text(Vec<String>),
    /// Facts, each by lines, and the width of their names.
    Facts { names: usize, texts: Vec<Vec<String>> },
    /// A table.
    Table { rows: Rows, empty: Vec<String> },
    /// Two versions: their heads, what is remarked, and the lines that stand beside each other.
    Comparison { remark: Vec<String>, pairs: Vec<Pair> },
    /// There is nothing.
    Empty(Vec<String>),
}

/// Which lines of a comparison stand beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) left: Option<usize>,
    pub(crate) right: Option<usize>,
}

/// From this width on, both versions stand beside each other.
pub(crate) const BESIDE: u16 = 100;
/// A detail that is longer is cut.
const DETAIL_LINES: usize = 8;

impl Shown {
    /// A page that has just come, for a screen that is `room` cells wide.
    pub(crate) fn new(
        mut page: Page,
        before: Option<Self>,
        reason: Reason,
        room: u16,
        letters: Letters,
    ) -> Self {
        let before = before.filter(|before| is_same_place(&before.page.place, &page.place));
        let parts = page.blocks.iter_mut().map(|block| {
            let known = before.as_ref().and_then(|before| before.known_rows(block));
            part(block, known, reason, room, letters)
        });
        let parts = parts.collect();
        let mut shown = Self {
            page,
            parts,
            cursor: None,
            anchor: Spot::default(),
            point: 0,
            is_loose: false,
            room,
            letters,
        };
        match before {
            Some(before) => shown.go_on(&before),
            None => shown.cursor = shown.first_stop(),
        }
        shown
    }

    /// The rows that are known of this table.
    fn known_rows(&self, block: &Block) -> Option<Rows> {
        let Block::Table(table) = block else { return None };
        let is_it = |block: &Block| matches!(block, Block::Table(known) if known.id == table.id);
        let at = self.page.blocks.iter().position(is_it)?;
        match self.parts.get(at)? {
            // The page before is looked at once more, for the place of the chosen one.
            Part::Table { rows, .. } => Some(rows.clone()),
            _ => None,
        }
    }

    /// Stays where somebody was: at the same row wherever it stands now, else at the same place.
    fn go_on(&mut self, before: &Self) {
        (self.point, self.anchor, self.is_loose) = (before.point, before.anchor, before.is_loose);
        let moved = before.cursor.map(|cursor| self.found_again(before, cursor).unwrap_or(cursor));
        if let (Some(old), Some(new)) = (before.cursor, moved)
            && old.block == new.block
            && self.anchor.block == new.block
        {
            // The chosen row stays on its line of the screen.
            self.anchor.piece = (self.anchor.piece + new.piece).saturating_sub(old.piece);
        }
        self.cursor = moved.and_then(|spot| self.nearest_stop(spot)).or_else(|| self.first_stop());
        self.anchor = self.clamp(self.anchor);
    }

    /// Where the piece at `spot` of the page before stands on this one.
    fn found_again(&self, before: &Self, spot: Spot) -> Option<Spot> {
        let row = before.row(spot)?;
        let Block::Table(table) = before.page.blocks.get(spot.block)? else { return None };
        let block = self
            .page
            .blocks
            .iter()
            .position(|block| matches!(block, Block::Table(known) if known.id == table.id))?;
        let Part::Table { rows, .. } = self.parts.get(block)? else { return None };
        rows.find(&row.key).map(|n| Spot { block, piece: n + 1 })
    }

    /// Fits the page to another width.
    pub(crate) fn reflow(&mut self, room: u16) {
        if room == self.room {
            return;
        }
        self.room = room;
        for (block, old) in self.page.blocks.iter_mut().zip(&mut self.parts) {
            match old {
                Part::Table { empty, .. } => {
                    if let Block::Table(table) = block {
                        *empty = wrap(&table.empty.text, usize::from(room), self.letters);
                    }
                }
                other => *other = part(block, None, Reason::More, room, self.letters),
            }
        }
        self.cursor = self.cursor.and_then(|spot| self.nearest_stop(spot)).or_else(|| self.first_stop());
        self.anchor = self.clamp(self.anchor);
    }

    /// The row at a spot, if it is one and it is known.
    pub(crate) fn row(&self, spot: Spot) -> Option<&Row> {
        match self.parts.get(spot.block)? {
            Part::Table { rows, .. } => rows.get(spot.piece.checked_sub(1)?),
            _ => None,
        }
    }

    /// The rows of the table at a block.
    pub(crate) fn rows(&self, block: usize) -> Option<&Rows> {
        match self.parts.get(block)? {
            Part::Table { rows, .. } => Some(rows),
            _ => None,
        }
    }

    /// What can be done with the piece at a spot.
    pub(crate) fn actions_at(&self, spot: Spot) -> &[Action] {
        match (self.page.blocks.get(spot.block), self.parts.get(spot.block)) {
            (Some(Block::Facts(facts)), _) => {
                let fact = usize::try_from(spot.piece).ok().and_then(|at| facts.facts.get(at));
                fact.map_or(&[], |fact| &fact.actions)
            }
            (Some(Block::Empty(empty)), Some(Part::Empty(lines))) => {
                one_of(&empty.actions, spot.piece, lines.len() as u64)
            }
            (Some(Block::Table(table)), Some(Part::Table { rows, empty })) => match rows.total {
                0 => one_of(&table.empty.actions, spot.piece, 1 + empty.len() as u64),
                _ => self.row(spot).map_or(&[], |row| &row.actions),
            },
            _ => &[],
        }
    }

    /// All actions that are not of a row: they can be done wherever somebody is on the page.
    pub(crate) fn actions_of_blocks(&self) -> impl Iterator<Item = &Action> {
        self.page.blocks.iter().zip(&self.parts).flat_map(|(block, part)| match (block, part) {
            (Block::Facts(facts), _) => facts.facts.iter().flat_map(|fact| &fact.actions).collect(),
            (Block::Empty(empty), _) => empty.actions.iter().collect(),
            (Block::Table(table), Part::Table { rows, .. }) if rows.total == 0 => {
                table.empty.actions.iter().collect::<Vec<_>>()
            }
            _ => Vec::new(),
        })
    }

    /// Where the piece at a spot leads.
    pub(crate) fn opens(&self, spot: Spot) -> Option<&Place> {
        match self.page.blocks.get(spot.block)? {
            Block::Chart(chart) => {
                let at = chart.points.len().checked_sub(1 + self.point)?;
                chart.points.get(at)?.opens.as_ref()
            }
            _ => self.row(spot)?.opens.as_ref(),
        }
    }

    /// More about the row at a spot, by lines.
    pub(crate) fn detail(&self, spot: Spot) -> Vec<String> {
        let Some(row) = self.row(spot).filter(|row| !row.detail.is_empty()) else { return Vec::new() };
        let room = usize::from(self.room.saturating_sub(6)).max(10);
        let mut lines = wrap(&row.detail, room, self.letters);
        lines.truncate(DETAIL_LINES);
        lines
    }
}

fn is_same_place(one: &Place, other: &Place) -> bool {
    one == other
}

fn one_of(actions: &[Action], piece: u64, first: u64) -> &[Action] {
    let at = piece.checked_sub(first).and_then(|at| usize::try_from(at).ok());
    at.and_then(|at| actions.get(at..=at)).unwrap_or(&[])
}

fn part(block: &mut Block, known: Option<Rows>, reason: Reason, room: u16, letters: Letters) -> Part {
    let wide = usize::from(room);
    match block {
        Block::Heading(_) | Block::Bar(_) | Block::Chart(_) => Part::Whole,
        Block::Text(paragraph) => Part::Text(wrap(&paragraph.text, wide.saturating_sub(2), letters)),
        Block::Facts(facts) => {
            let names = facts.facts.iter().map(|fact| width(&clean(&fact.name, letters))).max();
            let names = names.unwrap_or(0).min((wide / 3).max(8));
            let room = wide.saturating_sub(names + 4);
            // What has a tone has its sign before it.
            let room = |tone: Tone| if tone > Tone::Muted { room.saturating_sub(2) } else { room };
            let texts = facts.facts.iter().map(|fact| wrap(&fact.text, room(fact.tone), letters)).collect();
            Part::Facts { names, texts }
        }
        Block::Table(table) => {
            let empty = wrap(&table.empty.text, wide.saturating_sub(2), letters);
            Part::Table { rows: Rows::take_in(table, known, reason, letters), empty }
        }
        Block::Comparison(comparison) => {
            let marks: Vec<DiffMark> = comparison.lines.iter().map(|line| line.mark).collect();
            let remark = match comparison.remark.is_empty() {
                true => Vec::new(),
                false => wrap(&comparison.remark, wide, letters),
            };
            Part::Comparison { remark, pairs: pairs(&marks, room) }
        }
        Block::Empty(empty) => Part::Empty(wrap(&empty.text, wide.saturating_sub(2), letters)),
    }
}

/// Beside each other where there is room: what is on both sides with itself, what was changed with what it was changed into.
fn pairs(marks: &[DiffMark], room: u16) -> Vec<Pair> {
    if room < BESIDE {
        return (0..marks.len()).map(|at| Pair { left: Some(at), right: None }).collect();
    }
    let mut pairs = Vec::new();
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    let flush = |lefts: &mut Vec<usize>, rights: &mut Vec<usize>, pairs: &mut Vec<Pair>| {
        for n in 0..lefts.len().max(rights.len()) {
            pairs.push(Pair { left: lefts.get(n).copied(), right: rights.get(n).copied() });
        }
        lefts.clear();
        rights.clear();
    };
    for (at, mark) in marks.iter().enumerate() {
        match mark {
            DiffMark::Left if rights.is_empty() => lefts.push(at),
            DiffMark::Left => {
                flush(&mut lefts, &mut rights, &mut pairs);
                lefts.push(at);
            }
            DiffMark::Right => rights.push(at),
            DiffMark::Both | DiffMark::Skipped => {
                flush(&mut lefts, &mut rights, &mut pairs);
                pairs.push(Pair { left: Some(at), right: Some(at) });
            }
        }
    }
    flush(&mut lefts, &mut rights, &mut pairs);
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_stands_beside_what_it_was_changed_into() {
        use DiffMark::{Both, Left, Right, Skipped};
        let pair = |left: Option<usize>, right: Option<usize>| Pair { left, right };
        let marks = [Both, Left, Left, Right, Both, Right, Skipped];
        assert_eq!(
            pairs(&marks, 120),
            [
                pair(Some(0), Some(0)),
                pair(Some(1), Some(3)),
                pair(Some(2), None),
                pair(Some(4), Some(4)),
                pair(None, Some(5)),
                pair(Some(6), Some(6)),
            ]
        );
        assert_eq!(pairs(&marks, 80).len(), marks.len());
    }
}
