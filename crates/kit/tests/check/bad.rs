//! Handlers that break the protocol in one way each, and the claim that finds it. They are the same good handler with some
//! of its text replaced, so that nothing else can be what is found.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use syncmgr_kit::check::{Kind, Verdict, claims};

use crate::{check_text, check_text_for, failures};

const BASE: &str = include_str!("base.py");

#[test]
fn the_handler_they_are_made_of_holds() {
    let report = check_text(BASE);
    assert!(report.is_good(), "{}", failures(&report));
}

/// A broken handler: what is replaced by what, the claim that fails, and a part of what it says.
struct Bad {
    name: &'static str,
    changes: &'static [(&'static str, &'static str)],
    claim: &'static str,
    says: &'static str,
}

const BAD: &[Bad] = &[
    Bad {
        name: "does not start",
        changes: &[("#!/usr/bin/env python3", "#!/nowhere/python3")],
        claim: "starts",
        says: "cannot be started",
    },
    Bad {
        name: "crashes at once",
        changes: &[("\nmain()\n", "\nraise SystemExit(3)\n")],
        claim: "starts",
        says: "it ended (exit status: 3) before it answered `initialize`",
    },
    Bad { name: "has no name", changes: &[("\"name\": \"base\", ", "")], claim: "starts", says: "no `name`" },
    Bad {
        name: "agrees to any version",
        changes: &[("not low <= 1 <= high", "False"), ("{\"protocol\": 1,", "{\"protocol\": high,")],
        claim: "version",
        says: "agreed to version 99",
    },
    Bad {
        name: "answers what it does not know",
        changes: &[("\"error\": {\"code\": -32601, \"message\": \"not offered\"}", "\"result\": {}")],
        claim: "unknown-method",
        says: "answered a method that does not exist",
    },
    Bad {
        name: "refuses what it does not know with another code",
        changes: &[("-32601", "-1")],
        claim: "unknown-method",
        says: "it refused with -1",
    },
    Bad {
        name: "lists new ids each time",
        changes: &[("{\"id\": \"a\", \"name\": \"A\"}", "{\"id\": os.urandom(8).hex(), \"name\": \"A\"}")],
        claim: "lists",
        says: "names other ids",
    },
    Bad {
        name: "has other ids in each process",
        changes: &[("\"id\": \"a\", \"name\": \"A\"", "\"id\": str(os.getpid()), \"name\": \"A\"")],
        claim: "lists",
        says: "another process names other ids",
    },
    Bad {
        name: "lists an id twice",
        changes: &[("\"id\": \"b\"", "\"id\": \"a\"")],
        claim: "lists",
        says: "`a` is listed twice",
    },
    Bad {
        name: "lists an empty id",
        changes: &[("\"id\": \"b\"", "\"id\": \"\"")],
        claim: "lists",
        says: "an id has 0 bytes",
    },
    Bad {
        name: "never reports",
        changes: &[("range(5)", "range(0)")],
        claim: "synchronizes",
        says: "no progress on `a`",
    },
    Bad {
        name: "forgets an item",
        changes: &[("for item in params[\"items\"]]", "for item in params[\"items\"]][:1]")],
        claim: "synchronizes",
        says: "no result for `b`",
    },
    Bad {
        name: "does not look at a skip",
        changes: &[(
            "SKIPPED, STOPPED = \"skipped\", \"stopped\"",
            "SKIPPED, STOPPED = \"succeeded\", \"stopped\"",
        )],
        claim: "skip",
        says: "succeeded although its end was wanted before it began",
    },
    Bad {
        name: "ends everything on a skip",
        changes: &[(
            "return SKIPPED if verdict == \"skip\" else STOPPED\n        if",
            "os._exit(1)\n        if",
        )],
        claim: "skip",
        says: "it ended (exit status: 1) before it answered `sync`",
    },
    Bad {
        name: "does not look at a stop",
        changes: &[(
            "SKIPPED, STOPPED = \"skipped\", \"stopped\"",
            "SKIPPED, STOPPED = \"skipped\", \"succeeded\"",
        )],
        claim: "stop",
        says: "succeeded although its end was wanted before it began",
    },
    Bad {
        name: "goes on after a stop",
        changes: &[
            ("range(5)", "range(400)"),
            ("number == 2", "number == 999"),
            (
                "        if verdict != \"go\":\n            return SKIPPED if verdict == \"skip\" else STOPPED\n        if number",
                "        stopped = verdict == \"stop\"\n        if verdict == \"skip\":\n            return SKIPPED\n        if number",
            ),
            (
                "return \"succeeded\"\n\n\ndef sync_all",
                "return STOPPED if stopped else \"succeeded\"\n\n\ndef sync_all",
            ),
            ("{\"items\": 5}", "{\"items\": 400}"),
        ],
        claim: "stop",
        says: "progress lines after the verdict",
    },
    Bad {
        name: "does not look at the answer to a checkpoint",
        changes: &[
            ("number == 2", "number == 4"),
            (
                "call(\"checkpoint\", {\"item\": item[\"id\"]})[\"v\"]",
                "call(\"checkpoint\", {\"item\": item[\"id\"]}) and \"go\"",
            ),
        ],
        claim: "stop-at-checkpoint",
        says: "`a` succeeded although its checkpoint",
    },
    Bad {
        name: "declares a pause and does not hold still",
        changes: &[
            ("number == 2", "number == 999"),
            (
                "verdict = call(\"progress\", {\"item\": item[\"id\"], \"done\": {\"items\": number}, \"total\": {\"items\": 5}})[\"v\"]",
                "verdict = \"go\"; send({\"method\": \"progress\", \"params\": {\"item\": item[\"id\"]}})",
            ),
        ],
        claim: "pause",
        says: "through although the run was paused",
    },
    Bad {
        name: "cannot go on after it was killed",
        changes: &[(
            "def sync(item):\n",
            "def sync(item):\n    if os.path.exists(\"lock\"):\n        return \"failed\"\n    open(\"lock\", \"w\").close()\n    outcome = really_sync(item)\n    os.remove(\"lock\")\n    return outcome\n\n\ndef really_sync(item):\n",
        )],
        claim: "kill",
        says: "the next run ended `a` as failed",
    },
    Bad {
        name: "stays when its input is closed",
        changes: &[(
            "def leave():\n    sys.exit(0)",
            "def leave():\n    while True:\n        os.read(os.pipe()[0], 1)",
        )],
        claim: "input-closed",
        says: "still there",
    },
    Bad {
        name: "ends with a status",
        changes: &[("def leave():\n    sys.exit(0)", "def leave():\n    sys.exit(4)")],
        claim: "exit",
        says: "it ended (exit status: 4)",
    },
    Bad {
        name: "leaves a process behind",
        changes: &[(
            "\nmain()\n",
            "\nimport subprocess\nsubprocess.Popen([\"sleep\", \"1000\"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\nmain()\n",
        )],
        claim: "leftovers",
        says: "1 processes that it started",
    },
    Bad {
        name: "hangs on a line that is no message",
        changes: &[("def garbage():\n    pass", "def garbage():\n    os.read(os.pipe()[0], 1)")],
        claim: "not-a-message",
        says: "no answer to `enumerate`",
    },
    Bad {
        name: "crashes on a strange state",
        changes: &[(
            "def sync(item):\n",
            "def sync(item):\n    assert \"future\" not in item.get(\"state\", \"\")\n",
        )],
        claim: "strange-state",
        says: "before it answered `sync`",
    },
    Bad {
        name: "fails without a word on a strange state",
        changes: &[(
            "def sync(item):\n",
            "def sync(item):\n    if \"future\" in item.get(\"state\", \"\"):\n        return \"failed\"\n",
        )],
        claim: "strange-state",
        says: "nothing says why",
    },
    Bad {
        name: "numbers its progress by twos",
        changes: &[(
            "    for number in range(5):\n",
            "    for number in range(5):\n        global seq\n        seq += 2\n        send({\"method\": \"progress\", \"params\": {\"seq\": seq, \"item\": item[\"id\"]}})\n",
        )],
        claim: "credit",
        says: "`seq` is 2 after 0",
    },
    Bad {
        name: "does not wait for credit",
        changes: &[(
            "    for number in range(5):\n",
            "    for number in range(5):\n        global seq\n        for _ in range(9):\n            seq += 1\n            send({\"method\": \"progress\", \"params\": {\"seq\": seq, \"item\": item[\"id\"]}})\n",
        )],
        claim: "credit",
        says: "the window is 4",
    },
    Bad {
        name: "waits for an answer that nobody gives",
        changes: &[
            (
                "def sync(item):\n",
                "def sync(item):\n    asked.append(call(\"ask\", {\"text\": \"sure?\", \"kind\": \"text\"}))\n    if len(asked) > 2 * len(params_of):\n        os.read(os.pipe()[0], 1)\n",
            ),
            ("def sync_all(params):\n", "asked = []\nparams_of = [1] * 1\n\n\ndef sync_all(params):\n"),
            (
                "{\"items\": [{\"id\": \"a\", \"name\": \"A\"}, {\"id\": \"b\", \"name\": \"B\"}]}",
                "{\"items\": [{\"id\": \"a\"}, {\"id\": \"b\"}, {\"id\": \"c\"}]}",
            ),
        ],
        claim: "synchronizes",
        says: "no answer to `sync`",
    },
    Bad {
        name: "has done more than there is",
        changes: &[("\"done\": {\"items\": number}", "\"done\": {\"items\": number * 3}")],
        claim: "stats",
        says: "has done 12 of 5",
    },
    Bad {
        name: "succeeds with errors",
        changes: &[(
            "\"outcome\": sync(item)}",
            "\"outcome\": sync(item), \"stats\": {\"errors\": {\"io\": 2}}}",
        )],
        claim: "stats",
        says: "succeeded with 2 errors",
    },
    Bad {
        name: "has a status of its own",
        changes: &[("\"done\": {\"items\": number}", "\"status\": \"dancing\"")],
        claim: "messages",
        says: "params of `progress`",
    },
    Bad {
        name: "logs without a level",
        changes: &[(
            "def sync(item):\n",
            "def sync(item):\n    send({\"method\": \"log\", \"params\": {\"text\": \"hello\"}})\n",
        )],
        claim: "messages",
        says: "missing field `level`",
    },
    Bad {
        name: "counts in words",
        changes: &[("\"done\": {\"items\": number}", "\"done\": {\"items\": \"three\"}")],
        claim: "messages",
        says: "a member of `done` is no number",
    },
    Bad {
        name: "prints between the lines",
        changes: &[("def sync(item):\n", "def sync(item):\n    write(\"50 %\")\n")],
        claim: "clean-output",
        says: "point standard output at standard error",
    },
    Bad {
        name: "prints before a line",
        changes: &[("def sync(item):\n", "def sync(item):\n    out.write(b\"50 %\")\n")],
        claim: "clean-output",
        says: "`50 %` stands before a message",
    },
    Bad {
        name: "answers with a text for an id",
        changes: &[(
            "send({\"id\": message[\"id\"], \"result\": result})",
            "send({\"id\": str(message[\"id\"]), \"result\": result})",
        )],
        claim: "starts",
        says: "a reply with id \"1\", but the open request is 1 (`initialize`)",
    },
    Bad {
        name: "answers twice",
        changes: &[(
            "            result = sync_all(params)\n",
            "            result = sync_all(params)\n            send({\"id\": message[\"id\"], \"result\": result})\n",
        )],
        claim: "answers",
        says: "a reply with id 4",
    },
    Bad {
        name: "reports outside of a run",
        changes: &[(
            "            result = {}\n        else",
            "            send({\"method\": \"progress\", \"params\": {\"item\": \"a\"}})\n            result = {}\n        else",
        )],
        claim: "in-order",
        says: "`progress` outside of `prepare` and `sync`",
    },
    Bad {
        name: "reports an item nobody asked for",
        changes: &[(
            "def sync(item):\n",
            "def sync(item):\n    send({\"method\": \"progress\", \"params\": {\"item\": \"z\"}})\n",
        )],
        claim: "in-order",
        says: "`z`, which is not part of the run",
    },
    Bad {
        name: "logs a secret",
        changes: &[(
            "def sync(item):\n",
            "def sync(item):\n    value = call(\"secret\", {\"key\": \"imap\"})[\"value\"]\n    send({\"method\": \"log\", \"params\": {\"level\": \"information\", \"text\": \"login with \" + value}})\n",
        )],
        claim: "secrets",
        says: "a secret is in this line",
    },
    Bad {
        name: "prints a secret",
        changes: &[(
            "def sync(item):\n",
            "def sync(item):\n    print(call(\"secret\", {\"key\": \"imap\"})[\"value\"], flush=True)\n",
        )],
        claim: "secrets",
        says: "a secret is on standard error",
    },
];

#[test]
fn each_broken_handler_is_found_out_by_the_claim_it_breaks() {
    let next = AtomicUsize::new(0);
    let missed = Mutex::new(Vec::new());
    // Most of them wait most of the time.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(bad) = BAD.get(next.fetch_add(1, Ordering::Relaxed)) {
                    missed.lock().unwrap().extend(missed_by(bad));
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

/// What the suite should have found and has not.
fn missed_by(bad: &Bad) -> Option<String> {
    let mut text = BASE.to_owned();
    for (from, to) in bad.changes {
        assert!(text.contains(from), "{}: the handler has no `{from}`", bad.name);
        text = text.replacen(from, to, 1);
    }
    // What is noticed throughout may be said at any time; the others are looked at alone.
    let kind = claims().find(|claim| claim.name == bad.claim).unwrap().kind;
    let report = check_text_for(&text, &|claim| kind == Kind::Throughout || claim.name == bad.claim);
    let found = report.failures().find(|finding| finding.claim.name == bad.claim);
    let is_found = found.is_some_and(|finding| match &finding.verdict {
        Verdict::Failed { found, exchange } => {
            let has_lines = exchange.iter().any(|line| line.starts_with("H> "));
            found.contains(bad.says) && (has_lines || found.contains("cannot be started"))
        }
        _ => false,
    });
    (!is_found).then(|| {
        let expected = format!("{}: expected `{}` to fail with `{}`", bad.name, bad.claim, bad.says);
        format!("{expected}\n{}", failures(&report))
    })
}
