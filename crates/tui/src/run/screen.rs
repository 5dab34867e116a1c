//! [`Screen`]: the terminal while it is ours.

use std::io::{self, Stdout, stdout};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use ratatui::crossterm::style::Print;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{execute, queue};

use super::system;
use crate::app::App;
use crate::draw::draw;
use crate::look::Letters;
use crate::text::clean;

/// Has the terminal remember the title of its window, and show that one again. Those that cannot, ignore it.
const KEEP_TITLE: Print<&str> = Print("\x1b[22;2t");
const OLD_TITLE: Print<&str> = Print("\x1b[23;2t");

/// Whether the terminal is ours.
static IS_OURS: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours. Dropping it gives it back.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    title: String,
}

impl Screen {
    pub(super) fn open() -> io::Result<Self> {
        give_back_on_panic();
        take()?;
        match fresh() {
            Ok(terminal) => Ok(Self { terminal, title: String::new() }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    pub(super) fn show(&mut self, app: &App) -> io::Result<()> {
        // After a panic elsewhere it is not, and what was said there is to stay readable.
        if !IS_OURS.load(Ordering::SeqCst) {
            return Ok(());
        }
        let title = app.title();
        if title != self.title {
            queue!(stdout(), SetTitle(clean(&title, Letters::Unicode)))?;
            self.title = title;
        }
        self.terminal.draw(|frame| draw(app, frame)).map(drop)
    }

    /// Stops this process, as Ctrl-Z does, and goes on when the shell wants that.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        give_back();
        system::stand_still()?;
        take()?;
        self.title.clear();
        self.terminal = fresh()?;
        Ok(())
    }

    pub(super) fn close(self) -> io::Result<()> {
        drop(self);
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// A terminal of which everything is drawn anew. One that clears itself would ask where its cursor is, and whoever reads the keys
/// would get the answer.
fn fresh() -> io::Result<Terminal<CrosstermBackend<Stdout>>> {
    Terminal::new(CrosstermBackend::new(stdout()))
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    IS_OURS.store(true, Ordering::SeqCst);
    let taken = execute!(
        stdout(),
        KEEP_TITLE,
        EnterAlternateScreen,
        Clear(ClearType::All),
        EnableMouseCapture,
        EnableBracketedPaste
    );
    if taken.is_err() {
        give_back();
    }
    taken
}

/// Harmless if it is not ours.
fn give_back() {
    if IS_OURS.swap(false, Ordering::SeqCst) {
        // A terminal that is gone needs nothing.
        let modes = (DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, Show);
        let _gone = execute!(stdout(), modes.0, modes.1, modes.2, modes.3, OLD_TITLE);
        let _gone = disable_raw_mode();
    }
}

/// What a panic says is to be read on the terminal as it was.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |information| {
            give_back();
            before(information);
        }));
    });
}
