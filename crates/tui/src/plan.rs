//! [`Plan`]: which part of the window is for what.

use ratatui::layout::Rect;
use syncmgr_wire::page::Tone;

use crate::app::{App, Note};
use crate::hints::{self, Hint};
use crate::look::Letters;
use crate::text::wrap;

/// From this height on there are lines between the parts.
const ROOMY: u16 = 22;

/// Rectangles from the top to the bottom. All are empty in a window that is too small.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    pub(crate) header: Rect,
    pub(crate) tabs: Rect,
    /// Where lines are drawn, if there are any.
    pub(crate) rules: Vec<u16>,
    pub(crate) title: Rect,
    pub(crate) notices: Rect,
    pub(crate) body: Rect,
    pub(crate) note: Rect,
    pub(crate) hints: Rect,
}

impl Plan {
    pub(crate) fn of(app: &App) -> Self {
        if app.is_too_small() {
            return Self::default();
        }
        let (width, height) = app.size;
        let is_roomy = height >= ROOMY;
        let row = |y: u16, height: u16| Rect::new(1, y, width.saturating_sub(2), height);
        let mut rules = Vec::new();
        let mut top = 2;
        if is_roomy {
            rules.push(top);
            top += 1;
        }
        let title = row(top, 1);
        top += 1;
        let most = height / 4;
        let notices = row(top, lines(notices(app).len()).min(most));
        top += notices.height;
        if notices.height > 0 || is_roomy {
            // The page begins with air above it.
            top += 1;
        }
        let mut bottom = height - hints::LINES;
        let hints = row(bottom, hints::LINES);
        if is_roomy {
            bottom -= 1;
            rules.push(bottom);
        }
        let note = app.note.as_ref().map_or(0, |note| lines(note_lines(note, app).len())).min(most);
        bottom -= note;
        Self {
            header: row(0, 1),
            tabs: row(1, 1),
            rules,
            title,
            notices,
            body: row(top, bottom.saturating_sub(top)),
            note: row(bottom, note),
            hints,
        }
    }
}

fn lines(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// A line of a notice.
pub(crate) enum NoticeLine {
    Text {
        tone: Tone,
        is_first: bool,
        text: String,
    },
    /// The ways to mend it.
    Ways(Vec<Hint>),
}

/// What a person should know first, by lines.
pub(crate) fn notices(app: &App) -> Vec<NoticeLine> {
    let Some(shown) = &app.shown else { return Vec::new() };
    let room = usize::from(app.size.0.saturating_sub(4));
    let mut lines = Vec::new();
    for (notice, ways) in shown.page.notices.iter().zip(hints::of_notices(app)) {
        let texts = wrap(&notice.text, room, app.look.letters).into_iter().enumerate();
        lines.extend(texts.map(|(at, text)| NoticeLine::Text { tone: notice.tone, is_first: at == 0, text }));
        if !ways.is_empty() {
            lines.push(NoticeLine::Ways(ways));
        }
    }
    lines
}

/// What is to be known until the next key, by lines; the first has a sign.
pub(crate) fn note_lines(note: &Note, app: &App) -> Vec<String> {
    note_texts(note, usize::from(app.size.0.saturating_sub(4)), app.look.letters)
}

/// The same in any room.
pub(crate) fn note_texts(note: &Note, room: usize, letters: Letters) -> Vec<String> {
    let mut lines = wrap(&note.headline, room, letters);
    for cause in &note.causes {
        lines.extend(wrap(&format!("because {cause}"), room, letters));
    }
    if let Some(hint) = &note.hint {
        lines.extend(wrap(&format!("hint: {hint}"), room, letters));
    }
    lines
}
