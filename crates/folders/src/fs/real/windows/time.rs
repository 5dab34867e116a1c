//! Times: here hundreds of nanoseconds since 1601, elsewhere seconds and nanoseconds since 1970.

use std::io;

use crate::fs::FileTime;

const A_SECOND: i64 = 10_000_000;
/// Seconds from 1601 to 1970.
const BETWEEN: i64 = 11_644_473_600;

pub(super) fn from_windows(time: i64) -> FileTime {
    let nanos = time.rem_euclid(A_SECOND) as u32 * 100;
    FileTime { secs: time.div_euclid(A_SECOND) - BETWEEN, nanos }
}

/// The time, without what is less than a hundred nanoseconds. Those before 1601 or far ahead do not exist here.
pub(super) fn to_windows(time: FileTime) -> io::Result<i64> {
    let ticks = time.secs.checked_add(BETWEEN).and_then(|secs| secs.checked_mul(A_SECOND));
    ticks
        .and_then(|ticks| ticks.checked_add(i64::from(time.nanos / 100)))
        // Zero and less mean something else to the calls that set times.
        .filter(|ticks| *ticks > 0)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no time that Windows can keep"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_but_for_what_is_less_than_a_hundred_nanoseconds() {
        for (secs, nanos, kept) in [(0, 0, 0), (-1, 999_999_999, 999_999_900), (1_700_000_000, 123, 100)] {
            let ticks = to_windows(FileTime { secs, nanos }).unwrap();
            assert_eq!(from_windows(ticks), FileTime { secs, nanos: kept });
        }
        assert_eq!(to_windows(FileTime::default()).unwrap(), 116_444_736_000_000_000);
        for secs in [-BETWEEN, i64::MIN, i64::MAX] {
            assert!(to_windows(FileTime { secs, nanos: 0 }).is_err());
        }
    }
}
