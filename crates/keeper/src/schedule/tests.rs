use super::*;

/// Europe/Berlin and America/New_York without a time zone database.
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";

fn at(text: &str) -> Timestamp {
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn said(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.as_millis()).unwrap().to_string()
}

/// The moments of `schedule` after `from`, in UTC, as many as `expected` has.
#[track_caller]
fn check(zone: &str, schedule: &str, from: &str, expected: &[&str]) {
    let zone = TimeZone::posix(zone).unwrap();
    let schedule: Schedule = schedule.parse().unwrap();
    let mut after = at(from);
    let mut moments = Vec::new();
    for _ in expected {
        after = schedule.next_after(after, &zone).unwrap();
        moments.push(said(after));
    }
    assert_eq!(moments, expected, "{schedule} after {from}");
}

#[test]
fn every_form_reads_back() {
    for (text, said) in [
        ("every 15m", "every 15m"),
        ("every 60m", "every 1h"),
        ("every   1d", "every 1d"),
        ("daily 02:00", "daily 02:00"),
        ("0 2 * * *", "0 2 * * *"),
        ("*/5 8-18 * * mon-fri", "*/5 8-18 * * mon-fri"),
        ("@hourly", "@hourly"),
    ] {
        let schedule: Schedule = text.parse().unwrap();
        assert_eq!(schedule.to_string(), said);
        assert_eq!(said.parse::<Schedule>().unwrap(), schedule);
    }
}

#[test]
fn what_no_calendar_can_hold_is_refused_with_an_example() {
    for (text, part) in [
        ("every quarter", "write it like 30s"),
        ("daily 25:00", "write it like 02:00"),
        ("0 2 * *", "write it like '0 2 * * *'"),
        ("99 2 * * *", "write it like '0 2 * * *'"),
        ("0 0 31 2 *", "no day is like that"),
        ("", "cron expression"),
    ] {
        let error = text.parse::<Schedule>().unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn in_a_gap_a_daily_time_comes_once_at_its_end() {
    // The night to 2026-03-29 in Berlin has no time from 02:00 to 03:00, which is 01:00 UTC.
    for schedule in ["daily 02:30", "30 2 * * *"] {
        check(
            BERLIN,
            schedule,
            "2026-03-27T12:00:00Z",
            &["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
        );
    }
    check(BERLIN, "daily 02:00", "2026-03-28T12:00:00Z", &["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]);
    check(BERLIN, "daily 03:00", "2026-03-28T12:00:00Z", &["2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"]);
    // The night to 2026-03-08 in New York has none from 02:00 to 03:00, which is 07:00 UTC.
    for schedule in ["daily 02:30", "30 2 * * *"] {
        check(
            NEW_YORK,
            schedule,
            "2026-03-06T12:00:00Z",
            &["2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"],
        );
    }
}

#[test]
fn in_an_overlap_a_daily_time_comes_once_the_first_time() {
    // The night to 2026-10-25 in Berlin has the time from 02:00 to 03:00 twice.
    for schedule in ["daily 02:30", "30 2 * * *"] {
        check(
            BERLIN,
            schedule,
            "2026-10-23T12:00:00Z",
            &["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        );
        // Asked between the two.
        check(BERLIN, schedule, "2026-10-25T00:45:00Z", &["2026-10-26T01:30:00Z"]);
        check(BERLIN, schedule, "2026-10-25T01:10:00Z", &["2026-10-26T01:30:00Z"]);
    }
    for schedule in ["daily 01:30", "30 1 * * *"] {
        check(
            NEW_YORK,
            schedule,
            "2026-10-30T12:00:00Z",
            &["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
        );
    }
}

#[test]
fn what_comes_in_intervals_goes_on_through_gaps_and_overlaps() {
    let gap = ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"];
    check(BERLIN, "*/30 * * * *", "2026-03-29T00:00:00Z", &gap);
    check(BERLIN, "every 30m", "2026-03-29T00:00:00Z", &gap);
    let overlap =
        ["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"];
    check(BERLIN, "*/30 * * * *", "2026-10-25T00:00:00Z", &overlap);
    check(BERLIN, "every 30m", "2026-10-25T00:00:00Z", &overlap);
}

#[test]
fn the_calendar_is_the_zones() {
    check("<+14>-14", "daily 00:00", "2026-01-01T00:00:00Z", &["2026-01-01T10:00:00Z"]);
    check("<-12>12", "daily 00:00", "2026-01-01T00:00:00Z", &["2026-01-01T12:00:00Z"]);
    check("UTC0", "0 12 29 2 *", "2026-01-01T00:00:00Z", &["2028-02-29T12:00:00Z"]);
    check("UTC0", "0 9 * * MON", "2026-03-23T09:00:00Z", &["2026-03-30T09:00:00Z"]);
}

#[test]
fn a_moment_is_never_its_own_successor_also_within_a_second() {
    for schedule in ["daily 02:00", "0 2 * * *"] {
        check("UTC0", schedule, "2026-01-01T02:00:00Z", &["2026-01-02T02:00:00Z"]);
        check("UTC0", schedule, "2026-01-01T02:00:00.500Z", &["2026-01-02T02:00:00Z"]);
        check("UTC0", schedule, "2026-01-01T01:59:59.999Z", &["2026-01-01T02:00:00Z"]);
    }
}

#[test]
fn at_the_ends_of_time_there_is_no_next_moment_and_no_panic() {
    for schedule in ["every 1d", "daily 02:00", "*/5 * * * *", "0 0 2 * * * 2020"] {
        let schedule: Schedule = schedule.parse().unwrap_or(Schedule::Every(Duration::MAX));
        assert_eq!(schedule.next_after(Timestamp::from_millis(i64::MAX), &TimeZone::UTC), None);
        let _ = schedule.next_after(Timestamp::from_millis(i64::MIN), &TimeZone::UTC);
    }
}
