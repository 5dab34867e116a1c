//! The pieces of a page.

use ratatui::layout::Rect;
use ratatui::style::Style;
use syncmgr_wire::page::{Action, Bar, Block, Fact, Tone};

use super::canvas::{Canvas, cells};
use super::{chart, comparison, table};
use crate::app::{Part, Placed, Shown, Spot, Target};
use crate::hints;
use crate::look::{BOLD, CHOSEN, DIM, PLAIN};

/// What one piece is drawn with.
pub(super) struct Piece<'a> {
    pub(super) shown: &'a Shown,
    pub(super) spot: Spot,
    /// Its part of the screen, without the space above.
    pub(super) area: Rect,
    pub(super) is_chosen: bool,
}

pub(super) fn paint(shown: &Shown, body: Rect, canvas: &mut Canvas<'_>) {
    if shown.sticky() > 0
        && let Some(Block::Table(table)) = shown.page.blocks.get(shown.anchor.block)
    {
        table::paint_labels(shown, table, shown.anchor.block, Rect { height: 1, ..body }, canvas);
    }
    for placed in shown.visible(body.height) {
        if let Some(piece) = piece(shown, placed, body) {
            paint_piece(&piece, canvas);
        }
    }
}

/// Where a piece is drawn, if any of it is seen.
fn piece<'a>(shown: &'a Shown, placed: Placed, body: Rect) -> Option<Piece<'a>> {
    let margin = shown.margin(placed.spot);
    let top = placed.y + margin;
    let height = (placed.height - margin).min(body.height.checked_sub(top)?);
    let area = Rect { y: body.y + top, height, ..body };
    let is_chosen = shown.cursor == Some(placed.spot);
    (height > 0).then_some(Piece { shown, spot: placed.spot, area, is_chosen })
}

fn paint_piece(piece: &Piece<'_>, canvas: &mut Canvas<'_>) {
    let Piece { shown, spot, area, is_chosen } = *piece;
    if shown.is_stop(spot) {
        canvas.target(area, Target::Piece(spot));
    }
    let at = usize::try_from(spot.piece).unwrap_or(usize::MAX);
    let room = usize::from(area.width);
    match (&shown.page.blocks[spot.block], &shown.parts[spot.block]) {
        (Block::Heading(text), _) => {
            canvas.text(area.x, area.y, room, text, BOLD);
        }
        (Block::Text(paragraph), Part::Text(lines)) => {
            let style = canvas.look.tone(paragraph.tone);
            if at == 0 {
                canvas.text(area.x, area.y, 1, canvas.look.sign(paragraph.tone), style);
            }
            let indent = if paragraph.tone <= Tone::Muted { 0 } else { 2 };
            canvas.text(area.x + indent, area.y, room, lines.get(at).map_or("", |line| line), style);
        }
        (Block::Facts(facts), Part::Facts { names, texts }) => {
            if let (Some(fact), Some(lines)) = (facts.facts.get(at), texts.get(at)) {
                paint_fact(piece, fact, *names, lines, canvas);
            }
        }
        (Block::Bar(bar), _) => paint_overall(bar, shown, area, canvas),
        (Block::Table(table), Part::Table { rows, empty }) => match spot.piece {
            0 => table::paint_head(piece, table, canvas),
            _ if rows.total == 0 => paint_empty(piece, at - 1, empty, &table.empty.actions, canvas),
            _ => table::paint_row(piece, table, rows, canvas),
        },
        (Block::Comparison(compared), Part::Comparison { remark, pairs }) => {
            comparison::paint(piece, compared, remark, pairs, canvas);
        }
        (Block::Chart(chart), _) => chart::paint(piece, chart, canvas),
        (Block::Empty(empty), Part::Empty(lines)) => paint_empty(piece, at, lines, &empty.actions, canvas),
        _ => {}
    }
    let is_whole = matches!(shown.page.blocks[spot.block], Block::Facts(_) | Block::Empty(_));
    if is_chosen && is_whole {
        canvas.text(area.x, area.y, 1, canvas.signs().marker, BOLD);
    }
}

fn paint_fact(piece: &Piece<'_>, fact: &Fact, names: usize, lines: &[String], canvas: &mut Canvas<'_>) {
    let Piece { area, .. } = *piece;
    canvas.text(area.x + 2, area.y, names, &fact.name, DIM);
    let x = area.x + 2 + cells(names) + 2;
    let room = usize::from(area.right().saturating_sub(x));
    let style = canvas.look.tone(fact.tone);
    let sign = canvas.look.sign(fact.tone);
    let indent = if sign.trim().is_empty() { 0 } else { canvas.text(x, area.y, 1, sign, style) + 1 };
    let mut y = area.y;
    for line in lines.iter().take(usize::from(area.height)) {
        canvas.text(x + indent, y, room.saturating_sub(usize::from(indent)), line, style);
        y += 1;
    }
    if y < area.bottom() {
        canvas.hints(x, y, room, &ways(&fact.actions, canvas));
    }
}

/// Actions as they stand in a text: without a key of their own, the return key does them.
fn ways(actions: &[Action], canvas: &Canvas<'_>) -> Vec<hints::Hint> {
    let enter = canvas.signs().enter;
    actions.iter().map(|action| hints::always(action, enter)).collect()
}

fn paint_empty(piece: &Piece<'_>, at: usize, lines: &[String], actions: &[Action], canvas: &mut Canvas<'_>) {
    let Piece { area, .. } = *piece;
    let room = usize::from(area.width).saturating_sub(2);
    match (lines.get(at), at.checked_sub(lines.len()).and_then(|at| actions.get(at))) {
        (Some(line), _) => {
            canvas.text(area.x, area.y, room, line, PLAIN);
        }
        (None, Some(action)) => {
            let hint = hints::always(action, canvas.signs().enter);
            canvas.hints(area.x + 2, area.y, room, &[hint]);
            if piece.is_chosen {
                let width = canvas.look.letters;
                let label = crate::text::width(&crate::text::clean(&action.label, width));
                canvas.style(Rect { x: area.x + 2, width: cells(label) + 6, ..area }, BOLD);
            }
        }
        (None, None) => {}
    }
}

/// How far everything is: as wide as the words beside it leave room for.
fn paint_overall(bar: &Bar, shown: &Shown, area: Rect, canvas: &mut Canvas<'_>) {
    let words = crate::text::width(&crate::text::clean(&bar.label, canvas.look.letters));
    let room = usize::from(area.width);
    let width = room.saturating_sub(words + 2).clamp(10, 60).min(room);
    let at = Rect { width: cells(width), ..area };
    paint_bar(bar, shown, at, canvas.look.tone(Tone::Busy), canvas);
    canvas.text(area.x + cells(width) + 2, area.y, room.saturating_sub(width + 2), &bar.label, PLAIN);
}

/// A bar; where nobody knows how much there is, something that moves.
pub(super) fn paint_bar(bar: &Bar, shown: &Shown, area: Rect, style: Style, canvas: &mut Canvas<'_>) {
    let width = u64::from(area.width);
    let (full, empty) = (canvas.signs().full, canvas.signs().empty);
    let filled: Box<dyn Fn(u64) -> bool> = match bar.max {
        0 => {
            let steps = u64::try_from(shown.page.at.as_millis() / 250).unwrap_or(0);
            let start = steps % width.max(1);
            Box::new(move |at| (at + width - start) % width < 3.min(width))
        }
        max => {
            let value = bar.value.min(max);
            let cells = u128::from(value) * u128::from(width) / u128::from(max);
            Box::new(move |at| u128::from(at) < cells)
        }
    };
    for at in 0..area.width {
        let (sign, style) = if filled(u64::from(at)) { (full, style) } else { (empty, DIM) };
        canvas.text(area.x + at, area.y, 1, sign, style);
    }
}

/// Shows that a line is the chosen one.
pub(super) fn paint_chosen(area: Rect, canvas: &mut Canvas<'_>) {
    canvas.style(Rect { height: 1, ..area }, CHOSEN);
}
