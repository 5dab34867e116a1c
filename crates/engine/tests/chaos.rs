//! Real threads, everything at once: whatever handlers and users do, sessions end and keep their books.

mod setup;

use std::thread;

use setup::*;
use syncmgr_engine::{Detail, Session, SessionEvent};
use syncmgr_handler::ModelessRequest;
use syncmgr_model::entry::LogLevel;
use syncmgr_model::fact::{Fact, Side};
use syncmgr_model::id::ItemId;
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;
use syncmgr_testkit::{Play, Scripted};

/// A stream of numbers that is the same for the same seed.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        // Knuth's multiplier; the high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Works on one item until it ends or is told to end; most of what a handler can do happens on the way.
fn work(play: &Play, item: ItemId, dice: &mut Dice) {
    for value in 0..40 {
        let update = ProgressUpdate { text: Some("at it"), ..ProgressUpdate::value(value) };
        match play.callback.progress(&item, &update) {
            Ok(Verdict::Go) => {}
            Ok(Verdict::Skip) => {
                let _ = play.status(item, ItemStatus::Skipped);
                return;
            }
            Ok(_) | Err(_) => return,
        }
        match dice.below(12) {
            0 => drop(play.status(item, ItemStatus::Updating)),
            1 => play
                .fact(item, Fact::Problem { side: Some(Side::Left), path: vec![b'x'], reason: "x".into() }),
            2 => {
                play.log(LogLevel::Information, "at it", item);
            }
            3 => {
                play.callback.delete_log_error(None);
            }
            4 => {
                play.callback.enable_modeless(ModelessRequest::Ask);
            }
            5 => {
                // Mostly out of place, and then harmless.
                play.prepared(Outcome::OK);
            }
            _ => {}
        }
    }
    let status = if dice.below(4) == 0 { ItemStatus::Failed } else { ItemStatus::Succeeded };
    let _ = play.status(item, status);
}

fn handler(number: u128, seed: u64) -> Scripted {
    let items: Vec<_> = (0..3).map(|item| ItemId::from_u128(number * 10 + item + 1)).collect();
    let outcome = |dice: &mut Dice| if dice.below(8) == 0 { Outcome::FAIL } else { Outcome::OK };
    Scripted::new("chaos", &items)
        .on_prepare(move |play| {
            let mut dice = Dice(seed);
            let completed = outcome(&mut dice);
            if dice.below(2) == 0 {
                play.prepared(completed);
                return outcome(&mut dice);
            }
            play.elsewhere(move |play| {
                play.prepared(completed);
            })
        })
        .on_synchronize(move |play| {
            let mut dice = Dice(seed ^ 0xFFFF);
            let returned = outcome(&mut dice);
            play.elsewhere(move |play| {
                thread::scope(|scope| {
                    for &item in &play.items {
                        let mut dice = Dice(dice.below(u64::MAX));
                        scope.spawn(move || work(play, item, &mut dice));
                    }
                });
                play.synchronized(Outcome::OK);
            });
            returned
        })
}

fn meddle(session: &Session, dice: &mut Dice) {
    for _ in 0..30 {
        match dice.below(10) {
            0 => session.pause(),
            1 | 2 => session.resume(),
            3 => session.skip(ItemId::from_u128(u128::from(dice.below(40)))),
            4 if dice.below(8) == 0 => session.stop(),
            5 => session.activate(dice.below(9)),
            6 => drop(session.rows()),
            _ => thread::yield_now(),
        }
    }
    session.resume();
}

#[test]
fn whatever_is_done_sessions_end_and_events_agree_with_the_report() {
    for seed in 0..60 {
        let handlers: Vec<_> = (0..4).map(|number| handler(number.into(), seed * 7 + number)).collect();
        let mut request = request(&handlers.iter().collect::<Vec<_>>());
        request.detail = Detail::Changes;
        if seed % 2 == 0 {
            request.flags.modifiers = syncmgr_model::event::Modifiers::empty();
        }
        let session = engine().start(request);
        let reader = session.clone();
        let reading = thread::spawn(move || reader.events().iter().collect::<Vec<_>>());
        meddle(&session, &mut Dice(seed));
        let report = session.wait();
        let events = reading.join().unwrap();
        assert_eq!(events.last(), Some(&SessionEvent::Finished(report.clone())));
        for row in &report.items {
            assert!(row.status.is_final(), "{seed}: {row:?}");
            let last = events.iter().rev().find_map(|event| match event {
                SessionEvent::RowFinal { item, status } if *item == row.item => Some(*status),
                _ => None,
            });
            assert_eq!(last, Some(row.status), "{seed}: {}", row.item);
            let n_problems = events.iter().filter(|event| {
                matches!(event, SessionEvent::Fact { item, fact: Fact::Problem { .. } } if *item == row.item)
            });
            // After a stop what is counted may no longer find room in the stream; it never is the other way round.
            assert!(n_problems.count() as u64 <= row.problems, "{seed}");
        }
        for row in session.rows() {
            assert_eq!(
                Some(row.status),
                report.items.iter().find(|item| item.item == row.item).map(|item| item.status)
            );
        }
    }
}
