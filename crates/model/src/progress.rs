//! What a progress call says.

use crate::status::ItemStatus;

/// New values for a row; what is `None` is not touched (`SYNCMGRPROGRESSITEM` and its mask).
///
/// All `None` is a pure question: "may I go on?". Numbers are the handler's own units; the contract knows one pair of
/// them, `value` and `max`, stored as given and clamped only when shown. The byte amounts are ours, for handlers that
/// count both things and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProgressUpdate<'a> {
    /// The text under the row; `Some("")` clears it. Copied before the call returns.
    pub text: Option<&'a str>,
    /// The row's status. A final one closes the row.
    pub status: Option<ItemStatus>,
    /// How far it is. May go down.
    pub value: Option<i64>,
    /// What `value` counts up to; 0 or less, or never given: unknown. May change at any time.
    pub max: Option<i64>,
    /// Ours: bytes moved so far.
    pub bytes: Option<u64>,
    /// Ours: bytes to move in all.
    pub bytes_max: Option<u64>,
}

impl<'a> ProgressUpdate<'a> {
    /// Changes nothing and asks for the verdict.
    pub const POLL: ProgressUpdate<'static> =
        ProgressUpdate { text: None, status: None, value: None, max: None, bytes: None, bytes_max: None };

    /// Only a value.
    pub const fn value(value: i64) -> Self {
        Self { value: Some(value), ..Self::POLL }
    }

    /// Only a status.
    pub const fn status(status: ItemStatus) -> Self {
        Self { status: Some(status), ..Self::POLL }
    }

    /// Only a text.
    pub const fn text(text: &'a str) -> Self {
        Self { text: Some(text), status: None, value: None, max: None, bytes: None, bytes_max: None }
    }
}

/// How full a row's bar is, in 0…1; `None` is a bar without end.
///
/// A succeeded row is full, whatever it counted; a `max` of 0 or less is unknown; values are clamped to 0…max.
pub fn fraction(status: ItemStatus, value: i64, max: i64) -> Option<f64> {
    if status == ItemStatus::Succeeded {
        return Some(1.0);
    }
    if status == ItemStatus::UpdatingIndeterminate || max <= 0 {
        return None;
    }
    // Both are far below 2^53 wherever a bar means anything; a rounded bar is still a bar.
    Some(value.clamp(0, max) as f64 / max as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_clamped_and_a_missing_max_is_no_error() {
        use ItemStatus::*;
        for (status, value, max, expected) in [
            (Updating, 5, 10, Some(0.5)),
            (Updating, 50, 10, Some(1.0)),
            (Updating, -5, 10, Some(0.0)),
            (Updating, 5, 0, None),
            (Updating, 5, -3, None),
            (UpdatingIndeterminate, 5, 10, None),
            (Succeeded, 99, 100, Some(1.0)),
        ] {
            assert_eq!(fraction(status, value, max), expected, "{status} {value} of {max}");
        }
    }
}
