//! [`Splitter`]: from bytes to lines, with an upper bound.

use memchr::memchr;

/// Cuts what comes in into lines. Holds at most one unfinished line and what was read with it.
pub(crate) struct Splitter {
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where no line end was found.
    searched: usize,
    max: usize,
}

/// What is next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    /// A line, with its end.
    Line(&'a [u8]),
    /// Not yet.
    More,
    /// A line longer than allowed.
    TooLong,
}

impl Splitter {
    pub(crate) fn new(max: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, searched: 0, max }
    }

    pub(crate) fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        // What is behind is let go of here, once a read, and not once a line.
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    pub(crate) fn next(&mut self) -> Next<'_> {
        match memchr(b'\n', &self.buffer[self.searched..]) {
            Some(offset) => {
                let (start, end) = (self.start, self.searched + offset + 1);
                (self.start, self.searched) = (end, end);
                if end - start > self.max { Next::TooLong } else { Next::Line(&self.buffer[start..end]) }
            }
            None => {
                self.searched = self.buffer.len();
                if self.searched - self.start >= self.max { Next::TooLong } else { Next::More }
            }
        }
    }

    /// What came after the last line end.
    pub(crate) fn rest(&mut self) -> &[u8] {
        let rest = self.start;
        (self.start, self.searched) = (self.buffer.len(), self.buffer.len());
        &self.buffer[rest..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]], max: usize) -> Vec<String> {
        let mut splitter = Splitter::new(max);
        let mut lines = Vec::new();
        for chunk in chunks {
            splitter.add(chunk);
            loop {
                match splitter.next() {
                    Next::Line(line) => lines.push(String::from_utf8(line.to_vec()).unwrap()),
                    Next::More => break,
                    Next::TooLong => {
                        lines.push("too long".to_owned());
                        return lines;
                    }
                }
            }
        }
        lines
    }

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        let whole = b"one\ntwo\n\nthree\n";
        let expected = ["one\n", "two\n", "\n", "three\n"];
        assert_eq!(lines(&[whole], 10), expected);
        let single: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(lines(&single, 10), expected);
    }

    #[test]
    fn a_line_may_have_the_maximum_with_its_end_and_no_more() {
        assert_eq!(lines(&[b"123\n"], 4), ["123\n"]);
        assert_eq!(lines(&[b"1234\n"], 4), ["too long"]);
        // Without waiting for the end that may never come.
        assert_eq!(lines(&[b"12", b"34"], 4), ["too long"]);
    }
}
