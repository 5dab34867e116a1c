//! How tables are made: columns, windows, filters.

use std::ops::Range;

use syncmgr_wire::page::{
    Action, Align, Cell, Column, Empty, Filter, FilterChoice, PageRequest, Place, Row, Search, Table, Tone,
};

/// The most rows that a page holds of a table.
const MAX_ROWS: u64 = 1000;

/// Which rows of `total` a request wants.
pub(crate) fn window(request: &PageRequest, total: u64) -> Range<u64> {
    let from = request.from.min(total);
    from..from.saturating_add(request.count.min(MAX_ROWS)).min(total)
}

/// The same, as positions in a list.
pub(crate) fn positions(request: &PageRequest, total: usize) -> Range<usize> {
    let range = window(request, total as u64);
    // No further than `total`, which is one.
    let position = |n: u64| usize::try_from(n).unwrap_or(total);
    position(range.start)..position(range.end)
}

/// A column of words. `rank`: which go first where there is no room.
pub(crate) fn column(id: &str, label: &str, rank: u8) -> Column {
    Column { id: id.to_owned(), label: label.to_owned(), align: Align::Start, rank, grows: false }
}

/// A column that takes what room is left.
pub(crate) fn wide(id: &str, label: &str) -> Column {
    Column { grows: true, ..column(id, label, 0) }
}

/// A column of numbers.
pub(crate) fn numbers(id: &str, label: &str, rank: u8) -> Column {
    Column { align: Align::End, ..column(id, label, rank) }
}

/// A table with all its rows.
pub(crate) fn table(id: &str, caption: &str, columns: Vec<Column>, rows: Vec<Row>, empty: Empty) -> Table {
    let total = rows.len() as u64;
    Table {
        id: id.to_owned(),
        caption: caption.to_owned(),
        columns,
        rows,
        from: 0,
        total,
        empty,
        filter: None,
        search: None,
    }
}

/// A table of which the page holds the rows from `from` on.
pub(crate) fn windowed(table: Table, from: usize, total: usize) -> Table {
    Table { from: from as u64, total: total as u64, ..table }
}

/// A plain row.
pub(crate) fn row(key: impl Into<String>, tone: Tone, cells: Vec<Cell>) -> Row {
    Row {
        key: key.into(),
        group: String::new(),
        tone,
        tick: None,
        cells,
        bar: None,
        detail: String::new(),
        opens: None,
        actions: Vec::new(),
    }
}

/// What can be said about a row besides.
pub(crate) trait Furnished {
    /// Where it leads.
    fn opens(self, place: Place) -> Self;
    /// What can be done with it.
    fn with(self, actions: Vec<Action>) -> Self;
    /// More text about it.
    fn detailed(self, detail: impl Into<String>) -> Self;
}

impl Furnished for Row {
    fn opens(mut self, place: Place) -> Self {
        self.opens = Some(place);
        self
    }

    fn with(mut self, actions: Vec<Action>) -> Self {
        self.actions = actions;
        self
    }

    fn detailed(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// Ways to see fewer rows: id, label, how many. The first is all; what nobody knows is taken for it.
pub(crate) fn filter(request: &PageRequest, choices: Vec<(String, String, u64)>) -> Filter {
    let wanted = request.filter.as_deref().unwrap_or_default();
    let chosen = choices.iter().find(|(id, ..)| id == wanted).or_else(|| choices.first());
    let chosen = chosen.map(|(id, ..)| id.clone()).unwrap_or_default();
    let choices = choices.into_iter().map(|(id, label, count)| FilterChoice { id, label, count }).collect();
    Filter { choices, chosen }
}

/// The way to find rows.
pub(crate) fn search(request: &PageRequest, hint: &str) -> Search {
    Search { text: request.search.clone().unwrap_or_default(), hint: hint.to_owned() }
}

/// Nothing is there.
pub(crate) fn empty(text: impl Into<String>, actions: Vec<Action>) -> Empty {
    Empty { text: text.into(), actions }
}

/// What is looked for, in the form in which it is compared; nothing if nothing is.
pub(crate) fn needle(request: &PageRequest) -> Option<String> {
    request.search.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use syncmgr_wire::page::Screen;

    use super::*;

    #[test]
    fn a_window_stays_within_the_table_and_is_never_larger_than_a_page() {
        for (from, count, total, expected) in [
            (0, 200, 10, 0..10),
            (5, 3, 10, 5..8),
            (20, 3, 10, 10..10),
            (0, u64::MAX, 5000, 0..1000),
            (u64::MAX, u64::MAX, 5000, 5000..5000),
        ] {
            let request = PageRequest { from, count, ..PageRequest::new(Place::of(Screen::Items)) };
            assert_eq!(window(&request, total), expected);
        }
    }

    #[test]
    fn an_unknown_filter_is_all() {
        let choices =
            || vec![("all".to_owned(), "all".to_owned(), 3), ("late".to_owned(), "late".to_owned(), 1)];
        let mut request = PageRequest::new(Place::of(Screen::Items));
        for (wanted, chosen) in [(None, "all"), (Some("late"), "late"), (Some("green"), "all")] {
            request.filter = wanted.map(str::to_owned);
            assert_eq!(filter(&request, choices()).chosen, chosen);
        }
    }
}
