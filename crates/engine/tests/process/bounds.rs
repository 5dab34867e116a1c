//! Lines, and how much of anything is taken.

use syncmgr_model::entry::LogLevel;
use syncmgr_model::status::ItemStatus::{Failed, Succeeded};

use crate::rig::*;

#[test]
fn d8_11_a_hundred_stray_lines_are_borne_and_one_more_is_not() {
    let rig = Rig::new();
    let printing = |n_lines: u32| {
        format!(
            "def sync(p):\n    raw('hello\\n' * {n_lines})\n    call('progress', item='a')\n    return {{}}\nserve(sync=sync)"
        )
    };
    let report = rig.runs(&printing(100));
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert_eq!(find(&report, "printed a line that is no message: `hello`").level, LogLevel::Warning);
    find(&report, "printed 99 more lines that are no messages");
    let report = rig.runs(&printing(101));
    assert_eq!(statuses(&report), [Failed, Failed]);
    find(&report, "printed more than 100 lines that are no messages, the last one: `hello`");
}

#[test]
fn d8_11_a_print_without_an_end_a_mark_and_halves_of_characters_are_borne() {
    let rig = Rig::new();
    let script = "m = take()\nraw(b'\\xef\\xbb\\xbf' + b'{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocol\":1}}\\n\\n\\r\\n')\n\
                  def sync(p):\n    raw(b'50%{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"level\":\"error\",\"text\":\"\\xff\\\\ud83d\"}}\\n')\n    return {}\nserve(sync=sync)";
    let report = rig.runs(script);
    find(&report, "\u{fffd}\u{fffd}");
    find(&report, "printed a line that is no message: `50%`");
}

#[test]
fn d8_14_a_long_line_ends_the_handler_unless_it_was_agreed_on() {
    let rig = Rig::new();
    let writing = |caps: &str| {
        format!(
            "serve(initialize={{'protocol': 1{caps}}}, sync=lambda p: (tell('log', level='warning', text='x' * (2 << 20)), {{}})[1])"
        )
    };
    let report = rig.runs(&writing(""));
    assert_eq!(statuses(&report), [Failed, Failed]);
    find(&report, "`notes` wrote a line longer than 1048576 bytes");
    let report = rig.runs(&writing(", 'line_max': 4 << 20"));
    assert_eq!(statuses(&report), [Succeeded, Succeeded]);
    assert_eq!(find(&report, "xxx").text.len(), 4096, "texts are cut");
}

#[test]
fn d8_15_entries_beyond_a_thousand_are_counted() {
    let rig = Rig::new();
    let report = rig.runs(
        "def sync(p):\n    for n in range(1100): tell('log', level='warning', item='a', text=str(n))\n    return {}\nserve(sync=sync)",
    );
    assert_eq!(report.entries.len(), 1001);
    assert_eq!(find(&report, "and 100 more from `notes`").item, Some(item("a")));
}

#[test]
fn d8_15_no_more_is_read_while_sixty_four_requests_are_open() {
    let rig = Rig::new();
    // All are asked before one answer is read; each is answered.
    let script = "def sync(p):\n    write('here', '')\n    until(lambda m: m['params'].get('all') == 'pause')\n    \
                  names = [begin('checkpoint') for _ in range(200)]\n    write('asked', '')\n    \
                  got = []\n    \
                  while len(got) < 200:\n        m = take()\n        if 'method' not in m: got.append(m['id'])\n    \
                  write('in_order', str(got == names))\n    return {}\nserve(sync=sync)";
    let session = rig.start(vec![rig.python("notes", script)]);
    rig.wait_for("here");
    session.pause();
    rig.wait_for("asked");
    session.resume();
    assert_eq!(statuses(&session.wait()), [Succeeded, Succeeded]);
    assert_eq!(rig.noted("in_order"), "True");
}

#[test]
fn d8_15_the_end_of_standard_error_explains_a_failure() {
    let rig = Rig::new();
    let script = "def sync(p):\n    sys.stderr.write('first\\n' + 'x' * 100000 + '\\n' + 'word\\n' * 20000 + 'last words\\n')\n    \
                  sys.stderr.flush()\n    sys.exit(3)\nserve(sync=sync)";
    let report = rig.runs(script);
    let entry =
        find(&report, "`notes` ended (exit status 3) before it answered `sync`; its last words: last words");
    let detail = entry.detail.detail.as_deref().unwrap();
    assert!(detail.ends_with("word\nlast words") && detail.len() <= 64 << 10 && !detail.contains("first"));
}
