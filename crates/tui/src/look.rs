//! [`Look`]: which letters and colors the terminal gets.
//!
//! Colors are the terminal's own and only of letters, never behind them, so that both a light and a dark one stay readable.
//! None carries meaning alone: what has a tone has its sign.

use ratatui::style::{Color, Modifier, Style};
use syncmgr_wire::page::{Mood, Tone};

/// Which characters the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// All of them.
    Unicode,
    /// Those of ASCII.
    Ascii,
}

/// Whether colors are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// They are.
    On,
    /// Bold and reversed letters have to do.
    Off,
}

/// How everything is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Which characters.
    pub letters: Letters,
    /// Whether in color.
    pub colors: Colors,
}

/// Signs that are drawn, in either kind of letters.
pub(crate) struct Signs {
    pub(crate) ellipsis: &'static str,
    pub(crate) marker: &'static str,
    pub(crate) line: &'static str,
    pub(crate) upright: &'static str,
    /// The corners of a box: top left, top right, bottom left, bottom right.
    pub(crate) corners: [&'static str; 4],
    pub(crate) separator: &'static str,
    pub(crate) full: &'static str,
    pub(crate) empty: &'static str,
    /// Parts of a cell that is filled from below, the least first; the last one is full.
    pub(crate) steps: &'static [&'static str],
    pub(crate) hidden: &'static str,
    pub(crate) radio: [&'static str; 2],
    pub(crate) back: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) open: &'static str,
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
    pub(crate) arrows: &'static str,
    pub(crate) enter: &'static str,
}

const UNICODE: Signs = Signs {
    ellipsis: "…",
    marker: "›",
    line: "─",
    upright: "│",
    corners: ["╭", "╮", "╰", "╯"],
    separator: "·",
    full: "█",
    empty: "░",
    steps: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    hidden: "•",
    radio: ["○", "●"],
    back: "‹",
    closed: "▸",
    open: "▾",
    up: "↑",
    down: "↓",
    arrows: "↑↓",
    enter: "⏎",
};

const ASCII: Signs = Signs {
    ellipsis: "..",
    marker: ">",
    line: "-",
    upright: "|",
    corners: ["+", "+", "+", "+"],
    separator: "-",
    full: "#",
    empty: ".",
    steps: &["_", "#"],
    hidden: "*",
    radio: ["( )", "(*)"],
    back: "<",
    closed: "+",
    open: "-",
    up: "^",
    down: "v",
    arrows: "Up/Down",
    enter: "Enter",
};

impl Look {
    pub(crate) fn signs(self) -> &'static Signs {
        match self.letters {
            Letters::Unicode => &UNICODE,
            Letters::Ascii => &ASCII,
        }
    }

    /// The sign of a tone; a space where nothing is to be said.
    pub(crate) fn sign(self, tone: Tone) -> &'static str {
        let (unicode, ascii) = match tone {
            Tone::Plain | Tone::Muted => (" ", " "),
            Tone::Good => ("✓", "+"),
            Tone::Busy => ("↻", "~"),
            Tone::Warning => ("!", "!"),
            Tone::Bad => ("✗", "x"),
            Tone::Needs => ("?", "?"),
        };
        match self.letters {
            Letters::Unicode => unicode,
            Letters::Ascii => ascii,
        }
    }

    pub(crate) fn tone(self, tone: Tone) -> Style {
        let style = Style::new();
        if self.colors == Colors::Off {
            return match tone {
                Tone::Bad | Tone::Needs => style.add_modifier(Modifier::BOLD),
                Tone::Muted => style.add_modifier(Modifier::DIM),
                Tone::Plain | Tone::Good | Tone::Busy | Tone::Warning => style,
            };
        }
        match tone {
            Tone::Plain => style,
            Tone::Muted => style.add_modifier(Modifier::DIM),
            Tone::Good => style.fg(Color::Green),
            Tone::Busy => style.fg(Color::Cyan),
            Tone::Warning => style.fg(Color::Yellow),
            Tone::Bad => style.fg(Color::Red),
            Tone::Needs => style.fg(Color::Magenta).add_modifier(Modifier::BOLD),
        }
    }

    /// A key in a hint.
    pub(crate) fn key(self) -> Style {
        let style = Style::new().add_modifier(Modifier::BOLD);
        if self.colors == Colors::On { style.fg(Color::Cyan) } else { style }
    }
}

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
pub(crate) const DIM: Style = Style::new().add_modifier(Modifier::DIM);
pub(crate) const CHOSEN: Style = Style::new().add_modifier(Modifier::REVERSED).remove_modifier(Modifier::DIM);

/// The tone of a mood.
pub(crate) fn of_mood(mood: Mood) -> Tone {
    match mood {
        Mood::Empty => Tone::Muted,
        Mood::InStep => Tone::Good,
        Mood::Running => Tone::Busy,
        Mood::Late => Tone::Warning,
        Mood::NeedsYou => Tone::Needs,
    }
}
