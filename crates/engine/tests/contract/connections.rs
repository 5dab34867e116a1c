//! Connections: C-99 to C-103, and C-127.

use std::sync::{Arc, Mutex, mpsc};

use syncmgr_engine::{ConnectError, Connector, Engine, Established, Services, SessionReport};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::status::ItemStatus::{Stopped, Succeeded};
use syncmgr_model::time::Timestamp;
use syncmgr_testkit::{Latch, Play, Recorded, Scripted};

use crate::setup::*;

/// Opens `office` and `home`; the default connection is up; `moon` cannot be had, `far` never comes, others are unknown.
#[derive(Default)]
struct Switchboard {
    log: Mutex<Vec<String>>,
    far: Latch,
}

impl Switchboard {
    fn note(&self, what: &str, name: Option<&str>) {
        self.log.lock().unwrap().push(format!("{what} {}", name.unwrap_or("default")));
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    fn n_closed(&self) -> usize {
        self.log().iter().filter(|line| line.starts_with("close")).count()
    }

    fn engine(self: &Arc<Self>) -> Engine {
        let clock = || Timestamp::from_millis(1);
        Engine::new(Services { clock: Arc::new(clock), connector: self.clone() })
    }
}

impl Connector for Switchboard {
    fn open(&self, name: Option<&str>) -> Result<Established, ConnectError> {
        self.note("open", name);
        match name {
            None => Ok(Established::AlreadyUp),
            Some("office" | "home") => Ok(Established::Opened),
            Some("far") => {
                self.far.wait();
                Err(ConnectError::CannotConnect)
            }
            Some("moon") => Err(ConnectError::CannotConnect),
            Some(_) => Err(ConnectError::UnknownName),
        }
    }

    fn close(&self, name: Option<&str>) {
        self.note("close", name);
    }
}

/// A session of one handler that does these steps at work.
fn session(switchboard: &Arc<Switchboard>, steps: impl Fn(&Play) + Send + Sync + 'static) -> SessionReport {
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        steps(play);
        play.synchronized(Outcome::OK)
    });
    let report = switchboard.engine().start(request(&[&disk])).wait();
    assert_eq!(texts(&report), [""; 0], "the steps went as expected");
    report
}

fn connect(play: &Play, name: &str) -> Outcome {
    play.callback.establish_connection(Some(name))
}

#[test]
fn c_099_without_a_name_the_default_connection_is_asked_for() {
    let switchboard = Arc::default();
    session(&switchboard, |play| assert_eq!(play.callback.establish_connection(None), Outcome::OK));
    assert_eq!(switchboard.log(), ["open default"]);
}

#[test]
fn c_100_a_second_connection_leaves_the_first_one_up() {
    let switchboard = Arc::<Switchboard>::default();
    let watched = switchboard.clone();
    session(&switchboard, move |play| {
        assert_eq!(connect(play, "office"), Outcome::OK);
        assert_eq!(connect(play, "home"), Outcome::OK);
        assert_eq!(watched.n_closed(), 0);
        // Still up, so nothing has to be opened again.
        assert_eq!(connect(play, "office"), Outcome::OK);
    });
    assert_eq!(switchboard.log()[..2], ["open office", "open home"]);
    assert_eq!(switchboard.log().len(), 4);
}

#[test]
fn c_101_connections_are_closed_after_the_last_handler_and_not_before() {
    let switchboard = Arc::<Switchboard>::default();
    let (door, watched) = (Latch::new(), switchboard.clone());
    let wait = door.clone();
    let disk = Scripted::new("disk", &[A]).on_synchronize(|play| {
        assert_eq!(connect(play, "office"), Outcome::OK);
        play.end_all(Succeeded);
        play.synchronized(Outcome::OK)
    });
    let mail = Scripted::new("mail", &[B]).on_synchronize(move |play| {
        let (wait, watched) = (wait.clone(), watched.clone());
        play.elsewhere(move |play| {
            wait.wait();
            assert_eq!(watched.n_closed(), 0);
            assert_eq!(connect(play, "home"), Outcome::OK);
            play.synchronized(Outcome::OK);
        })
    });
    let session = switchboard.engine().start(request(&[&disk, &mail]));
    wait_for_status(&session, A, Succeeded);
    mail.record().wait_for(&Recorded::Synchronize);
    door.open();
    session.wait();
    let mut closed = switchboard.log().split_off(2);
    closed.sort();
    assert_eq!(closed, ["close home", "close office"]);
}

#[test]
fn c_102_a_connection_that_was_up_before_is_not_closed() {
    let switchboard = Arc::default();
    session(&switchboard, |play| {
        assert_eq!(play.callback.establish_connection(None), Outcome::OK);
        assert_eq!(connect(play, "office"), Outcome::OK);
    });
    assert_eq!(switchboard.log(), ["open default", "open office", "close office"]);
}

#[test]
fn c_103_a_connection_that_cannot_be_had_fails_and_one_that_has_no_such_name_is_an_argument_error() {
    let switchboard = Arc::default();
    session(&switchboard, |play| {
        assert_eq!(connect(play, "moon"), Outcome::FAIL);
        assert_eq!(connect(play, "nowhere"), Outcome::INVALID_ARGUMENT);
        assert_eq!(connect(play, ""), Outcome::INVALID_ARGUMENT);
    });
    assert_eq!(switchboard.log(), ["open moon", "open nowhere"]);
}

#[test]
fn c_127_a_connection_keeps_only_the_caller_waiting_and_a_stop_ends_that() {
    let switchboard = Arc::<Switchboard>::default();
    let (tell, told) = mpsc::channel();
    let disk = Scripted::new("disk", &[A]).on_synchronize(move |play| {
        let tell = tell.clone();
        play.elsewhere(move |play| {
            tell.send(connect(play, "far")).unwrap();
            play.synchronized(Outcome::FAIL);
        })
    });
    let session = switchboard.engine().start(request(&[&disk]));
    while switchboard.log().is_empty() {
        std::thread::yield_now();
    }
    // The caller waits; the session does not.
    assert!(told.try_recv().is_err());
    assert_eq!(session.rows().len(), 1);
    session.stop();
    assert_eq!(told.recv().unwrap(), Outcome::FAIL);
    assert_eq!(statuses(&session.wait()), [Stopped]);
    switchboard.far.open();
}
