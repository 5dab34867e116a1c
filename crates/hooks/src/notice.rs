//! [`Notice`]: something that happened, and its form for programs.
//!
//! The form is a promise: one JSON object on one line. Members are added and never changed, and readers ignore what they do
//! not know. All members are always there, `null` where there is nothing to say:
//!
//! | member | what it says |
//! | --- | --- |
//! | `type` | `notice` |
//! | `occasion` | the word of an [`Occasion`] |
//! | `at` | when, in RFC 3339, UTC, with milliseconds |
//! | `session` | the session's id |
//! | `event` | why that session started |
//! | `item`, `name` | the item's id and name, if the notice is about exactly one |
//! | `items` | all items it is about: an array of objects with `handler`, `item`, `name` |
//! | `text` | what happened, in a sentence for people |
//! | `detail` | more, for people: a tool's own words, the reason |
//! | `exit` | the exit code that stands for the session, once it is over |

use serde::{Serialize, Serializer};
use syncmgr_model::event::Event;
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::time::Timestamp;

use crate::occasion::Occasion;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub occasion: Occasion,
    /// When it happened.
    pub at: Timestamp,
    /// The session in which it happened.
    pub session: Option<SessionId>,
    /// Why that session started.
    pub event: Option<Event>,
    /// The items it is about: those of a session, or the one that failed, is late, is halted.
    pub items: Vec<NoticeItem>,
    /// What happened, in a sentence for people.
    pub text: String,
    /// More, for people.
    pub detail: Option<String>,
    /// The exit code that stands for the session, once it is over.
    pub exit: Option<u8>,
}

/// An item in a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeItem {
    /// Its handler.
    pub handler: HandlerId,
    /// The item.
    pub item: ItemId,
    /// Its name.
    pub name: String,
}

impl Notice {
    /// A notice about nothing in particular, to be filled in.
    pub fn new(occasion: Occasion, at: Timestamp, text: impl Into<String>) -> Self {
        Self {
            occasion,
            at,
            session: None,
            event: None,
            items: Vec::new(),
            text: text.into(),
            detail: None,
            exit: None,
        }
    }

    /// The item, if the notice is about exactly one.
    pub fn item(&self) -> Option<&NoticeItem> {
        match self.items.as_slice() {
            [item] => Some(item),
            _ => None,
        }
    }

    /// The form for programs: one JSON object, without the end of the line.
    pub fn to_json(&self) -> String {
        let line = NoticeLine {
            r#type: "notice",
            occasion: self.occasion.as_str(),
            at: time_text(self.at),
            session: self.session.map(Text),
            event: self.event.map(Event::as_str),
            item: self.item().map(|item| Text(item.item)),
            name: self.item().map(|item| item.name.as_str()),
            items: self.items.iter().map(ItemLine::from).collect(),
            text: &self.text,
            detail: self.detail.as_deref(),
            exit: self.exit,
        };
        // Text and numbers alone: there is nothing in it that could fail.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct NoticeLine<'a> {
    r#type: &'static str,
    occasion: &'static str,
    at: String,
    session: Option<Text<SessionId>>,
    event: Option<&'static str>,
    item: Option<Text<ItemId>>,
    name: Option<&'a str>,
    items: Vec<ItemLine<'a>>,
    text: &'a str,
    detail: Option<&'a str>,
    exit: Option<u8>,
}

#[derive(Serialize)]
struct ItemLine<'a> {
    handler: Text<HandlerId>,
    item: Text<ItemId>,
    name: &'a str,
}

impl<'a> From<&'a NoticeItem> for ItemLine<'a> {
    fn from(item: &'a NoticeItem) -> Self {
        Self { handler: Text(item.handler), item: Text(item.item), name: &item.name }
    }
}

/// An id as its text.
struct Text<T>(T);

impl<T: std::fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A moment beyond the year 9999 is held there.
fn time_text(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::MAX);
    format!("{moment:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_for_programs_is_this() {
        let photos = NoticeItem {
            handler: HandlerId::from_u128(0xFF),
            item: ItemId::from_u128(1),
            name: "caf\u{e9}\n\"photos\"".to_owned(),
        };
        let full = Notice {
            session: Some(SessionId::from_u128(5)),
            event: Some(Event::Idle),
            items: vec![photos.clone()],
            detail: Some("timeout".to_owned()),
            exit: Some(1),
            ..Notice::new(Occasion::OnError, Timestamp::from_millis(1_500), "it failed")
        };
        assert_eq!(
            full.to_json(),
            concat!(
                r#"{"type":"notice","occasion":"on-error","at":"1970-01-01T00:00:01.500Z","#,
                r#""session":"00000000-0000-0000-0000-000000000005","event":"idle","#,
                r#""item":"00000000-0000-0000-0000-000000000001","name":"café\n\"photos\"","#,
                r#""items":[{"handler":"00000000-0000-0000-0000-0000000000ff","#,
                r#""item":"00000000-0000-0000-0000-000000000001","name":"café\n\"photos\""}],"#,
                r#""text":"it failed","detail":"timeout","exit":1}"#
            )
        );
        let two = Notice { items: vec![photos.clone(), photos], ..full };
        assert!(two.to_json().contains(r#""item":null,"name":null,"items":[{"#), "{}", two.to_json());
        assert_eq!(
            Notice::new(Occasion::OnLate, Timestamp::default(), "").to_json(),
            concat!(
                r#"{"type":"notice","occasion":"on-late","at":"1970-01-01T00:00:00.000Z","session":null,"#,
                r#""event":null,"item":null,"name":null,"items":[],"text":"","detail":null,"exit":null}"#
            )
        );
    }
}
