//! Loading, preparation, synchronization, progress, entries.

use syncmgr_engine::{RowView, SessionRequest};
use syncmgr_model::entry::LogLevel;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::flags::ItemFlags;
use syncmgr_model::id::SessionId;
use syncmgr_model::item::CheckState;
use syncmgr_model::status::ItemStatus::{Failed, Skipped, Succeeded};

use crate::rig::*;

/// What a row looked like when the handler had written `file`.
pub(crate) fn row_at(rig: &Rig, script: &str) -> RowView {
    let session = rig.start(vec![rig.python("notes", script)]);
    rig.wait_for("here");
    let row = session.rows().into_iter().find(|row| row.item == item("a")).unwrap();
    std::fs::write(rig.file("notes", "go"), "").unwrap();
    session.wait();
    row
}

/// Reports, waits until the test has looked, and ends.
pub(crate) fn reporting(calls: &str) -> String {
    format!(
        "def sync(params):\n    {calls}\n    write('here', '')\n    \
         while not os.path.exists('go'): time.sleep(0.005)\n    return {{}}\nserve(sync=sync)"
    )
}

#[test]
fn p_001_initialize_is_the_first_line_and_comes_once() {
    let rig = Rig::new();
    rig.runs("first = take()\nwrite('first', json.dumps(first))\nearly.append(first)\nserve()");
    let first: serde_json::Value = serde_json::from_str(&rig.noted("first")).unwrap();
    assert_eq!(first["method"], "initialize");
}

#[test]
fn p_002_the_reason_is_one_word() {
    for (event, word) in [(Event::Manual, "manual"), (Event::PendingDisconnect, "pending_disconnect")] {
        let rig = Rig::new();
        let script = "serve(initialize=lambda p: (write('reason', p['reason']), {'protocol': 1})[1])";
        let flags = InitializeFlags::new(event, Modifiers::empty());
        let handlers = vec![rig.python("notes", script)];
        rig.engine.start(SessionRequest::new(SessionId::from_u128(1), flags, handlers)).wait();
        assert_eq!(rig.noted("reason"), word);
    }
}

#[test]
fn p_003_only_invoke_brings_a_cookie() {
    let rig = Rig::new();
    rig.runs("serve(initialize=lambda p: (write('cookie', str(p.get('cookie'))), {'protocol': 1})[1])");
    assert_eq!(rig.noted("cookie"), "None");
}

#[test]
fn p_004_a_cookie_arrives_byte_for_byte() {
    let rig = Rig::new();
    let script = "import base64\nserve(initialize=lambda p: (write('cookie', base64.b64decode(p['cookie']).hex()), {'protocol': 1})[1])";
    let flags = InitializeFlags::new(Event::Invoke, Modifiers::empty());
    let mut request = SessionRequest::new(SessionId::from_u128(1), flags, vec![rig.python("notes", script)]);
    request.cookie = Some(vec![0, 255, 10, 13]);
    rig.engine.start(request).wait();
    assert_eq!(rig.noted("cookie"), "00ff0a0d");
}

#[test]
fn p_005_declined_means_no_row_no_failure_and_the_others_run() {
    let rig = Rig::new();
    let declining = "serve(initialize={'declined': True, 'text': 'not on battery'}, enumerate=lambda p: write('asked', ''))";
    let report = rig.run(vec![rig.python("notes", declining), rig.good("other")]);
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert!(report.entries.is_empty(), "{:?}", texts(&report));
    assert_eq!(rig.noted("asked"), "");
}

#[test]
fn p_006_a_refusal_ends_the_handler_and_the_others_run() {
    let rig = Rig::new();
    let report =
        rig.run(vec![rig.python("notes", "serve(initialize=Exception(-1, 'no disk'))"), rig.good("other")]);
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert_eq!(texts(&report), ["`notes` refused to start: no disk"]);
}

#[test]
fn p_009_a_long_handler_name_is_cut_at_31_units() {
    let rig = Rig::new();
    let script = "serve(initialize={'protocol': 1, 'name': 'n' * 40})";
    assert_eq!(rig.list(rig.python("notes", script)).name, "n".repeat(31));
}

#[test]
fn p_010_a_long_item_name_is_cut_at_127_units() {
    let rig = Rig::new();
    let script = "serve(enumerate={'items': [{'id': 'a', 'name': 'n' * 200}]})";
    assert_eq!(rig.list(rig.python("notes", script)).items[0].name, "n".repeat(127));
}

#[test]
fn p_015_a_last_update_is_read_only_when_it_is_a_moment() {
    let rig = Rig::new();
    let script = "serve(enumerate={'items': [{'id': 'a', 'last_update': '2024-05-06T07:08:09Z'}, {'id': 'b', 'last_update': 'x'}]})";
    let items = rig.list(rig.python("notes", script)).items;
    assert_eq!(items[0].last_update.as_millis(), 1_714_979_289_000);
    assert!(items[0].flags.contains(ItemFlags::LAST_UPDATE_TIME));
    assert!(!items[1].flags.contains(ItemFlags::LAST_UPDATE_TIME));
}

#[test]
fn p_016_of_duplicates_the_first_counts_and_the_nil_id_is_no_item() {
    let rig = Rig::new();
    let script = "serve(enumerate={'items': [{'id': 'a', 'name': '1'}, {'id': 'a', 'name': '2'}, \
                  {'id': '00000000-0000-0000-0000-000000000000'}]})";
    let items = rig.list(rig.python("notes", script)).items;
    assert_eq!(items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["1"]);
}

#[test]
fn p_018_a_partial_listing_says_so() {
    let rig = Rig::new();
    let whole = rig.list(rig.python("notes", "serve(enumerate={'items': []})"));
    let partial = rig.list(rig.python("notes", "serve(enumerate={'items': [], 'partial': True})"));
    assert!(whole.complete && !partial.complete);
}

#[test]
fn p_019_a_failed_listing_is_not_complete_and_says_why() {
    let rig = Rig::new();
    let listing = rig.list(rig.python("notes", "serve(enumerate=Exception(-1, 'no network'))"));
    assert!(!listing.complete);
    assert_eq!(listing.problem.as_deref(), Some("`notes` cannot list its items: it answered: no network"));
}

#[test]
fn p_020_the_check_mark_comes_from_the_item() {
    let rig = Rig::new();
    let script = "serve(enumerate={'items': [{'id': 'a'}, {'id': 'b', 'checked': False}]})";
    let listing = rig.list(rig.python("notes", script));
    assert_eq!(listing.items[0].state, CheckState::Checked);
    assert_eq!(listing.items[1].state, CheckState::Unchecked);
    let report = rig.runs(script);
    assert_eq!(statuses(&report), [Succeeded]);
}

#[test]
fn p_032_a_handler_with_nothing_chosen_is_neither_prepared_nor_synchronized() {
    let rig = Rig::new();
    let report = rig.runs(
        "serve(enumerate={'items': [{'id': 'a', 'checked': False}]}, prepare=lambda p: append('log', 'p'), \
         sync=lambda p: append('log', 's'), shutdown=lambda p: (append('log', 'shutdown'), {})[1])",
    );
    assert!(report.items.is_empty());
    assert_eq!(rig.noted("log"), "shutdown\n");
}

#[test]
fn p_033_prepare_brings_exactly_the_chosen_items() {
    let rig = Rig::new();
    let script = "serve(enumerate={'items': [{'id': 'a'}, {'id': 'b', 'checked': False}, {'id': 'c'}]}, \
                  prepare=lambda p: (write('items', ' '.join(i['id'] for i in p['items'])), {})[1])";
    rig.runs(script);
    assert_eq!(rig.noted("items"), "a c");
}

#[test]
fn p_036_sync_waits_for_the_reply_to_prepare() {
    let rig = Rig::new();
    let report = rig.runs(
        "def prepare(p):\n    append('log', 'prepare')\n    call('progress', item='a')\n    append('log', 'prepared')\n    return {}\n\
         def sync(p):\n    append('log', 'sync')\n    return {}\nserve(prepare=prepare, sync=sync)",
    );
    assert_eq!(rig.noted("log"), "prepare\nprepared\nsync\n");
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
}

#[test]
fn p_039_not_ready_skips_the_rows_with_one_warning() {
    let rig = Rig::new();
    let report = rig.runs(
        "serve(prepare={'ready': False, 'text': 'needs a password'}, sync=lambda p: write('synced', ''))",
    );
    assert_eq!(statuses(&report), [Skipped, Skipped]);
    assert_eq!(texts(&report), ["`notes` is not ready: needs a password"]);
    assert_eq!(report.entries[0].level, LogLevel::Warning);
    assert_eq!(rig.noted("synced"), "");
}

#[test]
fn p_038_a_failed_preparation_fails_the_rows_with_one_error() {
    let rig = Rig::new();
    let report = rig.runs("serve(prepare=Exception(-1, 'no disk'))");
    assert_eq!(statuses(&report), [Failed, Failed]);
    assert_eq!(texts(&report), ["`notes` could not prepare: no disk"]);
}

#[test]
fn p_045_progress_during_preparation_can_already_end_a_row() {
    let rig = Rig::new();
    let report = rig.runs(
        "serve(prepare=lambda p: (call('progress', item='a', status='failed'), call('log', item='a', level='error', text='gone'), {})[2])",
    );
    assert_eq!((status(&report, "a"), status(&report, "b")), (Failed, Succeeded));
}

#[test]
fn p_048_an_error_in_answer_to_sync_fails_the_rows() {
    let rig = Rig::new();
    let report = rig.runs("serve(sync=Exception(-1, 'no disk'))");
    assert_eq!(statuses(&report), [Failed, Failed]);
    assert_eq!(texts(&report), ["`notes` could not synchronize: no disk"]);
}

#[test]
fn p_049_an_answer_without_items_closes_the_open_rows() {
    let rig = Rig::new();
    assert_eq!(statuses(&rig.runs("serve(sync={})")), [Succeeded, Succeeded]);
}

#[test]
fn p_050_a_final_row_keeps_its_status_when_the_run_fails() {
    let rig = Rig::new();
    let script =
        "serve(sync=lambda p: (call('progress', item='a', status='succeeded'), Exception(-1, 'x'))[1])";
    let report = rig.runs(script);
    assert_eq!((status(&report, "a"), status(&report, "b")), (Succeeded, Failed));
}

#[test]
fn p_052_two_handlers_work_at_the_same_time() {
    let rig = Rig::new();
    // Each waits for the other's file.
    let script = |mine: &str, other: &str| {
        let (mine, other) = (rig.path().join(mine), rig.path().join(other));
        format!(
            "def sync(p):\n    open({mine:?}, 'w').close()\n    \
             while not os.path.exists({other:?}): time.sleep(0.005)\n    return {{}}\nserve(sync=sync)"
        )
    };
    let report = rig.run(vec![rig.python("one", &script("1", "2")), rig.python("two", &script("2", "1"))]);
    assert_eq!(statuses(&report), [Succeeded; 4]);
}

#[test]
fn p_054_nothing_cancelled_means_go() {
    let rig = Rig::new();
    rig.runs("serve(sync=lambda p: (write('v', call('progress', item='a')['v']), {})[1])");
    assert_eq!(rig.noted("v"), "go");
}

#[test]
fn p_059_what_is_left_out_stays() {
    let rig = Rig::new();
    let row = row_at(
        &rig,
        &reporting(
            "call('progress', item='a', text='t', done={'items': 1}, total={'items': 9}); call('progress', item='a', done={'items': 2})",
        ),
    );
    assert_eq!((row.text.as_str(), row.value, row.max), ("t", 2, 9));
}

#[test]
fn p_123_null_clears_the_text() {
    let rig = Rig::new();
    let row = row_at(
        &rig,
        &reporting("call('progress', item='a', text='t'); call('progress', item='a', text=None)"),
    );
    assert_eq!(row.text, "");
}

#[test]
fn p_063_an_unknown_status_is_refused_and_nothing_applied() {
    let rig = Rig::new();
    let script =
        reporting("write('code', str(call('progress', item='a', status='dancing', text='t')['code']))");
    assert_eq!(row_at(&rig, &script).text, "");
    assert_eq!(rig.noted("code"), "-32602");
}

#[test]
fn p_064_an_unknown_item_is_refused() {
    let rig = Rig::new();
    rig.runs("serve(sync=lambda p: (write('code', str(call('progress', item='z')['code'])), {})[1])");
    assert_eq!(rig.noted("code"), "-32602");
}

#[test]
fn p_066_progress_outside_a_run_is_refused() {
    let rig = Rig::new();
    rig.runs("serve(enumerate=lambda p: (write('code', str(call('progress', item='a')['code'])), {'items': [{'id': 'a'}]})[1])");
    assert_eq!(rig.noted("code"), "-32003");
}

#[test]
fn p_067_a_final_row_accepts_only_a_failure() {
    let rig = Rig::new();
    let script = "def sync(p):\n    for s in ('succeeded', 'skipped', 'failed', 'succeeded'): call('progress', item='a', status=s)\n    return {}\nserve(sync=sync)";
    assert_eq!(status(&rig.runs(script), "a"), Failed);
}

#[test]
fn p_069_progress_is_shown_in_an_unattended_session() {
    let rig = Rig::new();
    let handlers = vec![rig.python("notes", &reporting("call('progress', item='a', text='t')"))];
    let session = rig.engine.start(SessionRequest::new(SessionId::from_u128(1), SCHEDULED, handlers));
    rig.wait_for("here");
    assert!(session.rows().iter().any(|row| row.text == "t"));
    std::fs::write(rig.file("notes", "go"), "").unwrap();
    session.wait();
}

#[test]
fn p_081_a_wrong_level_or_no_text_is_refused_and_an_empty_text_is_not() {
    let rig = Rig::new();
    let report = rig.runs(
        "def sync(p):\n    write('codes', ' '.join(str(r.get('code')) for r in (call('log', level='fatal', text='x'), \
         call('log', level='error'), call('log', level='information', text=''))))\n    return {}\nserve(sync=sync)",
    );
    assert_eq!(rig.noted("codes"), "-32602 -32602 None");
    assert_eq!(texts(&report), [""]);
}

#[test]
fn p_091_entries_are_deleted_by_their_name() {
    let rig = Rig::new();
    let report = rig.runs(
        "def sync(p):\n    for name in 'xxy': tell('log', level='warning', text=name, log_id=name)\n    \
         write('r', json.dumps(call('log/delete', log_id='x')))\n    return {}\nserve(sync=sync)",
    );
    assert_eq!((rig.noted("r").as_str(), texts(&report)), ("{}", vec!["y"]));
}

#[test]
fn p_092_all_entries_of_a_handler_are_deleted_and_none_of_others() {
    let rig = Rig::new();
    let other = "serve(sync=lambda p: (call('log', level='warning', text='other'), {})[1])";
    let deleting = "def sync(p):\n    tell('log', level='warning', text='mine')\n    \
                    write('r', json.dumps([call('log/delete', all=True), call('log/delete', all=True)]))\n    return {}\nserve(sync=sync)";
    let report = rig.run(vec![rig.python("other", other), rig.python("notes", deleting)]);
    assert_eq!((rig.noted("r").as_str(), texts(&report)), ("[{}, {}]", vec!["other"]));
}

#[test]
fn p_093_deleting_an_unknown_entry_is_refused() {
    let rig = Rig::new();
    rig.runs("serve(sync=lambda p: (write('code', str(call('log/delete', log_id='x')['code'])), {})[1])");
    assert_eq!(rig.noted("code"), "-32602");
}

#[test]
fn p_125_a_deleted_item_is_reported_as_such() {
    let rig = Rig::new();
    let script = "serve(sync={'items': [{'id': 'b', 'outcome': 'succeeded'}]}, prepare=lambda p: (call('progress', item='a', status='deleted'), {})[1])";
    let report = rig.runs(script);
    assert_eq!(status(&report, "a"), syncmgr_model::status::ItemStatus::Deleted);
}
