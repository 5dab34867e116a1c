//! A desktop on a bus of its own, with a notification service that we are.
//!
//! The library finds its bus by the environment of its process, so each test starts itself again in a process that has
//! the address of a bus nobody else knows.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use syncmgr_child::{Child, Program};
use syncmgr_hooks::{
    Answer, Desktop, DesktopAction, DesktopServices, DesktopSettings, DesktopTold, Filter, Occasion,
};
use zbus::OwnedVariant;

use crate::{LONG, notice};

const ADDRESS: &str = "DBUS_SESSION_BUS_ADDRESS";
/// Set in the process started again.
const ROLE: &str = "SYNCMGR_TEST_DESKTOP";

/// Does the work in a process whose bus is a new one. `test` is the path of the test that calls.
#[track_caller]
fn on_a_bus(test: &str, work: impl FnOnce()) {
    let dir = tempfile::tempdir().unwrap();
    let bus = dir.path().join("bus");
    on(test, &bus, || Some(start_bus(dir.path(), &bus)), work);
}

/// Does the work in a process whose bus does not exist.
#[track_caller]
fn without_a_bus(test: &str, work: impl FnOnce()) {
    let dir = tempfile::tempdir().unwrap();
    on(test, &dir.path().join("bus"), || None, work);
}

#[track_caller]
fn on(test: &str, bus: &Path, start: impl FnOnce() -> Option<Child>, work: impl FnOnce()) {
    if std::env::vars_os().any(|(name, _)| name == ROLE) {
        return work();
    }
    let _bus = start();
    let this = std::env::current_exe().unwrap().into_os_string();
    let arguments = ["--exact", test, "--nocapture", "--test-threads=1"].map(OsString::from);
    let mut address = OsString::from("unix:path=");
    address.push(bus);
    let mut child = Child::spawn(&Program {
        argv: [this].into_iter().chain(arguments).collect(),
        env: vec![(ADDRESS.into(), address), (ROLE.into(), "1".into())],
        directory: "/".into(),
        mark: String::new(),
    })
    .unwrap();
    let err = std::fs::File::from(child.take_stderr().unwrap());
    let complained = std::thread::spawn(move || std::io::read_to_string(err).unwrap());
    let told = std::io::read_to_string(std::fs::File::from(child.take_stdout().unwrap())).unwrap();
    let status = child.wait().unwrap();
    // A wrong name would run nothing and succeed.
    assert!(status.success() && told.contains("1 passed"), "{told}\n{}", complained.join().unwrap());
}

fn start_bus(dir: &Path, bus: &Path) -> Child {
    let config = dir.join("bus.conf");
    let text = format!(
        "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\
         <policy context='default'><allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/><allow own='*'/></policy></busconfig>",
        bus.display()
    );
    std::fs::write(&config, text).unwrap();
    let mut file = OsString::from("--config-file=");
    file.push(&config);
    let mut child = Child::spawn(&Program {
        argv: vec!["dbus-daemon".into(), file, "--nofork".into(), "--print-address".into()],
        env: vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
        directory: "/".into(),
        mark: String::new(),
    })
    .unwrap();
    let mut line = String::new();
    BufReader::new(std::fs::File::from(child.take_stdout().unwrap())).read_line(&mut line).unwrap();
    assert!(line.starts_with("unix:"), "the bus did not start: {line}");
    child
}

/// A notification as the service was asked to show it.
#[derive(Debug)]
struct Shown {
    id: u32,
    program: String,
    summary: String,
    body: String,
    actions: Vec<String>,
    is_urgent: bool,
}

/// A notification service.
struct Service {
    shown: Sender<Shown>,
    last: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Service {
    #[expect(clippy::too_many_arguments, reason = "so it is in the specification of the desktop")]
    fn notify(
        &mut self,
        program: String,
        _replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedVariant>,
        _timeout: i32,
    ) -> u32 {
        self.last += 1;
        let is_urgent = hints.get("urgency").is_some_and(|urgency| matches!(u8::try_from(&**urgency), Ok(2)));
        self.shown.send(Shown { id: self.last, program, summary, body, actions, is_urgent }).unwrap();
        self.last
    }
}

/// A running service.
struct Running {
    bus: zbus::Connection,
    shown: Receiver<Shown>,
}

impl Running {
    fn start() -> Self {
        let (sender, shown) = crossbeam_channel::unbounded();
        let bus = zbus::block_on(async {
            zbus::connection::Builder::session()
                .serve_at("/org/freedesktop/Notifications", Service { shown: sender, last: 0 })
                .name("org.freedesktop.Notifications")
                .build()
                .await
        })
        .unwrap();
        Self { bus, shown }
    }

    fn shown(&self) -> Shown {
        self.shown.recv_timeout(LONG).unwrap()
    }

    /// Says that somebody chose something.
    fn signal<T: serde::Serialize + zbus::DynamicType>(&self, name: &str, body: &T) {
        let (path, interface) = ("/org/freedesktop/Notifications", "org.freedesktop.Notifications");
        zbus::block_on(self.bus.emit_signal(None::<&str>, path, interface, name, body)).unwrap();
    }

    /// Chooses `action` until it is heard: the library begins to listen a moment after it has shown something.
    fn choose(&self, id: u32, action: &str, heard: &Receiver<Answer>) -> Answer {
        loop {
            self.signal("ActionInvoked", &(id, action));
            if let Ok(answer) = heard.recv_timeout(Duration::from_millis(50)) {
                return answer;
            }
        }
    }
}

/// A desktop, what was answered on it, and what the log heard.
fn desktop() -> (Desktop, Receiver<Answer>, Receiver<DesktopTold>) {
    let (answered, answers) = crossbeam_channel::unbounded();
    let (tell, told) = crossbeam_channel::unbounded();
    let settings = DesktopSettings {
        filter: Filter::of([Occasion::OnError, Occasion::OnHalt]),
        program: "syncmgr".to_owned(),
    };
    let services = DesktopServices {
        answered: Arc::new(move |answer| answered.send(answer).unwrap()),
        tell: Arc::new(move |it| tell.send(it.clone()).unwrap()),
    };
    (Desktop::start(settings, services).unwrap(), answers, told)
}

#[test]
fn a_notice_is_shown_and_what_somebody_chooses_comes_back_with_it() {
    on_a_bus("desktop::a_notice_is_shown_and_what_somebody_chooses_comes_back_with_it", || {
        let service = Running::start();
        let (desktop, answers, told) = desktop();
        let error = notice(Occasion::OnError, "the disk <left> is gone");
        desktop.show(error.clone());
        let shown = service.shown();
        assert_eq!((shown.program.as_str(), shown.is_urgent), ("syncmgr", false));
        assert_eq!(shown.summary, "photos: could not be synchronized");
        assert_eq!(shown.body, "the disk &lt;left&gt; is gone");
        assert_eq!(shown.actions, ["default", "Open", "open", "Open", "retry", "Retry", "skip", "Skip"]);
        let answer = service.choose(shown.id, "retry", &answers);
        assert_eq!(answer, Answer { action: DesktopAction::Retry, notice: error });

        let halt = notice(Occasion::OnHalt, "too many deletions");
        desktop.show(halt.clone());
        let shown = service.shown();
        assert!(shown.is_urgent);
        let answer = service.choose(shown.id, "default", &answers);
        assert_eq!(answer, Answer { action: DesktopAction::Open, notice: halt });
        desktop.stop(LONG);
        assert_eq!(told.try_iter().collect::<Vec<_>>(), []);
    });
}

#[test]
fn the_same_is_shown_once_and_what_is_not_wanted_is_not_shown() {
    on_a_bus("desktop::the_same_is_shown_once_and_what_is_not_wanted_is_not_shown", || {
        let service = Running::start();
        let (desktop, _answers, _told) = desktop();
        for text in ["one", "one", "two", "one"] {
            desktop.show(notice(Occasion::OnError, text));
            desktop.show(notice(Occasion::AfterSession, text));
        }
        desktop.show(notice(Occasion::OnError, "last"));
        let mut bodies: Vec<_> = (0..3).map(|_| service.shown().body).collect();
        // They are on their way at once, each on a connection of its own.
        bodies.sort();
        assert_eq!(bodies, ["last", "one", "two"]);
    });
}

#[test]
fn a_notification_that_is_closed_is_no_answer_and_nobody_is_confused_by_those_of_others() {
    on_a_bus(
        "desktop::a_notification_that_is_closed_is_no_answer_and_nobody_is_confused_by_those_of_others",
        || {
            let service = Running::start();
            let (desktop, answers, _told) = desktop();
            desktop.show(notice(Occasion::OnError, "one"));
            let one = service.shown();
            service.signal("NotificationClosed", &(one.id, 2_u32));
            service.signal("ActionInvoked", &(one.id + 100, "retry"));
            desktop.show(notice(Occasion::OnError, "two"));
            let two = service.shown();
            service.signal("ActionInvoked", &(two.id, "somersault"));
            let three = notice(Occasion::OnError, "three");
            desktop.show(three.clone());
            let answer = service.choose(service.shown().id, "skip", &answers);
            assert_eq!(answer, Answer { action: DesktopAction::Skip, notice: three });
        },
    );
}

#[test]
fn nobody_is_asked_about_too_many_at_once() {
    on_a_bus("desktop::nobody_is_asked_about_too_many_at_once", || {
        let service = Running::start();
        let (desktop, answers, _told) = desktop();
        let texts: Vec<_> = (0..20).map(|number| number.to_string()).collect();
        let mut ids = HashMap::new();
        for text in &texts {
            desktop.show(notice(Occasion::OnError, text));
            let shown = service.shown();
            ids.insert(shown.body, shown.id);
        }
        let answer = service.choose(ids["19"], "open", &answers);
        assert_eq!(answer.notice.text, "19");
        service.signal("ActionInvoked", &(ids["0"], "open"));
        let answer = service.choose(ids["10"], "open", &answers);
        assert_eq!(answer.notice.text, "10", "the first ones are not listened to any more");
    });
}

#[test]
fn without_a_service_there_is_silence_and_one_line_until_there_is_one() {
    on_a_bus("desktop::without_a_service_there_is_silence_and_one_line_until_there_is_one", || {
        let (desktop, _answers, told) = desktop();
        desktop.show(notice(Occasion::OnError, "one"));
        let absent = told.recv_timeout(LONG).unwrap();
        assert!(matches!(absent, DesktopTold::Absent { .. }), "{absent:?}");
        let service = Running::start();
        desktop.show(notice(Occasion::OnError, "two"));
        assert_eq!(service.shown().body, "two");
    });
}

#[test]
fn without_a_bus_there_is_silence_and_one_line() {
    without_a_bus("desktop::without_a_bus_there_is_silence_and_one_line", || {
        let (desktop, _answers, told) = desktop();
        for text in ["one", "two", "three"] {
            desktop.show(notice(Occasion::OnError, text));
        }
        let absent = told.recv_timeout(LONG).unwrap();
        assert!(matches!(absent, DesktopTold::Absent { .. }), "{absent:?}");
        desktop.stop(LONG);
        assert_eq!(told.try_iter().collect::<Vec<_>>(), []);
    });
}

#[test]
fn a_bus_that_goes_away_ends_nothing_but_what_is_on_the_screen() {
    // The bus is started and ended by the process that shows, so that it can go away in between.
    without_a_bus("desktop::a_bus_that_goes_away_ends_nothing_but_what_is_on_the_screen", || {
        let address = std::env::vars().find(|(name, _)| name == ADDRESS).unwrap().1;
        let bus = Path::new(address.strip_prefix("unix:path=").unwrap());
        let daemon = start_bus(bus.parent().unwrap(), bus);
        let service = Running::start();
        let (desktop, _answers, told) = desktop();
        desktop.show(notice(Occasion::OnError, "one"));
        let _ = service.shown();
        drop(daemon);
        drop(service);
        desktop.show(notice(Occasion::OnError, "two"));
        assert!(matches!(told.recv_timeout(LONG).unwrap(), DesktopTold::Absent { .. }));

        std::fs::remove_file(bus).unwrap_or_default();
        let _daemon = start_bus(bus.parent().unwrap(), bus);
        let service = Running::start();
        desktop.show(notice(Occasion::OnError, "three"));
        assert_eq!(service.shown().body, "three");
    });
}
