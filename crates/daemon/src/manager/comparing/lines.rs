//! Two texts line by line. Pure.

use std::ops::Range;
use std::time::Duration;

use similar::{Algorithm, DiffOp, TextDiff};
use syncmgr_wire::page::{DiffLine, DiffMark, Draft};

/// Lines shown around what differs.
const CONTEXT: usize = 3;
/// The most lines that are shown.
const MOST_LINES: usize = 5_000;
/// How long the shortest difference is looked for; a longer one is as true.
const PATIENCE: Duration = Duration::from_millis(500);

/// What differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) lines: Vec<DiffLine>,
    pub(super) remark: String,
}

/// What differs between two texts.
pub(super) fn compare(left: &str, right: &str) -> Compared {
    let (left_lines, right_lines) = (split(left), split(right));
    let groups = with_gaps(&differences(&left_lines, &right_lines), left_lines.len());
    let mut lines = Vec::new();
    for part in groups {
        match part {
            Part::Skipped(n) => {
                let text =
                    if n == 1 { "1 line is the same".to_owned() } else { format!("{n} lines are the same") };
                lines.push(DiffLine { mark: DiffMark::Skipped, left: None, right: None, text });
            }
            Part::Op(op) => push(&mut lines, &op, &left_lines, &right_lines),
        }
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES);
            let remark = format!("only the first {MOST_LINES} lines of what differs are shown");
            return Compared { lines, remark };
        }
    }
    Compared { lines, remark: remark(left, right) }
}

/// What the lines do not show.
fn remark(left: &str, right: &str) -> String {
    if left == right {
        return "both hold the same".to_owned();
    }
    let has_end = |text: &str| text.is_empty() || text.ends_with('\n');
    match (has_end(left), has_end(right)) {
        (false, true) => "the last line on the left has no end".to_owned(),
        (true, false) => "the last line on the right has no end".to_owned(),
        _ => String::new(),
    }
}

/// Lines with their ends.
fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn differences(left: &[&str], right: &[&str]) -> Vec<DiffOp> {
    TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .timeout(PATIENCE)
        .diff_slices(left, right)
        .ops()
        .to_vec()
}

/// What is shown one after the other.
enum Part {
    Op(DiffOp),
    Skipped(usize),
}

/// The differences with as many lines around them as are shown; the others are counted.
fn with_gaps(ops: &[DiffOp], n_left: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut shown = 0;
    let skip = |parts: &mut Vec<Part>, n: usize| {
        if n > 0 {
            parts.push(Part::Skipped(n));
        }
    };
    for group in similar::group_diff_ops(ops.to_vec(), CONTEXT) {
        if group.iter().all(|op| matches!(op, DiffOp::Equal { .. })) {
            continue;
        }
        // Between two groups both sides have the same number of lines.
        let begins = group.first().map_or(shown, |op| op.old_range().start);
        skip(&mut parts, begins.saturating_sub(shown));
        shown = group.last().map_or(shown, |op| op.old_range().end);
        parts.extend(group.into_iter().map(Part::Op));
    }
    skip(&mut parts, n_left.saturating_sub(shown));
    parts
}

fn push(lines: &mut Vec<DiffLine>, op: &DiffOp, left: &[&str], right: &[&str]) {
    let number = |at: usize| Some(at as u64 + 1);
    let text = |line: &str| line.strip_suffix('\n').unwrap_or(line).to_owned();
    let (old, new) = (op.old_range(), op.new_range());
    if let DiffOp::Equal { .. } = op {
        lines.extend(old.zip(new).map(|(at, other)| DiffLine {
            mark: DiffMark::Both,
            left: number(at),
            right: number(other),
            text: text(left[at]),
        }));
        return;
    }
    lines.extend(old.map(|at| DiffLine {
        mark: DiffMark::Left,
        left: number(at),
        right: None,
        text: text(left[at]),
    }));
    lines.extend(new.map(|at| DiffLine {
        mark: DiffMark::Right,
        left: None,
        right: number(at),
        text: text(right[at]),
    }));
}

/// Both texts as one, with marks around what differs.
pub(super) fn draft(left: &str, right: &str) -> Draft {
    let (left_lines, right_lines) = (split(left), split(right));
    let [begin, between, end] = marks(&left_lines, &right_lines);
    let mut text = String::with_capacity(left.len() + right.len());
    let add = |text: &mut String, lines: &[&str], range: Range<usize>| {
        lines[range].iter().for_each(|line| text.push_str(line));
        // A mark is a line of its own, whether or not the text has an end.
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    };
    for op in differences(&left_lines, &right_lines) {
        if let DiffOp::Equal { .. } = op {
            left_lines[op.old_range()].iter().for_each(|line| text.push_str(line));
            continue;
        }
        text.push_str(&format!("{begin} left\n"));
        add(&mut text, &left_lines, op.old_range());
        text.push_str(&format!("{between}\n"));
        add(&mut text, &right_lines, op.new_range());
        text.push_str(&format!("{end} right\n"));
    }
    Draft { text, marks: vec![begin, between, end] }
}

/// Marks that no line of either text begins with: seven signs, or more.
fn marks(left: &[&str], right: &[&str]) -> [String; 3] {
    let mut n = 7;
    loop {
        let marks = ['<', '=', '>'].map(|sign| sign.to_string().repeat(n));
        let is_mark = |line: &&&str| marks.iter().any(|mark| line.starts_with(mark.as_str()));
        if left.iter().chain(right).find(is_mark).is_none() {
            return marks;
        }
        n += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `  left right text` for each line.
    fn shown(left: &str, right: &str) -> Vec<String> {
        let number = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
        let lines = compare(left, right).lines.into_iter();
        lines
            .map(|DiffLine { mark, left, right, text }| {
                let mark = match mark {
                    DiffMark::Both => ' ',
                    DiffMark::Left => '<',
                    DiffMark::Right => '>',
                    DiffMark::Skipped => '…',
                };
                format!("{mark} {} {} {text}", number(left), number(right))
            })
            .collect()
    }

    fn numbered(lines: impl Iterator<Item = usize>) -> String {
        lines.map(|n| format!("{n}\n")).collect()
    }

    #[test]
    fn what_differs_is_shown_with_three_lines_around_it_and_the_others_are_counted() {
        let left = numbered(1..=20);
        let right = left.replace("10\n", "ten\n");
        assert_eq!(
            shown(&left, &right),
            [
                "… - - 6 lines are the same",
                "  7 7 7",
                "  8 8 8",
                "  9 9 9",
                "< 10 - 10",
                "> - 10 ten",
                "  11 11 11",
                "  12 12 12",
                "  13 13 13",
                "… - - 7 lines are the same",
            ]
        );
    }

    #[test]
    fn a_side_that_is_empty_or_differs_in_its_end_alone_is_told() {
        assert_eq!(shown("", "a\n"), ["> - 1 a"]);
        assert_eq!(shown("a\nb\n", "a\n"), ["  1 1 a", "< 2 - b"]);
        assert_eq!(compare("a", "a\n").remark, "the last line on the left has no end");
        assert_eq!(compare("a\n", "a").remark, "the last line on the right has no end");
        let same = compare("a\n", "a\n");
        assert_eq!((same.lines.len(), same.remark.as_str()), (1, "both hold the same"));
    }

    #[test]
    fn more_lines_than_can_be_shown_are_cut_and_that_is_said() {
        let compared = compare(&numbered(0..6_000), &numbered(10_000..16_000));
        assert_eq!(compared.lines.len(), MOST_LINES);
        assert_eq!(compared.remark, "only the first 5000 lines of what differs are shown");
    }

    #[test]
    fn a_draft_holds_both_versions_and_marks_what_differs() {
        let draft = draft("same\nleft\nend", "same\nright\nend");
        assert_eq!(draft.text, "same\n<<<<<<< left\nleft\n=======\nright\n>>>>>>> right\nend");
        assert!(draft.is_open(&draft.text));
        assert!(!draft.is_open("same\nboth\nend"));
    }

    #[test]
    fn a_mark_is_a_line_of_its_own_where_a_text_has_no_end() {
        let draft = draft("a", "b");
        assert_eq!(draft.text, "<<<<<<< left\na\n=======\nb\n>>>>>>> right\n");
    }

    #[test]
    fn a_text_with_marks_of_its_own_gets_longer_ones() {
        let draft = draft("=======\nleft\n", "=======\nright\n");
        assert_eq!(draft.marks[1], "========");
        assert!(!draft.is_open("=======\nboth\n"));
    }
}
