//! A progress call allocates nothing: counted, where timing could only be watched.

mod setup;

use setup::*;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus::{Succeeded, Updating};
use syncmgr_model::verdict::Verdict;
use syncmgr_testkit::{Play, Scripted};

/// How many allocations a hundred equal calls make, after one to get used to them.
fn count(play: &Play, update: &ProgressUpdate<'_>) -> u64 {
    let call = || assert_eq!(play.callback.progress(&A, update), Ok(Verdict::Go));
    call();
    allocation_counter::measure(|| (0..100).for_each(|_| call())).count_total
}

#[test]
fn a_progress_call_allocates_nothing_with_numbers_or_with_text_it_has_room_for() {
    let disk = Scripted::new("disk", &[A]).on_synchronize(|play| {
        assert_eq!(allocation_counter::measure(|| drop(vec![1u8])).count_total, 1, "it counts");
        let all = ProgressUpdate {
            text: Some("photos/2026/summer/at the lake/0412.jpeg"),
            status: Some(Updating),
            value: Some(1),
            max: Some(2),
            bytes: Some(3),
            bytes_max: Some(4),
        };
        for update in [ProgressUpdate::POLL, ProgressUpdate::value(7), all, ProgressUpdate::text("short")] {
            assert_eq!(count(play, &update), 0, "{update:?}");
        }
        play.end_all(Succeeded);
        play.synchronized(Outcome::OK)
    });
    let report = run(&[&disk]);
    // A failed assertion is a panic of the handler, and that is an entry.
    assert_eq!(texts(&report), [""; 0]);
    assert_eq!(statuses(&report), [Succeeded]);
}
