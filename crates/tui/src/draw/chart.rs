//! A chart: a bar for each point, the newest at the right.

use ratatui::layout::Rect;
use syncmgr_wire::page::{Chart, ChartPoint};

use super::blocks::Piece;
use super::canvas::{Canvas, cells};
use crate::look::{BOLD, CHOSEN, DIM, PLAIN};

/// Lines of the bars.
const BARS: u16 = 3;
/// Cells from one point to the next.
const STEP: u16 = 2;

pub(super) fn paint(piece: &Piece<'_>, chart: &Chart, canvas: &mut Canvas<'_>) {
    let Piece { shown, area, is_chosen, .. } = *piece;
    let room = usize::from(area.width);
    canvas.text(area.x, area.y, room, &chart.caption, BOLD);
    if chart.points.is_empty() || area.height < 2 {
        return;
    }
    // Of more points than there is room for, those around the chosen one.
    let n_fit = (room / usize::from(STEP)).max(1);
    let newest = shown.point.saturating_sub(n_fit - 1);
    let end = chart.points.len().saturating_sub(newest);
    let start = end.saturating_sub(n_fit);
    let seen = &chart.points[start..end];
    let highest = seen.iter().map(|point| point.value).max().unwrap_or(0).max(1);
    let chosen = chart.points.len().checked_sub(1 + shown.point);
    for (at, point) in seen.iter().enumerate() {
        let x = area.x + cells(at) * STEP;
        let is_this = chosen == Some(start + at);
        paint_point(point, highest, Rect { x, width: 1, ..area }, canvas);
        if is_this && is_chosen {
            canvas.style(Rect::new(x, area.y + 1, 1, (BARS + 1).min(area.height - 1)), CHOSEN);
        }
    }
    let label = chosen.and_then(|chosen| chart.points.get(chosen)).map(|point| point.label.as_str());
    if let (Some(label), true) = (label, area.height > BARS + 2) {
        let y = area.y + BARS + 2;
        let marker = if is_chosen { canvas.signs().marker } else { " " };
        canvas.text(area.x, y, 1, marker, BOLD);
        canvas.text(area.x + 2, y, room.saturating_sub(2), label, if is_chosen { PLAIN } else { DIM });
    }
}

/// One bar, and below it the sign of its tone.
fn paint_point(point: &ChartPoint, highest: u64, area: Rect, canvas: &mut Canvas<'_>) {
    let steps = canvas.signs().steps;
    let per_line = steps.len() as u64;
    let total = u128::from(per_line) * u128::from(BARS);
    let filled = u128::from(point.value) * total / u128::from(highest);
    // What is not nothing is seen.
    let filled = u64::try_from(filled).unwrap_or(0).max(u64::from(point.value > 0));
    let style = canvas.look.tone(point.tone);
    for line in 0..BARS {
        let y = area.y + BARS - line;
        let here = filled.saturating_sub(u64::from(line) * per_line).min(per_line);
        let step = usize::try_from(here).ok().and_then(|here| here.checked_sub(1));
        if let Some(step) = step.filter(|_| y < area.bottom()) {
            canvas.text(area.x, y, 1, steps[step], style);
        }
    }
    if area.height > BARS + 1 {
        let sign = canvas.look.sign(point.tone);
        let sign = if sign.trim().is_empty() { canvas.signs().separator } else { sign };
        canvas.text(area.x, area.y + BARS + 1, 1, sign, style);
    }
}
