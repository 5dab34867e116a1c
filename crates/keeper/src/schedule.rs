//! Schedules: when the clock alone makes an item due.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use croner::Cron;
use jiff::tz::TimeZone;
use syncmgr_model::time::Timestamp;

use crate::interval::{interval_text, later, parse_interval};
use crate::rule::ParseRuleError;
use crate::time_of_day::{TimeOfDay, to_jiff};

/// Moments made by the clock. Text forms: `every 15m`, `daily 02:00`, and cron expressions as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Again and again after this time, whatever the calendar says; less than a second counts as one.
    Every(Duration),
    /// Once a day, at this time on the clock on the wall.
    Daily(TimeOfDay),
    /// Whenever the expression matches.
    Cron(CronExpression),
}

impl Schedule {
    /// The first moment after `after`, if there is ever one.
    ///
    /// Where the clock is put forward, what falls into the gap comes at its end, once; where it is put back, a fixed time comes
    /// the first time only. Expressions that match in intervals (`*/5 * * * *`) go on through both.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Every(interval) => {
                Some(later(after, (*interval).max(Duration::from_secs(1)))).filter(|next| *next > after)
            }
            Self::Daily(time) => time.next_after(after, zone),
            Self::Cron(expression) => expression.next_after(after, zone),
        }
    }

    /// Whether moments follow from each other and not from the calendar.
    pub(crate) const fn is_interval(&self) -> bool {
        matches!(self, Self::Every(_))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(interval) => write!(f, "every {}", interval_text(*interval)),
            Self::Daily(time) => write!(f, "daily {time}"),
            Self::Cron(expression) => fmt::Display::fmt(expression, f),
        }
    }
}

impl FromStr for Schedule {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, ParseRuleError> {
        let text = text.trim();
        if let Some(interval) = text.strip_prefix("every ") {
            parse_interval(interval.trim()).map(Self::Every)
        } else if let Some(time) = text.strip_prefix("daily ") {
            time.trim().parse().map(Self::Daily)
        } else {
            text.parse().map(Self::Cron)
        }
    }
}

/// A cron expression that matches at some time. Its text form is what was written.
#[derive(Debug, Clone)]
pub struct CronExpression {
    text: String,
    /// Boxed because it is many times as large as the other schedules.
    cron: Box<Cron>,
}

impl CronExpression {
    fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        // The library counts in whole seconds and says the first one after its argument's.
        let seconds = after.as_millis().div_euclid(1000).checked_mul(1000)?;
        let start = to_jiff(Timestamp::from_millis(seconds))?.to_zoned(zone.clone());
        let next = self.cron.find_next_occurrence(&start, false).ok()?;
        Some(Timestamp::from_millis(next.timestamp().as_millisecond())).filter(|next| *next > after)
    }
}

impl PartialEq for CronExpression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CronExpression {}

impl fmt::Display for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for CronExpression {
    type Err = ParseRuleError;

    fn from_str(text: &str) -> Result<Self, ParseRuleError> {
        let cron = Cron::from_str(text).map_err(|error| {
            ParseRuleError::new(text, "cron expression", format!("{error}; write it like '0 2 * * *'"))
        })?;
        let expression = Self { text: text.trim().to_owned(), cron: Box::new(cron) };
        // A year in the past is let through; a day that no month has is a slip of the pen.
        match expression.next_after(Timestamp::from_millis(0), &TimeZone::UTC) {
            Some(_) => Ok(expression),
            None => {
                Err(ParseRuleError::new(text, "cron expression that ever matches", "no day is like that"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
