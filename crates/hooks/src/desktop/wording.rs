//! What a notification says and offers.

use super::DesktopAction;
use crate::notice::Notice;
use crate::occasion::Occasion;

/// How much of a text is shown.
const MAX_CHARS: usize = 400;

/// A notification, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wording {
    /// One line.
    pub(super) summary: String,
    /// More lines; `<`, `>` and `&` are escaped, because services take the body for markup.
    pub(super) body: String,
    /// The buttons with their labels.
    pub(super) actions: Vec<(DesktopAction, &'static str)>,
    /// Whether it stays until somebody looks.
    pub(super) is_urgent: bool,
}

impl Wording {
    /// Says a notice that stands for `n_merged` more like it.
    pub(super) fn of(notice: &Notice, n_merged: u32) -> Self {
        let whose = whose(notice);
        let summary = match notice.occasion {
            Occasion::BeforeSession => format!("{whose}: about to be synchronized"),
            Occasion::AfterSession => format!("{whose}: synchronized"),
            Occasion::OnError => format!("{whose}: could not be synchronized"),
            Occasion::OnConflict => format!("{whose}: conflicts wait for you"),
            Occasion::OnLate => format!("{whose}: late"),
            Occasion::OnHalt => format!("{whose}: halted, nothing was changed"),
        };
        let mut lines = vec![clean(&notice.text)];
        lines.extend(notice.detail.as_deref().map(clean));
        match n_merged {
            0 => {}
            1 => lines.push("Once more in the meantime.".to_owned()),
            n => lines.push(format!("{n} times more in the meantime.")),
        }
        lines.retain(|line| !line.is_empty());
        let is_urgent = matches!(notice.occasion, Occasion::OnLate | Occasion::OnHalt);
        Self { summary, body: escape(&lines.join("\n")), actions: actions(notice), is_urgent }
    }
}

/// Whom it is about.
fn whose(notice: &Notice) -> String {
    match notice.items.as_slice() {
        [] => "Session".to_owned(),
        [item] => clean(&item.name),
        [first, rest @ ..] => format!("{} and {} more", clean(&first.name), rest.len()),
    }
}

/// What can be done about it: something can be tried again or left out only if it is one item that waits for that.
fn actions(notice: &Notice) -> Vec<(DesktopAction, &'static str)> {
    let open = (DesktopAction::Open, "Open");
    match notice.occasion {
        Occasion::OnError | Occasion::OnLate if notice.item().is_some() => {
            vec![open, (DesktopAction::Retry, "Retry"), (DesktopAction::Skip, "Skip")]
        }
        // Another try would be halted again; what is to be allowed is decided where it is shown.
        Occasion::OnHalt if notice.item().is_some() => vec![open, (DesktopAction::Skip, "Skip")],
        _ => vec![open],
    }
}

/// Without control characters, on one line, and cut.
fn clean(text: &str) -> String {
    let mut clean: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_CHARS).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        clean.push('…');
    }
    clean.trim().to_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use syncmgr_model::id::{HandlerId, ItemId};
    use syncmgr_model::time::Timestamp;

    use super::*;
    use crate::notice::NoticeItem;

    fn about(occasion: Occasion, names: &[&str], text: &str) -> Notice {
        let item =
            |name: &&str| NoticeItem { handler: HandlerId::NIL, item: ItemId::NIL, name: (*name).to_owned() };
        Notice {
            items: names.iter().map(item).collect(),
            ..Notice::new(occasion, Timestamp::default(), text)
        }
    }

    #[test]
    fn each_occasion_has_its_words_and_offers_what_makes_sense() {
        use DesktopAction::{Open, Retry, Skip};
        for (occasion, names, summary, offered) in [
            (
                Occasion::OnError,
                &["photos"][..],
                "photos: could not be synchronized",
                &[Open, Retry, Skip][..],
            ),
            (Occasion::OnError, &[], "Session: could not be synchronized", &[Open]),
            (Occasion::OnLate, &["photos"], "photos: late", &[Open, Retry, Skip]),
            (Occasion::OnHalt, &["photos"], "photos: halted, nothing was changed", &[Open, Skip]),
            (Occasion::OnConflict, &["photos"], "photos: conflicts wait for you", &[Open]),
            (Occasion::AfterSession, &["a", "b", "c"], "a and 2 more: synchronized", &[Open]),
            (Occasion::BeforeSession, &["a"], "a: about to be synchronized", &[Open]),
        ] {
            let wording = Wording::of(&about(occasion, names, ""), 0);
            let actions: Vec<_> = wording.actions.iter().map(|(action, _)| *action).collect();
            assert_eq!((wording.summary.as_str(), actions.as_slice()), (summary, offered), "{occasion}");
        }
    }

    #[test]
    fn texts_of_others_are_no_markup_and_stay_short() {
        let notice = about(Occasion::OnError, &["<b>\u{1b}x"], "<a href=\"x\">1 & 2</a>\nmore");
        let wording = Wording::of(&Notice { detail: Some("é".repeat(1_000)), ..notice }, 2);
        assert_eq!(wording.summary, "<b> x: could not be synchronized");
        let long = "é".repeat(MAX_CHARS);
        assert_eq!(
            wording.body,
            format!("&lt;a href=\"x\"&gt;1 &amp; 2&lt;/a&gt; more\n{long}…\n2 times more in the meantime.")
        );
        assert_eq!(Wording::of(&about(Occasion::OnLate, &[], ""), 1).body, "Once more in the meantime.");
    }
}
