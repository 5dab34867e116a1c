//! What is shown on the desktop, and where a click on it leads: the daemon on a bus of its own, with a notification service that
//! the test plays.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::Value;

use crate::daemon::{Daemon, until};
use crate::home::Home;

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// A bus that nobody else knows; tells its address.
fn start_bus(home: &Home) -> (Running, String) {
    let socket = home.work("bus");
    let config = format!(
        "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\
         <policy context='default'><allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/><allow own='*'/></policy></busconfig>",
        socket.display()
    );
    home.write("bus.conf", &config);
    let mut command = home.program("dbus-daemon");
    command.arg(format!("--config-file={}", home.work("bus.conf").display()));
    command.args(["--nofork", "--print-address"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut bus = Running(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(bus.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("unix:"), "the bus did not start: {line}");
    (bus, format!("unix:path={}", socket.display()))
}

/// Somebody who sits at the desktop.
struct Person {
    _service: Running,
    seen: BufReader<ChildStdout>,
    hand: ChildStdin,
}

impl Person {
    fn sits_down(home: &Home, bus: &str) -> Self {
        home.write("notifications.py", include_str!("notifications.py"));
        // The system's own: the library for the bus is one of its packages.
        let mut command = home.program("/usr/bin/python3");
        command.arg(home.work("notifications.py")).env("DBUS_SESSION_BUS_ADDRESS", bus);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut service = Running(command.spawn().unwrap());
        let (seen, hand) = (service.0.stdout.take().unwrap(), service.0.stdin.take().unwrap());
        let mut person = Self { _service: service, seen: BufReader::new(seen), hand };
        assert_eq!(person.sees()["ready"], true);
        person
    }

    /// What is shown next.
    fn sees(&mut self) -> Value {
        let mut line = String::new();
        self.seen.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn chooses(&mut self, shown: &Value, action: &str) {
        writeln!(self.hand, "{} {action}", shown["id"]).unwrap();
    }
}

/// A browser that only writes down what it is to open.
fn write_browser(home: &Home) -> std::path::PathBuf {
    let opened = home.work("opened");
    let script = format!("#!/bin/sh\nprintf '%s' \"$1\" > {0}.new && mv {0}.new {0}\n", opened.display());
    home.write("bin/xdg-open", &script);
    let program = home.work("bin/xdg-open");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    opened
}

#[test]
fn a_click_on_a_notification_opens_the_page_where_one_sees_what_it_is_about() {
    let home = Home::with_folders(&[("a", "left")], &[("a", "right")]);
    let (left, right) = (home.work("left"), home.work("right"));
    home.configure(&format!(
        "[[folder]]\nname = \"photos\"\nleft = \"{}\"\nright = \"{}\"\non = [\"logon\"]\n",
        left.display(),
        right.display()
    ));
    let opened = write_browser(&home);
    let (_bus, address) = start_bus(&home);
    let mut person = Person::sits_down(&home, &address);
    let path = std::env::var("PATH").unwrap();
    let _daemon = Daemon::start_with(&home, |command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", &address).env("DISPLAY", ":0");
        command.env("PATH", format!("{}:{path}", home.work("bin").display()));
    });
    // It runs by itself at logon, and nobody looks on.
    let shown = person.sees();
    assert!(shown["summary"].as_str().unwrap().starts_with("photos: "), "{shown}");
    let actions = shown["actions"].as_array().unwrap();
    assert!(actions.contains(&Value::from("open")), "{shown}");
    // The daemon begins to listen a moment after it has shown something.
    until("the browser is opened", || {
        person.chooses(&shown, "open");
        opened.exists()
    });
    let url = fs::read_to_string(&opened).unwrap();
    let (link, place) = url.split_once('#').unwrap();
    let item = home.run(&["items", "--json"]).exit(0).of_type("item")[0]["item"].clone();
    assert_eq!(place, format!("/conflicts/{}", item.as_str().unwrap()));
    // The link lets exactly this browser in.
    let answer = crate::web::get(link, "");
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let cookie = crate::web::header(&answer, "set-cookie").split(';').next().unwrap().to_owned();
    let page = crate::web::get(crate::web::front(link), &cookie);
    assert!(page.contains("/assets/app.js"), "{page}");
}
