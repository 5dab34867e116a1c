//! What surrounds a page: how everything is, the ways to other screens, notices, keys.

use std::ops::Range;

use ratatui::layout::Rect;
use syncmgr_wire::page::{Block, Place, Tab, Tone};

use super::canvas::{Canvas, Typed, cells};
use crate::app::{App, Over, Shown, Target};
use crate::hints;
use crate::look::{BOLD, CHOSEN, DIM, Letters, PLAIN, of_mood};
use crate::plan::{NoticeLine, Plan, note_lines, notices};
use crate::text::{clean, width};

pub(super) fn paint(app: &App, plan: &Plan, canvas: &mut Canvas<'_>) {
    paint_header(app, plan.header, canvas);
    for y in &plan.rules {
        canvas.horizontal(*y, 0, app.size.0);
    }
    paint_hints(app, plan.hints, canvas);
    paint_note(app, plan.note, canvas);
    let Some(shown) = &app.shown else { return };
    paint_tabs(app.tabs(), plan.tabs, canvas);
    paint_title(app, shown, plan.title, canvas);
    paint_notices(app, plan.notices, canvas);
}

/// The name of the program, how everything is, and whether somebody answers.
fn paint_header(app: &App, area: Rect, canvas: &mut Canvas<'_>) {
    let mut x = area.x;
    x += canvas.text(x, area.y, 10, "syncmgr", BOLD) + 2;
    let right = if app.is_lost {
        Some((Tone::Bad, "connection lost, trying again"))
    } else if !app.is_there() && app.shown.is_some() {
        Some((Tone::Muted, "asking"))
    } else {
        None
    };
    let mut room = usize::from(area.right().saturating_sub(x));
    if let Some((tone, text)) = right {
        let taken = width(text) + 2;
        let text = format!("{} {text}", canvas.look.sign(tone));
        canvas.text_at_end(area.x, area.y, usize::from(area.width), &text, canvas.look.tone(tone));
        room = room.saturating_sub(taken + 2);
    }
    let Some(shown) = &app.shown else { return };
    let tone = of_mood(shown.page.mood);
    let style = canvas.look.tone(tone);
    let sign = canvas.look.sign(tone).trim();
    let indent = if sign.is_empty() { 0 } else { canvas.text(x, area.y, 1, sign, style) + 1 };
    let room = room.saturating_sub(usize::from(indent));
    canvas.text(x + indent, area.y, room, &shown.page.mood_text, style);
}

/// The current one and those around it with their names, as many as there is room for; of the others, their keys show that they are
/// there and that something waits in them.
fn paint_tabs(tabs: &[Tab], area: Rect, canvas: &mut Canvas<'_>) {
    let letters = canvas.look.letters;
    let named = tabs_with_names(tabs, usize::from(area.width), letters);
    let mut x = area.x;
    for (at, tab) in tabs.iter().enumerate() {
        let start = x;
        let (plain, key) = if tab.current { (BOLD, BOLD) } else { (PLAIN, canvas.look.key()) };
        x += canvas.text(x, area.y, 1, &tab.key.to_string(), key);
        let badge = badge(tab);
        if named.contains(&at) {
            let room = usize::from(area.right().saturating_sub(x + 1)).saturating_sub(badge.len());
            x += 1 + canvas.text(x + 1, area.y, room, &tab.label, plain);
        }
        x += canvas.text(x, area.y, 8, &badge, canvas.look.tone(tab.tone));
        let own = Rect::new(start, area.y, x - start, 1);
        if tab.current {
            canvas.style(Rect::new(start.saturating_sub(1), area.y, own.width + 2, 1), CHOSEN);
        }
        canvas.target(own, Target::Tab(Place::of(tab.screen)));
        x += 2;
        if x >= area.right() {
            return;
        }
    }
}

/// Which tabs are drawn with their names: neighbours of the current one, as far as the room goes on either side.
fn tabs_with_names(tabs: &[Tab], room: usize, letters: Letters) -> Range<usize> {
    let keys: usize = tabs.iter().map(|tab| 1 + badge(tab).len() + 2).sum();
    let name = |at: usize| 1 + width(&clean(&tabs[at].label, letters));
    if tabs.is_empty() {
        return 0..0;
    }
    let current = tabs.iter().position(|tab| tab.current).unwrap_or(0);
    let mut left = (room + 2).saturating_sub(keys + name(current));
    let mut named = current..current + 1;
    loop {
        let n_named = named.len();
        if named.end < tabs.len() && name(named.end) <= left {
            left -= name(named.end);
            named.end += 1;
        }
        if named.start > 0 && name(named.start - 1) <= left {
            left -= name(named.start - 1);
            named.start -= 1;
        }
        if named.len() == n_named {
            return named;
        }
    }
}

/// How many things wait there.
fn badge(tab: &Tab) -> String {
    match tab.badge {
        0 => String::new(),
        1..=999 => format!("({})", tab.badge),
        _ => "(999+)".to_owned(),
    }
}

/// What this is, how it is, and where in a long table somebody is.
fn paint_title(app: &App, shown: &Shown, area: Rect, canvas: &mut Canvas<'_>) {
    let position = position(app, shown).unwrap_or_default();
    let mut room = usize::from(area.width).saturating_sub(position.len() + 2);
    let mut x = area.x;
    if shown.page.back.is_some() {
        let back = format!("{} ", canvas.signs().back);
        let used = canvas.text(x, area.y, room, &back, canvas.look.key());
        canvas.target(Rect::new(x, area.y, used, 1), Target::Press(crate::Key::Esc));
        (x, room) = (x + used, room.saturating_sub(usize::from(used)));
    }
    let used = canvas.text(x, area.y, room, &shown.page.title, BOLD);
    (x, room) = (x + used, room.saturating_sub(usize::from(used)));
    if !shown.page.headline.is_empty() && room > 6 {
        let tone = shown.page.tone;
        let sign = canvas.look.sign(tone).trim();
        let sign = if sign.is_empty() { canvas.signs().separator } else { sign };
        let style = canvas.look.tone(tone);
        canvas.text(x + 2, area.y, 1, sign, style);
        canvas.text(x + 4, area.y, room - 4, &shown.page.headline, style);
    }
    canvas.text_at_end(area.x, area.y, usize::from(area.width), &position, DIM);
}

/// The number of the chosen row, where a table is longer than the screen.
fn position(app: &App, shown: &Shown) -> Option<String> {
    let cursor = shown.cursor?;
    let total = shown.rows(cursor.block)?.total;
    let is_long = total > u64::from(app.room().1.saturating_sub(2)) && cursor.piece > 0;
    is_long.then(|| format!("{} of {}", grouped(cursor.piece), grouped(total)))
}

/// A number as people read it.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn paint_notices(app: &App, area: Rect, canvas: &mut Canvas<'_>) {
    let room = usize::from(area.width);
    for (line, y) in notices(app).iter().zip(area.top()..area.bottom()) {
        match line {
            NoticeLine::Text { tone, is_first, text } => {
                let style = canvas.look.tone(*tone);
                if *is_first {
                    canvas.text(area.x, y, 1, canvas.look.sign(*tone), style);
                }
                canvas.text(area.x + 2, y, room - 2, text, style);
            }
            NoticeLine::Ways(ways) => {
                canvas.hints(area.x + 2, y, room - 2, ways);
            }
        }
    }
}

fn paint_note(app: &App, area: Rect, canvas: &mut Canvas<'_>) {
    let Some(note) = &app.note else { return };
    let style = canvas.look.tone(note.tone);
    for (at, line) in note_lines(note, app).iter().enumerate().take(usize::from(area.height)) {
        let y = area.y + cells(at);
        if at == 0 {
            canvas.text(area.x, y, 1, canvas.look.sign(note.tone), style);
        }
        canvas.text(area.x + 2, y, usize::from(area.width) - 2, line, if at == 0 { style } else { PLAIN });
    }
}

/// What can be done with what is chosen, and below it what can be done here; the search while it is typed.
fn paint_hints(app: &App, area: Rect, canvas: &mut Canvas<'_>) {
    let room = usize::from(area.width);
    if let Some(Over::Search(field)) = &app.over {
        let used = canvas.text(area.x, area.y, room, "find: ", BOLD);
        let rest = Rect::new(area.x + used, area.y, area.width.saturating_sub(used), 1);
        canvas.field(rest, field, Typed::Shown, app.question.is_none());
        if let (true, Some(hint)) = (field.text().is_empty(), search_hint(app)) {
            canvas.text(rest.x + 1, rest.y, usize::from(rest.width).saturating_sub(1), hint, DIM);
        }
        let enter = canvas.signs().enter;
        canvas.text(area.x, area.y + 1, room, &format!("{enter} keep  Esc show all again"), DIM);
        return;
    }
    let (chosen, mut page) = (hints::of_chosen(app), hints::of_page(app));
    if chosen.is_empty() {
        // What has no room below stands where nothing else does.
        let n_above = hints::overflow(&page, room, canvas.look);
        let above: Vec<_> = page.drain(..n_above).collect();
        canvas.hints(area.x, area.y, room, &above);
    } else {
        canvas.hints(area.x, area.y, room, &chosen);
    }
    let end = hints::at_end();
    let end_width: usize = end.iter().map(|hint| hint.width(canvas.look) + 2).sum();
    let used = canvas.hints(area.x, area.y + 1, room.saturating_sub(end_width), &page);
    let gap = if used == 0 { 0 } else { 2 };
    canvas.hints(area.x + used + gap, area.y + 1, end_width, &end);
}

fn search_hint(app: &App) -> Option<&str> {
    let shown = app.shown.as_ref()?;
    shown.page.blocks.iter().find_map(|block| match block {
        Block::Table(table) => table.search.as_ref().map(|search| search.hint.as_str()),
        _ => None,
    })
}
