//! The life of a process: what it is started with, whether it is, how it ends, and what stays of it.

use std::time::Duration;

use syncmgr_engine::process::{Fingerprint, Manifest, Trust};
use syncmgr_model::id::ItemId;
use syncmgr_model::status::ItemStatus::{Failed, Succeeded};

use crate::rig::*;

#[test]
fn d8_12_a_reply_to_nobody_ends_the_handler_and_results_that_are_complete_stand() {
    let rig = Rig::new();
    let report = rig.runs(
        "serve(sync=lambda p: (call('progress', item='a', status='succeeded'), send({'id': 'x', 'result': {}}), time.sleep(600))[2])",
    );
    assert_eq!((status(&report, "a"), status(&report, "b")), (Succeeded, Failed));
    find(&report, r#"`notes` sent a reply with id "x", but the open request is 4 (sync)"#);
}

#[test]
fn d8_13_an_unknown_method_is_refused_and_prepare_need_not_be_known() {
    let rig = Rig::new();
    let report = rig.runs(
        "def sync(p):\n    write('code', str(call('dance')['code']))\n    return {}\nserve(sync=sync, prepare=Exception(-32601, 'no'), shutdown=Exception(-32601, 'no'))",
    );
    assert_eq!(rig.noted("code"), "-32601");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
}

#[test]
fn d8_17_one_process_serves_a_session_from_initialize_to_exit() {
    let rig = Rig::new();
    let script = "append('pids', str(os.getpid()))\ndef told(name, answer): return lambda p: (append('log', name), answer)[1]\n\
                  serve(initialize=told('initialize', {'protocol': 1}), enumerate=told('enumerate', {'items': [{'id': 'a'}]}), \
                  prepare=told('prepare', {}), sync=told('sync', {}), shutdown=told('shutdown', {}))";
    rig.runs(script);
    assert_eq!(rig.noted("log"), "initialize\nenumerate\nprepare\nsync\nshutdown\n");
    assert_eq!(rig.noted("pids").lines().count(), 1);
}

#[test]
fn d8_17_a_listing_runs_beside_a_session_and_a_second_session_is_refused() {
    let rig = Rig::new();
    let script = "serve(initialize=lambda p: (append('only', str(p['settings_only'])), {'protocol': 1})[1], \
                  sync=lambda p: (write('here', ''), until(lambda m: m['method'] == 'verdict'), {'items': []})[2])";
    let session = rig.start(vec![rig.python("notes", script)]);
    rig.wait_for("here");
    let listing = rig.list(rig.python("notes", script));
    assert_eq!((listing.items.len(), listing.problem), (2, None));
    assert_eq!(rig.noted("only"), "False\nTrue\n");
    let refused = rig.runs(script);
    assert_eq!(
        texts(&refused),
        ["`notes` refused to start: another session is using it; wait until that is over"]
    );
    session.stop();
    session.wait();
}

#[test]
fn d8_18_initialize_brings_the_configuration_and_all_that_holds() {
    let rig = Rig::new();
    let mut spec =
        rig.spec("notes", "serve(initialize=lambda p: (write('p', json.dumps(p)), {'protocol': 1})[1])");
    spec.config.insert("folder".into(), "/srv".into());
    spec.locale = "de_DE".into();
    rig.run(vec![entry(spec)]);
    let params: serde_json::Value = serde_json::from_str(&rig.noted("p")).unwrap();
    assert_eq!(params["config"]["folder"], "/srv");
    assert_eq!(params["locale"], "de_DE");
    assert_eq!(params["protocol"], serde_json::json!({ "min": 1, "max": 1 }));
    assert_eq!(params["window"], serde_json::json!({ "messages": 64, "bytes": 262144 }));
    assert_eq!((&params["may_bother_user"], &params["dry_run"]), (&true.into(), &false.into()));
}

#[test]
fn d8_18_without_a_common_version_the_message_tells_whom_to_update() {
    let rig = Rig::new();
    let script = "m = take()\nsend({'id': m['id'], 'error': {'code': -32002, 'message': 'old', 'data': {'min': 2, 'max': 2}}})\ntake()";
    let report = rig.runs(script);
    assert_eq!(
        texts(&report),
        ["`notes` refused to start: it speaks protocol versions 2 to 2 and this is 1: update `syncmgr`"]
    );
}

#[test]
fn d8_19_what_belongs_into_a_run_is_refused_outside() {
    let rig = Rig::new();
    rig.runs(
        "def listing(p):\n    write('codes', ' '.join(str(call(m, **a)['code']) for m, a in (('checkpoint', {}), \
         ('state', {'item': 'a', 'state': 's'}), ('ask', {'text': '?'}), ('connect', {}))))\n    return {'items': [{'id': 'a'}]}\nserve(enumerate=listing)",
    );
    assert_eq!(rig.noted("codes"), "-32003 -32003 -32003 -32003");
}

#[test]
fn d8_20_who_does_not_answer_in_time_is_ended_and_nothing_is_left() {
    let rig = Rig::new();
    let mut spec = rig.spec("notes", "print('Loading')\nsys.stdout.flush()\ntime.sleep(600)");
    spec.limits = short();
    spec.limits.initialize = Duration::from_millis(700);
    let report = rig.run(vec![entry(spec)]);
    assert!(
        texts(&report)[0].starts_with("`notes` refused to start: did not answer `initialize` within 700ms")
    );
    assert!(rig.left_over().is_empty());
}

#[test]
fn d8_20_an_idle_silence_is_shown_and_ended() {
    let rig = Rig::new();
    let mut spec =
        rig.spec("notes", "serve(sync=lambda p: (call('progress', item='a', text='x'), time.sleep(600)))");
    spec.limits = short();
    spec.limits.stall_after = Duration::from_millis(400);
    let report = rig.run(vec![entry(spec)]);
    assert_eq!(statuses(&report), [Failed, Failed]);
    find(&report, "`notes` is stalled: it has said nothing for 400ms");
    find(&report, "said nothing for 400ms and its processes did nothing, and was ended");
}

#[test]
fn d8_20_a_busy_silence_has_four_times_the_patience() {
    let rig = Rig::new();
    let mut spec = rig.spec("notes", "def sync(p):\n    while True: pass\nserve(sync=sync)");
    spec.limits = short();
    spec.limits.stall_after = Duration::from_millis(500);
    let report = rig.run(vec![entry(spec)]);
    find(&report, "said nothing for 2s though its processes are busy, and was ended");
}

#[test]
fn d8_20_an_announced_silence_and_a_pause_are_no_stall() {
    let rig = Rig::new();
    let script = "def sync(p):\n    call('progress', item='a', quiet_s=3600)\n    time.sleep(1)\n    write('here', '')\n    call('progress', item='a')\n    return {}\nserve(sync=sync)";
    let mut spec = rig.spec("notes", script);
    spec.limits.stall_after = Duration::from_millis(200);
    assert_eq!(statuses(&rig.run(vec![entry(spec)])), [Succeeded, Succeeded]);
}

#[test]
fn d8_21_an_end_before_the_answer_fails_the_items_and_one_after_it_does_not() {
    let rig = Rig::new();
    let report = rig.runs("serve(sync=lambda p: sys.exit(0))");
    assert_eq!(statuses(&report), [Failed, Failed]);
    find(&report, "`notes` ended (exit status 0) before it answered `sync`");
    let report = rig.runs("leave = sys.exit\nsys.exit = lambda code: leave(3)\nserve()");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert_eq!(texts(&report), ["`notes` did not end well: ended (exit status 3)"]);
    assert_eq!(report.entries[0].level, syncmgr_model::entry::LogLevel::Warning);
    let report = rig.runs("serve(shutdown=lambda p: sys.exit(0))");
    assert_eq!(
        texts(&report),
        ["`notes` did not end well: ended (exit status 0) before it answered `shutdown`"]
    );
}

#[test]
fn d8_21_standard_input_ends_after_exit() {
    let rig = Rig::new();
    let script = "serve_exit = sys.exit\nsys.exit = lambda code: (write('rest', repr(sys.stdin.read())), os._exit(0))\nserve()";
    rig.runs(script);
    assert_eq!(rig.noted("rest"), "''");
}

#[test]
fn d8_22_whatever_it_started_ends_with_it() {
    let rig = Rig::new();
    // A child that leaves the session and keeps the pipe.
    let script = "import subprocess\nsubprocess.Popen(['/bin/sh', '-c', 'sleep 600'], start_new_session=True)\nserve()";
    let mut spec = rig.spec("notes", script);
    spec.limits.last_read = Duration::from_millis(200);
    let report = rig.run(vec![entry(spec)]);
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert!(rig.left_over().is_empty(), "{:?}", rig.left_over());
}

#[test]
fn d8_23_the_environment_is_clean_and_its_folder_is_its_own() {
    let rig = Rig::new();
    let script = "write('env', json.dumps(dict(os.environ))); write('cwd', os.getcwd()); write('sid', str(os.getsid(0) == os.getpid()))\nserve()";
    let mut spec = rig.spec("notes", script);
    spec.environment =
        [("PATH", "/bin"), ("HOME", "/h"), ("LC_ALL", "C.UTF-8"), ("SECRET", "s"), ("SSH_AUTH_SOCK", "/s")]
            .map(|(name, value)| (name.into(), value.into()))
            .to_vec();
    spec.manifest = Manifest::parse("env = ['SSH_AUTH_SOCK']").unwrap();
    rig.run(vec![entry(spec)]);
    let env: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&rig.noted("env")).unwrap();
    let mut names: Vec<_> = env.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "HOME",
            "LC_ALL",
            "PATH",
            "PYTHONUTF8",
            "SSH_AUTH_SOCK",
            "SYNCMGR_PROTOCOL",
            "SYNCMGR_RUN",
            "SYNCMGR_STATE_DIR"
        ]
    );
    assert_eq!(env["SYNCMGR_STATE_DIR"], rig.noted("cwd"));
    assert_eq!(rig.noted("sid"), "True");
}

#[test]
fn d8_24_a_changed_program_is_not_started_and_the_way_on_is_told() {
    let rig = Rig::new();
    let mut spec = rig.spec("notes", "append('starts', 'x')\nserve()");
    let trusted = Fingerprint::of(&spec.argv, &spec.environment).unwrap();
    spec.trusted = Trust::Fingerprint(trusted);
    assert_eq!(statuses(&rig.run(vec![entry(spec.clone())])), [Succeeded, Succeeded]);
    std::fs::write(rig.path().join("notes.py"), "evil").unwrap();
    let report = rig.run(vec![entry(spec)]);
    assert_eq!(
        texts(&report),
        [
            "`notes` refused to start: it has changed since it was trusted; look at it, then run `syncmgr handlers trust notes`"
        ]
    );
    assert_eq!(rig.noted("starts"), "x\n");
}

#[test]
fn d8_28_ids_come_from_the_name_it_is_registered_under() {
    let rig = Rig::new();
    let listing =
        rig.list(rig.python("notes", "serve(initialize={'protocol': 1, 'name': 'Something else'})"));
    assert_eq!(listing.items[0].id, item("a"));
    let other = rig.list(rig.good("other"));
    assert_ne!(listing.items[0].id, other.items[0].id);
    assert_ne!(other.items[0].id, ItemId::NIL);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let rig = Rig::new();
    let mut spec = rig.spec("notes", "");
    spec.argv = vec!["/nowhere/notes".into()];
    let report = rig.run(vec![entry(spec), rig.good("other")]);
    find(&report, "`notes` refused to start: its program cannot be started");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
}

#[test]
fn d8_20_who_is_not_waited_for_is_killed_at_once() {
    let rig = Rig::new();
    let mut spec = rig.spec("notes", "serve(sync=lambda p: (write('here', ''), time.sleep(600)))");
    // Steps would take longer than any test may.
    spec.limits.step = Duration::from_secs(3600);
    let session = rig.start(vec![entry(spec)]);
    rig.wait_for("here");
    session.abandon();
    session.wait();
    // The instance lets go on its own thread, and nobody waits for that.
    wait_until(|| rig.left_over().is_empty());
}
