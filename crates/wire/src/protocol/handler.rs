//! What a handler asks of the host or tells it, and the answers.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::limits::COUNT_MAX;
use super::words::{
    Class, ConflictWord, Level, NoAnswer, PlanAction, PlanSide, QuestionKind, Status, Verdict,
};

/// Params of `progress`. What is left out keeps its value.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgressParams<'a> {
    /// In a notification: its number, from 1, growing by 1 a line. Uses credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Which item.
    #[serde(borrow)]
    pub item: Cow<'a, str>,
    /// Its status; the first progress of an item without one means `updating`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The part of the work it is in.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Cow<'a, str>>,
    /// What it is doing; `null` clears it.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none", deserialize_with = "clearing")]
    pub text: Option<Option<Cow<'a, str>>>,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Amounts>,
    /// How far it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Amounts>,
    /// Seconds without a line that are nothing to worry about, up to 3,600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_s: Option<Amount>,
}

/// A member that is there, `null` or not.
fn clearing<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Cow<'a, str>>>, D::Error> {
    Option::<Cow<'a, str>>::deserialize(deserializer).map(Some)
}

/// Things and bytes. Members nobody knows are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Amounts {
    /// Things, in the handler's own units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Amount>,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Amount>,
}

/// A count as it comes: an integer or a float, rounded down, held between 0 and 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transparent))]
pub struct Amount(#[cfg_attr(feature = "schema", schemars(with = "f64"))] Option<i64>);

impl Amount {
    /// A count.
    pub fn new(count: i64) -> Self {
        Self(Some(count.clamp(0, COUNT_MAX)))
    }

    /// The count; `None` for something that is no number, which is ignored with a warning.
    pub fn count(self) -> Option<i64> {
        self.0
    }
}

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyNumber;
        impl<'de> serde::de::Visitor<'de> for AnyNumber {
            type Value = Option<i64>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Option<i64>, E> {
                Ok(Some(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Option<i64>, E> {
                Ok(Some(i64::try_from(number).unwrap_or(i64::MAX)))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Option<i64>, E> {
                // The conversion saturates, and nothing that JSON can say is not a number.
                Ok(Some(number.floor() as i64))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Option<i64>, E> {
                Ok(None)
            }

            fn visit_str<E>(self, _: &str) -> Result<Option<i64>, E> {
                Ok(None)
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Option<i64>, A::Error> {
                while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(None)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Option<i64>, A::Error> {
                while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
                Ok(None)
            }
        }
        let number = deserializer.deserialize_any(AnyNumber)?;
        Ok(Self(number.map(|number| number.clamp(0, COUNT_MAX))))
    }
}

/// Params of `checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckpointParams {
    /// Which item; left out: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
}

/// The answer to `progress` and `checkpoint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VerdictResult {
    /// Whether to go on.
    pub v: Verdict,
}

/// Params of `log`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogParams {
    /// What it says; cut at 4 KiB.
    pub text: String,
    /// How serious it is.
    pub level: Level,
    /// The item it is about; left out or unknown: the handler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// More text; cut at 64 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What kind of trouble it is; a word nobody knows is ignored.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "known_class")]
    pub class: Option<Class>,
    /// The handler's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The name by which the handler can delete or show the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_id: Option<String>,
    /// Whether the entry can be opened with `showError`; needs a `log_id`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub jump: bool,
    /// Buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn known_class<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Class>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| Class::from_text(&text)))
}

/// A button of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Action {
    /// What the handler gets.
    pub id: String,
    /// What the user sees.
    pub label: String,
    /// Whether it asks something.
    #[serde(default, skip_serializing_if = "is_false")]
    pub interactive: bool,
}

/// Params of `log/delete`: one entry, or all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogDeleteParams {
    /// Entries logged under this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_id: Option<String>,
    /// All entries of this handler.
    #[serde(default, skip_serializing_if = "is_false")]
    pub all: bool,
}

/// Params of `conflict`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConflictParams {
    /// Of which item.
    pub item: String,
    /// What is in conflict: a relative path, or the handler's own name for it.
    pub key: String,
    /// How the edits exclude each other.
    pub kind: ConflictWord,
    /// What both sides last agreed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Value>,
    /// What the first side has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Value>,
    /// What the second side has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<Value>,
    /// What could be decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// What is decided when nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// The answer to `conflict`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConflictResult {
    /// One of the choices, or `deferred`: leave both sides as they are.
    pub decision: String,
}

/// Params of `plan`: what `sync` would do to an item. Several add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanParams {
    /// To which item.
    pub item: String,
    /// What would change.
    #[serde(default)]
    pub changes: Vec<PlannedChange>,
}

/// A change that would be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedChange {
    /// On which side.
    pub side: PlanSide,
    /// What.
    pub action: PlanAction,
    /// To what: a relative path, components separated by `/`.
    pub path: String,
    /// Its earlier name, for a rename.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// Params of `ask`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskParams {
    /// The question.
    pub text: String,
    /// The item it is about; left out: the handler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What it asks for.
    #[serde(default = "choice")]
    pub kind: QuestionKind,
    /// For `choice`: what can be answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// The answer of who just agrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

fn choice() -> QuestionKind {
    QuestionKind::Choice
}

/// One of the answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Choice {
    /// What the handler gets.
    pub id: String,
    /// What the user sees.
    pub label: String,
}

/// The answer to `ask`: an answer, or none and why. Not shown by `Debug`: it may be a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskResult {
    /// The id of a choice, or the text.
    pub answer: Option<String>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<NoAnswer>,
}

impl std::fmt::Debug for AskResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AskResult").field("reason", &self.reason).finish_non_exhaustive()
    }
}

/// Params of `dialog`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DialogParams {
    /// Whether a dialog is to be shown; if not, one that was granted is gone.
    pub open: bool,
}

/// The answer to `dialog`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DialogResult {
    /// Whether the dialog may be shown. Told that one is gone, the host answers `false`.
    pub granted: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<NoAnswer>,
}

/// Params of `connect`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectParams {
    /// Which connection; left out: the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The answer to `connect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectResult {
    /// Whether it is up.
    pub connected: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Params of `secret`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecretParams {
    /// The name under which the manifest declares it.
    pub key: String,
}

/// The answer to `secret`. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecretResult {
    /// The secret.
    pub value: String,
}

impl std::fmt::Debug for SecretResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretResult")
    }
}

/// Params of `state`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StateParams {
    /// Of which item.
    pub item: String,
    /// Any text up to 64 KiB; `sync` brings the last accepted one.
    pub state: String,
}

/// The answer to `state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StateResult {
    /// Whether it is kept; if not, another run has taken over and this one is to end at once.
    pub accepted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_rounded_down_and_held_and_what_is_none_is_ignored() {
        for (text, expected) in [
            ("12", Some(12)),
            ("12.9", Some(12)),
            ("-3", Some(0)),
            ("1e300", Some(1 << 53)),
            ("18446744073709551615", Some(1 << 53)),
            ("\"12\"", None),
            ("[1,{}]", None),
            ("{\"a\":[1]}", None),
            ("true", None),
        ] {
            let amount: Amount = serde_json::from_str(text).unwrap();
            assert_eq!(amount.count(), expected, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_left_out_is_not_a_text_that_is_cleared() {
        let read = |text| serde_json::from_str::<ProgressParams<'_>>(text).unwrap().text;
        assert_eq!(read(r#"{"item":"a"}"#), None);
        assert_eq!(read(r#"{"item":"a","text":null}"#), Some(None));
        assert_eq!(read(r#"{"item":"a","text":"x"}"#), Some(Some("x".into())));
    }

    #[test]
    fn an_unknown_status_is_refused_and_an_unknown_class_ignored() {
        assert!(serde_json::from_str::<ProgressParams<'_>>(r#"{"item":"a","status":"dancing"}"#).is_err());
        let log: LogParams =
            serde_json::from_str(r#"{"text":"x","level":"error","class":"cosmic"}"#).unwrap();
        assert_eq!(log.class, None);
    }

    #[test]
    fn answers_and_secrets_are_not_shown() {
        let answer = AskResult { answer: Some("hunter2".into()), reason: None };
        let secret = SecretResult { value: "hunter2".into() };
        assert!(!format!("{answer:?}{secret:?}").contains("hunter2"));
    }
}
