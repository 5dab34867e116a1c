//! [`Canvas`]: where everything is drawn. Texts are made harmless on the way, and what takes clicks is written down.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{Lines, Target, TextField};
use crate::hints::Hint;
use crate::look::{BOLD, DIM, Look, PLAIN, Signs};
use crate::text::{clean, cut, width};

/// A buffer that is drawn into.
pub(crate) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    pub(crate) look: Look,
    painted: Painted,
}

/// What was drawn where.
#[derive(Debug, Default)]
pub(crate) struct Painted {
    hits: Vec<(Rect, Target)>,
    /// Where the terminal's own cursor stands, if it is shown.
    pub(crate) cursor: Option<(u16, u16)>,
}

impl Painted {
    /// What a click on a cell means. What was drawn later lies above.
    pub(crate) fn hit(&self, x: u16, y: u16) -> Option<Target> {
        let is_in = |(area, _): &&(Rect, Target)| area.contains(Position { x, y });
        self.hits.iter().rev().find(is_in).map(|(_, target)| target.clone())
    }
}

/// Whether what is typed can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typed {
    Shown,
    Hidden,
}

/// Cells, as screens count them.
pub(crate) fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

impl<'a> Canvas<'a> {
    pub(crate) fn new(buffer: &'a mut Buffer, look: Look) -> Self {
        Self { buffer, look, painted: Painted::default() }
    }

    pub(crate) fn finish(self) -> Painted {
        self.painted
    }

    pub(crate) fn signs(&self) -> &'static Signs {
        self.look.signs()
    }

    /// Writes a line of text into `room` cells, and says how many it took.
    pub(crate) fn text(&mut self, x: u16, y: u16, room: usize, text: &str, style: Style) -> u16 {
        let clean = clean(text, self.look.letters);
        let shown = cut(&clean, room, self.signs().ellipsis);
        if y < self.buffer.area.height && x < self.buffer.area.width {
            self.buffer.set_stringn(x, y, &shown, room, style);
        }
        cells(width(&shown))
    }

    /// Writes a text that ends at the right of its room.
    pub(crate) fn text_at_end(&mut self, x: u16, y: u16, room: usize, text: &str, style: Style) {
        let clean = clean(text, self.look.letters);
        let indent = room.saturating_sub(width(&clean));
        self.text(x + cells(indent), y, room - indent, &clean, style);
    }

    /// Gives all letters of a rectangle a style besides their own.
    pub(crate) fn style(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.buffer.area);
        self.buffer.set_style(area, style);
    }

    /// Takes back what was drawn in a rectangle.
    pub(crate) fn clear(&mut self, area: Rect) {
        for position in area.intersection(self.buffer.area).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
            }
        }
    }

    /// What a click on a rectangle means.
    pub(crate) fn target(&mut self, area: Rect, target: Target) {
        self.painted.hits.push((area, target));
    }

    pub(crate) fn horizontal(&mut self, y: u16, from: u16, to: u16) {
        for x in from..to {
            self.text(x, y, 1, self.signs().line, DIM);
        }
    }

    /// A box with a title, above everything before; inside of it is room.
    pub(crate) fn boxed(&mut self, area: Rect, title: &str) -> Rect {
        self.target(self.buffer.area, Target::Nothing);
        self.clear(area);
        let signs = self.signs();
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        for y in area.top() + 1..bottom {
            self.text(area.x, y, 1, signs.upright, DIM);
            self.text(right, y, 1, signs.upright, DIM);
        }
        self.horizontal(area.y, area.x + 1, right);
        self.horizontal(bottom, area.x + 1, right);
        let corners = [(area.x, area.y), (right, area.y), (area.x, bottom), (right, bottom)];
        for ((x, y), corner) in corners.into_iter().zip(signs.corners) {
            self.text(x, y, 1, corner, DIM);
        }
        let room = usize::from(area.width.saturating_sub(6));
        let used = self.text(area.x + 3, area.y, room, title, BOLD);
        self.text(area.x + 2, area.y, 1, " ", PLAIN);
        self.text(area.x + 3 + used, area.y, 1, " ", PLAIN);
        Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(2))
    }

    /// A rectangle in the middle of the window, as large as it can be up to this.
    pub(crate) fn middle(&self, width: u16, height: u16) -> Rect {
        let all = self.buffer.area;
        let (width, height) = (width.min(all.width - 2), height.min(all.height - 2));
        Rect::new((all.width - width) / 2, (all.height - height) / 2, width, height)
    }

    /// A key and what it does.
    pub(crate) fn hint(&mut self, x: u16, y: u16, hint: &Hint) -> u16 {
        let room = usize::from(self.buffer.area.width.saturating_sub(x));
        let (key, label) = match (hint.is_off, hint.is_primary) {
            (true, _) => (DIM, DIM),
            (false, true) => (self.look.key(), BOLD),
            (false, false) => (self.look.key(), PLAIN),
        };
        let used = self.text(x, y, room, &hint.key, key) + 1;
        let used = used + self.text(x + used, y, room.saturating_sub(usize::from(used)), &hint.label, label);
        self.target(Rect::new(x, y, used, 1), hint.target.clone());
        used
    }

    /// As many hints as fit into `room` cells of a line; says how many cells they took.
    pub(crate) fn hints(&mut self, x: u16, y: u16, room: usize, hints: &[Hint]) -> u16 {
        let mut used = 0;
        for hint in hints {
            let gap = if used == 0 { 0 } else { 2 };
            if used + gap + hint.width(self.look) > room {
                break;
            }
            self.hint(x + cells(used + gap), y, hint);
            used += gap + hint.width(self.look);
        }
        cells(used)
    }

    /// A text that is being typed, with the terminal's cursor in it.
    pub(crate) fn field(&mut self, area: Rect, field: &TextField, typed: Typed, is_active: bool) {
        let room = usize::from(area.width);
        let (left, right) = field.halves();
        let (left_lines, line) = match left.rsplit_once('\n') {
            Some((before, line)) => (before.split('\n').count(), line),
            None => (0, left),
        };
        // Of several lines, those around the cursor.
        let first = (left_lines + 1).saturating_sub(usize::from(area.height));
        if area.height > 1 {
            for (at, text) in field.text().split('\n').enumerate().skip(first).take(usize::from(area.height))
            {
                if at != left_lines {
                    self.text(area.x, area.y + cells(at - first), room, text, PLAIN);
                }
            }
        }
        let y = area.y + cells(left_lines - first);
        let right = right.split('\n').next().unwrap_or_default();
        let (left, right) = (self.typed(line, typed), self.typed(right, typed));
        let start = if is_active { scrolled(&left, room) } else { 0 };
        let used = self.text(area.x, y, room, &left[start..], PLAIN);
        self.text(area.x + used, y, room.saturating_sub(usize::from(used)), &right, PLAIN);
        if is_active {
            self.painted.cursor = Some(((area.x + used).min(area.right().saturating_sub(1)), y));
        }
    }

    fn typed(&self, text: &str, typed: Typed) -> String {
        let clean = clean(text, self.look.letters);
        match typed {
            Typed::Shown => clean.into_owned(),
            Typed::Hidden => self.signs().hidden.repeat(clean.chars().count()),
        }
    }
}

/// From which byte on the text before the cursor is shown, so that the cursor is.
fn scrolled(left: &str, room: usize) -> usize {
    let starts = left.char_indices().map(|(at, _)| at).chain([left.len()]);
    starts.into_iter().find(|at| width(&left[*at..]) < room).unwrap_or(left.len())
}

/// How many lines a text that is typed has.
pub(crate) fn lines_of(field: &TextField, lines: Lines) -> u16 {
    match lines {
        Lines::One => 1,
        Lines::Many => 4.max(cells(field.text().split('\n').count()).min(8)),
    }
}
