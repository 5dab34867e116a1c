use proptest::prelude::*;

use super::*;

const OPTIONS: WatchOptions = WatchOptions {
    quiet: Duration::from_millis(300),
    at_most: Duration::from_millis(2000),
    hold: Duration::from_millis(1000),
    paths: 4,
};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn changed(path: &str) -> Noticed {
    Noticed::Changed(path.into())
}

fn vanished(path: &str) -> Noticed {
    Noticed::Vanished(path.into())
}

fn paths(paths: &[&str]) -> Changes {
    Changes::Paths(paths.iter().map(PathBuf::from).collect())
}

/// Plays what is noticed when, stepping at each deadline as well, and gives back what is told when.
fn play(noticed: impl IntoIterator<Item = (u64, Noticed)>) -> Vec<(u64, Changes)> {
    let mut debounce = Debounce::new(OPTIONS);
    let mut told = Vec::new();
    let mut next: Option<Duration> = None;
    let mut step = |debounce: &mut Debounce, now: Duration, noticed| {
        let due = debounce.step(now, noticed);
        told.extend(due.changes.map(|changes| (u64::try_from(now.as_millis()).unwrap(), changes)));
        assert!(due.next.is_none_or(|next| next > now));
        due.next
    };
    for (at, noticed) in noticed {
        while let Some(deadline) = next.filter(|next| *next <= ms(at)) {
            next = step(&mut debounce, deadline, None);
        }
        next = step(&mut debounce, ms(at), Some(noticed));
    }
    while let Some(deadline) = next {
        next = step(&mut debounce, deadline, None);
    }
    told
}

#[test]
fn a_file_that_is_saved_is_told_once_when_it_is_quiet() {
    let saved = [(0, changed("a")), (5, changed("a")), (10, changed("a"))];
    assert_eq!(play(saved), [(310, paths(&["a"]))]);
}

#[test]
fn changes_far_apart_are_told_apart() {
    assert_eq!(play([(0, changed("a")), (900, changed("b"))]), [(300, paths(&["a"])), (1200, paths(&["b"]))]);
}

#[test]
fn a_storm_that_does_not_end_is_told_after_the_longest_wait() {
    let storm = (0..50).map(|number| (number * 100, changed("a")));
    let times: Vec<u64> = play(storm).into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [2000, 4000, 5200]);
}

#[test]
fn a_rename_is_told_at_once_with_both_names() {
    assert_eq!(play([(0, changed("a")), (0, changed("b"))]), [(300, paths(&["a", "b"]))]);
}

#[test]
fn what_vanishes_is_kept_back_until_its_new_name_is_known() {
    let moved = [(0, vanished("a")), (700, changed("b"))];
    assert_eq!(play(moved), [(1000, paths(&["a", "b"]))]);
}

#[test]
fn what_vanishes_does_not_hold_back_others() {
    let both = [(0, vanished("a")), (0, changed("b"))];
    assert_eq!(play(both), [(300, paths(&["b"])), (1000, paths(&["a"]))]);
}

#[test]
fn what_vanishes_and_comes_back_is_a_change_like_any_other() {
    let saved_by_replacing = [(0, vanished("a")), (1, changed("a"))];
    assert_eq!(play(saved_by_replacing), [(301, paths(&["a"]))]);
}

#[test]
fn a_folder_that_goes_is_one_report() {
    let deleted = [(0, vanished("d/a")), (100, vanished("d/b")), (200, vanished("d"))];
    assert_eq!(play(deleted), [(1200, paths(&["d", "d/a", "d/b"]))]);
}

#[test]
fn deletions_without_end_are_told_after_the_longest_wait() {
    let storm = (0..30).map(|number| (number * 100, vanished(["a", "b"][usize::from(number % 2 == 0)])));
    let times: Vec<u64> = play(storm).into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [2000, 3900]);
}

#[test]
fn more_paths_than_are_worth_naming_are_everything() {
    let many = (0..5).map(|number| (0, Noticed::Changed(format!("{number}").into())));
    assert_eq!(play(many), [(300, Changes::Everything(Reason::TooMany))]);
    let enough = (0..4).map(|number| (0, Noticed::Changed(format!("{number}").into())));
    assert_eq!(play(enough), [(300, paths(&["0", "1", "2", "3"]))]);
}

#[test]
fn the_latest_doubt_stands_and_is_not_forgotten_over_paths() {
    let twice = [
        (0, Noticed::Everything(Reason::Gone)),
        (1, Noticed::Everything(Reason::Replaced)),
        (2, changed("a")),
    ];
    assert_eq!(play(twice), [(302, Changes::Everything(Reason::Replaced))]);
}

#[test]
fn what_follows_a_doubt_is_told_by_name_again() {
    let noticed = [(0, Noticed::Everything(Reason::Overflow)), (1000, changed("a"))];
    assert_eq!(play(noticed), [(300, Changes::Everything(Reason::Overflow)), (1300, paths(&["a"]))]);
}

fn any_noticed() -> impl Strategy<Value = Noticed> {
    let name = || prop::sample::select(vec!["a", "b", "c", "d", "e", "f"]).prop_map(PathBuf::from);
    prop_oneof![
        8 => name().prop_map(Noticed::Changed),
        8 => name().prop_map(Noticed::Vanished),
        1 => Just(Noticed::Everything(Reason::Overflow)),
    ]
}

/// What a notice is about; `None` is everything.
fn about(noticed: &Noticed) -> Option<PathBuf> {
    match noticed {
        Noticed::Changed(path) | Noticed::Vanished(path) => Some(path.clone()),
        Noticed::Everything(_) => None,
    }
}

proptest! {
    #[test]
    fn everything_noticed_is_told_in_time_and_nothing_else_is_told(
        steps in prop::collection::vec((0..900_u64, any_noticed()), 1..60)
    ) {
        let mut at = 0;
        let noticed: Vec<(u64, Noticed)> = steps
            .into_iter()
            .map(|(wait, noticed)| {
                at += wait;
                (at, noticed)
            })
            .collect();
        let told = play(noticed.clone());

        let in_time = |at: u64, subject: &Option<PathBuf>| {
            told.iter().filter(|(when, _)| (at..=at + 2000).contains(when)).any(|(_, changes)| {
                match (changes, subject) {
                    (Changes::Everything(_), _) => true,
                    (Changes::Paths(paths), Some(path)) => paths.contains(path),
                    (Changes::Paths(_), None) => false,
                }
            })
        };
        for (at, one) in &noticed {
            prop_assert!(in_time(*at, &about(one)), "{one:?} of {at} in {told:?}");
        }

        // Each report is made of what was noticed since it was told last.
        for (number, (when, changes)) in told.iter().enumerate() {
            let Changes::Paths(paths) = changes else { continue };
            prop_assert!(!paths.is_empty() && paths.len() <= OPTIONS.paths);
            let mut oldest = *when;
            for path in paths {
                let before = told[..number].iter().rev().find(|(_, changes)| match changes {
                    Changes::Everything(_) => true,
                    Changes::Paths(paths) => paths.contains(path),
                });
                let since = before.map_or(0, |(when, _)| *when);
                let is_new = |(at, one): &(u64, Noticed)| {
                    (since..=*when).contains(at) && about(one).as_ref() == Some(path)
                };
                let first = noticed.iter().find(|it| is_new(it));
                prop_assert!(first.is_some(), "{path:?} at {when} in {told:?}");
                oldest = oldest.min(first.map_or(*when, |(at, _)| *at));
            }
            // It was quiet, or somebody had waited long enough.
            let last = noticed.iter().map(|(at, _)| *at).filter(|at| at < when).max().unwrap_or(0);
            prop_assert!(*when >= last + 300 || *when >= oldest + 2000, "{when} in {told:?}");
        }
    }
}
