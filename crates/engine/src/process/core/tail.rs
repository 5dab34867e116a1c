//! [`Tail`]: the end of what a handler writes to standard error.

use std::collections::VecDeque;

use syncmgr_wire::protocol::limits::{STDERR_LINE_MAX, STDERR_MAX};

/// The last lines, each cut where it gets too long.
#[derive(Default)]
pub(super) struct Tail {
    lines: VecDeque<String>,
    n_bytes: usize,
    /// The line that has not ended.
    unfinished: Vec<u8>,
}

impl Tail {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = STDERR_LINE_MAX.saturating_sub(self.unfinished.len());
            self.unfinished.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&self.unfinished).trim_end().to_owned();
        self.unfinished.clear();
        self.n_bytes += line.len() + 1;
        self.lines.push_back(line);
        while self.n_bytes > STDERR_MAX {
            let gone = self.lines.pop_front().map_or(0, |line| line.len() + 1);
            self.n_bytes -= gone;
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The last line that says something.
    pub(super) fn last_words(&mut self) -> Option<&str> {
        self.finish();
        self.lines.iter().rev().map(|line| line.trim()).find(|line| !line.is_empty())
    }

    /// All that is kept.
    pub(super) fn text(&mut self) -> Option<String> {
        self.finish();
        let text = self.lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        (!text.trim().is_empty()).then_some(text)
    }

    fn finish(&mut self) {
        if !self.unfinished.is_empty() {
            self.end_line();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_long_lines_are_cut() {
        let mut tail = Tail::default();
        tail.add(b"first\n");
        tail.add(&vec![b'x'; 1 << 20]);
        tail.add(b"\nlast ");
        tail.add(b"words\n\n");
        assert_eq!(tail.last_words(), Some("last words"));
        assert!(tail.text().unwrap().len() < STDERR_LINE_MAX + 100);
        for _ in 0..100_000 {
            tail.add(b"a line of forty bytes, or nearly so\n");
        }
        assert!(tail.text().unwrap().len() <= STDERR_MAX);
        assert!(!tail.text().unwrap().contains("first"));
    }
}
