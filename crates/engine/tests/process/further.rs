//! More statements of the contract over lines: listings, completions, dialogs and connections that overlap.

use std::sync::{Arc, Mutex};

use syncmgr_engine::{ConnectError, Connector, Engine, Established, Services, SystemClock};
use syncmgr_model::status::ItemStatus::{Failed, Stopped, Succeeded};

use crate::rig::*;

#[test]
fn p_013_what_came_before_a_failing_listing_is_not_taken_for_the_whole() {
    let rig = Rig::new();
    let script =
        "serve(enumerate=lambda p: (tell('items', items=[{'id': 'a'}]), Exception(-1, 'no network'))[1])";
    let listing = rig.list(rig.python("notes", script));
    assert!(!listing.complete && listing.problem.is_some());
}

#[test]
fn p_043_a_second_answer_to_prepare_ends_the_handler() {
    let rig = Rig::new();
    let script = "def prepare(p):\n    for _ in range(2): send({'id': 3, 'result': {}})\n    time.sleep(600)\nserve(prepare=prepare)";
    assert_eq!(statuses(&rig.runs(script)), [Failed, Failed]);
}

#[test]
fn p_047_a_session_ends_when_every_handler_has_answered() {
    let rig = Rig::new();
    let slow = "serve(sync=lambda p: (write('here', ''), until(lambda m: m['method'] == 'verdict'), {'items': []})[2])";
    let session = rig.start(vec![rig.good("quick"), rig.python("notes", slow)]);
    rig.wait_for("here");
    wait_until(|| session.rows().iter().filter(|row| row.status == Succeeded).count() == 2);
    session.stop();
    assert_eq!(statuses(&session.wait()), [Succeeded, Succeeded, Stopped, Stopped]);
}

#[test]
fn p_051_a_second_answer_to_sync_does_not_change_what_was_reported() {
    let rig = Rig::new();
    let script = "serve(sync=lambda p: (send({'id': 4, 'result': {}}), send({'id': 4, 'error': {'code': 1, 'message': 'x'}}), None)[2])";
    assert_eq!(statuses(&rig.runs(script)), [Succeeded, Succeeded]);
}

#[test]
fn p_058_a_call_that_gives_nothing_is_answered() {
    let rig = Rig::new();
    let script = "serve(sync=lambda p: (write('v', ' '.join(call('progress', item='a')['v'] for _ in range(3))), {})[1])";
    rig.runs(script);
    assert_eq!(rig.noted("v"), "go go go");
}

#[test]
fn p_060_no_number_is_an_error() {
    let rig = Rig::new();
    let script = "def sync(p):\n    write('v', ' '.join(call('progress', item='a', done={'items': d}, total={'items': t})['v'] \
                  for d in (-1, 0, 5, 10**30) for t in (-1, 0, 3, 0.5)))\n    return {}\nserve(sync=sync)";
    assert_eq!(status(&rig.runs(script), "a"), Succeeded);
    assert_eq!(rig.noted("v"), ["go"; 16].join(" "));
}

#[test]
fn p_068_calls_from_many_lines_lose_nothing() {
    let rig = Rig::new();
    let script = "def sync(p):\n    names = [begin('progress', item='a', done={'items': n}, text=str(n) * 50) for n in range(2000)]\n    \
                  [wait(n) for n in names]\n    write('here', '')\n    while not os.path.exists('go'): time.sleep(0.005)\n    return {}\nserve(sync=sync)";
    let session = rig.start(vec![rig.python("notes", script)]);
    rig.wait_for("here");
    let row = session.rows().into_iter().find(|row| row.item == item("a")).unwrap();
    assert_eq!((row.value, row.text), (1999, "1999".repeat(50)));
    std::fs::write(rig.file("notes", "go"), "").unwrap();
    session.wait();
}

#[test]
fn p_080_an_entry_needs_only_level_and_text() {
    let rig = Rig::new();
    let report = rig.runs("serve(sync=lambda p: (call('log', level='information', text='x'), {})[1])");
    assert_eq!((texts(&report), report.entries[0].item), (vec!["x"], None));
}

#[test]
fn p_115_a_listing_asks_for_items_and_nothing_else() {
    let rig = Rig::new();
    let script =
        "real = take\ndef take():\n    m = real()\n    append('log', m['method'])\n    return m\nserve()";
    rig.list(rig.python("notes", script));
    assert_eq!(rig.noted("log"), "initialize\nenumerate\nshutdown\nexit\n");
}

#[test]
fn p_129_each_preparation_is_followed_by_one_sync() {
    let rig = Rig::new();
    rig.runs("serve(prepare=lambda p: (append('log', 'prepare'), {})[1], sync=lambda p: (append('log', 'sync'), {})[1])");
    assert_eq!(rig.noted("log"), "prepare\nsync\n");
}

/// Writes down what happens; `slow` is up only once everything was stopped.
#[derive(Default)]
struct Connections {
    log: Mutex<Vec<String>>,
    stopped: (Mutex<bool>, std::sync::Condvar),
}

impl Connector for Connections {
    fn open(&self, name: Option<&str>) -> Result<Established, ConnectError> {
        let name = name.unwrap_or("default");
        self.log.lock().unwrap().push(format!("open {name}"));
        if name == "slow" {
            let stopped = self.stopped.0.lock().unwrap();
            drop(self.stopped.1.wait_while(stopped, |stopped| !*stopped).unwrap());
        }
        if name == "up" { Ok(Established::AlreadyUp) } else { Ok(Established::Opened) }
    }

    fn close(&self, name: Option<&str>) {
        self.log.lock().unwrap().push(format!("close {}", name.unwrap_or("default")));
    }
}

fn connected(script: &str) -> (Rig, Arc<Connections>, String) {
    let mut rig = Rig::new();
    let connections = Arc::new(Connections::default());
    rig.engine = Engine::new(Services { clock: Arc::new(SystemClock), connector: connections.clone() });
    (rig, connections, script.to_owned())
}

#[test]
fn p_099_without_a_name_the_default_connection_is_asked_for() {
    let (rig, connections, script) = connected("serve(sync=lambda p: (call('connect'), {})[1])");
    rig.runs(&script);
    assert_eq!(*connections.log.lock().unwrap(), ["open default", "close default"]);
}

#[test]
fn p_100_a_second_connection_leaves_the_first_one_up() {
    let (rig, connections, script) =
        connected("serve(sync=lambda p: (call('connect', name='one'), call('connect', name='two'), {})[2])");
    rig.runs(&script);
    assert_eq!(connections.log.lock().unwrap()[..2], ["open one", "open two"]);
}

#[test]
fn p_101_connections_are_closed_after_the_last_handler() {
    let (rig, connections, script) = connected("serve(sync=lambda p: (call('connect', name='one'), {})[1])");
    let slow = "serve(sync=lambda p: (until(lambda m: m['method'] == 'verdict'), {'items': []})[1])";
    let session = rig.start(vec![rig.python("notes", &script), rig.python("slow", slow)]);
    wait_until(|| session.rows().iter().filter(|row| row.status == Succeeded).count() == 2);
    assert_eq!(*connections.log.lock().unwrap(), ["open one"]);
    session.stop();
    session.wait();
    assert_eq!(connections.log.lock().unwrap().last().map(String::as_str), Some("close one"));
}

#[test]
fn p_102_a_connection_that_was_up_is_not_closed() {
    let (rig, connections, script) = connected("serve(sync=lambda p: (call('connect', name='up'), {})[1])");
    rig.runs(&script);
    assert_eq!(*connections.log.lock().unwrap(), ["open up"]);
}

#[test]
fn p_127_a_connection_keeps_only_its_request_waiting_and_ends_with_a_stop() {
    let (rig, connections, script) = connected(
        "def sync(p):\n    name = begin('connect', name='slow')\n    write('v', call('progress', item='a')['v'])\n    \
         write('answer', json.dumps(wait(name)))\n    return {'items': []}\nserve(sync=sync)",
    );
    let session = rig.start(vec![rig.python("notes", &script)]);
    assert_eq!(rig.wait_for("v"), "go");
    session.stop();
    let report = session.wait();
    *connections.stopped.0.lock().unwrap() = true;
    connections.stopped.1.notify_all();
    assert_eq!(statuses(&report), [Stopped, Stopped]);
    assert!(rig.noted("answer").contains("\"connected\": false"), "{}", rig.noted("answer"));
}
