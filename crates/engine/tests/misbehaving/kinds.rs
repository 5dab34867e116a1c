//! The kinds of misbehaving, one test each.

use std::time::Duration;

use syncmgr_engine::process::Limits;
use syncmgr_model::status::ItemStatus::{self, Failed, Stopped, Succeeded};

/// One way not to behave.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) when: When,
    pub(crate) limits: fn(Limits) -> Limits,
    /// What becomes of its items; none if it never gets to have any.
    pub(crate) ends: &'static [ItemStatus],
    /// What the entries say.
    pub(crate) says: &'static [&'static str],
    pub(crate) script: &'static str,
}

/// How the session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// By itself.
    Alone,
    /// Somebody stops it, once the handler has written `here`.
    Stopped,
}

const FAILS: &[ItemStatus] = &[Failed, Failed];
const WORKS: &[ItemStatus] = &[Succeeded, Succeeded];
const STOPS: &[ItemStatus] = &[Stopped, Stopped];
const NONE: &[ItemStatus] = &[];

fn usual(limits: Limits) -> Limits {
    limits
}

fn impatient(limits: Limits) -> Limits {
    let patience = Duration::from_millis(500);
    Limits { initialize: patience * 2, enumerate: patience, stall_after: patience, ..limits }
}

/// Declares the kinds, and a test for each.
macro_rules! kinds {
    ($($name:ident: $when:ident, $limits:ident, $ends:ident, $says:expr, $script:expr;)+) => {
        pub(crate) const KINDS: &[Kind] = &[$(Kind {
            name: stringify!($name), when: When::$when, limits: $limits, ends: $ends, says: &$says, script: $script,
        },)+];

        $(
            #[test]
            fn $name() {
                crate::check(KINDS.iter().find(|kind| kind.name == stringify!($name)).unwrap());
            }
        )+
    };
}

kinds! {
    crashes_at_start: Alone, usual, NONE,
        ["`notes` refused to start: ended (exit status 3) before it answered `initialize`; its last words: no module named notes"],
        "sys.stderr.write('no module named notes\\n'); sys.exit(3)";
    crashes_in_initialize: Alone, usual, NONE, ["ended (killed by signal 9) before it answered `initialize`"],
        "take(); os.kill(os.getpid(), 9)";
    crashes_in_enumerate: Alone, usual, NONE,
        ["`notes` cannot list its items: ended (exit status 1) before it answered `enumerate`; its last words: KeyError: 'x'"],
        "serve(enumerate=lambda p: {}['x'])";
    crashes_in_prepare: Alone, usual, FAILS, ["`notes` ended (exit status 1) before it answered `prepare`"],
        "serve(prepare=lambda p: {}['x'])";
    crashes_in_sync: Alone, usual, FAILS, ["`notes` ended (killed by signal 11) before it answered `sync`"],
        "serve(sync=lambda p: os.kill(os.getpid(), 11))";
    crashes_between_prepare_and_sync: Alone, usual, FAILS, ["`notes` ended (exit status 7)"],
        "serve(prepare=lambda p: (send({'id': 3, 'result': {}}), os._exit(7)))";
    crashes_in_the_middle_of_a_line: Alone, usual, FAILS,
        ["ended (exit status 1) before it answered `sync`", "printed a line that is no message"],
        "serve(sync=lambda p: (raw('{\"jsonrpc\":\"2.0\",\"id\":4,\"res'), os._exit(1)))";
    crashes_in_shutdown: Alone, usual, WORKS, ["`notes` did not end well: ended (killed by signal 6) before it answered `shutdown`"], "serve(shutdown=lambda p: os.kill(os.getpid(), 6))";
    hangs_at_start: Alone, impatient, NONE, ["did not answer `initialize` within 1s"], "time.sleep(600)";
    hangs_in_enumerate: Alone, impatient, NONE, ["did not answer `enumerate` within 500ms"],
        "serve(enumerate=lambda p: time.sleep(600))";
    hangs_in_prepare: Alone, impatient, FAILS, ["said nothing for 500ms and its processes did nothing"],
        "serve(prepare=lambda p: time.sleep(600))";
    hangs_in_sync: Alone, impatient, FAILS, ["said nothing for 500ms and its processes did nothing"],
        "serve(sync=lambda p: time.sleep(600))";
    hangs_in_shutdown_and_ignores_signals: Alone, usual, WORKS, ["`notes` did not end well: did not answer `shutdown` within 300ms"],
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nserve(shutdown=lambda p: time.sleep(600))";
    never_replies_but_works_for_ever: Stopped, usual, STOPS, ["`notes` did not stop within 300ms and was ended"],
        "def sync(p):\n    while True: call('progress', item='a'); write('here', ''); time.sleep(0.01)\nserve(sync=sync)";
    ignores_stop_and_signals: Stopped, usual, STOPS, ["`notes` did not stop within 300ms and was ended"],
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n\
         def sync(p):\n    call('progress', item='a'); write('here', '')\n    while True: time.sleep(600)\nserve(sync=sync)";
    never_listens: Stopped, usual, STOPS, ["before it answered `sync`"],
        "def sync(p):\n    while True: tell('progress', item='a'); write('here', ''); time.sleep(0.01)\nserve(sync=sync)";
    floods_with_a_million_lines: Alone, usual, WORKS, [],
        "def sync(p):\n    line = json.dumps({'jsonrpc': '2.0', 'method': 'progress', 'params': {'item': 'a', 'text': 'x' * 20}}) + '\\n'\n    \
         for _ in range(1000): raw(line * 1000)\n    return {}\nserve(sync=sync)";
    floods_with_entries: Alone, usual, WORKS, ["and 99000 more from `notes`"],
        "def sync(p):\n    line = json.dumps({'jsonrpc': '2.0', 'method': 'log', 'params': {'level': 'information', 'text': 'x' * 100}}) + '\\n'\n    \
         for _ in range(100): raw(line * 1000)\n    return {}\nserve(sync=sync)";
    floods_with_large_entries: Alone, usual, WORKS, ["more from `notes`"],
        "def sync(p):\n    for n in range(1000): tell('log', level='information', text='x' * 5000, item='ab'[n % 2], detail='y' * 70000)\n    return {}\nserve(sync=sync)";
    floods_with_requests_and_reads_no_answer: Alone, impatient, FAILS, ["took none of its answers for 500ms"],
        "def sync(p):\n    while True: begin('progress', item='a')\nserve(sync=sync)";
    floods_with_conflicts: Alone, usual, WORKS, ["reported more than 10,000 conflicts"],
        "def sync(p):\n    for n in range(20000): tell('conflict', item='a', key=str(n) * 20, kind='edit-edit')\n    return {}\n\
         serve(initialize={'protocol': 1, 'caps': ['conflict']}, sync=sync)";
    floods_standard_error: Alone, usual, FAILS, ["its last words: xxx"],
        "def sync(p):\n    for _ in range(1000): os.write(2, b'x' * 99999 + b'\\n')\n    sys.exit(1)\nserve(sync=sync)";
    writes_a_line_of_a_hundred_megabytes: Alone, usual, FAILS, ["`notes` wrote a line longer than 1048576 bytes"],
        "def sync(p):\n    for _ in range(100): raw(b'x' * 1000000)\nserve(sync=sync)";
    writes_a_line_that_never_ends: Alone, usual, NONE, ["wrote a line longer than 1048576 bytes"],
        "while True: raw(b'{' * 65536)";
    writes_what_is_no_text: Alone, usual, FAILS, ["printed more than 100 lines that are no messages"],
        "serve(sync=lambda p: raw(b'\\xff\\xfe\\x00\\n' * 200))";
    prints_astray_and_works: Alone, usual, WORKS, ["printed a line that is no message: `Processing 1`"],
        "def sync(p):\n    for n in range(1, 20): raw('Processing %d\\n' % n); call('progress', item='a')\n    return {}\nserve(sync=sync)";
    nests_too_deep: Alone, usual, FAILS, ["printed more than 100 lines that are no messages"],
        "serve(sync=lambda p: raw(('{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"x\":' + '[' * 5000 + ']' * 5000 + '}}\\n') * 101))";
    replies_with_a_wrong_id: Alone, usual, FAILS, ["sent a reply with id 99, but the open request is 4 (sync)"],
        "serve(sync=lambda p: (send({'id': 99, 'result': {}}), time.sleep(600)))";
    replies_with_a_text_for_a_number: Alone, usual, FAILS, ["sent a reply with id \"4\", but the open request is 4 (sync)"],
        "serve(sync=lambda p: (send({'id': '4', 'result': {}}), time.sleep(600)))";
    replies_twice: Alone, usual, FAILS, ["sent a reply with id 3, but"],
        "serve(prepare=lambda p: (send({'id': 3, 'result': {}}), send({'id': 3, 'result': {}}), time.sleep(600)))";
    replies_with_result_and_error: Alone, usual, FAILS, ["sent a reply with both or neither of `result` and `error` (id 4)"],
        "serve(sync=lambda p: (send({'id': 4, 'result': {}, 'error': {'code': 1, 'message': ''}}), time.sleep(600)))";
    replies_with_neither: Alone, usual, FAILS, ["sent a reply with both or neither of `result` and `error` (id 4)"],
        "serve(sync=lambda p: (send({'id': 4}), time.sleep(600)))";
    answers_after_its_deadline: Alone, impatient, NONE, ["did not answer `enumerate` within 500ms"],
        "serve(enumerate=lambda p: (time.sleep(0.7), {'items': [{'id': 'a'}]})[1])";
    answers_initialize_with_a_number: Alone, usual, NONE, ["its answer to `initialize` cannot be read"],
        "serve(initialize=5)";
    answers_everything_with_null: Alone, usual, NONE, ["its answer to `initialize` lacks `protocol`"],
        "while True: raw('{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":null}\\n' % take()['id'])";
    speaks_another_version: Alone, usual, NONE, ["it chose protocol version 7, but 1 was offered"], "serve(initialize={'protocol': 7})";
    answers_enumerate_with_nonsense: Alone, usual, NONE, ["its answer to `enumerate` cannot be read"],
        "serve(enumerate={'items': 'none today'})";
    answers_sync_with_nonsense: Alone, usual, FAILS, ["gave an answer to `sync` that cannot be read"],
        "serve(sync={'items': {'a': 'succeeded'}})";
    gives_results_for_strangers: Alone, usual, FAILS,
        ["gave a result for an item that is not part of the run", "the handler gave no result for this item"],
        "serve(sync={'items': [{'id': 'z', 'outcome': 'succeeded'}, 7, None, {}]})";
    lists_more_than_it_may: Alone, usual, NONE, ["listed more than 65536 items"],
        "serve(enumerate=lambda p: ([tell('items', items=[{'id': '%d-%d' % (k, n)} for n in range(1000)]) for k in range(70)], {})[1])";
    lists_without_end: Alone, usual, NONE, ["listed more than 65536 items"],
        "import itertools\ndef listing(p):\n    for k in itertools.count(): tell('items', items=[{'id': '%d-%d' % (k, n), 'name': 'x' * 200} for n in range(1000)])\nserve(enumerate=listing)";
    lists_one_item_again_and_again: Alone, usual, WORKS, ["listed an item that was listed already; it is left out"],
        "serve(enumerate={'items': [{'id': 'a'}] * 10000 + [{'id': 'b'}]})";
    reports_absurd_values: Alone, usual, WORKS, ["reported a `done` or `total` that is no number"],
        "def sync(p):\n    for v in (-1, 1e308, -1e308, 10**400, 'many', None, [], {}, True): call('progress', item='a', done={'items': v, 'bytes': v}, total={'items': v})\n    return {}\nserve(sync=sync)";
    lies_about_totals: Alone, usual, WORKS, [],
        "def sync(p):\n    for n in range(100): call('progress', item='a', done={'items': n * n}, total={'items': 100 - n})\n    return {}\nserve(sync=sync)";
    reports_on_what_is_not_its_own: Alone, usual, WORKS, [],
        "def sync(p):\n    for i in ('other/a', '', 'x' * 100000, '\\u0000'): assert call('progress', item=i)['code'] == -32602\n    return {}\nserve(sync=sync)";
    gives_a_state_without_bounds: Alone, usual, WORKS, [],
        "serve(sync=lambda p: (write('code', str(call('state', item='a', state='x' * 900000)['code'])), {})[1])";
    asks_without_end: Alone, usual, WORKS, [],
        "serve(sync=lambda p: ([call('ask', text='?' * 1000) for _ in range(1000)], {})[1])";
    asks_for_secrets_it_did_not_declare: Alone, usual, WORKS, [],
        "def sync(p):\n    for n in range(100): assert call('secret', key='key%d' % n)['code'] == -32001\n    return {}\nserve(sync=sync)";
    says_what_only_the_manager_says: Alone, usual, WORKS, [],
        "def sync(p):\n    for m in ('initialize', 'sync', 'shutdown', 'verdict', ''): assert call(m)['code'] == -32601\n    tell('exit')\n    return {}\nserve(sync=sync)";
    closes_its_output: Alone, usual, FAILS, ["closed its standard output before it answered `sync`"],
        "serve(sync=lambda p: (os.close(1), time.sleep(600)))";
    closes_its_input: Alone, impatient, FAILS, ["said nothing for 500ms and its processes did nothing"],
        "serve(sync=lambda p: (os.close(0), time.sleep(600)))";
    leaves_a_child_with_the_pipe: Alone, usual, FAILS, ["ended (exit status 0) before it answered `sync`"],
        "import subprocess\nserve(sync=lambda p: (subprocess.Popen(['sleep', '600']), os._exit(0)))";
    leaves_a_daemon: Alone, usual, WORKS, [],
        "def sync(p):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0: time.sleep(600)\n        os._exit(0)\n    os.wait()\n    return {}\nserve(sync=sync)";
    leaves_many_children: Alone, usual, WORKS, [],
        "import subprocess\nserve(sync=lambda p: ([subprocess.Popen(['sleep', '600']) for _ in range(30)], {})[1])";
    stops_itself: Alone, impatient, FAILS, ["said nothing for 500ms and its processes did nothing"],
        "import signal\nserve(sync=lambda p: os.kill(os.getpid(), signal.SIGSTOP))";
    spins_in_silence: Alone, impatient, FAILS, ["said nothing for 2s though its processes are busy"],
        "def sync(p):\n    while True: pass\nserve(sync=sync)";
}

#[test]
fn there_are_at_least_thirty_kinds_and_each_has_its_own_name() {
    let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() == KINDS.len() && names.len() >= 30);
}
