//! How values are said to people. Pure, but for the time zone.

use jiff::tz::TimeZone;
use syncmgr_model::fact::ConflictKind;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;
use syncmgr_wire::line::ItemResult;

/// How an item is, and how bad that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Warning,
    Bad,
}

/// How a run left an item.
pub(crate) fn state(item: &ItemResult) -> (Tone, String) {
    if item.halt.is_some() {
        return (Tone::Bad, "halted".to_owned());
    }
    match item.status {
        ItemStatus::Succeeded if item.conflicts == 0 && item.problems == 0 => {
            // What is taken back is no longer in step, and was meant so.
            (Tone::Good, if item.undone { "taken back" } else { "in step" }.to_owned())
        }
        ItemStatus::Succeeded => (Tone::Warning, open(item)),
        ItemStatus::Failed => (Tone::Bad, "failed".to_owned()),
        other => (Tone::Warning, other.to_string()),
    }
}

/// What a run left open.
fn open(item: &ItemResult) -> String {
    let conflicts = (item.conflicts > 0).then(|| count(item.conflicts, "conflict"));
    let problems = (item.problems > 0).then(|| count(item.problems, "problem"));
    [conflicts, problems].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What a run changed: `12 changes → right, 3 ← left, 4.1 MB`.
pub(crate) fn changes(item: &ItemResult) -> String {
    let (left, right) = (item.changes.left, item.changes.right);
    let moved = match (left, right) {
        // A handler that counts nothing has not said that nothing changed.
        (0, 0) if item.of.is_some() && item.bytes == 0 => return String::new(),
        (0, 0) if item.of.is_some() => return bytes(item.bytes),
        (0, 0) => return "nothing changed".to_owned(),
        (0, right) => format!("{} → right", count(right, "change")),
        (left, 0) => format!("{} ← left", count(left, "change")),
        (left, right) => format!("{} → right, {left} ← left", count(right, "change")),
    };
    if item.bytes == 0 { moved } else { format!("{moved}, {}", bytes(item.bytes)) }
}

/// `1 file`, `12 files`.
pub(crate) fn count(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// `930 B`, `4.1 MB`, `52 GB`.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let mut amount = n as f64 / 1000.0;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        // What would be rounded up to 1000 is 1.0 of the next.
        if amount < 999.5 {
            break;
        }
        amount /= 1000.0;
        unit = larger;
    }
    if amount < 9.95 { format!("{amount:.1} {unit}") } else { format!("{amount:.0} {unit}") }
}

/// `0.3 s`, `42 s`, `3 min 5 s`, `2 h 7 min`.
pub(crate) fn duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0..10 => format!("{:.1} s", millis as f64 / 1000.0),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A moment in the user's time zone, to the second.
pub(crate) fn moment(time: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::MAX);
    moment.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// How long ago something was.
pub(crate) fn ago(now: Timestamp, then: Timestamp) -> String {
    let minutes = now.millis_since(then) / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// How two edits exclude each other.
pub(crate) fn conflict(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::EditEdit => "both sides changed it",
        ConflictKind::CreateCreate => "both sides made it",
        ConflictKind::EditDelete => "one side changed it, the other deleted it",
        ConflictKind::Type => "the sides hold different kinds of thing",
    }
}

/// A path on the terminal: what could move the cursor is shown as what it is.
pub(crate) fn path(path: &str) -> String {
    if path.is_empty() { "(the root)".to_owned() } else { plain(path) }
}

/// A text from outside, without what could move the cursor.
pub(crate) fn plain(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len() + 8), |mut shown, c| {
        if c.is_control() {
            shown.extend(c.escape_default())
        } else {
            shown.push(c)
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use syncmgr_model::id::ItemId;
    use syncmgr_wire::line::{Changes, RuleAndText};

    use super::*;

    fn item() -> ItemResult {
        ItemResult {
            item: ItemId::from_u128(1),
            name: "photos".to_owned(),
            status: ItemStatus::Succeeded,
            changes: Changes { left: 3, right: 12 },
            bytes: 4_100_000,
            conflicts: 0,
            problems: 0,
            undone: false,
            halt: None,
            of: None,
        }
    }

    #[test]
    fn changes_are_told_with_their_directions() {
        for (left, right, bytes, expected) in [
            (3, 12, 4_100_000, "12 changes → right, 3 ← left, 4.1 MB"),
            (1, 0, 0, "1 change ← left"),
            (0, 2, 10, "2 changes → right, 10 B"),
            (0, 0, 0, "nothing changed"),
        ] {
            assert_eq!(changes(&ItemResult { changes: Changes { left, right }, bytes, ..item() }), expected);
        }
        let of_a_handler = ItemResult { changes: Changes::default(), of: Some("notes".to_owned()), ..item() };
        assert_eq!(changes(&of_a_handler), "4.1 MB");
        assert_eq!(changes(&ItemResult { bytes: 0, ..of_a_handler }), "");
    }

    #[test]
    fn the_worst_about_an_item_is_said() {
        let halt = Some(RuleAndText { rule: "root-missing".to_owned(), text: String::new() });
        for (item, expected) in [
            (item(), (Tone::Good, "in step")),
            (ItemResult { undone: true, ..item() }, (Tone::Good, "taken back")),
            (ItemResult { conflicts: 2, problems: 1, ..item() }, (Tone::Warning, "2 conflicts, 1 problem")),
            (ItemResult { status: ItemStatus::Skipped, ..item() }, (Tone::Warning, "skipped")),
            (ItemResult { status: ItemStatus::Failed, conflicts: 1, ..item() }, (Tone::Bad, "failed")),
            (ItemResult { status: ItemStatus::Failed, halt, ..item() }, (Tone::Bad, "halted")),
        ] {
            let (tone, text) = state(&item);
            assert_eq!((tone, text.as_str()), expected);
        }
    }

    #[test]
    fn amounts_have_two_digits_and_a_unit() {
        for (n, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_951, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (52_000_000_000, "52 GB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(bytes(n), expected);
        }
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        for (millis, expected) in
            [(0, "0.0 s"), (340, "0.3 s"), (42_900, "42 s"), (185_000, "3 min 5 s"), (7_620_000, "2 h 7 min")]
        {
            assert_eq!(duration(millis), expected);
        }
        let now = Timestamp::from_millis(1_000_000_000);
        for (millis, expected) in
            [(0, "just now"), (120_000, "2 min ago"), (7_200_000, "2 h ago"), (259_200_000, "3 days ago")]
        {
            assert_eq!(ago(now, now.plus_millis(-millis)), expected);
        }
    }

    #[test]
    fn a_path_cannot_move_the_cursor() {
        assert_eq!(path("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(path("größe"), "größe");
        assert_eq!(path(""), "(the root)");
    }
}
