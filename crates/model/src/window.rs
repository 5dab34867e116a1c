//! What a window that shows a session does when the session is through (contract 5.4).

use crate::entry::LogLevel;
use crate::status::ItemStatus;

/// Whether the user pinned the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Pin {
    /// It may go by itself.
    #[default]
    Loose,
    /// It stays until the user closes it.
    Pinned,
}

/// How the window is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Showing {
    /// Open.
    #[default]
    Open,
    /// Minimized, by the user or by the program that asked.
    Minimized,
}

/// Whether the session may interact with the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attendance {
    /// It may.
    MayBother,
    /// It may not.
    Unattended,
}

/// What the window does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AtTheEnd {
    /// It closes after a short moment.
    CloseItself,
    /// It stays as it is and shows the results; minimized, its icon shows that something is wrong.
    StayOpen,
    /// It was minimized and is brought back with the results.
    Restore,
}

/// Decides what the window does when all handlers are through.
pub fn at_the_end(
    levels: impl IntoIterator<Item = LogLevel>,
    rows: impl IntoIterator<Item = ItemStatus>,
    pin: Pin,
    showing: Showing,
    attendance: Attendance,
) -> AtTheEnd {
    let is_clean = levels.into_iter().all(|level| level == LogLevel::Information)
        && rows.into_iter().all(|status| status != ItemStatus::Failed);
    match (is_clean, pin, showing, attendance) {
        (true, Pin::Loose, ..) => AtTheEnd::CloseItself,
        // Pinned, there is something to look at only if it went wrong.
        (false, _, Showing::Minimized, Attendance::MayBother) => AtTheEnd::Restore,
        _ => AtTheEnd::StayOpen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AtTheEnd::*;
    use Attendance::*;
    use Pin::*;
    use Showing::*;

    #[test]
    fn only_a_clean_end_closes_the_window_and_only_who_may_bother_brings_it_back() {
        let (info, warning, error) = (LogLevel::Information, LogLevel::Warning, LogLevel::Error);
        let (good, bad) = (ItemStatus::Succeeded, ItemStatus::Failed);
        for (level, row, pin, showing, attendance, expected) in [
            (info, good, Loose, Open, MayBother, CloseItself),
            (info, good, Loose, Minimized, Unattended, CloseItself),
            (info, ItemStatus::Stopped, Loose, Open, MayBother, CloseItself),
            (warning, good, Loose, Open, MayBother, StayOpen),
            (error, good, Loose, Open, Unattended, StayOpen),
            (info, bad, Loose, Open, MayBother, StayOpen),
            (info, good, Pinned, Open, MayBother, StayOpen),
            (info, good, Pinned, Minimized, MayBother, StayOpen),
            (error, good, Loose, Minimized, MayBother, Restore),
            (error, good, Pinned, Minimized, MayBother, Restore),
            (error, good, Loose, Minimized, Unattended, StayOpen),
        ] {
            let end = at_the_end([level], [row], pin, showing, attendance);
            assert_eq!(end, expected, "{level} {row} {pin:?} {showing:?} {attendance:?}");
        }
    }
}
