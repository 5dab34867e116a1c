//! What happens to the window, and what it wants done.

use syncmgr_wire::control::Request;
use syncmgr_wire::page::{Page, PageRequest};

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character, with the shift key in it.
    Char(char),
    /// A letter with the control key.
    Ctrl(char),
    /// A function key, from 1.
    Function(u8),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// The tabulator.
    Tab,
    /// The same with the shift key.
    BackTab,
    /// Deletes to the left.
    Backspace,
    /// Deletes to the right.
    Delete,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// A text was pasted.
    Paste(String),
    /// The left button of the mouse was pressed on this cell.
    Click {
        /// From the left, from 0.
        x: u16,
        /// From the top, from 0.
        y: u16,
    },
    /// The wheel was turned up.
    WheelUp,
    /// The wheel was turned down.
    WheelDown,
    /// The window has this size now, in cells.
    Resize {
        /// Cells in a line.
        width: u16,
        /// Lines.
        height: u16,
    },
    /// A page that was asked for is here.
    Page {
        /// The number it was asked with.
        number: u64,
        /// It.
        page: Box<Page>,
    },
    /// A page that was asked for did not come.
    NoPage {
        /// The number it was asked with.
        number: u64,
        /// Why.
        failure: Failure,
    },
    /// A request that was sent is carried out, or its session has begun; or it was refused.
    Sent {
        /// The number it was sent with.
        number: u64,
        /// What came of it.
        outcome: Result<(), Failure>,
    },
    /// What is shown may be different now.
    Changed,
    /// Half a second has passed. Only needed while [`crate::App::wants_ticks`].
    Tick,
}

/// Something that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Get this page. Answer: [`Input::Page`] or [`Input::NoPage`] with the same number. An older number need not be answered any more.
    Ask {
        /// Its number.
        number: u64,
        /// Which page.
        request: PageRequest,
    },
    /// Send this request. Answer: [`Input::Sent`] with the same number.
    Send {
        /// Its number.
        number: u64,
        /// What is asked.
        request: Box<Request>,
    },
    /// Give the terminal back until the shell brings the window to the front again.
    Suspend,
    /// Close the window.
    Quit,
}

/// Why something did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nobody answers: what was asked is asked again by itself.
    Lost {
        /// In words.
        headline: String,
    },
    /// It was answered, and not with what was asked for.
    Refused {
        /// What did not work.
        headline: String,
        /// Why, the nearest cause first.
        causes: Vec<String>,
        /// What to do about it.
        hint: Option<String>,
    },
}
