//! Two versions of one thing: beside each other where there is room, else one below the other.

use ratatui::layout::Rect;
use ratatui::style::Style;
use syncmgr_wire::page::{Comparison, DiffLine, DiffMark, Tone, Version};

use super::blocks::Piece;
use super::canvas::{Canvas, cells};
use crate::app::{BESIDE, Pair};
use crate::look::{BOLD, DIM, PLAIN};

/// Cells for the number of a line.
const NUMBERS: u16 = 6;

pub(super) fn paint(
    piece: &Piece<'_>,
    compared: &Comparison,
    remark: &[String],
    pairs: &[Pair],
    canvas: &mut Canvas<'_>,
) {
    let Piece { area, spot, .. } = *piece;
    let Some(at) = usize::try_from(spot.piece).unwrap_or(usize::MAX).checked_sub(1) else {
        return paint_versions(piece, compared, canvas);
    };
    if let Some(line) = remark.get(at) {
        canvas.text(area.x, area.y, usize::from(area.width), line, DIM);
        return;
    }
    let Some(pair) = pairs.get(at - remark.len()) else { return };
    let line = |at: Option<usize>| at.and_then(|at| compared.lines.get(at));
    if area.width < BESIDE {
        if let Some(line) = line(pair.left) {
            paint_line(line, line.left.or(line.right), area, canvas);
        }
        return;
    }
    let half = (area.width + 3) / 2 - 3;
    let middle = area.x + half + 1;
    if let Some(left) = line(pair.left) {
        paint_line(left, left.left, Rect { width: half, ..area }, canvas);
    }
    canvas.text(middle, area.y, 1, canvas.signs().upright, DIM);
    if let Some(right) = line(pair.right) {
        paint_line(right, right.right, Rect { x: middle + 2, width: half, ..area }, canvas);
    }
}

/// A line with its number and on which side it is.
fn paint_line(line: &DiffLine, number: Option<u64>, area: Rect, canvas: &mut Canvas<'_>) {
    let (mark, style): (&str, Style) = match line.mark {
        DiffMark::Both => (" ", PLAIN),
        DiffMark::Left => ("<", canvas.look.tone(Tone::Busy)),
        DiffMark::Right => (">", canvas.look.tone(Tone::Good)),
        DiffMark::Skipped => (":", DIM),
    };
    if let Some(number) = number {
        canvas.text_at_end(area.x, area.y, usize::from(NUMBERS) - 1, &number.to_string(), DIM);
    }
    canvas.text(area.x + NUMBERS, area.y, 1, mark, style);
    let room = usize::from(area.width.saturating_sub(NUMBERS + 2));
    // Where the next one stands depends on the terminal: four cells are what programs mean.
    canvas.text(area.x + NUMBERS + 2, area.y, room, &line.text.replace('\t', "    "), style);
}

fn paint_versions(piece: &Piece<'_>, compared: &Comparison, canvas: &mut Canvas<'_>) {
    let Piece { shown, area, spot, .. } = *piece;
    let n_versions = cells(compared.versions.len()).max(1);
    let is_beside = area.width >= BESIDE;
    let mut y = area.y;
    for (at, version) in compared.versions.iter().enumerate() {
        if is_beside {
            // Two of them stand above their lines.
            let width = (area.width + 3) / n_versions - 3;
            let x = area.x + cells(at) * (width + 3);
            paint_version(version, Rect { x, width, ..area }, canvas);
            y = area.y + 3;
        } else {
            let own = Rect { y, height: area.bottom().saturating_sub(y).min(2), ..area };
            paint_version_short(version, own, canvas);
            y += 2;
        }
    }
    if shown.has_pictures(spot.block) && y < area.bottom() {
        let text = "these are pictures: `syncmgr web` shows them beside each other";
        canvas.text(area.x, y, usize::from(area.width), text, canvas.look.tone(Tone::Warning));
    }
}

fn heading(version: &Version) -> String {
    if version.newer { format!("{} (newer)", version.label) } else { version.label.clone() }
}

/// A heading, what it is, its size and time: a line each.
fn paint_version(version: &Version, area: Rect, canvas: &mut Canvas<'_>) {
    let lines = [(heading(version), BOLD), (version.kind.clone(), PLAIN), (version.text.clone(), PLAIN)];
    for ((text, style), y) in lines.into_iter().zip(area.top()..area.bottom()) {
        canvas.text(area.x, y, usize::from(area.width), &text, style);
    }
}

/// The same in two lines.
fn paint_version_short(version: &Version, area: Rect, canvas: &mut Canvas<'_>) {
    let room = usize::from(area.width);
    let rest = if version.text.is_empty() {
        version.kind.clone()
    } else {
        format!("{}, {}", version.kind, version.text)
    };
    for (line, y) in [(heading(version), BOLD), (rest, PLAIN)].into_iter().zip(area.top()..area.bottom()) {
        let indent = if line.1 == BOLD { 0 } else { 2 };
        canvas.text(area.x + indent, y, room - usize::from(indent), &line.0, line.1);
    }
}
