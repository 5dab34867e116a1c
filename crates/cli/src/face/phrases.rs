//! How results are said to people. Pure.

pub(crate) use syncmgr_daemon::phrases::{ago, bytes, count, duration, moment};
use syncmgr_model::fact::ConflictKind;
use syncmgr_model::status::ItemStatus;
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
    fn a_path_cannot_move_the_cursor() {
        assert_eq!(path("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(path("größe"), "größe");
        assert_eq!(path(""), "(the root)");
    }
}
