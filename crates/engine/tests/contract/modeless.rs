//! Permission for dialogs: C-94 to C-98.

use syncmgr_engine::{SessionEvent, SessionRequest};
use syncmgr_handler::ModelessRequest::{Ask, Done};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::Succeeded;
use syncmgr_testkit::{Latch, Play, Recorded, Scripted};

use crate::desk::*;
use crate::setup::*;

fn ask(play: &Play) -> Outcome {
    play.callback.enable_modeless(Ask)
}

fn done(play: &Play) {
    assert_eq!(play.callback.enable_modeless(Done), Outcome::OK);
}

#[test]
fn c_094_where_the_user_may_be_bothered_a_dialog_is_granted() {
    let disk = Scripted::new("disk", &[A])
        .on_prepare(|play| {
            assert_eq!(ask(play), Outcome::OK);
            done(play);
            play.prepared(Outcome::OK)
        })
        .on_synchronize(|play| {
            assert_eq!(ask(play), Outcome::OK);
            done(play);
            play.synchronized(Outcome::OK)
        });
    assert_eq!(statuses(&run(&[&disk])), [Succeeded]);
}

#[test]
fn c_095_where_he_may_not_a_dialog_is_granted_only_for_an_entry_he_opened() {
    let refused = |play: &Play| assert_eq!(ask(play), Outcome::FALSE);
    let over = Latch::new();
    let tell = over.clone();
    let disk = Scripted::new("disk", &[A])
        .on_prepare(move |play| {
            sure(|| refused(play));
            done(play);
            play.prepared(Outcome::OK)
        })
        .on_synchronize(move |play| {
            sure(|| refused(play));
            play.log_jump("lost", LOST);
            play.synchronized(Outcome::OK)
        })
        .on_show_error(move |play, _| {
            sure(|| {
                assert_eq!(ask(play), Outcome::OK);
                done(play);
                play.callback.show_error_completed(Outcome::OK, &[]);
                // It is not pending any more.
                refused(play);
            });
            tell.open();
            Outcome::OK
        });
    let session = engine().start(SessionRequest { flags: UNATTENDED, ..staying(&[&disk]) });
    session.activate(next_settled(&session).entries[0].number);
    over.wait();
    session.close();
    session.wait();
}

#[test]
fn c_096_while_one_handler_has_a_dialog_others_are_refused_at_once() {
    let (asked, refused, gone) = (Latch::new(), Latch::new(), Latch::new());
    let (tell_asked, wait_refused, tell_gone) = (asked.clone(), refused.clone(), gone.clone());
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        let (asked, refused, gone) = (tell_asked.clone(), wait_refused.clone(), tell_gone.clone());
        play.elsewhere(move |play| {
            assert_eq!(ask(play), Outcome::OK);
            asked.open();
            refused.wait();
            done(play);
            gone.open();
            play.synchronized(Outcome::OK);
        })
    });
    let mail = Scripted::new("mail", &[B]).on_synchronize(move |play| {
        let (asked, refused, gone) = (asked.clone(), refused.clone(), gone.clone());
        play.elsewhere(move |play| {
            asked.wait();
            assert_eq!(ask(play), Outcome::FALSE);
            // What was not granted is not given back for another one.
            done(play);
            assert_eq!(ask(play), Outcome::FALSE);
            refused.open();
            gone.wait();
            assert_eq!(ask(play), Outcome::OK);
            play.synchronized(Outcome::OK);
        })
    });
    assert_eq!(statuses(&run(&[&disk, &mail])), [Succeeded; 2]);
}

/// Two handlers at work. The first does `steps`; then the second asks, and that answer is given.
fn second_asks_after(steps: impl Fn(&Play) + Clone + Send + Sync + 'static) -> Outcome {
    let (tell, told) = std::sync::mpsc::channel();
    let (stepped, asked) = (Latch::new(), Latch::new());
    let (tell_stepped, wait_asked) = (stepped.clone(), asked.clone());
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        let (steps, stepped, asked) = (steps.clone(), tell_stepped.clone(), wait_asked.clone());
        play.elsewhere(move |play| {
            steps(play);
            stepped.open();
            asked.wait();
            play.synchronized(Outcome::OK);
        })
    });
    let mail = Scripted::new("mail", &[B]).on_synchronize(move |play| {
        let (tell, stepped, asked) = (tell.clone(), stepped.clone(), asked.clone());
        play.elsewhere(move |play| {
            stepped.wait();
            tell.send(ask(play)).unwrap();
            asked.open();
            play.synchronized(Outcome::OK);
        })
    });
    run(&[&disk, &mail]);
    told.recv().unwrap()
}

#[test]
fn c_097_grants_nest_and_a_surplus_end_is_harmless() {
    let twice = |play: &Play| {
        assert_eq!(ask(play), Outcome::OK);
        assert_eq!(ask(play), Outcome::OK);
    };
    assert_eq!(
        second_asks_after(move |play| {
            twice(play);
            done(play);
        }),
        Outcome::FALSE
    );
    assert_eq!(
        second_asks_after(move |play| {
            twice(play);
            done(play);
            done(play);
        }),
        Outcome::OK
    );
    assert_eq!(
        second_asks_after(move |play| {
            done(play);
            assert_eq!(ask(play), Outcome::OK);
            done(play);
            done(play);
        }),
        Outcome::OK
    );
}

#[test]
fn c_098_after_a_stop_nothing_is_granted_and_a_grant_ends_with_the_work() {
    let (stopped, disk) = (Latch::new(), Scripted::new("disk", &[A]));
    let wait = stopped.clone();
    let disk = disk.on_synchronize(move |play| {
        let wait = wait.clone();
        play.elsewhere(move |play| {
            wait.wait();
            assert_eq!(ask(play), Outcome::FALSE);
            done(play);
            play.synchronized(Outcome::OK);
        })
    });
    let session = start(&[&disk]);
    disk.record().wait_for(&Recorded::Synchronize);
    session.stop();
    stopped.open();
    session.wait();

    // The first never gives its grant back; when it is through, the second is granted one.
    let (over, (tell, told)) = (Latch::new(), std::sync::mpsc::channel());
    let wait = over.clone();
    let forgetful = Scripted::new("disk", &[A]).on_synchronize(|play| {
        sure(|| assert_eq!(ask(play), Outcome::OK));
        play.synchronized(Outcome::OK)
    });
    let mail = Scripted::new("mail", &[B]).on_synchronize(move |play| {
        let (wait, tell) = (wait.clone(), tell.clone());
        play.elsewhere(move |play| {
            wait.wait();
            tell.send(ask(play)).unwrap();
            play.synchronized(Outcome::OK);
        })
    });
    let session = start(&[&forgetful, &mail]);
    next(&session, |event| match event {
        SessionEvent::RowFinal { item, .. } => (item == A).then_some(()),
        _ => None,
    });
    over.open();
    assert_eq!(told.recv().unwrap(), Outcome::OK);
    assert_eq!(statuses(&session.wait()), [Succeeded, Succeeded]);
}
