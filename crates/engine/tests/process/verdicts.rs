//! Skip, stop, pause, checkpoints, the window, the way out after a stop.

use std::time::Duration;

use syncmgr_engine::Session;
use syncmgr_model::status::ItemStatus::{Skipped, Stopped, Succeeded};

use crate::rig::*;

/// Works on each item in turn, one call after the other, until it is told to end.
const WORKING: &str = "
def sync(params):
    results = []
    for item in params['items']:
        v = 'go'
        while v == 'go':
            write('at', item['id'])
            v = call('progress', item=item['id'])['v']
            append('seen', item['id'] + ' ' + v) if v != 'go' else None
            time.sleep(0.002)
        if v == 'stop': return {'items': results}
        results.append({'id': item['id'], 'outcome': 'cancelled'})
    return {'items': results}
serve(sync=sync)";

fn working(rig: &Rig) -> Session {
    let session = rig.start(vec![rig.python("notes", WORKING)]);
    wait_until(|| rig.noted("at") == "a");
    session
}

#[test]
fn p_055_a_skip_reaches_its_item_and_no_other() {
    let rig = Rig::new();
    let session = working(&rig);
    session.skip(item("a"));
    wait_until(|| rig.noted("at") == "b");
    session.stop();
    let report = session.wait();
    assert_eq!(rig.noted("seen"), "a skip\nb stop\n");
    assert_eq!((status(&report, "a"), status(&report, "b")), (Skipped, Stopped));
}

#[test]
fn p_056_a_stop_reaches_every_item_and_wins_over_a_skip() {
    let rig = Rig::new();
    let script = "def sync(p):\n    write('here', '')\n    until(lambda m: m['method'] == 'verdict' and m['params']['all'] == 'stop')\n    \
                  write('v', ' '.join(call('progress', item=i)['v'] for i in 'abz'))\n    return {'items': []}\nserve(sync=sync)";
    let session = rig.start(vec![rig.python("notes", script)]);
    rig.wait_for("here");
    session.skip(item("a"));
    session.stop();
    let report = session.wait();
    assert_eq!(rig.noted("v"), "stop stop stop");
    assert_eq!((status(&report, "a"), status(&report, "b")), (Skipped, Stopped));
}

#[test]
fn p_071_a_skip_is_told_once_as_the_status_of_its_item() {
    let rig = Rig::new();
    let script = "def sync(p):\n    write('here', '')\n    \
                  until(lambda m: m['method'] == 'item/status' and m['params']['status'] == 'stop')\n    \
                  write('told', json.dumps([m['params'] for m in notes if m['method'] == 'item/status']))\n    return {'items': []}\nserve(sync=sync)";
    let session = rig.start(vec![rig.python("notes", script)]);
    rig.wait_for("here");
    session.skip(item("a"));
    session.skip(item("a"));
    session.stop();
    session.wait();
    let told = r#"[{"item": "a", "status": "skip"}, {"item": null, "status": "stop"}]"#;
    assert_eq!(rig.noted("told"), told);
}

#[test]
fn p_077_after_a_stop_in_preparation_sync_is_not_asked() {
    let rig = Rig::new();
    let script = "def prepare(p):\n    write('here', '')\n    until(lambda m: m['method'] == 'verdict')\n    return {}\n\
                  serve(prepare=prepare, sync=lambda p: write('synced', ''))";
    let session = rig.start(vec![rig.python("notes", script)]);
    rig.wait_for("here");
    session.stop();
    assert_eq!(statuses(&session.wait()), [Stopped, Stopped]);
    assert_eq!(rig.noted("synced"), "");
}

#[test]
fn p_078_who_does_not_stop_within_its_grace_is_ended() {
    let rig = Rig::new();
    let mut spec = rig.spec(
        "notes",
        "serve(sync=lambda p: (call('progress', item='a'), write('here', ''), time.sleep(600)))",
    );
    spec.limits = short();
    let session = rig.start(vec![entry(spec)]);
    rig.wait_for("here");
    session.stop();
    let report = session.wait();
    assert_eq!(statuses(&report), [Stopped, Stopped]);
    find(&report, "`notes` did not stop within 300ms and was ended");
    assert!(rig.left_over().is_empty(), "{:?}", rig.left_over());
}

#[test]
fn d8_05_every_change_is_told_with_all_items_that_are_not_go() {
    let rig = Rig::new();
    let script = "def sync(p):\n    write('here', '')\n    until(lambda m: m['method'] == 'verdict' and m['params']['all'] == 'stop')\n    \
                  write('told', json.dumps([m['params'] for m in notes if m['method'] == 'verdict']))\n    return {'items': []}\nserve(sync=sync)";
    let session = rig.start(vec![rig.python("notes", script)]);
    rig.wait_for("here");
    session.skip(item("b"));
    session.stop();
    session.wait();
    let told: Vec<serde_json::Value> = serde_json::from_str(&rig.noted("told")).unwrap();
    let last = told.last().unwrap();
    assert_eq!(
        (&last["upto"], &last["all"], &last["items"]["b"]),
        (&0.into(), &"stop".into(), &"skip".into())
    );
    assert!(last["items"].get("a").is_none());
    assert!(told.windows(2).all(|pair| pair[0]["gen"].as_u64() < pair[1]["gen"].as_u64()));
}

#[test]
fn d8_06_numbered_progress_is_acknowledged_and_the_rest_is_not() {
    let rig = Rig::new();
    let script = "def sync(p):\n    for n in range(1, 65): tell('progress', seq=n, item='a', done={'items': n})\n    \
                  until(lambda m: m['method'] == 'verdict' and m['params']['upto'] == 64)\n    \
                  tell('progress', item='a'); v = call('progress', item='a')['v']\n    \
                  write('told', v + ' ' + str(max(m['params']['upto'] for m in notes)))\n    return {}\nserve(sync=sync)";
    rig.runs(script);
    assert_eq!(rig.noted("told"), "go 64");
}

#[test]
fn d8_06_who_exceeds_the_window_is_not_punished() {
    let rig = Rig::new();
    let script = "def sync(p):\n    raw(''.join(json.dumps({'jsonrpc': '2.0', 'method': 'progress', 'params': \
                  {'seq': n, 'item': 'a', 'done': {'items': n}}}) + '\\n' for n in range(1, 20001)))\n    \
                  until(lambda m: m['method'] == 'verdict' and m['params']['upto'] == 20000)\n    return {}\nserve(sync=sync)";
    assert_eq!(statuses(&rig.runs(script)), [Succeeded, Succeeded]);
}

#[test]
fn d8_06_who_never_listens_is_ended_without_grace() {
    let rig = Rig::new();
    let script = "def sync(p):\n    while True:\n        tell('progress', item='a')\n        write('here', '')\n        time.sleep(0.01)\nserve(sync=sync)";
    let mut spec = rig.spec("notes", script);
    // The grace is that of the protocol: the test would notice if it were waited for.
    spec.limits.step = Duration::from_millis(300);
    let session = rig.start(vec![entry(spec)]);
    rig.wait_for("here");
    session.stop();
    let report = session.wait();
    assert_eq!(statuses(&report), [Stopped, Stopped]);
    assert!(find(&report, "`notes` ended (killed by signal 15)").text.contains("before it answered `sync`"));
}

#[test]
fn d8_08_a_checkpoint_after_a_stop_is_never_answered_go() {
    let rig = Rig::new();
    // Asks as fast as it can; what was asked after the stop was seen by the test has to be answered stop.
    let script = "def sync(p):\n    while True:\n        stopped = os.path.exists('stopped')\n        v = call('checkpoint', item='a')['v']\n        \
                  write('here', '')\n        if stopped: write('v', v)\n        if v != 'go': return {'items': []}\nserve(sync=sync)";
    for _ in 0..5 {
        let session = rig.start(vec![rig.python("notes", script)]);
        rig.wait_for("here");
        session.stop();
        std::fs::write(rig.file("notes", "stopped"), "").unwrap();
        session.wait();
        assert_ne!(rig.noted("v"), "go");
        for name in ["stopped", "here", "v"] {
            let _ = std::fs::remove_file(rig.file("notes", name));
        }
    }
}

#[test]
fn d8_08_a_checkpoint_is_answered_after_what_came_before_it() {
    let rig = Rig::new();
    let script = "def sync(p):\n    names = [begin('progress', item='a'), begin('checkpoint'), begin('progress', item='b'), begin('checkpoint', item='b')]\n    \
                  got = []\n    while len(got) < 4:\n        m = take()\n        if 'method' not in m: got.append(m['id'])\n    \
                  write('in_order', str(got == names))\n    return {}\nserve(sync=sync)";
    rig.runs(script);
    assert_eq!(rig.noted("in_order"), "True");
}

#[test]
fn d8_09_a_pause_withholds_the_answer_and_a_resume_gives_it() {
    let rig = Rig::new();
    let script = "def sync(p):\n    write('here', '')\n    until(lambda m: m['method'] == 'verdict' and m['params']['all'] == 'pause')\n    \
                  name = begin('progress', item='a')\n    write('asked', '')\n    write('v', wait(name)['v'])\n    \
                  until(lambda m: m['params'].get('status') == 'resume')\n    write('notes', json.dumps(notes))\n    return {}\nserve(initialize={'protocol': 1, 'caps': ['pause']}, sync=sync)";
    let session = rig.start(vec![rig.python("notes", script)]);
    rig.wait_for("here");
    session.pause();
    rig.wait_for("asked");
    // The answer is withheld: nothing is there until the session goes on.
    assert_eq!(rig.noted("v"), "");
    session.resume();
    assert_eq!(statuses(&session.wait()), [Succeeded, Succeeded]);
    assert_eq!(rig.noted("v"), "go");
    for told in
        [r#""all": "pause""#, r#"{"item": null, "status": "pause"}"#, r#"{"item": null, "status": "resume"}"#]
    {
        assert!(rig.noted("notes").contains(told), "{told}: {}", rig.noted("notes"));
    }
}

#[test]
fn d8_09_a_stop_releases_what_a_pause_withholds() {
    let rig = Rig::new();
    let session = working(&rig);
    session.pause();
    session.stop();
    assert_eq!(statuses(&session.wait()), [Stopped, Stopped]);
    assert_eq!(rig.noted("seen"), "a stop\n");
}

#[test]
fn d8_10_prepare_and_sync_of_a_run_have_one_id_and_a_retry_has_another() {
    let rig = Rig::new();
    let script = "serve(prepare=lambda p: (append('runs', p['run'] + ' %d' % p['epoch']), {})[1], \
                  sync=lambda p: (append('runs', p['run'] + ' %d' % p['epoch']), call('log', level='warning', text='x', log_id='e', jump=True), {})[2], \
                  showError={'retry': ['a', 'zzz', 'a']})";
    let session = rig.start_by_hand(vec![rig.python("notes", script)]);
    let settled = next_settled(&session);
    session.activate(settled.entries[0].number);
    next_settled(&session);
    session.close();
    session.wait();
    assert_eq!(rig.noted("runs"), "notes-1 1\nnotes-1 1\nnotes-2 2\nnotes-2 2\n");
}
