//! Texts on a grid of cells: made harmless, measured, cut, wrapped.
//!
//! Names and messages come from strangers. Whatever could move the cursor, turn the direction of writing or take no room is
//! shown as what it is, so that every text takes the cells that [`width`] says and no other.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::look::Letters;

/// Marks above and below one letter, beyond which more are shown as numbers: real words have no more.
const MARKS: usize = 2;

/// A line of text without anything that a terminal would act upon.
pub(crate) fn clean(text: &str, letters: Letters) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    // Of the letter before: none at the beginning, so that a mark never joins what stands to the left of the text.
    let mut n_marks = MARKS;
    for c in text.chars() {
        match nature(c) {
            Nature::Left => {}
            Nature::Mark if n_marks < MARKS && letters == Letters::Unicode => {
                n_marks += 1;
                shown.push(c);
            }
            Nature::Hidden | Nature::Mark => {
                n_marks = MARKS;
                shown.extend(c.escape_default());
            }
            Nature::Letter => {
                n_marks = 0;
                match letters {
                    Letters::Unicode => shown.push(c),
                    Letters::Ascii => spell(c, &mut shown),
                }
            }
        }
    }
    Cow::Owned(shown)
}

/// What a character does to a line.
enum Nature {
    /// Takes a cell or two.
    Letter,
    /// Joins the letter before.
    Mark,
    /// Acts on the terminal, or cannot be seen.
    Hidden,
    /// Only changes how the one before looks, and terminals do not agree on how wide that is.
    Left,
}

fn nature(c: char) -> Nature {
    match c {
        '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' => Nature::Left,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => {
            Nature::Hidden
        }
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => Nature::Hidden,
        '\u{e0000}'..='\u{e0fff}' => Nature::Hidden,
        c if c.is_control() => Nature::Hidden,
        c => match c.width() {
            None => Nature::Hidden,
            Some(0) => Nature::Mark,
            Some(_) => Nature::Letter,
        },
    }
}

/// Where the terminal has ASCII alone: the signs that our own words use, in ASCII; letters of others as a question mark.
fn spell(c: char, shown: &mut String) {
    shown.push_str(match c {
        ' '..='~' => return shown.push(c),
        '→' => "->",
        '←' => "<-",
        '↔' | '⇄' => "<->",
        '…' => "..",
        '–' | '—' | '−' => "-",
        '·' | '•' => "-",
        '×' => "x",
        '≤' => "<=",
        '≥' => ">=",
        '‘' | '’' => "'",
        '“' | '”' | '„' => "\"",
        '\u{a0}' => " ",
        '✓' => "+",
        '✗' => "x",
        _ => "?",
    });
}

/// How many cells a clean text takes.
pub(crate) fn width(text: &str) -> usize {
    text.graphemes(true).map(|letter| letter.width()).sum()
}

/// As much of a clean text as fits, with a sign at its end where something is left out.
pub(crate) fn cut<'a>(text: &'a str, room: usize, ellipsis: &str) -> Cow<'a, str> {
    // Each cell takes a byte at least.
    if text.len() <= room || width_within(text, room) {
        return Cow::Borrowed(text);
    }
    let ellipsis = if width(ellipsis) > room { "" } else { ellipsis };
    let (end, _) = fitting(text, room - width(ellipsis));
    Cow::Owned(format!("{}{ellipsis}", &text[..end]))
}

fn width_within(text: &str, room: usize) -> bool {
    fitting(text, room).0 == text.len()
}

/// The end of what fits into `room` cells, and how many it takes.
pub(crate) fn fitting(text: &str, room: usize) -> (usize, usize) {
    let (mut end, mut used) = (0, 0);
    for letter in text.graphemes(true) {
        if used + letter.width() > room {
            break;
        }
        used += letter.width();
        end += letter.len();
    }
    (end, used)
}

/// Lines of at most `room` cells, broken between words where that is possible. Never empty.
pub(crate) fn wrap(text: &str, room: usize, letters: Letters) -> Vec<String> {
    let room = room.max(2);
    let mut lines = Vec::new();
    for line in text.split('\n') {
        wrap_line(&clean(line.trim_end_matches('\r'), letters), room, &mut lines);
    }
    lines
}

fn wrap_line(text: &str, room: usize, lines: &mut Vec<String>) {
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let mut word = word;
        if used > 0 && used + width(word.trim_end()) > room {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        // A word that is longer than a line is broken wherever it has to be.
        while width(word.trim_end()) > room {
            let (end, _) = fitting(word, room);
            if end == 0 {
                break;
            }
            lines.push(word[..end].to_owned());
            word = &word[end..];
        }
        line.push_str(word);
        used += width(word);
    }
    lines.push(line.trim_end().to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_act_on_a_terminal_is_shown_as_what_it_is() {
        for (text, shown) in [
            ("plain & simple", "plain & simple"),
            ("größe 漢字", "größe 漢字"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("tab\there\nnext", "tab\\there\\nnext"),
            ("cod\u{202e}gnp.exe", "cod\\u{202e}gnp.exe"),
            ("in\u{200b}visible", "in\\u{200b}visible"),
            ("\u{301}first", "\\u{301}first"),
            ("e\u{301}", "e\u{301}"),
            ("z\u{300}\u{301}\u{302}\u{303}", "z\u{300}\u{301}\\u{302}\\u{303}"),
            ("\u{2764}\u{fe0f}", "\u{2764}"),
            ("\u{9b}31m", "\\u{9b}31m"),
        ] {
            assert_eq!(clean(text, Letters::Unicode), shown, "{text:?}");
        }
    }

    #[test]
    fn a_terminal_of_ascii_gets_nothing_else() {
        assert_eq!(clean("12 → right … größe", Letters::Ascii), "12 -> right .. gr??e");
        assert!(clean("e\u{301}漢\u{202e}\u{1b}", Letters::Ascii).is_ascii());
    }

    #[test]
    fn what_is_too_long_is_cut_between_letters_and_says_so() {
        for (text, room, shown) in [
            ("short", 5, "short"),
            ("longer", 5, "long…"),
            ("漢字漢字", 8, "漢字漢字"),
            ("漢字漢字", 7, "漢字漢…"),
            ("漢字漢字", 6, "漢字…"),
            ("ab", 1, "…"),
            ("ab", 0, ""),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ] {
            assert_eq!(cut(text, room, "…"), shown, "{text:?} in {room}");
            assert!(width(&cut(text, room, "…")) <= room);
        }
        assert_eq!(cut("ab", 1, ".."), "a");
    }

    #[test]
    fn lines_break_between_words_and_inside_only_where_they_must() {
        let wrap = |text, room| wrap(text, room, Letters::Unicode);
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("a\n\nb", 10), ["a", "", "b"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("漢字漢字", 5), ["漢字", "漢字"]);
    }
}
