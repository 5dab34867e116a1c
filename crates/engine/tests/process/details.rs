//! Settled details about rows, results, entries and items; and that a shell suffices.

use syncmgr_engine::process::ProcessSpec;
use syncmgr_engine::{Detail, SessionEvent, SessionRequest};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::fact::{Action, ConflictKind, Fact, Side};
use syncmgr_model::flags::{HandlerFlags, ItemFlags};
use syncmgr_model::id::SessionId;
use syncmgr_model::status::ItemStatus::{Failed, Skipped, Stopped, Succeeded};

use crate::rig::*;
use crate::runs::{reporting, row_at};

#[test]
fn d8_01_a_final_status_closes_the_row_at_once() {
    let rig = Rig::new();
    let row = row_at(
        &rig,
        &reporting("call('progress', item='a', status='succeeded'); call('progress', item='a', text='late')"),
    );
    assert_eq!((row.status, row.text.as_str()), (Succeeded, ""));
}

#[test]
fn d8_02_amounts_of_any_kind_are_shown() {
    let rig = Rig::new();
    let row = row_at(
        &rig,
        &reporting(
            "call('progress', item='a', done={'items': 12.9, 'bytes': -4}, total={'items': 1e300, 'bytes': 10})",
        ),
    );
    assert_eq!((row.value, row.max, row.bytes, row.bytes_max), (12, 1 << 53, 0, 10));
}

#[test]
fn d8_03_results_become_rows_entries_and_numbers() {
    let rig = Rig::new();
    let report = rig.runs(
        "serve(enumerate={'items': [{'id': i} for i in 'abcdef']}, sync={'items': [\
         {'id': 'a', 'outcome': 'succeeded', 'stats': {'inserts': 2, 'updates': 1, 'bytes': 10}}, \
         {'id': 'b', 'outcome': 'failed', 'text': 'no disk'}, {'id': 'c', 'outcome': 'deferred', 'not_before': '2030-01-01T00:00:00Z'}, \
         {'id': 'd', 'outcome': 'splendid'}, {'id': 'e', 'outcome': 'skipped'}, {'id': 'z', 'outcome': 'failed'}]})",
    );
    assert_eq!(statuses(&report), [Succeeded, Failed, Stopped, Failed, Skipped, Failed]);
    assert_eq!((report.items[0].totals.right_changes, report.items[0].totals.bytes), (3, 10));
    assert_eq!(find(&report, "no disk").item, Some(item("b")));
    assert_eq!(find(&report, "put off").detail.detail.as_deref(), Some("2030-01-01T00:00:00Z"));
    assert_eq!(find(&report, "the handler gave no result for this item").item, Some(item("f")));
    find(&report, "gave a result for an item that is not part of the run");
}

#[test]
fn d8_04_a_dry_run_asks_for_a_plan_and_never_syncs() {
    let rig = Rig::new();
    let script = "serve(initialize={'protocol': 1, 'caps': ['plan']}, sync=lambda p: write('synced', ''), prepare=lambda p: \
                  (tell('plan', item='a', changes=[{'side': 'right', 'action': 'create', 'path': 'x'}]), \
                  {'plan': [{'item': 'b', 'changes': [{'side': 'left', 'action': 'rename', 'path': 'n', 'from': 'o'}]}]})[1])";
    let flags = InitializeFlags::new(Event::Manual, Modifiers::DRY_RUN);
    let handlers = vec![rig.python("notes", script), rig.good("other")];
    let mut request = SessionRequest::new(SessionId::from_u128(1), flags, handlers);
    request.detail = Detail::Changes;
    let session = rig.engine.start(request);
    let facts: Vec<_> = (session.events().iter())
        .take_while(|event| !matches!(event, SessionEvent::Finished(_)))
        .filter_map(|event| match event {
            SessionEvent::Fact { fact, .. } => Some(fact),
            _ => None,
        })
        .collect();
    let change = |side, action, path: &str, from: Option<&str>| Fact::Change {
        side,
        action,
        path: path.into(),
        from: from.map(Into::into),
    };
    assert_eq!(
        facts,
        [change(Side::Right, Action::Create, "x", None), change(Side::Left, Action::Rename, "n", Some("o"))]
    );
    let report = session.wait();
    find(&report, "cannot be previewed");
    assert_eq!(rig.noted("synced"), "");
}

#[test]
fn d8_24_a_conflict_is_told_and_deferred() {
    let rig = Rig::new();
    let report = rig.runs(
        "serve(initialize={'protocol': 1, 'caps': ['conflict']}, sync=lambda p: (write('d', call('conflict', item='a', \
         key='event/42', kind='edit-edit')['decision']), {})[1])",
    );
    assert_eq!(rig.noted("d"), "deferred");
    let conflict = &report.items[0].conflicts[0];
    assert_eq!((conflict.path.as_slice(), conflict.kind), (b"event/42".as_slice(), ConflictKind::EditEdit));
}

#[test]
fn d8_25_items_come_in_parts_with_all_they_declare() {
    let rig = Rig::new();
    let listing = rig.list(rig.python(
        "notes",
        "serve(initialize={'protocol': 1, 'caps': ['properties']}, enumerate=lambda p: (tell('items', items=[{'id': 'a', \
         'flags': ['properties', 'temporary', 'roaming', 'odd']}]), {'items': [{'id': '6295DF41-35EE-11D1-8707-00C04FD93327'}]})[1])",
    ));
    assert!(listing.flags.contains(HandlerFlags::HAS_PROPERTIES));
    assert_eq!(
        listing.items[0].flags,
        ItemFlags::HAS_PROPERTIES | ItemFlags::TEMPORARY | ItemFlags::ROAMING_USER
    );
    assert_eq!(listing.items[1].id.to_string(), "6295df41-35ee-11d1-8707-00c04fd93327");
}

#[test]
fn p_024_a_handler_without_items_is_in_the_list_only_if_it_asks_to_be() {
    let rig = Rig::new();
    for (flags, is_shown) in
        [("", false), (", 'flags': ['connects', 'odd']", false), (", 'flags': ['always_list']", true)]
    {
        let script =
            format!("serve(initialize={{'protocol': 1{flags}}}, enumerate=lambda p: {{'items': []}})");
        assert_eq!(rig.list(rig.python("notes", &script)).is_shown(), is_shown, "{flags}");
    }
}

#[test]
fn p_025_a_handler_that_says_what_it_declares_has_properties_of_its_own_only_if_it_says_so() {
    let rig = Rig::new();
    for (flags, has_properties) in [("", true), (", 'flags': []", false), (", 'flags': ['properties']", true)]
    {
        let script = format!("serve(initialize={{'protocol': 1, 'caps': ['properties']{flags}}})");
        let listing = rig.list(rig.python("notes", &script));
        assert_eq!(listing.flags.contains(HandlerFlags::HAS_PROPERTIES), has_properties, "{flags}");
    }
}

#[test]
fn d8_25_ids_are_echoed_byte_for_byte() {
    let rig = Rig::new();
    rig.runs(
        "serve(enumerate={'items': [{'id': '6295DF41-35EE-11D1-8707-00C04FD93327'}, {'id': 'ä \"x\"'}]}, \
         sync=lambda p: (write('ids', '|'.join(i['id'] for i in p['items'])), {})[1])",
    );
    assert_eq!(rig.noted("ids"), "6295DF41-35EE-11D1-8707-00C04FD93327|ä \"x\"");
}

#[test]
fn d8_26_an_entry_carries_all_that_was_said() {
    let rig = Rig::new();
    let report = rig.runs(
        "serve(sync=lambda p: (call('log', level='error', text='no', item='a', detail='trace', **{'class': 'transient'}, \
         code='imap.timeout', log_id='e1', jump=True), call('log', level='warning', text='w', item='zzz'), {})[2])",
    );
    let entry = find(&report, "no");
    assert_eq!(entry.item, Some(item("a")));
    assert_eq!(entry.detail.detail.as_deref(), Some("trace"));
    assert_eq!(entry.detail.class.as_deref(), Some("transient"));
    assert_eq!(entry.detail.code.as_deref(), Some("imap.timeout"));
    assert!(entry.can_jump && entry.error == Some(error("e1")));
    assert_eq!(find(&report, "w").item, None);
}

#[test]
fn d8_16_a_shell_suffices() {
    let rig = Rig::new();
    // Nothing but what every shell has: a line is taken apart by where its members stand.
    let script = r#"
        while IFS= read -r line; do
            id=${line#*'"id":'}; id=${id%%,*}
            reply() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$1"; }
            case $line in
            *'"method":"initialize"'*) reply '{"protocol":1}' ;;
            *'"method":"enumerate"'*) reply '{"items":[{"id":"a","name":"From a shell"}]}' ;;
            *'"method":"prepare"'*) reply '{}' ;;
            *'"method":"sync"'*)
                printf '{"jsonrpc":"2.0","id":"p","method":"progress","params":{"item":"a","text":"half"}}\n'
                IFS= read -r answer
                case $answer in
                '{"jsonrpc":"2.0","id":"p","result":{"v":"go"}}') reply '{}' ;;
                *) reply '{"items":[{"id":"a","outcome":"stopped"}]}' ;;
                esac ;;
            *'"method":"shutdown"'*) reply '{}' ;;
            *'"method":"exit"'*) exit 0 ;;
            esac
        done"#;
    let spec: ProcessSpec = rig.shell("notes", script);
    let report = rig.run(vec![entry(spec)]);
    assert_eq!(statuses(&report), [Succeeded], "{:?}", texts(&report));
}
