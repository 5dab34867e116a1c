//! [`Rows`]: of a table that may be very long, the rows around what is looked at.

use syncmgr_wire::page::{Row, Table};

use crate::look::Letters;
use crate::text::{clean, width};

/// How many rows are asked for at once.
pub(crate) const WINDOW: u64 = 200;
/// Rows that are there before anybody moves to them.
const AHEAD: u64 = 30;
/// Windows begin at multiples of this, so that small moves ask for nothing new.
const STEP: u64 = 20;
/// Windows kept besides the newest one.
const KEPT: usize = 2;
/// No column is wider by itself.
const WIDEST: usize = 60;

/// Rows that are known, in windows as they arrived.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Rows {
    windows: Vec<Window>,
    /// How many there are altogether.
    pub(crate) total: u64,
    /// How wide each column would like to be.
    pub(crate) widths: Vec<usize>,
    /// How wide the words behind the bars are. Absent if no row has a bar.
    pub(crate) bar_words: Option<usize>,
    /// Whether rows have check boxes.
    pub(crate) ticks: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Window {
    from: u64,
    rows: Vec<Row>,
}

impl Window {
    fn end(&self) -> u64 {
        self.from + self.rows.len() as u64
    }
}

/// What a page was asked for, and so what becomes of rows that are known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// More rows of the same: the others are still good.
    More,
    /// Something has changed: the others are not.
    Changed,
    /// Another place, filter or search.
    Elsewhere,
}

impl Rows {
    /// The rows of `table`, which are taken out of it, and of `before` those that are still good.
    pub(crate) fn take_in(table: &mut Table, before: Option<Self>, reason: Reason, letters: Letters) -> Self {
        let window = Window { from: table.from, rows: std::mem::take(&mut table.rows) };
        let mut rows = before.unwrap_or_default();
        // A short table beside a long one comes without rows when the long one is asked for further down.
        let is_beside = window.rows.is_empty() && table.total > 0;
        let is_same = rows.total == table.total && reason == Reason::More;
        let are_good = is_same || (is_beside && rows.total == table.total);
        if !are_good {
            rows.windows.clear();
        }
        rows.total = table.total;
        if !is_beside {
            rows.windows.retain(|old| old.end() <= window.from || window.end() <= old.from);
            rows.windows.sort_by_key(|old| std::cmp::Reverse(old.from.abs_diff(window.from)));
            let n_surplus = rows.windows.len().saturating_sub(KEPT);
            rows.windows.drain(..n_surplus);
            rows.windows.push(window);
        }
        rows.measure(table, letters);
        rows
    }

    fn measure(&mut self, table: &Table, letters: Letters) {
        let known = self.windows.iter().flat_map(|window| &window.rows);
        let wide = |text: &str| width(&clean(start_of(text), letters)).min(WIDEST);
        let mut widths: Vec<usize> = table.columns.iter().map(|column| wide(&column.label)).collect();
        (self.bar_words, self.ticks) = (None, false);
        for row in known {
            for (widest, cell) in widths.iter_mut().zip(&row.cells) {
                // A sign goes before words with a tone of their own.
                let sign = if cell.tone.is_some_and(|tone| tone != row.tone) { 2 } else { 0 };
                *widest = (*widest).max(wide(&cell.text) + sign).min(WIDEST);
            }
            if row.bar.is_some() {
                self.bar_words = self.bar_words.max(Some(wide(bar_words(row))));
            }
            self.ticks |= row.tick.is_some();
        }
        self.widths = widths;
    }

    pub(crate) fn get(&self, n: u64) -> Option<&Row> {
        let window = self.windows.iter().find(|window| (window.from..window.end()).contains(&n))?;
        window.rows.get(usize::try_from(n - window.from).ok()?)
    }

    /// Where the row with this key stands, if that is known.
    pub(crate) fn find(&self, key: &str) -> Option<u64> {
        self.windows.iter().rev().find_map(|window| {
            let at = window.rows.iter().position(|row| row.key == key)?;
            Some(window.from + at as u64)
        })
    }

    /// Whether the heading of its group stands above this row.
    pub(crate) fn is_headed(&self, n: u64) -> bool {
        let Some(row) = self.get(n) else { return false };
        if row.group.is_empty() {
            return false;
        }
        match n.checked_sub(1) {
            None => true,
            // What is not known yet is not announced.
            Some(before) => self.get(before).is_some_and(|before| before.group != row.group),
        }
    }

    /// Where a window has to begin for somebody who looks at the rows `first..=last` and moves on; nothing if all is there.
    pub(crate) fn missing(&self, first: u64, last: u64) -> Option<u64> {
        let last_row = self.total.checked_sub(1)?;
        let around = [first.saturating_sub(AHEAD), first, last, (last + AHEAD).min(last_row)];
        let is_there = |n: u64| n > last_row || self.get(n).is_some();
        (!around.into_iter().all(is_there)).then(|| window_around(first))
    }
}

/// Where the window begins that shows row `first` at the top.
pub(crate) fn window_around(first: u64) -> u64 {
    first.saturating_sub(2 * AHEAD) / STEP * STEP
}

/// The words behind a row's bar; nothing where one of its cells says the same.
pub(crate) fn bar_words(row: &Row) -> &str {
    let label = row.bar.as_ref().map_or("", |bar| &bar.label);
    if row.cells.iter().any(|cell| cell.text == label) { "" } else { label }
}

/// Of a text that may be huge, as much as any column shows.
pub(crate) fn start_of(text: &str) -> &str {
    match text.char_indices().nth(4 * WIDEST) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use syncmgr_wire::page::{Cell, Column, Empty, Tone};

    use super::*;

    fn table(from: u64, count: u64, total: u64) -> Table {
        let row = |n: u64| Row {
            key: n.to_string(),
            group: (n / 10).to_string(),
            tone: Tone::Plain,
            tick: None,
            cells: vec![Cell::new(format!("row {n}"))],
            bar: None,
            detail: String::new(),
            opens: None,
            actions: Vec::new(),
        };
        Table {
            id: "t".to_owned(),
            caption: String::new(),
            columns: vec![Column {
                id: "c".to_owned(),
                label: "name".to_owned(),
                align: syncmgr_wire::page::Align::Start,
                rank: 0,
                grows: true,
            }],
            rows: (from..(from + count).min(total)).map(row).collect(),
            from,
            total,
            empty: Empty::default(),
            filter: None,
            search: None,
        }
    }

    fn read(rows: Option<Rows>, from: u64, reason: Reason) -> Rows {
        Rows::take_in(&mut table(from, WINDOW, 1_000_000), rows, reason, Letters::Unicode)
    }

    #[test]
    fn never_more_than_three_windows_are_kept_however_far_somebody_moves() {
        let mut rows = None;
        for from in (0..100_000).step_by(140) {
            let read = read(rows.take(), from, Reason::More);
            assert!(read.windows.len() <= 3);
            assert_eq!(read.get(from + 5).unwrap().key, (from + 5).to_string());
            rows = Some(read);
        }
    }

    #[test]
    fn what_was_known_before_a_change_is_forgotten() {
        let rows = read(None, 0, Reason::Elsewhere);
        let more = read(Some(rows), 400, Reason::More);
        assert!(more.get(3).is_some() && more.get(403).is_some() && more.get(250).is_none());
        let changed = read(Some(more), 400, Reason::Changed);
        assert!(changed.get(3).is_none() && changed.get(403).is_some());
    }

    #[test]
    fn rows_are_asked_for_before_they_are_reached_and_not_twice() {
        let rows = read(None, 0, Reason::Elsewhere);
        for (first, last, expected) in [
            (0, 40, None),
            (129, 169, None),
            (130, 170, Some(60)),
            (500_000, 500_040, Some(499_940)),
            (999_960, 999_999, Some(999_900)),
        ] {
            assert_eq!(rows.missing(first, last), expected, "{first}..={last}");
            if let Some(from) = expected {
                assert_eq!(read(None, from, Reason::More).missing(first, last), None, "from {from}");
            }
        }
        assert_eq!(Rows::default().missing(0, 0), None);
    }

    #[test]
    fn a_heading_stands_above_the_first_row_of_each_group_that_is_known() {
        let rows = read(None, 200, Reason::Elsewhere);
        let headed: Vec<u64> = (195..235).filter(|n| rows.is_headed(*n)).collect();
        assert_eq!(headed, [210, 220, 230]);
        assert!(read(None, 0, Reason::Elsewhere).is_headed(0));
    }

    #[test]
    fn a_short_table_beside_a_long_one_keeps_its_rows() {
        let short =
            |from, rows| Rows::take_in(&mut table(from, 5, 5), rows, Reason::Changed, Letters::Unicode);
        let rows = short(600, Some(short(0, None)));
        assert_eq!(rows.get(4).unwrap().key, "4");
    }
}
