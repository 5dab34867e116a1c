//! Answers laid out for people, on standard output.

use syncmgr_model::entry::LogLevel;
use syncmgr_wire::line::{Conflict, Entry, Halt, ItemResult, Problem};
use unicode_width::UnicodeWidthChar;

use super::phrases::{self, Tone};
use super::style::Style;
use super::{Output, Talk};

/// Writes lines for people.
pub(crate) struct Page<'a> {
    output: &'a mut Output,
    style: Style,
}

impl<'a> Page<'a> {
    pub(super) fn new(output: &'a mut Output, style: Style) -> Self {
        Self { output, style }
    }

    pub(crate) fn line(&mut self, text: &str) {
        self.output.print_line(text.trim_end());
    }

    pub(crate) fn table(&mut self, table: &Table) {
        for line in table.lines() {
            self.line(&line);
        }
    }

    /// The next step. Talk, and so not on standard output.
    pub(crate) fn hint(&mut self, text: &str) {
        // After the data it is about, also where both streams go to one terminal.
        self.output.flush();
        let hint = format!("{} {text}", self.style.bold("hint:"));
        self.output.note(&hint);
    }

    pub(crate) fn bold(&self, text: &str) -> String {
        self.style.bold(&phrases::plain(text))
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.style.dim(text)
    }

    pub(crate) fn good(&self, text: &str) -> String {
        self.style.good(text)
    }

    pub(crate) fn warning(&self, text: &str) -> String {
        self.style.warning(text)
    }

    pub(crate) fn bad(&self, text: &str) -> String {
        self.style.bad(text)
    }

    /// How a run left an item.
    pub(crate) fn state(&self, item: &ItemResult) -> String {
        let (tone, text) = phrases::state(item);
        self.toned(tone, &text)
    }

    /// How a session ended, from its exit code.
    pub(crate) fn outcome(&self, exit: u8) -> String {
        match exit {
            0 => self.toned(Tone::Good, "in step"),
            1 => self.toned(Tone::Warning, "unfinished"),
            3 => self.toned(Tone::Warning, "stopped"),
            4 => self.toned(Tone::Bad, "halted"),
            _ => self.toned(Tone::Bad, "failed"),
        }
    }

    fn toned(&self, tone: Tone, text: &str) -> String {
        match tone {
            Tone::Good => self.style.good(text),
            Tone::Warning => self.style.warning(text),
            Tone::Bad => self.style.bad(text),
        }
    }

    /// A line for each item; the time on the only one, or below them all.
    pub(crate) fn items(&mut self, items: &[ItemResult], dry_run: bool, millis: Option<u64>) {
        let mut table = Table::default();
        let took = millis.map(phrases::duration);
        for item in items {
            let changes = item.changes.left + item.changes.right;
            let mut text = phrases::changes(item);
            let is_good = matches!(phrases::state(item), (Tone::Good, _));
            if dry_run && changes > 0 && !is_good {
                text = format!("would make {text}");
            }
            if let (Some(took), 1) = (&took, items.len()) {
                text = if text.is_empty() { (*took).clone() } else { format!("{text}, {took}") };
            }
            let state = match (dry_run, phrases::state(item)) {
                (true, (Tone::Good, _)) if changes > 0 => "would change".to_owned(),
                (_, (tone, text)) => self.toned(tone, &text),
            };
            table.row([self.bold(&item.name), state, text]);
        }
        self.table(&table);
        if let (Some(took), true) = (took, items.len() > 1) {
            self.line(&self.style.dim(&format!("{}, {took}", phrases::count(items.len() as u64, "item"))));
        }
    }

    pub(crate) fn conflict(&mut self, conflict: &Conflict) {
        let path = phrases::path(&conflict.path);
        self.finding(Style::warning, "conflict", &format!("{path}: {}", phrases::conflict(conflict.kind)));
    }

    pub(crate) fn problem(&mut self, problem: &Problem) {
        let side = problem.side.map_or(String::new(), |side| format!(" on the {side}"));
        let (path, reason) = (phrases::path(&problem.path), phrases::plain(&problem.reason));
        self.finding(Style::warning, "problem", &format!("{path}{side}: {reason}"));
    }

    pub(crate) fn halt(&mut self, halt: &Halt) {
        self.finding(Style::bad, "halt", &format!("{}: {}", halt.rule, phrases::plain(&halt.text)));
    }

    /// An entry of a session with these items: with the name of the one it is about, where that is not clear, and with the
    /// number by which it can be opened.
    pub(crate) fn entry(&mut self, entry: &Entry, items: &[ItemResult]) {
        let about = items.iter().find(|item| Some(item.item) == entry.item && items.len() > 1);
        let about = about.filter(|item| item.of.is_some());
        let mut text = phrases::plain(&entry.text);
        if let Some(item) = about {
            text = format!("{}: {text}", phrases::plain(&item.name));
        }
        if entry.jump {
            text = format!("{text} [{}]", entry.entry);
        }
        let (style, label): (fn(Style, &str) -> String, _) = match entry.level {
            LogLevel::Information => (Style::dim, "note"),
            LogLevel::Warning => (Style::warning, "warning"),
            LogLevel::Error => (Style::bad, "error"),
        };
        self.finding(style, label, &text);
        if self.output.talk == Talk::Verbose {
            for line in entry.detail.iter().flat_map(|detail| detail.lines()) {
                self.line(&format!("            {}", phrases::plain(line)));
            }
        }
    }

    /// How the first of these entries that leads back is opened; `session` unless it is the last one.
    pub(crate) fn way_back<'e>(&mut self, entries: impl Iterator<Item = &'e Entry>, session: Option<&str>) {
        let Some(entry) = entries.into_iter().find(|entry| entry.jump) else { return };
        let session = session.map_or(String::new(), |session| format!(" --session {session}"));
        self.hint(&format!("`syncmgr results open {}{session}` leads on from there", entry.entry));
    }

    fn finding(&mut self, style: fn(Style, &str) -> String, label: &str, text: &str) {
        let label = style(self.style, &format!("{label:<8}"));
        self.line(&format!("  {label}  {text}"));
    }
}

/// Cells in columns as wide as their widest cell.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let n_columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..n_columns)
            .map(|column| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max())
            .map(|widest| widest.unwrap_or(0))
            .collect();
        self.rows.iter().map(move |row| {
            let mut line = String::new();
            for (cell, widest) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(widest - width(cell) + 2));
            }
            line.trim_end().to_owned()
        })
    }
}

/// How many columns of a terminal a text takes; color codes take none.
fn width(text: &str) -> usize {
    let mut columns = 0;
    let mut is_code = false;
    for c in text.chars() {
        match (is_code, c) {
            (false, '\x1b') => is_code = true,
            (true, 'm') => is_code = false,
            (true, _) => {}
            (false, c) => columns += c.width().unwrap_or(0),
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_their_colors_and_letters() {
        let mut table = Table::default();
        table.row(["a".to_owned(), Style::Colored.good("in step"), "x".to_owned()]);
        table.row(["写真".to_owned(), "no".to_owned(), "y".to_owned()]);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines, ["a     \x1b[32min step\x1b[0m  x", "写真  no       y"]);
    }
}
