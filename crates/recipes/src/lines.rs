//! Bytes of a pipe as lines, whatever a tool takes for an end of line, in bounded memory.

/// Longer lines are cut: nothing we look for stands behind this.
const MAX_LINE: usize = 64 * 1024;

/// Collects bytes and hands out lines. A carriage return ends a line too: that is how tools redraw their progress.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pending: Vec<u8>,
}

impl Lines {
    pub(crate) fn push(&mut self, bytes: &[u8], mut line: impl FnMut(&str)) {
        for part in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let (text, is_end) = match part {
                [text @ .., b'\n' | b'\r'] => (text, true),
                text => (text, false),
            };
            let room = MAX_LINE.saturating_sub(self.pending.len());
            self.pending.extend_from_slice(&text[..text.len().min(room)]);
            if is_end {
                self.end(&mut line);
            }
        }
    }

    /// Hands out what is left when the pipe has ended.
    pub(crate) fn end(&mut self, mut line: impl FnMut(&str)) {
        let text = String::from_utf8_lossy(&self.pending);
        if !text.trim().is_empty() {
            line(text.trim_end());
        }
        self.pending.clear();
    }
}

/// The last lines of a step, for the rules about its end and for messages.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    lines: std::collections::VecDeque<String>,
    bytes: usize,
}

impl Tail {
    /// What is kept of the output of a step.
    const MAX_BYTES: usize = 256 * 1024;
    const MAX_LINES: usize = 1000;

    pub(crate) fn push(&mut self, line: &str) {
        self.bytes += line.len();
        self.lines.push_back(line.to_owned());
        while self.bytes > Self::MAX_BYTES || self.lines.len() > Self::MAX_LINES {
            let Some(first) = self.lines.pop_front() else { break };
            self.bytes -= first.len();
        }
    }

    pub(crate) fn lines(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(parts: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        for part in parts {
            lines.push(part, |line| found.push(line.to_owned()));
        }
        lines.end(|line| found.push(line.to_owned()));
        found
    }

    #[test]
    fn lines_end_with_either_sign_and_come_whole_however_they_arrive() {
        assert_eq!(lines(&[b"10%\r20", b"%\r\n\n  \ndo", b"ne"]), ["10%", "20%", "done"]);
        assert_eq!(lines(&[b"caf\xc3", b"\xa9\n\xff\n"]), ["caf\u{e9}", "\u{fffd}"]);
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory() {
        let block = [b'x'; 4096];
        let parts: Vec<&[u8]> = std::iter::repeat_n(&block[..], 100).chain([&b"\nnext\n"[..]]).collect();
        let found = lines(&parts);
        assert_eq!(found.iter().map(String::len).collect::<Vec<_>>(), [MAX_LINE, 4]);
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let mut tail = Tail::default();
        for number in 0..5000 {
            tail.push(&number.to_string());
        }
        assert_eq!(tail.lines().count(), Tail::MAX_LINES);
        assert_eq!(tail.lines().next_back(), Some("4999"));
        tail.push(&"x".repeat(Tail::MAX_BYTES));
        assert_eq!(tail.lines().count(), 1);
    }
}
