//! Draws the window. Pure: everything that is seen follows from the [`App`].

mod blocks;
mod canvas;
mod chart;
mod comparison;
mod form;
mod frame;
mod over;
mod table;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::app::{App, SMALLEST};
use crate::look::{BOLD, DIM};
use crate::plan::Plan;
use crate::text::wrap;
pub(crate) use canvas::Canvas;
use canvas::Painted;

/// Draws the window.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let painted = paint(app, frame.buffer_mut());
    if let Some((x, y)) = painted.cursor {
        frame.set_cursor_position(Position { x, y });
    }
}

/// Draws the window into a buffer, and tells what is where.
pub(crate) fn paint(app: &App, buffer: &mut Buffer) -> Painted {
    let mut canvas = Canvas::new(buffer, app.look);
    if app.is_too_small() {
        paint_too_small(app, &mut canvas);
        return canvas.finish();
    }
    let plan = Plan::of(app);
    frame::paint(app, &plan, &mut canvas);
    match &app.shown {
        Some(shown) => blocks::paint(shown, plan.body, &mut canvas),
        None => {
            let text = if app.is_lost { "no connection to the daemon" } else { "asking the daemon" };
            canvas.text(plan.body.x, plan.body.y, usize::from(plan.body.width), text, DIM);
        }
    }
    over::paint(app, &mut canvas);
    canvas.finish()
}

fn paint_too_small(app: &App, canvas: &mut Canvas<'_>) {
    let (width, height) = app.size;
    let x = if app.look.letters == crate::look::Letters::Unicode { "×" } else { "x" };
    let text = format!(
        "a little more room, please: {}{x}{} at least, this is {width}{x}{height}. q quits",
        SMALLEST.0, SMALLEST.1
    );
    let lines = wrap(&text, usize::from(width), app.look.letters);
    let top = usize::from(height).saturating_sub(lines.len()) / 2;
    for (at, line) in lines.iter().enumerate().take(usize::from(height)) {
        let y = u16::try_from(top + at).unwrap_or(0);
        canvas.text(0, y, usize::from(width), line, BOLD);
    }
}
