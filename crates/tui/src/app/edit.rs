//! [`TextField`]: a text that is being typed.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::input::Key;

/// A text and where the next letter goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TextField {
    text: String,
    /// In bytes, between two letters.
    cursor: usize,
}

/// How many lines a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    One,
    Many,
}

/// A text that nobody types: what is longer was pasted by mistake.
const MOST_BYTES: usize = 64 << 10;

impl TextField {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.len() }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor, and from it on.
    pub(crate) fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    /// Whether the key was one for typing.
    pub(crate) fn press(&mut self, key: Key, lines: Lines) -> bool {
        match key {
            Key::Char(c) => self.insert(&c.to_string(), lines),
            Key::Enter if lines == Lines::Many => self.insert("\n", lines),
            Key::Backspace => self.delete(self.before(), self.cursor),
            Key::Delete => self.delete(self.cursor, self.after()),
            Key::Left => self.cursor = self.before(),
            Key::Right => self.cursor = self.after(),
            Key::Home | Key::Ctrl('a') => self.cursor = self.line_start(),
            Key::End | Key::Ctrl('e') => self.cursor = self.line_end(),
            Key::Ctrl('u') => self.delete(self.line_start(), self.cursor),
            Key::Ctrl('k') => self.delete(self.cursor, self.line_end()),
            Key::Ctrl('w') => self.delete(self.word_start(), self.cursor),
            Key::Up if lines == Lines::Many => return self.move_to_line(self.line_start().checked_sub(1)),
            Key::Down if lines == Lines::Many => {
                let below = self.line_end() + 1;
                return self.move_to_line((below <= self.text.len()).then_some(below));
            }
            _ => return false,
        }
        true
    }

    /// To the line with this place in it, as many letters from its start as here; says whether there is one.
    fn move_to_line(&mut self, inside: Option<usize>) -> bool {
        let Some(inside) = inside else { return false };
        let n_letters = self.text[self.line_start()..self.cursor].graphemes(true).count();
        self.cursor = inside;
        let (start, end) = (self.line_start(), self.line_end());
        let letters = self.text[start..end].grapheme_indices(true).map(|(at, _)| start + at);
        self.cursor = letters.chain([end]).take(n_letters + 1).last().unwrap_or(end);
        true
    }

    /// Puts a text in at the cursor; line breaks become spaces where there is one line.
    pub(crate) fn insert(&mut self, text: &str, lines: Lines) {
        if self.text.len() + text.len() > MOST_BYTES {
            return;
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = if lines == Lines::One { text.trim_end_matches('\n').replace('\n', " ") } else { text };
        self.text.insert_str(self.cursor, &text);
        self.cursor += text.len();
        // A mark that was typed alone has joined the letter before or after it.
        self.settle();
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
        self.settle();
    }

    fn settle(&mut self) {
        let is_between = self.text.grapheme_indices(true).any(|(at, _)| at == self.cursor);
        if !is_between && self.cursor < self.text.len() {
            self.cursor = self.after();
        }
    }

    fn before(&self) -> usize {
        let starts = self.text.grapheme_indices(true).map(|(at, _)| at);
        starts.take_while(|at| *at < self.cursor).last().unwrap_or(0)
    }

    fn after(&self) -> usize {
        let mut starts = self.text.grapheme_indices(true).map(|(at, _)| at);
        starts.find(|at| *at > self.cursor).unwrap_or(self.text.len())
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    fn word_start(&self) -> usize {
        let before = self.text[..self.cursor].trim_end_matches(' ');
        before.rfind([' ', '\n', '/']).map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text after these keys, with `|` at the cursor.
    fn typed(before: &str, keys: &[Key]) -> String {
        let mut field = TextField::new(before);
        for key in keys {
            field.press(*key, Lines::One);
        }
        let (left, right) = field.halves();
        format!("{left}|{right}")
    }

    #[test]
    fn up_and_down_move_within_a_text_and_leave_it_at_its_ends() {
        use Key::{Down, Left, Up};
        for (before, keys, after) in [
            ("one\ntwo", vec![Up], "one|\ntwo"),
            ("one\ntwo", vec![Left, Up], "on|e\ntwo"),
            ("longer\nab", vec![Up, Down], "longer\nab|"),
            ("ab\nlonger", vec![Up], "ab|\nlonger"),
            ("größe\n漢字", vec![Up], "gr|öße\n漢字"),
            ("a\n\nb", vec![Up], "a\n|\nb"),
            ("a\n\nb", vec![Up, Up], "|a\n\nb"),
            ("a\n", vec![Up, Down], "a\n|"),
        ] {
            let mut field = TextField::new(before);
            for key in &keys {
                assert!(field.press(*key, Lines::Many), "{before:?} {key:?}");
            }
            let (left, right) = field.halves();
            assert_eq!(format!("{left}|{right}"), after, "{before:?} {keys:?}");
        }
        let mut field = TextField::new("one");
        assert!(!field.press(Up, Lines::Many) && !field.press(Down, Lines::Many), "there is one line");
        let mut field = TextField::new("one\ntwo");
        assert!(!field.press(Up, Lines::One), "nothing moves where there is one line");
    }

    #[test]
    fn keys_edit_whole_letters() {
        use Key::{Backspace, Char, Ctrl, Delete, End, Home, Left, Right};
        for (before, keys, after) in [
            ("", vec![Char('a'), Char('b'), Left, Char('c')], "ac|b"),
            ("größe", vec![Left, Left, Backspace], "gr|ße"),
            ("e\u{301}x", vec![Left, Backspace], "|x"),
            ("ab", vec![Home, Delete], "|b"),
            ("ab", vec![Home, Right, Right, Right], "ab|"),
            ("ab", vec![Home, Backspace, End, Delete], "ab|"),
            ("one two", vec![Ctrl('w')], "one |"),
            ("one two", vec![Left, Left, Left, Ctrl('u')], "|two"),
            ("one two", vec![Home, Ctrl('k')], "|"),
            ("/home/me", vec![Ctrl('w')], "/home/|"),
            ("", vec![Char('e'), Char('\u{301}'), Backspace], "|"),
        ] {
            assert_eq!(typed(before, &keys), after, "{before:?} {keys:?}");
        }
    }

    #[test]
    fn a_field_of_one_line_takes_no_second_one() {
        let mut field = TextField::new("");
        field.insert("/one\r\n/two\n", Lines::One);
        assert_eq!(field.text(), "/one /two");
        assert!(!field.press(Key::Enter, Lines::One));
        let mut lines = TextField::new("");
        lines.insert("a\r\nb", Lines::Many);
        assert!(lines.press(Key::Enter, Lines::Many));
        assert_eq!(lines.text(), "a\nb\n");
    }
}
