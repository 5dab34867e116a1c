//! The lines exchanged, as people read them.

use std::fmt::Write as _;

/// How many lines are kept from the beginning and from the end; what is between them is counted.
const HEAD: usize = 40;
const TAIL: usize = 120;
/// Where a line is cut. Longer ones say how long they were.
const WIDTH: usize = 2000;

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    Host,
    Handler,
    /// The handler's standard error.
    Log,
    /// Nobody: what happened.
    Event,
}

impl Speaker {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Host => "H> ",
            Self::Handler => "P> ",
            Self::Log => "2> ",
            Self::Event => "-- ",
        }
    }
}

#[derive(Debug, Default, Clone)]
pub(super) struct Transcript {
    head: Vec<String>,
    tail: std::collections::VecDeque<String>,
    n_left_out: usize,
}

impl Transcript {
    pub(super) fn add(&mut self, speaker: Speaker, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches(['\n', '\r']);
        let mut shown = speaker.prefix().to_owned();
        if text.len() > WIDTH {
            let end = (0..=WIDTH).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            shown.push_str(&text[..end]);
            let _ = write!(shown, "… ({} bytes)", line.len());
        } else {
            shown.push_str(text);
        }
        self.keep(shown);
    }

    fn keep(&mut self, line: String) {
        if self.head.len() < HEAD {
            self.head.push(line);
            return;
        }
        self.tail.push_back(line);
        if self.tail.len() > TAIL {
            self.tail.pop_front();
            self.n_left_out += 1;
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = self.head.clone();
        if self.n_left_out > 0 {
            lines.push(format!("   … {} lines left out …", self.n_left_out));
        }
        lines.extend(self.tail.iter().cloned());
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_lines_the_first_and_the_last_are_kept_and_the_others_counted() {
        let mut transcript = Transcript::default();
        for number in 0..1000 {
            transcript.add(Speaker::Handler, format!("{number}\n").as_bytes());
        }
        let lines = transcript.lines();
        assert_eq!(lines.len(), HEAD + 1 + TAIL);
        assert_eq!((lines[0].as_str(), lines[lines.len() - 1].as_str()), ("P> 0", "P> 999"));
        assert_eq!(lines[HEAD], format!("   … {} lines left out …", 1000 - HEAD - TAIL));
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut_and_tells_its_length() {
        let mut transcript = Transcript::default();
        transcript.add(Speaker::Host, "ä".repeat(500_000).as_bytes());
        let line = transcript.lines().remove(0);
        assert!(line.len() < 2100 && line.ends_with("… (1000000 bytes)"), "{}", line.len());
    }
}
