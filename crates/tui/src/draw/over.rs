//! What lies above the page: confirmations, menus, forms, questions.

use ratatui::layout::Rect;
use syncmgr_wire::line::QuestionKind;
use syncmgr_wire::page::Tone;

use super::canvas::{Canvas, Typed, cells};
use super::form;
use crate::app::{App, Button, Confirm, Menu, Over, QuestionView, Target};
use crate::look::{BOLD, CHOSEN, DIM, PLAIN};
use crate::text::{clean, width, wrap};

/// The widest box.
const WIDTH: u16 = 72;

pub(super) fn paint(app: &App, canvas: &mut Canvas<'_>) {
    let is_below = app.question.is_some();
    match &app.over {
        Some(Over::Confirm(confirm)) => paint_confirm(confirm, app, canvas),
        Some(Over::Menu(menu)) => paint_menu(menu, app, canvas),
        Some(Over::Form(view)) => form::paint(view, app, !is_below, canvas),
        Some(Over::Search(_)) | None => {}
    }
    if let Some(question) = &app.question {
        paint_question(question, app, canvas);
    }
}

fn paint_confirm(confirm: &Confirm, app: &App, canvas: &mut Canvas<'_>) {
    let width = WIDTH.min(app.size.0 - 4);
    let lines = wrap(&confirm.text, usize::from(width - 4), app.look.letters);
    let inside = canvas.boxed(canvas.middle(width, cells(lines.len()) + 4), "Are you sure?");
    let y = paint_lines(&lines, inside, inside.height.saturating_sub(2), canvas);
    let y = (y + 1).min(inside.bottom().saturating_sub(1));
    let no = format!("n {}", "No");
    let yes = format!("y {}", confirm.yes);
    let x = inside.x + paint_button(&no, confirm.on == Button::No, inside.x, y, inside, canvas) + 2;
    canvas.target(Rect::new(inside.x, y, x - inside.x - 2, 1), Target::Button(Button::No));
    let used = paint_button(&yes, confirm.on == Button::Yes, x, y, inside, canvas);
    canvas.target(Rect::new(x, y, used, 1), Target::Button(Button::Yes));
}

/// A button, and how many cells it takes.
pub(super) fn paint_button(
    label: &str,
    is_on: bool,
    x: u16,
    y: u16,
    inside: Rect,
    canvas: &mut Canvas<'_>,
) -> u16 {
    let room = usize::from(inside.right().saturating_sub(x));
    let used = canvas.text(x, y, room, &format!("[ {label} ]"), if is_on { BOLD } else { PLAIN });
    if is_on {
        canvas.style(Rect::new(x, y, used, 1), CHOSEN);
    }
    used
}

/// Lines from the top of a rectangle, at most so many; says where the next one goes.
fn paint_lines(lines: &[String], inside: Rect, most: u16, canvas: &mut Canvas<'_>) -> u16 {
    let mut y = inside.y;
    for line in lines.iter().take(usize::from(most)) {
        canvas.text(inside.x, y, usize::from(inside.width), line, PLAIN);
        y += 1;
    }
    y
}

fn paint_menu(menu: &Menu, app: &App, canvas: &mut Canvas<'_>) {
    let area = canvas.middle(WIDTH, cells(menu.entries.len()) + 3);
    let inside = canvas.boxed(area, &menu.title);
    let rows = usize::from(inside.height.saturating_sub(1));
    let first = (menu.at + 1).saturating_sub(rows);
    let letters = app.look.letters;
    let keys = menu.entries.iter().map(|entry| width(&clean(&entry.key, letters))).max().unwrap_or(0);
    for (line, (at, entry)) in menu.entries.iter().enumerate().skip(first).take(rows).enumerate() {
        let y = inside.y + cells(line);
        let row = Rect { y, height: 1, ..inside };
        canvas.text(inside.x + 2, y, keys, &entry.key, canvas.look.key());
        let x = inside.x + 2 + cells(keys) + 2;
        let room = usize::from(inside.right().saturating_sub(x));
        let style = if entry.disabled.is_some() { DIM } else { PLAIN };
        let used = canvas.text(x, y, room, &entry.label, style);
        if let Some(reason) = &entry.disabled {
            let rest = room.saturating_sub(usize::from(used) + 2);
            canvas.text(x + used + 2, y, rest, &format!("({reason})"), DIM);
        }
        canvas.target(row, Target::Entry(at));
        if at == menu.at {
            canvas.style(row, CHOSEN);
            canvas.text(inside.x, y, 1, canvas.signs().marker, BOLD);
        }
    }
    let hint = format!("{} choose  {} do it  Esc close", canvas.signs().arrows, canvas.signs().enter);
    canvas.text(inside.x, inside.bottom() - 1, usize::from(inside.width), &hint, DIM);
    let more = match (first > 0, first + rows < menu.entries.len()) {
        (false, false) => String::new(),
        (up, down) => format!(
            "{}{} more",
            if up { canvas.signs().up } else { "" },
            if down { canvas.signs().down } else { "" }
        ),
    };
    canvas.text_at_end(inside.x, inside.bottom() - 1, usize::from(inside.width), &more, DIM);
}

fn paint_question(view: &QuestionView, app: &App, canvas: &mut Canvas<'_>) {
    let (question, is_armed) = (&view.question, view.is_armed());
    let width = WIDTH.min(app.size.0 - 4);
    let room = usize::from(width - 4);
    let letters = app.look.letters;
    let mut lines = wrap(&question.text, room, letters);
    let detail = question.detail.as_deref().map(|detail| wrap(detail, room, letters)).unwrap_or_default();
    let n_answers = if question.kind == QuestionKind::Choice { question.choices.len() } else { 1 };
    let most = app.size.1.saturating_sub(cells(n_answers.min(8)) + 6);
    let n_text = lines.len();
    lines.extend(detail);
    lines.truncate(usize::from(most.max(1)));
    let height = cells(lines.len() + n_answers) + 4;
    let title = match question.from.as_str() {
        "" => "A question".to_owned(),
        from => format!("{from} asks"),
    };
    let inside = canvas.boxed(canvas.middle(width, height), &title);
    for (at, line) in lines.iter().enumerate() {
        let style = if at < n_text { BOLD } else { DIM };
        canvas.text(inside.x, inside.y + cells(at), room, line, style);
    }
    let y = inside.y + cells(lines.len()) + 1;
    let answers = Rect { y, height: (inside.bottom() - 1).saturating_sub(y), ..inside };
    if question.kind == QuestionKind::Choice {
        paint_choices(view, answers, canvas);
    } else {
        canvas.text(answers.x, y, 1, canvas.signs().marker, BOLD);
        let field = Rect { x: answers.x + 2, width: answers.width.saturating_sub(2), height: 1, ..answers };
        let is_password = question.kind == QuestionKind::Password;
        let typed = if is_password { Typed::Hidden } else { Typed::Shown };
        canvas.field(field, &view.text, typed, is_armed);
    }
    let enter = canvas.signs().enter;
    let hint = format!("{enter} answer  Esc later  Ctrl-X give no answer");
    let style = if is_armed { PLAIN } else { DIM };
    canvas.text(inside.x, inside.bottom() - 1, room, &hint, style);
}

fn paint_choices(view: &QuestionView, area: Rect, canvas: &mut Canvas<'_>) {
    let rows = usize::from(area.height).max(1);
    let first = (view.at + 1).saturating_sub(rows);
    for (line, (at, choice)) in view.question.choices.iter().enumerate().skip(first).take(rows).enumerate() {
        let row = Rect { y: area.y + cells(line), height: 1, ..area };
        canvas.text(row.x + 2, row.y, usize::from(row.width) - 2, &choice.label, PLAIN);
        canvas.target(row, Target::Choice(at));
        if at == view.at {
            canvas.style(row, CHOSEN);
            canvas.text(row.x, row.y, 1, canvas.signs().marker, BOLD);
        }
    }
}

/// Lines that say what went wrong.
pub(super) fn paint_failure(lines: &[String], x: u16, y: u16, room: usize, canvas: &mut Canvas<'_>) {
    for (at, line) in lines.iter().enumerate() {
        let y = y + cells(at);
        let style = canvas.look.tone(Tone::Bad);
        if at == 0 {
            canvas.text(x, y, 1, canvas.look.sign(Tone::Bad), style);
        }
        canvas.text(x + 2, y, room.saturating_sub(2), line, if at == 0 { style } else { PLAIN });
    }
}
