//! Progress: C-54 to C-70.

use std::sync::{Arc, Mutex};

use syncmgr_engine::{RowView, Session};
use syncmgr_model::flags::HandlerFlags;
use syncmgr_model::id::ItemId;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::{ProgressUpdate, fraction};
use syncmgr_model::status::ItemStatus::{self, Deleted, Failed, Skipped, Stopped, Succeeded, Updating};
use syncmgr_model::verdict::Verdict;
use syncmgr_testkit::{Latch, Play, Recorded, Scripted};

use crate::desk::*;
use crate::setup::*;

/// Reports on A, and gives the row as the window shows it while the work goes on.
fn row_after(steps: impl Fn(&Play) + Send + Sync + 'static) -> RowView {
    let (reported, door) = (Latch::new(), Latch::new());
    let (tell, wait) = (reported.clone(), door.clone());
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        sure(|| steps(play));
        tell.open();
        wait.wait();
        play.synchronized(Outcome::OK)
    });
    let session = start(&[&disk]);
    reported.wait();
    let row = session.rows().remove(0);
    door.open();
    session.wait();
    row
}

fn report(play: &Play, update: ProgressUpdate<'_>) {
    assert_eq!(play.callback.progress(&A, &update), Ok(Verdict::Go));
}

fn numbers(value: Option<i64>, max: Option<i64>) -> ProgressUpdate<'static> {
    ProgressUpdate { value, max, ..ProgressUpdate::POLL }
}

/// Everything about the row at once.
fn whole(play: &Play) {
    report(
        play,
        ProgressUpdate {
            text: Some("counting"),
            status: Some(Updating),
            value: Some(3),
            max: Some(7),
            bytes: Some(30),
            bytes_max: Some(70),
        },
    );
}

#[test]
fn c_054_while_nothing_was_cancelled_the_answer_is_go() {
    row_after(|play| {
        for update in [ProgressUpdate::POLL, ProgressUpdate::text("x"), ProgressUpdate::value(1)] {
            report(play, update);
        }
        assert_eq!(Verdict::Go.outcome(), Outcome::OK);
    });
}

#[test]
fn c_055_a_skip_answers_for_its_item_and_no_other() {
    let disk = Scripted::new("disk", &[A, B]).on_synchronize(|play| {
        play.elsewhere(|play| {
            assert_eq!(play.until_told(A), Ok(Verdict::Skip));
            assert_eq!(play.poll(A), Ok(Verdict::Skip), "again and again");
            assert_eq!(play.poll(B), Ok(Verdict::Go));
            assert_eq!(Verdict::Skip.outcome(), Outcome::CANCEL_ITEM);
            play.synchronized(Outcome::OK);
        })
    });
    let session = start(&[&disk]);
    disk.record().wait_for(&Recorded::Synchronize);
    session.skip(A);
    assert_eq!(statuses(&session.wait()), [Skipped, Succeeded]);
}

#[test]
fn c_056_a_stop_answers_for_every_item_of_every_handler_and_beats_a_skip() {
    let working = |name, items: &[ItemId]| {
        Scripted::new(name, items).on_synchronize(|play| {
            play.elsewhere(|play| {
                let last = *play.items.last().expect("there is one");
                assert_eq!(play.until_told(last), Ok(Verdict::Stop));
                for &item in &play.items {
                    assert_eq!(play.poll(item), Ok(Verdict::Stop));
                }
                assert_eq!(Verdict::Stop.outcome(), Outcome::CANCEL_ALL);
                play.synchronized(Outcome::FAIL);
            })
        })
    };
    let (disk, mail) = (working("disk", &[A, B]), working("mail", &[C]));
    let session = start(&[&disk, &mail]);
    disk.record().wait_for(&Recorded::Synchronize);
    mail.record().wait_for(&Recorded::Synchronize);
    session.skip(A);
    session.stop();
    assert_eq!(statuses(&session.wait()), [Skipped, Stopped, Stopped]);
}

#[test]
fn c_057_what_a_call_does_not_give_is_not_touched() {
    let before = row_after(whole);
    type Check = fn(RowView) -> RowView;
    let one_field: [(ProgressUpdate<'static>, Check); 4] = [
        (ProgressUpdate::text("other"), |row| RowView { text: "other".to_owned(), ..row }),
        (numbers(Some(5), None), |row| RowView { value: 5, ..row }),
        (numbers(None, Some(9)), |row| RowView { max: 9, ..row }),
        (ProgressUpdate::status(ItemStatus::Paused), |row| RowView { status: ItemStatus::Paused, ..row }),
    ];
    for (update, expected) in one_field {
        let after = row_after(move |play| {
            whole(play);
            report(play, update);
        });
        assert_eq!(after, expected(before.clone()), "{update:?}");
    }
}

#[test]
fn c_058_a_call_that_gives_nothing_only_asks() {
    let before = row_after(whole);
    let after = row_after(|play| {
        whole(play);
        report(play, ProgressUpdate::POLL);
    });
    assert_eq!(after, before);
}

#[test]
fn c_059_a_value_alone_leaves_text_status_and_max() {
    let row = row_after(|play| {
        whole(play);
        report(play, ProgressUpdate::value(4));
    });
    assert_eq!((row.text.as_str(), row.status, row.value, row.max), ("counting", Updating, 4, 7));
}

#[test]
fn c_060_no_number_is_an_error_and_the_bar_stays_between_empty_and_full() {
    for (value, max, bar) in [
        (12, 10, Some(1.0)),
        (-3, 10, Some(0.0)),
        (5, 0, None),
        (5, -1, None),
        (i64::MAX, i64::MIN, None),
        (i64::MIN, i64::MAX, Some(0.0)),
    ] {
        let row = row_after(move |play| {
            report(play, ProgressUpdate::status(Updating));
            report(play, numbers(Some(value), Some(max)));
        });
        assert_eq!((row.value, row.max), (value, max), "stored as given");
        assert_eq!(fraction(row.status, row.value, row.max), bar, "{value} of {max}");
    }
}

#[test]
fn c_061_another_max_rescales_the_bar() {
    let row = row_after(|play| {
        report(play, numbers(Some(50), Some(10)));
        report(play, numbers(None, Some(100)));
    });
    assert_eq!(fraction(Updating, row.value, row.max), Some(0.5));
}

#[test]
fn c_062_stopped_is_a_status_and_is_not_no_status() {
    assert_eq!(Stopped.number(), 0);
    assert_eq!(row_after(|play| report(play, ProgressUpdate::status(Stopped))).status, Stopped);
    assert_eq!(row_after(|play| report(play, ProgressUpdate::POLL)).status, ItemStatus::Pending);
}

#[test]
fn c_063_a_number_that_is_no_status_cannot_be_given() {
    let known: Vec<u32> = ItemStatus::ALL.iter().map(|status| status.number()).collect();
    for number in (0..0x300).chain([u32::MAX]) {
        assert_eq!(ItemStatus::from_number(number).is_some(), known.contains(&number), "{number}");
    }
    assert!("done".parse::<ItemStatus>().is_err());
}

#[test]
fn c_064_items_that_are_not_part_of_the_run_are_refused_until_a_stop() {
    let (refused, door) = (Latch::new(), Latch::new());
    let (tell, wait) = (refused.clone(), door.clone());
    let disk = Scripted::new("disk", &[A, B]).on_synchronize(move |play| {
        let (tell, wait) = (tell.clone(), wait.clone());
        play.elsewhere(move |play| {
            let strangers = [ItemId::from_u128(99), ItemId::NIL, B];
            for item in strangers {
                let update = ProgressUpdate::text("mine");
                assert_eq!(play.callback.progress(&item, &update), Err(Outcome::INVALID_ARGUMENT));
            }
            tell.open();
            wait.wait();
            for item in strangers {
                assert_eq!(play.poll(item), Ok(Verdict::Stop));
            }
            play.synchronized(Outcome::FAIL);
        })
    });
    let mut request = request(&[&disk]);
    request.choose = Arc::new(|_, item| item.id == A);
    let session = engine().start(request);
    refused.wait();
    assert_eq!(session.rows().len(), 1);
    session.stop();
    door.open();
    session.wait();
}

#[test]
fn c_065_fields_beyond_the_contracts_own_are_taken_beside_them() {
    let row = row_after(|play| {
        report(play, numbers(Some(1), Some(2)));
        report(play, ProgressUpdate { bytes: Some(10), bytes_max: Some(20), ..ProgressUpdate::POLL });
    });
    assert_eq!((row.value, row.max, row.bytes, row.bytes_max), (1, 2, 10, 20));
}

#[test]
fn c_066_outside_of_a_run_progress_is_unexpected() {
    let kept: Arc<Mutex<Option<Play>>> = Arc::default();
    let keep = kept.clone();
    let unexpected = Err(Outcome::UNEXPECTED);
    let disk = Scripted::new("disk", &[A])
        .flags(HandlerFlags::HAS_PROPERTIES)
        .on_show_properties(move |play, _| {
            sure(|| assert_eq!(play.poll(A), unexpected, "before the preparation"));
            play.callback.show_properties_completed(Outcome::OK)
        })
        .on_synchronize(move |play| {
            sure(|| {
                assert_eq!(play.poll(A), Ok(Verdict::Go));
                play.synchronized(Outcome::OK);
                assert_eq!(play.poll(A), unexpected, "after the completion");
            });
            *keep.lock().unwrap() = Some(play.clone());
            Outcome::OK
        });
    let session: Session = engine().start(by_hand(&[&disk]));
    next_list(&session);
    session.show_properties(handler_id(0), None).unwrap();
    properties_gone(&session);
    session.begin().unwrap();
    assert_eq!(statuses(&session.wait()), [Succeeded]);
    let play = kept.lock().unwrap().take().expect("it was kept");
    assert_eq!(play.poll(A), unexpected, "after the end");
    assert_eq!(play.status(A, Failed), unexpected);
}

#[test]
fn c_067_a_final_row_takes_a_failure_and_nothing_else() {
    for reported in [Updating, Skipped, Stopped, Deleted, ItemStatus::Pending] {
        let row = row_after(move |play| {
            report(play, ProgressUpdate::status(Succeeded));
            let late = ProgressUpdate { status: Some(reported), ..ProgressUpdate::text("late") };
            report(play, ProgressUpdate { value: Some(9), ..late });
        });
        assert_eq!((row.status, row.text.as_str(), row.value), (Succeeded, "", 0), "{reported}");
    }
    let row = row_after(|play| {
        report(play, ProgressUpdate::status(Succeeded));
        report(play, ProgressUpdate { text: Some("after all"), ..ProgressUpdate::status(Failed) });
    });
    assert_eq!((row.status, row.text.as_str()), (Failed, "after all"));
}

#[test]
fn c_068_eight_threads_at_once_lose_nothing_and_tear_no_text() {
    const N: u128 = 8;
    let items: Vec<ItemId> = (1..=N).map(ItemId::from_u128).collect();
    let disk = Scripted::new("disk", &items).on_synchronize(|play| {
        play.elsewhere(|play| {
            let last = 2_000i64;
            std::thread::scope(|scope| {
                for (&item, letter) in play.items.iter().zip("abcdefgh".chars()) {
                    scope.spawn(move || {
                        let text = String::from(letter).repeat(40);
                        for value in 0..=last {
                            let update = ProgressUpdate { value: Some(value), ..ProgressUpdate::text(&text) };
                            play.callback.progress(&item, &update).unwrap();
                            // All of them on one row, too.
                            play.callback.progress(&play.items[0], &ProgressUpdate::text(&text)).unwrap();
                        }
                    });
                }
            });
            play.status(play.items[1], Failed).unwrap();
            play.synchronized(Outcome::OK);
        })
    });
    let session = start(&[&disk]);
    let mut rows = Vec::new();
    while !rows.iter().any(|row: &RowView| row.status == Failed) {
        rows = session.rows();
        for row in &rows {
            let first = row.text.chars().next();
            assert!(row.text.is_empty() || row.text.len() == 40, "{}", row.text);
            assert!(row.text.chars().all(|letter| Some(letter) == first), "{}", row.text);
        }
    }
    session.wait();
    assert_eq!(rows.iter().map(|row| row.value).collect::<Vec<_>>(), [2_000; N as usize]);
}

#[test]
fn c_069_progress_is_taken_and_shown_where_nobody_may_be_bothered() {
    let (reported, door) = (Latch::new(), Latch::new());
    let (tell, wait) = (reported.clone(), door.clone());
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        whole(play);
        tell.open();
        wait.wait();
        play.synchronized(Outcome::OK)
    });
    let session = engine().start(unattended(&[&disk]));
    reported.wait();
    assert_eq!(session.rows()[0].text, "counting");
    door.open();
    session.wait();
}

#[test]
fn c_070_a_succeeded_row_is_full_whatever_it_counted() {
    let row = row_after(|play| {
        report(play, numbers(Some(99), Some(100)));
        report(play, ProgressUpdate::status(Succeeded));
    });
    assert_eq!((row.value, row.max), (99, 100));
    assert_eq!(fraction(row.status, row.value, row.max), Some(1.0));
}
