//! How fast something goes, and how long it will still take: from amounts and when they were told.

use std::collections::VecDeque;

use syncmgr_model::time::Timestamp;

/// What is further back than this does not count: it goes as it goes now.
const HORIZON_MILLIS: u64 = 10_000;

/// From less than this nothing can be told.
const LEAST_MILLIS: u64 = 900;

/// At most five amounts a second are told, and a few more do no harm.
const MAX_SAMPLES: usize = 64;

/// The newest amounts of one thing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Estimate {
    samples: VecDeque<(Timestamp, u64)>,
}

impl Estimate {
    /// It was so much at that moment. An amount that goes back begins anew, as does a clock.
    pub(crate) fn tell(&mut self, at: Timestamp, amount: u64) {
        if self.samples.back().is_some_and(|(last, before)| *before > amount || *last > at) {
            self.samples.clear();
        }
        // One beyond the horizon stays: otherwise slow things would never have two.
        while self.samples.len() >= MAX_SAMPLES
            || self.samples.get(1).is_some_and(|(second, _)| at.millis_since(*second) > HORIZON_MILLIS)
        {
            self.samples.pop_front();
        }
        self.samples.push_back((at, amount));
    }

    /// How much comes in a second. Nothing where that cannot be told, or nothing moves.
    pub(crate) fn per_second(&self, now: Timestamp) -> Option<u64> {
        let (first, amount_then) = self.samples.front()?;
        let (_, amount) = self.samples.back()?;
        // Up to now, not to the last word: what has stopped gets slower and slower.
        let millis = now.millis_since(*first);
        if millis < LEAST_MILLIS {
            return None;
        }
        let per_second = u128::from(amount - amount_then) * 1000 / u128::from(millis);
        u64::try_from(per_second).ok().filter(|rate| *rate > 0)
    }

    /// How many milliseconds are left until it is `max`.
    pub(crate) fn millis_left(&self, now: Timestamp, max: u64) -> Option<u64> {
        let (_, amount) = self.samples.back()?;
        let rate = self.per_second(now)?;
        u64::try_from(u128::from(max.checked_sub(*amount)?) * 1000 / u128::from(rate)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn told(samples: &[(i64, u64)]) -> Estimate {
        let mut estimate = Estimate::default();
        samples.iter().for_each(|(millis, amount)| estimate.tell(at(*millis), *amount));
        estimate
    }

    #[test]
    fn a_steady_stream_has_its_rate_and_an_end() {
        let estimate = told(&[(0, 0), (1000, 500), (2000, 1000)]);
        assert_eq!(estimate.per_second(at(2000)), Some(500));
        assert_eq!(estimate.millis_left(at(2000), 3000), Some(4000));
        assert_eq!(estimate.millis_left(at(2000), 500), None, "more than there was to be");
    }

    #[test]
    fn nothing_is_told_too_early_or_where_nothing_moves() {
        assert_eq!(told(&[]).per_second(at(5)), None);
        assert_eq!(told(&[(0, 0), (500, 900)]).per_second(at(500)), None);
        assert_eq!(told(&[(0, 7), (5000, 7)]).per_second(at(5000)), None);
    }

    #[test]
    fn what_was_long_ago_does_not_count() {
        let mut samples: Vec<(i64, u64)> = (0..10).map(|n| (n * 1000, n as u64 * 1_000_000)).collect();
        let fast = samples[9].1;
        samples.extend((10..40).map(|n| (n * 1000, fast + (n as u64 - 9) * 10)));
        assert_eq!(told(&samples).per_second(at(39_000)), Some(10));
    }

    #[test]
    fn what_stops_gets_slower_until_nothing_is_promised() {
        let estimate = told(&[(0, 0), (1000, 1000)]);
        assert_eq!(estimate.per_second(at(10_000)), Some(100));
        assert_eq!(estimate.per_second(at(10_000_000)), None);
    }

    #[test]
    fn an_amount_or_a_clock_that_goes_back_begins_anew() {
        assert_eq!(told(&[(0, 0), (1000, 1000), (2000, 0)]).per_second(at(2000)), None);
        assert_eq!(told(&[(9000, 0), (1000, 1000)]).per_second(at(1000)), None);
        assert_eq!(told(&[(0, 5)]).per_second(at(-1000)), None);
    }

    #[test]
    fn samples_are_bounded() {
        let estimate = told(&(0..10_000).map(|n| (n, n as u64)).collect::<Vec<_>>());
        assert!(estimate.samples.len() <= MAX_SAMPLES);
    }
}
