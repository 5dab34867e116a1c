//! What comes from the user and goes to the user: properties, entries that lead back, questions, connections, secrets; and
//! what a handler finds again.

use std::sync::{Arc, Mutex};

use syncmgr_engine::process::{Manifest, SecretUse, Secrets};
use syncmgr_engine::{
    Answers, Choosing, ConnectError, Connector, Engine, Established, Services, Session, SessionEvent,
    SessionRequest, SystemClock,
};
use syncmgr_handler::relay::{Answer, Question, QuestionKind};
use syncmgr_model::id::{HandlerId, SessionId};
use syncmgr_model::status::ItemStatus::{Stopped, Succeeded};

use crate::rig::*;

const SHOWING: &str = "serve(sync=lambda p: (call('log', level='error', text='lost', log_id='e1', jump=True), {})[1], \
                       showError=lambda p: (append('shown', p['log_id']), SHOWN)[1])";

fn showing(answer: &str) -> String {
    SHOWING.replace("SHOWN", answer)
}

fn choosing(rig: &Rig, script: &str) -> Session {
    let mut request = rig.request(vec![rig.python("notes", script)]);
    request.choosing = Choosing::ByHand;
    rig.engine.start(request)
}

fn next_list(session: &Session) -> usize {
    let listed = session.events().iter().find_map(|event| match event {
        SessionEvent::Listed { listing, .. } => Some(listing.items.len()),
        _ => None,
    });
    listed.expect("the handler lists its items")
}

fn properties_gone(session: &Session) {
    let gone = session.events().iter().any(|event| matches!(event, SessionEvent::PropertiesGone { .. }));
    assert!(gone, "the properties go");
}

const PROPERTIED: &str = "
n = 0
def enumerate_(p):
    global n; n += 1
    return {'items': [{'id': i, 'flags': ['properties']} for i in 'abc'[:n]]}
serve(initialize={'protocol': 1, 'caps': ['properties']}, enumerate=enumerate_,
      properties=lambda p: (append('shown', str(p.get('item'))), {'changed': CHANGED})[1])";

#[test]
fn p_029_changed_items_are_listed_again() {
    let rig = Rig::new();
    let session = choosing(&rig, &PROPERTIED.replace("CHANGED", "'items'"));
    assert_eq!(next_list(&session), 1);
    session.show_properties(HandlerId::named("notes"), None).unwrap();
    assert_eq!(next_list(&session), 2);
    session.close();
    session.wait();
    assert_eq!(rig.noted("shown"), "None\n");
}

#[test]
fn p_030_a_deleted_item_is_gone() {
    let rig = Rig::new();
    let session = choosing(&rig, &PROPERTIED.replace("CHANGED", "'deleted'"));
    assert_eq!(next_list(&session), 1);
    session.show_properties(HandlerId::named("notes"), Some(item("a"))).unwrap();
    assert_eq!(next_list(&session), 0);
    session.close();
    session.wait();
    assert_eq!(rig.noted("shown"), "a\n");
}

#[test]
fn p_031_unchanged_items_are_not_listed_again() {
    let rig = Rig::new();
    let session = choosing(&rig, &PROPERTIED.replace("CHANGED", "'nothing'"));
    next_list(&session);
    session.show_properties(HandlerId::named("notes"), None).unwrap();
    properties_gone(&session);
    session.begin().unwrap();
    let report = session.wait();
    assert_eq!(statuses(&report), [Succeeded]);
}

#[test]
fn p_028_properties_that_fail_leave_the_choice_usable() {
    let rig = Rig::new();
    let script = PROPERTIED.replace("{'changed': CHANGED}", "Exception(-1, 'no screen')");
    let session = choosing(&rig, &script);
    next_list(&session);
    session.show_properties(HandlerId::named("notes"), None).unwrap();
    properties_gone(&session);
    session.begin().unwrap();
    let report = session.wait();
    assert_eq!(statuses(&report), [Succeeded]);
    find(&report, "`notes` could not show it: no screen");
}

#[test]
fn p_084_an_entry_leads_back_only_with_a_name_and_the_wish() {
    let rig = Rig::new();
    let report = rig.runs(
        "serve(sync=lambda p: (call('log', level='error', text='1', jump=True), call('log', level='error', text='2', log_id='e'), \
         call('log', level='error', text='3', log_id='e', jump=True), {})[3])",
    );
    assert_eq!(report.entries.iter().map(|entry| entry.can_jump).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn p_085_an_entry_is_shown_by_the_process_that_logged_it_with_its_name() {
    let rig = Rig::new();
    let script = showing("{}").replace("serve(", "append('pids', str(os.getpid()))\nserve(");
    let session = rig.start_by_hand(vec![rig.python("notes", &script)]);
    let settled = next_settled(&session);
    session.activate(settled.entries[0].number);
    wait_until(|| rig.noted("shown") == "e1\n");
    session.close();
    session.wait();
    assert_eq!(rig.noted("pids").lines().count(), 1);
}

#[test]
fn p_086_an_entry_that_cannot_be_shown_leaves_the_results_usable() {
    let rig = Rig::new();
    let session = rig.start_by_hand(vec![rig.python("notes", &showing("Exception(-1, 'no screen')"))]);
    let settled = next_settled(&session);
    session.activate(settled.entries[0].number);
    let failed = |event| matches!(event, SessionEvent::Entry(entry) if entry.text.contains("no screen"));
    assert!(session.events().iter().any(failed));
    // The entry is told before the show is over, and until then another one is not begun (C-126).
    wait_until(|| {
        session.activate(settled.entries[0].number);
        rig.noted("shown").starts_with("e1\ne1\n")
    });
    session.close();
    session.wait();
}

#[test]
fn p_088_a_retry_prepares_and_synchronizes_the_items_it_names_in_the_same_process() {
    let rig = Rig::new();
    let script = showing("{'retry': ['b', 'b', 'zzz']}").replace(
        "serve(",
        "append('log', str(os.getpid()))\nserve(prepare=lambda p: (append('log', ' '.join(i['id'] for i in p['items'])), {})[1], ",
    );
    let session = rig.start_by_hand(vec![rig.python("notes", &script)]);
    let settled = next_settled(&session);
    session.activate(settled.entries[0].number);
    let again = next_settled(&session);
    session.close();
    session.wait();
    assert_eq!(rig.noted("log").lines().skip(1).collect::<Vec<_>>(), ["a b", "b"]);
    assert_eq!(statuses(&again), [Succeeded, Succeeded]);
}

#[test]
fn d8_17_a_later_show_goes_to_a_fresh_process_and_its_retry_too() {
    let rig = Rig::new();
    let script = showing("{'retry': ['b']}");
    let report = rig.runs(&script);
    let mut request = rig.request(vec![rig.python("notes", &script)]);
    request.reopen = report.entries[0].error;
    let again = rig.engine.start(request).wait();
    assert_eq!(rig.noted("shown"), "e1\n");
    assert_eq!(statuses(&again), [Succeeded]);
}

#[test]
fn d8_17_an_entry_its_handler_does_not_know_any_more_is_deleted() {
    let rig = Rig::new();
    let session = rig.start_by_hand(vec![rig.python("notes", &showing("Exception(-32602, 'unknown')"))]);
    let settled = next_settled(&session);
    session.activate(settled.entries[0].number);
    let is_deleted = |event| matches!(event, SessionEvent::EntriesDeleted(_));
    assert!(session.events().iter().any(is_deleted));
    session.close();
    session.wait();
}

const ASKING: &str = "serve(sync=lambda p: (write('answer', json.dumps(call('ask', text='which?', item='a', kind='choice', \
                      choices=[{'id': 'l', 'label': 'Left'}], default='l'))), {})[1])";

fn question(session: &Session) -> (u64, Question) {
    let question = session.events().iter().find_map(|event| match event {
        SessionEvent::Question { number, question, .. } => Some((number, question)),
        _ => None,
    });
    question.expect("the handler asks")
}

#[test]
fn p_094_a_question_is_put_and_answered() {
    let rig = Rig::new();
    let session = rig.start_answering(vec![rig.python("notes", ASKING)]);
    let (number, question) = question(&session);
    assert_eq!((question.text.as_str(), question.item), ("which?", Some(item("a"))));
    assert_eq!((question.choices[0].label.as_str(), question.default.as_deref()), ("Left", Some("l")));
    assert!(session.answer(number, Answer::Given("l".into())));
    assert!(!session.answer(number, Answer::Given("r".into())), "the first answer counts");
    session.wait();
    assert_eq!(rig.noted("answer"), r#"{"answer": "l"}"#);
}

#[test]
fn p_095_where_nobody_may_be_bothered_a_question_is_answered_at_once() {
    let rig = Rig::new();
    let mut request =
        SessionRequest::new(SessionId::from_u128(1), SCHEDULED, vec![rig.python("notes", ASKING)]);
    request.answers = Answers::Events;
    rig.engine.start(request).wait();
    assert_eq!(rig.noted("answer"), r#"{"answer": null, "reason": "unattended"}"#);
}

#[test]
fn p_096_a_second_question_is_answered_busy_until_the_first_is_gone() {
    let rig = Rig::new();
    let first = rig.python("first", "serve(sync=lambda p: (call('ask', text='first?'), {})[1])");
    let second = "def sync(p):\n    while not os.path.exists('go'): time.sleep(0.005)\n    append('answers', json.dumps(call('ask', text='second?')))\n    \
                  while not os.path.exists('again'): time.sleep(0.005)\n    append('answers', json.dumps(call('ask', text='third?')))\n    return {}\nserve(sync=sync)";
    let session = rig.start_answering(vec![first, rig.python("notes", second)]);
    let (number, asked) = question(&session);
    assert_eq!(asked.text, "first?");
    wait_until(|| rig.file("notes", "").exists());
    std::fs::write(rig.file("notes", "go"), "").unwrap();
    wait_until(|| rig.noted("answers").contains("busy"));
    session.answer(number, Answer::Dismissed);
    assert!(session.events().iter().any(|event| matches!(event, SessionEvent::RowFinal { .. })));
    std::fs::write(rig.file("notes", "again"), "").unwrap();
    let (number, asked) = question(&session);
    assert_eq!(asked.text, "third?");
    session.answer(number, Answer::Given("yes".into()));
    session.wait();
    assert!(rig.noted("answers").ends_with("{\"answer\": \"yes\"}\n"));
}

#[test]
fn p_096_a_dialog_is_granted_to_one_handler_at_a_time_and_refused_at_once_to_others() {
    let rig = Rig::new();
    let holder = "def sync(p):\n    append('first', json.dumps(call('dialog', open=True)))\n    while not os.path.exists('gone'): time.sleep(0.005)\n    \
                  append('first', json.dumps(call('dialog', open=False)))\n    append('first', 'told')\n    return {}\nserve(sync=sync)";
    let other = "def sync(p):\n    while not os.path.exists('go'): time.sleep(0.005)\n    append('answers', json.dumps(call('dialog', open=True)))\n    \
                 append('answers', json.dumps(call('ask', text='?')))\n    \
                 while not os.path.exists('again'): time.sleep(0.005)\n    append('answers', json.dumps(call('dialog', open=True)))\n    return {}\nserve(sync=sync)";
    let session = rig.start_answering(vec![rig.python("first", holder), rig.python("notes", other)]);
    let said = |name: &str, file: &str| std::fs::read_to_string(rig.file(name, file)).unwrap_or_default();
    wait_until(|| said("first", "first").contains("granted"));
    std::fs::write(rig.file("notes", "go"), "").unwrap();
    wait_until(|| said("notes", "answers").lines().count() == 2);
    std::fs::write(rig.file("first", "gone"), "").unwrap();
    wait_until(|| said("first", "first").contains("told"));
    std::fs::write(rig.file("notes", "again"), "").unwrap();
    session.wait();
    let answers = said("notes", "answers");
    let expected = [
        r#"{"granted": false, "reason": "busy"}"#,
        r#"{"answer": null, "reason": "busy"}"#,
        r#"{"granted": true}"#,
    ];
    assert_eq!(answers.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn p_097_dialogs_nest_end_with_their_run_and_one_too_many_is_gone_for_nobody() {
    let rig = Rig::new();
    let script = "def sync(p):\n    for open in (False, True, True, False): append('answers', json.dumps(call('dialog', open=open)))\n    \
                  return {}\nserve(sync=sync)";
    let other = "def sync(p):\n    while not os.path.exists('go'): time.sleep(0.005)\n    write('answer', json.dumps(call('dialog', open=True)))\n    return {}\nserve(sync=sync)";
    let session = rig.start_answering(vec![rig.python("notes", script), rig.python("other", other)]);
    let events = session.events().iter();
    let mut ended = events.filter(|event| matches!(event, SessionEvent::RowFinal { .. }));
    assert!(ended.next().is_some());
    std::fs::write(rig.file("other", "go"), "").unwrap();
    session.wait();
    let [no, yes] = [r#"{"granted": false}"#, r#"{"granted": true}"#];
    assert_eq!(rig.noted("answers").lines().collect::<Vec<_>>(), [no, yes, yes, no]);
    assert_eq!(std::fs::read_to_string(rig.file("other", "answer")).unwrap(), yes);
}

#[test]
fn p_098_a_stop_answers_what_is_asked() {
    let rig = Rig::new();
    let session =
        rig.start_answering(vec![rig.python("notes", &ASKING.replace(", {})[1]", ", {'items': []})[1]"))]);
    question(&session);
    session.stop();
    assert_eq!(statuses(&session.wait()), [Stopped, Stopped]);
    assert_eq!(rig.noted("answer"), r#"{"answer": null, "reason": "stopped"}"#);
}

#[test]
fn d8_27_a_password_is_asked_for_and_is_in_no_event() {
    let rig = Rig::new();
    let script =
        "serve(sync=lambda p: (write('answer', call('ask', text='?', kind='password')['answer']), {})[1])";
    let session = rig.start_answering(vec![rig.python("notes", script)]);
    let (number, question) = question(&session);
    assert_eq!(question.kind, QuestionKind::Password);
    session.answer(number, Answer::Given("hunter2".into()));
    let rest: Vec<_> =
        session.events().iter().take_while(|it| !matches!(it, SessionEvent::Finished(_))).collect();
    assert!(!format!("{rest:?}{:?}", session.wait()).contains("hunter2"));
    assert_eq!(rig.noted("answer"), "hunter2");
}

#[test]
fn d8_27_in_a_show_questions_are_allowed_in_any_session() {
    let rig = Rig::new();
    let script = "serve(sync=lambda p: (call('log', level='error', text='x', log_id='e', jump=True), {})[1], \
                  showError=lambda p: (write('answer', json.dumps(call('ask', text='sure?'))), {})[1])";
    let mut request =
        SessionRequest::new(SessionId::from_u128(1), SCHEDULED, vec![rig.python("notes", script)]);
    request.answers = Answers::Events;
    request.closing = syncmgr_engine::Closing::ByHand;
    let session = rig.engine.start(request);
    let settled = next_settled(&session);
    session.activate(settled.entries[0].number);
    let (number, _) = question(&session);
    session.answer(number, Answer::Given("yes".into()));
    wait_until(|| rig.noted("answer") == r#"{"answer": "yes"}"#);
    session.close();
    session.wait();
}

/// Knows `vpn`, and a default one that is down.
#[derive(Default)]
struct OneConnection(Mutex<Vec<String>>);

impl Connector for OneConnection {
    fn open(&self, name: Option<&str>) -> Result<Established, ConnectError> {
        match name {
            Some("vpn") => {
                self.0.lock().unwrap().push("open vpn".into());
                Ok(Established::Opened)
            }
            Some(_) => Err(ConnectError::UnknownName),
            None => Err(ConnectError::CannotConnect),
        }
    }

    fn close(&self, name: Option<&str>) {
        self.0.lock().unwrap().push(format!("close {}", name.unwrap_or("default")));
    }
}

#[test]
fn p_103_connections_are_opened_refused_and_closed_at_the_end() {
    let mut rig = Rig::new();
    let connector = Arc::new(OneConnection::default());
    rig.engine = Engine::new(Services { clock: Arc::new(SystemClock), connector: connector.clone() });
    let script = "serve(sync=lambda p: (write('answers', json.dumps([call('connect', name='vpn'), call('connect'), \
                  call('connect', name='')['code'], call('connect', name='lan')['code']])), {})[1])";
    rig.runs(script);
    let answers: serde_json::Value = serde_json::from_str(&rig.noted("answers")).unwrap();
    assert_eq!(answers[0], serde_json::json!({ "connected": true }));
    assert_eq!(answers[1]["connected"], false);
    assert_eq!((&answers[2], &answers[3]), (&(-32602).into(), &(-32602).into()));
    assert_eq!(*connector.0.lock().unwrap(), ["open vpn", "close vpn"]);
}

#[derive(Default)]
struct OneSecret(Mutex<Vec<(String, SecretUse)>>);

impl Secrets for OneSecret {
    fn secret(&self, handler: &str, key: &str) -> Option<String> {
        (handler == "notes" && key == "imap").then(|| "hunter2".to_owned())
    }

    fn audit(&self, _: &str, key: &str, used: SecretUse) {
        self.0.lock().unwrap().push((key.to_owned(), used));
    }
}

#[test]
fn d8_27_only_declared_secrets_are_given_and_each_wish_is_audited() {
    let rig = Rig::new();
    let script = "serve(sync=lambda p: (write('answers', json.dumps([call('secret', key=k).get('value') or \
                  call('secret', key=k)['code'] for k in ('imap', 'smtp', 'pop')])), {})[1])";
    let secrets = Arc::new(OneSecret::default());
    let mut spec = rig.spec("notes", script);
    spec.manifest = Manifest::parse("secrets = ['imap', 'smtp']").unwrap();
    spec.secrets = secrets.clone();
    let report = rig.run(vec![entry(spec)]);
    assert_eq!(rig.noted("answers"), r#"["hunter2", -32001, -32001]"#);
    let mut audited = secrets.0.lock().unwrap().clone();
    audited.dedup();
    let expected = [("imap", SecretUse::Given), ("smtp", SecretUse::Absent), ("pop", SecretUse::Undeclared)];
    assert_eq!(audited, expected.map(|(key, used)| (key.to_owned(), used)));
    assert!(!format!("{report:?}").contains("hunter2"));
}

#[test]
fn d8_27_a_state_is_brought_by_the_next_sync() {
    let rig = Rig::new();
    let script = "serve(sync=lambda p: (append('states', json.dumps([i.get('state') for i in p['items']])), \
                  append('accepted', json.dumps(call('state', item='a', state='half'))), \
                  {'items': [{'id': 'a', 'outcome': 'succeeded'}, {'id': 'b', 'outcome': 'succeeded', 'state': 'whole'}]})[2])";
    rig.runs(script);
    rig.runs(script);
    assert_eq!(rig.noted("states"), "[null, null]\n[\"half\", \"whole\"]\n");
    assert_eq!(rig.noted("accepted"), "{\"accepted\": true}\n{\"accepted\": true}\n");
}

#[test]
fn d8_21_a_stop_calls_off_what_is_shown() {
    let rig = Rig::new();
    let script = "def show(p):\n    write('here', '')\n    note = until(lambda m: m['method'] == '$/cancelRequest')\n    \
                  write('cancelled', str(note['params']['id']))\n    return Exception(-32800, 'cancelled')\n\
                  serve(sync=lambda p: (call('log', level='error', text='x', log_id='e', jump=True), {})[1], showError=show)";
    let session = rig.start_by_hand(vec![rig.python("notes", script)]);
    let settled = next_settled(&session);
    session.activate(settled.entries[0].number);
    rig.wait_for("here");
    session.stop();
    assert_eq!(rig.wait_for("cancelled"), "5");
    session.close();
    session.wait();
}
