//! What the format promises, with scripts in place of a tool; and finding set-ups.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use syncmgr_handler::conformance;
use syncmgr_handler::model::status::ItemStatus::{Failed, Skipped, Stopped, Succeeded};
use syncmgr_handler::model::verdict::Verdict;
use syncmgr_recipes::{Found, Recipe, RecipeFactory, discover};

use crate::home::{Home, lives};
use crate::manager::Run;

/// A recipe whose tool is the script `tool` in the home directory, with further lines.
fn recipe(home: &Home, script: &str, more: &str) -> Recipe {
    let tool =
        home.script("tool", &format!("test \"$1\" = --version && {{ echo tool 1.2; exit; }}\n{script}"));
    let tool = tool.display();
    let head = format!(
        "format = 1\nname = 'made-up'\nabout = 'made up'\n\
         tool = {{ program = '{tool}', package = 'tool', version = ['{tool}', '--version'], pattern = 'tool (?P<version>.*)', minimum = '1.0' }}\n\
         [[parameter]]\nname = 'things'\nhelp = 'the things'\nkind = 'list'\ndefault = 'one'\n\
         [[items]]\nfrom = 'list'\nof = 'things'\nid = '{{item}}'\nname = '{{item}}'\n"
    );
    let source = format!("{head}{}", more.replace("TOOL", &tool.to_string()));
    Recipe::parse(&source).unwrap_or_else(|error| panic!("{error}\n{source}"))
}

const RUN: &str = "[[step]]\nname = 'run'\nrun = ['TOOL', '{item}']\n";

#[test]
fn an_item_is_an_argument_and_never_a_command() {
    let home = Home::new();
    let recipe = recipe(&home, "printf '%s' \"$1\" > \"$HOME/got\"", RUN);
    let nasty = "$(touch pwned); `touch pwned` && touch pwned";
    Run::of(recipe, &home).with("things", nasty).run().only().is(Succeeded, &[]);
    assert_eq!(home.read("got"), nasty);
    assert!(!home.at("pwned").exists());
}

#[test]
fn a_failure_that_no_rule_knows_quotes_the_last_line() {
    let home = Home::new();
    let recipe = recipe(&home, "echo working; echo 'cannot do it' >&2; exit 9", RUN);
    Run::of(recipe, &home).run().only().is(Failed, &["error: `run` ended with exit status 9: cannot do it"]);
}

#[test]
fn ends_lead_to_later_steps_and_variables_live_on() {
    let home = Home::new();
    let more = "[[step]]\nname = 'probe'\nrun = ['TOOL', 'probe']\n\
         line = [{ pattern = '^color (?P<color>.*)', keep = true }]\n\
         end = [{ exit = [4], output = 'skip to (?P<where>.*)', then = 'last' }]\n\
         [[step]]\nname = 'middle'\nrun = ['TOOL', 'middle']\n\
         [[step]]\nname = 'last'\nif = ['color=red', '!missing']\nrun = ['TOOL', 'last', '{color}', '{where}']\n\
         end = [{ exit = [0], then = 'skipped', level = 'warning', text = '{color} {where} {exit}' }]\n\
         line = [{ pattern = '(?P<missing>never)' }]\n";
    let script =
        "echo \"$@\" >> $HOME/calls; test $1 = probe && { echo color red; echo skip to b; exit 4; }; exit 0";
    let recipe = recipe(&home, script, more);
    Run::of(recipe, &home).run().only().is(Skipped, &["warning: red b 0"]);
    assert_eq!(home.read("calls"), "probe\nlast red b\n");
}

#[test]
fn progress_is_read_from_redrawn_lines_and_from_json() {
    let home = Home::new();
    let more = format!(
        "{RUN}line = [\n\
         {{ pattern = '(?P<value>\\d+)/(?P<max>\\d+) (?P<bytes>\\S+ KiB)', progress = {{ value = '{{value}}', max = '{{max}}', bytes = '{{bytes}}' }} }},\n\
         {{ json = {{ 'a.kind' = 'status' }}, fields = {{ done = 'a.n.0' }}, progress = {{ value = '{{done}}', max = '10', text = 'now {{done}}' }} }},\n]\n"
    );
    let script = "printf '1/4 1.5 KiB\\r2/4 2 KiB\\r\\n'; echo '{\"a\":{\"kind\":\"status\",\"n\":[7]}}'; echo '{\"a\":{\"kind\":\"other\",\"n\":[8]}}'";
    let recipe = recipe(&home, script, &more);
    let report = Run::of(recipe, &home).run();
    let item = report.only().is(Succeeded, &[]);
    assert_eq!(item.values, [(1, 4), (2, 4), (7, 10)]);
    assert_eq!(item.bytes, [1536, 2048]);
    assert_eq!(item.texts, ["now 7"]);
}

#[test]
fn who_does_not_end_within_the_grace_is_killed() {
    let home = Home::new();
    let more = format!("[cancel]\nsignal = 'interrupt'\ngrace = 1\n{RUN}");
    let script =
        "trap '' INT TERM; echo $$ > $HOME/part; mv $HOME/part $HOME/started; while :; do sleep 0.1; done";
    let recipe = recipe(&home, script, &more);
    let report = Run::of(recipe, &home).once(home.at("started"), Verdict::Stop).run();
    report.only().is(Stopped, &[]);
    assert!(!lives(&home.at("started")));
}

#[test]
fn what_a_tool_leaves_behind_ends_with_it_and_holds_nobody_up() {
    let home = Home::new();
    let script = "(setsid sh -c 'echo $$ > $HOME/left; exec sleep 1000' &); while ! test -s $HOME/left; do :; done; exit 0";
    let recipe = recipe(&home, script, RUN);
    Run::of(recipe, &home).run().only().is(Succeeded, &[]);
    assert!(!lives(&home.at("left")));
}

#[test]
fn a_flood_of_messages_is_counted_and_told_once_each() {
    let home = Home::new();
    let more = format!(
        "{RUN}line = [{{ pattern = '^bad (?P<at>.*)', level = 'warning', text = '{{at}} is bad' }}]\n"
    );
    let script = "i=0; while test $i -lt 1000; do echo bad $i; echo bad 0; i=$((i+1)); done; head -c 3000000 /dev/zero";
    let recipe = recipe(&home, script, &more);
    let report = Run::of(recipe, &home).run();
    let entries = &report.only().entries;
    assert_eq!(entries.len(), 201);
    assert_eq!(entries[200], "warning: and 800 more messages");
}

#[test]
fn an_old_or_a_missing_tool_is_told_instead_of_items() {
    let home = Home::new();
    let old = "format = 1\nname = 'old'\nabout = 'old'\n\
        tool = { program = 'sh', package = 'dash', version = ['echo', 'sh 0.3'], pattern = 'sh (?P<version>.*)', minimum = '0.5' }\n\
        items = [{ from = 'one', id = 'x', name = 'x' }]\nstep = [{ name = 'a' }]\n";
    let entries = Run::of(Recipe::parse(old).unwrap(), &home).run().entries;
    assert_eq!(entries, ["error: cannot list its items: `sh` is version 0.3, and at least 0.5 is needed"]);
    let missing = old.replace("program = 'sh'", "program = 'syncmgr-no-such-tool'");
    let entries = Run::of(Recipe::parse(&missing).unwrap(), &home).run().entries;
    assert_eq!(
        entries,
        ["error: cannot list its items: `syncmgr-no-such-tool` is not installed (Debian package `dash`)"]
    );
}

#[test]
fn a_recipe_keeps_the_contract() {
    let home = Home::new();
    let recipe = recipe(&home, "echo $1", RUN);
    let values = BTreeMap::from([("things".to_owned(), "a,b,c".to_owned())]);
    let factory = RecipeFactory::new(recipe, "made-up".to_owned(), &values, home.surroundings()).unwrap();
    conformance::check(&factory).unwrap();
}

#[test]
fn mistakes_are_found_with_line_key_and_hint() {
    let good = "format = 1\nname = 'x'\nabout = 'x'\n\
        tool = { program = 'x', package = 'x', version = ['x'], pattern = '(?P<version>.)', minimum = '1' }\n\
        items = [{ from = 'one', id = 'x', name = 'x' }]\n\
        [[step]]\nname = 'a'\nrun = ['x']\n[[step]]\nname = 'b'\nrun = ['x', '{home}']\n";
    Recipe::parse(good).unwrap();
    for (from, to, expected, hint) in [
        (
            "'{home}'",
            "'{hone}'",
            "line 11: `step.2.run.2`: nothing sets `hone`",
            Some("did you mean `home`?"),
        ),
        ("run = ['x']", "rnu = ['x']", "line 8: `rnu`: unknown field `rnu`", Some("did you mean `run`?")),
        ("run = ['x']", "run = []", "line 8: `step.1.run`: there is no program to run", None),
        ("name = 'b'", "name = 'a'", "line 10: `step.2.name`: there are two steps `a`", None),
        (
            "format = 1",
            "format = 2",
            "line 1: `format`: format 2 is not known",
            Some("this version reads `format = 1`"),
        ),
        ("(?P<version>.)", "(?P<version>.", "line 4: `tool.pattern`: no regular expression", None),
        (
            "name = 'b'",
            "name = 'b'\nend = [{ then = 'a' }]",
            "line 11: `step.2.end.1.then`: step `a` is not a later one",
            None,
        ),
        (
            "name = 'b'",
            "name = 'b'\nend = [{ then = 'failed' }]",
            "line 11: `step.2.end.1`: an item that is left or fails needs",
            None,
        ),
        (
            "name = 'b'",
            "name = 'b'\nif = 'a b'",
            "line 11: `step.2.if`: `a b` is no condition",
            Some("write `name`, `!name`"),
        ),
        ("about = 'x'", "about = x", "line 3: `about`: ", None),
        ("from = 'one'", "from = 'folders'", "line 5: `items.1`: `below` is missing", None),
    ] {
        let source = good.replacen(from, to, 1);
        let error = Recipe::parse(&source).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}\ninstead of\n{expected}");
        let found = error.hint.unwrap_or_default();
        assert!(found.starts_with(hint.unwrap_or_default()) && found.is_empty() == hint.is_none(), "{found}");
    }
}

#[test]
fn set_ups_are_found_and_nothing_is_changed() {
    let home = Home::new();
    for repository in ["src/a", "src/b", "dotfiles", ".cache/x", "deep/1/2/3/4"] {
        fs::create_dir_all(home.at(repository).join(".git")).unwrap();
    }
    symlink(home.at("src"), home.at("link")).unwrap();
    home.write(".config/rclone/rclone.conf", "[nas]\ntype = alias\n[cloud]\ntype = drive\n");
    home.write(".mbsyncrc", "Channel x\n");
    home.write(".config/vdirsyncer/config", "[pair cal]\n");
    home.write(".unison/docs.prf", "root = /a\n");
    home.write(".unison/music.prf", "root = /b\n");
    home.write(".config/restic/docs.env", "export RESTIC_REPOSITORY=\"/backup\"\nRESTIC_PASSWORD=secret\n");
    let found = discover(&home.surroundings());
    let told: Vec<_> = found.iter().map(|Found { name, text, .. }| format!("{name}: {text}")).collect();
    let path = |path: &str| home.text(path);
    assert_eq!(
        told,
        [
            format!("git-dotfiles: git repositories in `{}`", path("dotfiles")),
            format!("git-src: git repositories in `{}`", path("src")),
            format!("mbsync: mailboxes of `{}`", path(".mbsyncrc")),
            "rclone-nas: rclone remote `nas`; say which folder goes with it".to_owned(),
            "rclone-cloud: rclone remote `cloud`; say which folder goes with it".to_owned(),
            "restic-docs: restic repository `/backup`; say which folders are backed up".to_owned(),
            format!("unison: unison profiles in `{}`", path(".unison")),
            format!("vdirsyncer: calendars and contacts of `{}`", path(".config/vdirsyncer/config")),
        ]
    );
    assert_eq!(found[1].values, BTreeMap::from([("folder".to_owned(), path("src"))]));
    assert_eq!(found[1].evidence, home.at("src/a"));
    assert!(!format!("{found:?}").contains("secret"));
}
