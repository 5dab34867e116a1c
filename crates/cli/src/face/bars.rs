//! A bar for each item that is being synchronized, on a terminal.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use syncmgr_model::id::ItemId;
use syncmgr_model::progress::fraction;
use syncmgr_model::status::ItemStatus;
use syncmgr_wire::line::Row;

use super::phrases;
use super::style::Style;

/// Pictures a second.
const HZ: u8 = 10;

/// Steps of a bar. Values are the handler's own and may be anything; a bar is a share of these.
const STEPS: u64 = 1000;

/// The bars.
pub(super) struct Bars {
    all: MultiProgress,
    bars: HashMap<ItemId, Bar>,
    style: Style,
}

struct Bar {
    drawn: ProgressBar,
    pace: Pace,
    begun: Instant,
    is_endless: bool,
}

impl Bars {
    pub(super) fn new(style: Style) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(HZ));
        Self { all, bars: HashMap::new(), style }
    }

    /// Shows how far an item is. Bars come with the work and go with it: ten thousand waiting items draw nothing.
    pub(super) fn row(&mut self, row: &Row) {
        if row.status.is_final() {
            if let Some(bar) = self.bars.remove(&row.item) {
                bar.drawn.finish_and_clear();
            }
            return;
        }
        if row.status == ItemStatus::Pending {
            return;
        }
        let style = self.style;
        let bar = self.bars.entry(row.item).or_insert_with(|| Bar::new(&self.all, row, style));
        bar.show(row, style);
    }

    /// Takes the bars away while `print` writes to the terminal.
    pub(super) fn around(&self, print: impl FnOnce()) {
        self.all.suspend(print);
    }

    /// Leaves the terminal to something else, until [`Self::show`].
    pub(super) fn hide(&self) {
        self.clear();
        self.all.set_draw_target(ProgressDrawTarget::hidden());
    }

    pub(super) fn show(&self) {
        self.all.set_draw_target(ProgressDrawTarget::stderr_with_hz(HZ));
    }

    pub(super) fn clear(&self) {
        // Nothing can be drawn any more: then nothing is there.
        let _ = self.all.clear();
    }
}

impl Bar {
    fn new(all: &MultiProgress, row: &Row, style: Style) -> Self {
        let drawn = all.add(ProgressBar::new(STEPS));
        drawn.set_prefix(style.bold(&phrases::plain(&row.name)));
        // A bar without an end moves by itself; the clock of the others is the progress.
        drawn.enable_steady_tick(Duration::from_millis(200));
        let mut bar = Self { drawn, pace: Pace::default(), begun: Instant::now(), is_endless: false };
        // As it is until the first numbers are known.
        bar.set_style(true, style);
        bar
    }

    fn show(&mut self, row: &Row, style: Style) {
        let share = fraction(row.status, row.value, row.max);
        self.set_style(share.is_none(), style);
        // A share is in 0…1 by its making.
        self.drawn.set_position((share.unwrap_or(0.0) * STEPS as f64) as u64);
        let left = self.pace.observe(self.begun.elapsed().as_secs_f64(), row);
        self.drawn.set_message(describe(row, self.pace.bytes_a_second, left));
    }

    fn set_style(&mut self, is_endless: bool, style: Style) {
        if self.is_endless == is_endless {
            return;
        }
        self.is_endless = is_endless;
        let template = match (is_endless, style) {
            (true, _) => "{prefix} {spinner} {wide_msg}",
            (false, Style::Colored) => "{prefix} {bar:24.green/dim} {wide_msg}",
            (false, Style::Plain) => "{prefix} {bar:24} {wide_msg}",
        };
        // The templates are ours and right; with a wrong one the default would be drawn.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.drawn.set_style(style.progress_chars("━╸─").tick_chars("⠁⠂⠄⠂ "));
    }
}

/// `120 of 4000  12 MB of 80 MB  24 MB/s  3 s left  copying a/b`
pub(super) fn describe(row: &Row, bytes_a_second: Option<f64>, seconds_left: Option<f64>) -> String {
    let mut parts = Vec::new();
    if row.status == ItemStatus::Paused {
        parts.push("paused".to_owned());
    }
    if row.max > 0 {
        parts.push(format!("{} of {}", row.value, row.max));
    } else if row.value > 0 {
        parts.push(row.value.to_string());
    }
    if row.bytes_max > 0 {
        parts.push(format!("{} of {}", phrases::bytes(row.bytes), phrases::bytes(row.bytes_max)));
    }
    if let Some(rate) = bytes_a_second.filter(|rate| *rate >= 1.0) {
        // Far below what a u64 holds.
        parts.push(format!("{}/s", phrases::bytes(rate as u64)));
    }
    if let Some(left) = seconds_left.filter(|left| left.is_finite() && *left < 360_000.0) {
        parts.push(format!("{} left", phrases::duration((left * 1000.0).round() as u64)));
    }
    if !row.text.is_empty() {
        parts.push(phrases::plain(&row.text));
    }
    parts.join("  ")
}

/// How fast it goes, from samples. Recent ones count more: a rate over the whole run says nothing about a disk that has
/// become slow.
#[derive(Debug, Default)]
struct Pace {
    last: Option<Sample>,
    bytes_a_second: Option<f64>,
    share_a_second: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    at: f64,
    bytes: u64,
    share: f64,
}

/// Seconds after which a sample counts a third of what it did.
const MEMORY: f64 = 3.0;

impl Pace {
    /// Takes a row at a time in seconds, and tells how many are left.
    fn observe(&mut self, at: f64, row: &Row) -> Option<f64> {
        let share = match row.bytes_max {
            0 => fraction(row.status, row.value, row.max)?,
            // Content takes the time wherever there is any; a share needs no precision.
            max => row.bytes.min(max) as f64 / max as f64,
        };
        let now = Sample { at, bytes: row.bytes, share };
        let last = self.last.replace(now)?;
        let seconds = at - last.at;
        if seconds <= 0.0 || now.bytes < last.bytes || share < last.share {
            // It went back: another part of the work has begun.
            (self.bytes_a_second, self.share_a_second) = (None, None);
            return None;
        }
        let weight = 1.0 - (-seconds / MEMORY).exp();
        let blend =
            |before: Option<f64>, new: f64| before.map_or(new, |before| before + weight * (new - before));
        self.bytes_a_second = Some(blend(self.bytes_a_second, (now.bytes - last.bytes) as f64 / seconds));
        let rate = blend(self.share_a_second, (share - last.share) / seconds);
        self.share_a_second = Some(rate);
        (rate > 0.0).then(|| (1.0 - share) / rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: i64, bytes: u64) -> Row {
        Row {
            item: ItemId::from_u128(1),
            name: "photos".to_owned(),
            status: ItemStatus::Updating,
            text: "copying a\nb".to_owned(),
            value,
            max: 40,
            bytes,
            bytes_max: 1000,
        }
    }

    #[test]
    fn a_row_tells_items_bytes_rate_time_left_and_what_is_done() {
        assert_eq!(
            describe(&row(12, 500), Some(2_000_000.0), Some(3.04)),
            "12 of 40  500 B of 1.0 kB  2.0 MB/s  3.0 s left  copying a\\nb"
        );
        let unknown = Row { max: 0, bytes_max: 0, text: String::new(), ..row(12, 0) };
        assert_eq!(describe(&unknown, None, None), "12");
        let paused = Row { status: ItemStatus::Paused, ..unknown };
        assert_eq!(describe(&paused, None, Some(f64::INFINITY)), "paused  12");
    }

    #[test]
    fn a_steady_pace_tells_the_time_left() {
        let mut pace = Pace::default();
        assert_eq!(pace.observe(0.0, &row(0, 0)), None);
        let mut left = None;
        for second in 1..=5 {
            left = pace.observe(f64::from(second), &row(0, 100 * second as u64));
        }
        assert!((left.unwrap() - 5.0).abs() < 0.01, "{left:?}");
        assert!((pace.bytes_a_second.unwrap() - 100.0).abs() < 0.01);
    }

    #[test]
    fn going_back_forgets_the_pace() {
        let mut pace = Pace::default();
        pace.observe(0.0, &row(0, 500));
        assert!(pace.observe(1.0, &row(0, 600)).is_some());
        assert_eq!(pace.observe(2.0, &row(0, 0)), None);
        assert_eq!(pace.bytes_a_second, None);
    }
}
