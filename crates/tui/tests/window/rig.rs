//! A window, and what it shows and wants.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use syncmgr_tui::{App, Colors, Daemon, Effect, Input, Key, Letters, Look, draw};
use syncmgr_wire::control::Request;
use syncmgr_wire::page::{Page, PageRequest};
use unicode_width::UnicodeWidthStr as _;

pub(crate) const UNICODE: Look = Look { letters: Letters::Unicode, colors: Colors::Off };
pub(crate) const ASCII: Look = Look { letters: Letters::Ascii, colors: Colors::Off };
pub(crate) const COLORED: Look = Look { letters: Letters::Unicode, colors: Colors::On };

/// The sizes that screens are looked at in.
pub(crate) const SMALL: (u16, u16) = (60, 18);
pub(crate) const USUAL: (u16, u16) = (80, 24);
pub(crate) const LARGE: (u16, u16) = (160, 50);

pub(crate) struct Rig {
    pub(crate) app: App,
    size: (u16, u16),
    /// What it wants and did not get yet.
    pub(crate) wanted: Vec<Effect>,
}

impl Rig {
    /// A window that shows a page.
    pub(crate) fn at(page: Page, size: (u16, u16), look: Look) -> Self {
        let mut rig = Self::empty(&page, size, look, Daemon::Stays);
        rig.give(page);
        rig
    }

    /// A window that has asked for a page.
    pub(crate) fn empty(page: &Page, size: (u16, u16), look: Look, daemon: Daemon) -> Self {
        let app = App::new(page.place.clone(), look, daemon);
        let mut rig = Self { app, size, wanted: Vec::new() };
        rig.step(Input::Resize { width: size.0, height: size.1 });
        rig
    }

    pub(crate) fn step(&mut self, input: Input) {
        let effects = self.app.step(input);
        self.wanted.extend(effects);
    }

    pub(crate) fn press(&mut self, key: Key) -> &mut Self {
        self.step(Input::Key(key));
        self
    }

    pub(crate) fn letters(&mut self, text: &str) -> &mut Self {
        text.chars().for_each(|c| self.step(Input::Key(Key::Char(c))));
        self
    }

    pub(crate) fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.step(Input::Resize { width: size.0, height: size.1 });
    }

    /// The page that it asked for last, if it waits for one.
    pub(crate) fn asked(&mut self) -> Option<(u64, PageRequest)> {
        let is_ask = |effect: &Effect| matches!(effect, Effect::Ask { .. });
        let at = self.wanted.iter().rposition(is_ask)?;
        let Effect::Ask { number, request } = self.wanted.remove(at) else { return None };
        Some((number, request))
    }

    /// Answers what it asked for last with a page.
    #[track_caller]
    pub(crate) fn give(&mut self, page: Page) {
        let (number, _) = self.asked().expect("it asked for nothing");
        self.step(Input::Page { number, page: Box::new(page) });
    }

    /// The requests that it sent since the last time, with their numbers.
    pub(crate) fn sent(&mut self) -> Vec<(u64, Request)> {
        let mut sent = Vec::new();
        self.wanted.retain(|effect| match effect {
            Effect::Send { number, request } => {
                sent.push((*number, (**request).clone()));
                false
            }
            _ => true,
        });
        sent
    }

    pub(crate) fn buffer(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        terminal.draw(|frame| draw(&self.app, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as text, without what is empty at the end of lines.
    pub(crate) fn screen(&self) -> String {
        let buffer = self.buffer();
        (0..buffer.area.height).map(|y| line(&buffer, y) + "\n").collect()
    }

    /// The line that is marked as chosen.
    pub(crate) fn chosen(&self) -> String {
        let screen = self.screen();
        let line = screen.lines().find(|line| line.trim_start().starts_with(['›', '>']));
        line.unwrap_or_default().trim_start().chars().skip(1).collect::<String>().trim().to_owned()
    }

    /// Where a text stands.
    #[track_caller]
    pub(crate) fn find(&self, text: &str) -> (u16, u16) {
        let screen = self.screen();
        let found = screen.lines().enumerate().find_map(|(y, line)| Some((y, line.find(text)?, line)));
        let (y, at, line) = found.unwrap_or_else(|| panic!("{text:?} is not on the screen:\n{screen}"));
        (u16::try_from(line[..at].width()).unwrap(), u16::try_from(y).unwrap())
    }

    #[track_caller]
    pub(crate) fn click(&mut self, text: &str) {
        let (x, y) = self.find(text);
        self.step(Input::Click { x, y });
    }

    /// Clicks where a text stands for the last time.
    #[track_caller]
    pub(crate) fn click_last(&mut self, text: &str) {
        let screen = self.screen();
        let (y, line) = screen.lines().enumerate().filter(|(_, line)| line.contains(text)).last().unwrap();
        let x = u16::try_from(line[..line.rfind(text).unwrap()].width()).unwrap();
        self.step(Input::Click { x, y: u16::try_from(y).unwrap() });
    }

    /// No color is behind letters, and without colors none is anywhere.
    #[track_caller]
    pub(crate) fn check_colors(&self, colors: Colors) {
        for cell in &self.buffer().content {
            assert_eq!(cell.bg, Color::Reset, "{cell:?}");
            assert!(colors == Colors::On || cell.fg == Color::Reset, "{cell:?}");
        }
    }

    /// Whether anything is shown reversed on the line of a text.
    #[track_caller]
    pub(crate) fn is_reversed(&self, text: &str) -> bool {
        let (x, y) = self.find(text);
        self.buffer()[(x, y)].modifier.contains(Modifier::REVERSED)
    }
}

fn line(buffer: &Buffer, y: u16) -> String {
    let mut line = String::new();
    let mut x = 0;
    while x < buffer.area.width {
        let symbol = buffer[(x, y)].symbol();
        line.push_str(symbol);
        x += u16::try_from(symbol.width().max(1)).unwrap();
    }
    line.trim_end().to_owned()
}
