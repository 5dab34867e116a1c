//! Tables: which columns there is room for, and rows.

use ratatui::layout::Rect;
use ratatui::style::Style;
use syncmgr_wire::page::{Align, Cell, Row, Table, Tone};

use super::blocks::{Piece, paint_bar, paint_chosen};
use super::canvas::{Canvas, cells};
use crate::app::{Rows, Shown, Target, bar_words, start_of};
use crate::look::{BOLD, DIM, PLAIN};
use crate::text::{clean, width};

/// Cells between columns.
const GAP: usize = 2;
/// The marker of the chosen row, and the sign of its tone.
const LEAD: usize = 4;
/// A check box and the space behind it.
const TICK: usize = 4;
/// The narrowest bar, and the widest.
const BAR: (usize, usize) = (8, 24);
/// A column that grows does not get narrower than this before others go.
const NARROW: usize = 16;

/// Where a column is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Column {
    idx: usize,
    x: usize,
    width: usize,
}

/// Which columns are drawn, and where the bar is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Columns {
    columns: Vec<Column>,
    /// From where, and how wide: the bar, and the words behind it.
    bar: Option<(usize, usize, usize)>,
}

/// Gives columns their room. The highest rank goes first; what is left over goes to those that grow.
fn columns(table: &Table, rows: &Rows, room: usize) -> Columns {
    let lead = LEAD + if rows.ticks { TICK } else { 0 };
    let mut bar = rows.bar_words.map(|words| (BAR.0, words));
    let mut kept: Vec<usize> = (0..table.columns.len()).collect();
    let natural = |idx: usize| rows.widths.get(idx).copied().unwrap_or(0).max(1);
    let least = |idx: usize| if table.columns[idx].grows { natural(idx).min(NARROW) } else { natural(idx) };
    loop {
        let bar_width = bar.map_or(0, |(bar, words)| bar + if words > 0 { 1 + words } else { 0 } + GAP);
        let needed: usize = kept.iter().map(|idx| least(*idx) + GAP).sum::<usize>() + lead + bar_width;
        if needed <= room + GAP {
            break;
        }
        let rank = |idx: &&usize| table.columns[**idx].rank;
        let first_to_go = kept.iter().rev().max_by_key(rank).copied();
        match (first_to_go.filter(|idx| table.columns[*idx].rank > 0), bar) {
            (Some(gone), _) => kept.retain(|idx| *idx != gone),
            // The words of the bars are said in full in the detail or the title.
            (None, Some((width, words))) if words > 0 => bar = Some((width, 0)),
            (None, _) => break,
        }
    }
    place(table, &kept, room, lead, bar, &natural, &least)
}

fn place(
    table: &Table,
    kept: &[usize],
    room: usize,
    lead: usize,
    bar: Option<(usize, usize)>,
    natural: &dyn Fn(usize) -> usize,
    least: &dyn Fn(usize) -> usize,
) -> Columns {
    let bar_width = bar.map_or(0, |(bar, words)| bar + if words > 0 { 1 + words } else { 0 } + GAP);
    let mut widths: Vec<usize> = kept.iter().map(|idx| least(*idx)).collect();
    let taken = |widths: &[usize]| lead + widths.iter().map(|width| width + GAP).sum::<usize>() + bar_width;
    let mut left = (room + GAP).saturating_sub(taken(&widths));
    // First what it would like to have, then what nobody else needs.
    for wish in [true, false] {
        let growing = kept.iter().filter(|idx| table.columns[**idx].grows).count();
        for (idx, width) in kept.iter().zip(&mut widths).filter(|(idx, _)| table.columns[**idx].grows) {
            let most =
                if wish { natural(*idx).saturating_sub(*width) } else { left.div_ceil(growing.max(1)) };
            let more = most.min(left);
            *width += more;
            left -= more;
        }
    }
    // Nothing more can go: the widest gives way.
    while taken(&widths) > room + GAP {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > 4) else { break };
        *widest -= 1;
    }
    let mut x = lead;
    let mut columns = Vec::new();
    for (idx, width) in kept.iter().zip(&widths) {
        columns.push(Column { idx: *idx, x, width: *width });
        x += width + GAP;
    }
    let bar = bar.map(|(width, words)| {
        let more = left.min(BAR.1 - BAR.0);
        (x, width + more, words)
    });
    Columns { columns, bar }
}

/// Filter, search, and the headings of the columns.
pub(super) fn paint_head(piece: &Piece<'_>, table: &Table, canvas: &mut Canvas<'_>) {
    let Piece { shown, spot, mut area, .. } = *piece;
    if shown.has_choices(spot.block) {
        paint_choices(table, area, canvas);
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    if area.height > 0 && shown.labels_height(spot.block) > 0 {
        paint_labels(shown, table, spot.block, area, canvas);
    }
}

fn paint_choices(table: &Table, area: Rect, canvas: &mut Canvas<'_>) {
    let mut x = area.x;
    let room_from = |x: u16| usize::from(area.right().saturating_sub(x));
    if let Some(filter) = &table.filter {
        for (at, choice) in filter.choices.iter().enumerate() {
            let is_chosen = choice.id == filter.chosen;
            let text = format!("{} {}", choice.label, choice.count);
            // What is chosen has brackets: reversed letters are not seen everywhere.
            let text = if is_chosen { format!("[{text}]") } else { format!(" {text} ") };
            if width(&clean(&text, canvas.look.letters)) > room_from(x) {
                break;
            }
            let style = match (is_chosen, choice.count) {
                (true, _) => BOLD,
                (false, 0) => DIM,
                (false, _) => PLAIN,
            };
            let used = canvas.text(x, area.y, room_from(x), &text, style);
            canvas.target(Rect::new(x, area.y, used, 1), Target::Filter(at));
            x += used + 1;
        }
    }
    if let Some(search) = table.search.as_ref().filter(|search| !search.text.is_empty()) {
        canvas.text(x, area.y, room_from(x), &format!("found: {}", search.text), BOLD);
    }
}

pub(super) fn paint_labels(shown: &Shown, table: &Table, block: usize, area: Rect, canvas: &mut Canvas<'_>) {
    let Some(rows) = shown.rows(block) else { return };
    for Column { idx, x, width } in columns(table, rows, usize::from(area.width)).columns {
        let column = &table.columns[idx];
        write(column.align, area.x + cells(x), area.y, width, &column.label, DIM, canvas);
    }
}

fn write(align: Align, x: u16, y: u16, room: usize, text: &str, style: Style, canvas: &mut Canvas<'_>) {
    match align {
        Align::Start => {
            canvas.text(x, y, room, text, style);
        }
        Align::End => canvas.text_at_end(x, y, room, text, style),
    }
}

pub(super) fn paint_row(piece: &Piece<'_>, table: &Table, rows: &Rows, canvas: &mut Canvas<'_>) {
    let Piece { shown, spot, mut area, is_chosen } = *piece;
    let n = spot.piece - 1;
    let Some(row) = rows.get(n) else {
        canvas.text(area.x + cells(LEAD), area.y, 4, canvas.signs().ellipsis, DIM);
        if is_chosen {
            canvas.text(area.x, area.y, 1, canvas.signs().marker, BOLD);
        }
        return;
    };
    if rows.is_headed(n) {
        canvas.text(area.x, area.y, usize::from(area.width), &row.group, BOLD);
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    if area.height == 0 {
        return;
    }
    let style = canvas.look.tone(row.tone);
    canvas.text(area.x + 2, area.y, 1, canvas.look.sign(row.tone), style);
    if let Some(tick) = &row.tick {
        let tick_at = area.x + cells(LEAD);
        canvas.text(tick_at, area.y, 3, if tick.on { "[x]" } else { "[ ]" }, PLAIN);
        canvas.target(Rect::new(tick_at, area.y, 3, 1), Target::Tick(spot));
    }
    let columns = columns(table, rows, usize::from(area.width));
    for Column { idx, x, width } in columns.columns {
        if let Some(cell) = row.cells.get(idx) {
            let x = area.x + cells(x);
            paint_cell(cell, row, table.columns[idx].align, (x, area.y), width, canvas);
        }
    }
    if let (Some((x, width, words)), Some(bar)) = (columns.bar, &row.bar) {
        let x = area.x + cells(x);
        let style = canvas.look.tone(if row.tone <= Tone::Muted { Tone::Busy } else { row.tone });
        paint_bar(bar, shown, Rect::new(x, area.y, cells(width), 1), style, canvas);
        canvas.text(x + cells(width) + 1, area.y, words, bar_words(row), PLAIN);
    }
    if is_chosen {
        paint_chosen(area, canvas);
        canvas.text(area.x, area.y, 1, canvas.signs().marker, BOLD);
        paint_detail(piece, area, canvas);
    }
}

/// A cell; with a sign where it is more or less serious than its row.
fn paint_cell(cell: &Cell, row: &Row, align: Align, at: (u16, u16), room: usize, canvas: &mut Canvas<'_>) {
    let ((x, y), look) = (at, canvas.look);
    let text = start_of(&cell.text);
    match cell.tone.filter(|tone| *tone != row.tone) {
        None => write(align, x, y, room, text, look.tone(row.tone), canvas),
        Some(tone) => {
            let sign = look.sign(tone).trim();
            let style = look.tone(tone);
            if sign.is_empty() || text.is_empty() {
                return write(align, x, y, room, text, style, canvas);
            }
            let text = format!("{sign} {text}");
            write(align, x, y, room, &text, style, canvas);
        }
    }
}

fn paint_detail(piece: &Piece<'_>, area: Rect, canvas: &mut Canvas<'_>) {
    for (at, line) in piece.shown.detail(piece.spot).iter().enumerate() {
        let y = area.y + 1 + cells(at);
        if y >= area.bottom() {
            return;
        }
        canvas.text(area.x + 4, y, usize::from(area.width).saturating_sub(4), line, DIM);
    }
}

#[cfg(test)]
mod tests {
    use syncmgr_wire::page::{self, Empty};

    use super::*;
    use crate::look::Letters;

    /// A table with these columns: label, rank, whether it grows, the text in it.
    fn laid(specification: &[(&str, u8, bool, &str)], room: usize) -> String {
        let column = |(label, rank, grows, _): &(&str, u8, bool, &str)| page::Column {
            id: (*label).to_owned(),
            label: (*label).to_owned(),
            align: Align::Start,
            rank: *rank,
            grows: *grows,
        };
        let row = Row {
            key: "1".to_owned(),
            group: String::new(),
            tone: Tone::Plain,
            tick: None,
            cells: specification.iter().map(|(.., text)| Cell::new(*text)).collect(),
            bar: None,
            detail: String::new(),
            opens: None,
            actions: Vec::new(),
        };
        let mut table = Table {
            id: "t".to_owned(),
            caption: String::new(),
            columns: specification.iter().map(column).collect(),
            rows: vec![row],
            from: 0,
            total: 1,
            empty: Empty::default(),
            filter: None,
            search: None,
        };
        let rows = Rows::take_in(&mut table, None, crate::app::Reason::Elsewhere, Letters::Unicode);
        let laid = columns(&table, &rows, room).columns.into_iter();
        let laid = laid.map(|column| format!("{} {}", table.columns[column.idx].label, column.width));
        laid.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn where_there_is_no_room_the_highest_rank_goes_first() {
        let table = [
            ("name", 0, true, "a name of twenty-six cells"),
            ("state", 1, false, "in step"),
            ("when", 3, false, "5 minutes ago"),
            ("next", 2, false, "at 10:00"),
        ];
        for (room, expected) in [
            (80, "name 42, state 7, when 13, next 8"),
            (60, "name 22, state 7, when 13, next 8"),
            (50, "name 27, state 7, next 8"),
            (38, "name 25, state 7"),
            (24, "name 20"),
            (12, "name 8"),
        ] {
            assert_eq!(laid(&table, room), expected, "in {room}");
        }
    }

    #[test]
    fn what_has_to_stay_gives_way_where_nothing_else_can_go() {
        let table = [("one", 0, false, "twenty cells of text"), ("two", 0, false, "ten cells.")];
        assert_eq!(laid(&table, 40), "one 20, two 10");
        assert_eq!(laid(&table, 26), "one 10, two 10");
    }
}
