//! git, with bare repositories as remotes.

use std::fs;

use syncmgr_handler::model::status::ItemStatus::{Failed, Skipped, Stopped, Succeeded};
use syncmgr_handler::model::verdict::Verdict;

use crate::home::{Home, lives};
use crate::manager::{Report, Run};

/// A home with a remote, a clone of it below `src`, and another clone somewhere else.
fn home() -> Home {
    let home = Home::new();
    home.write(".gitconfig", "[user]\nname = A\nemail = a@example.org\n[init]\ndefaultBranch = main\n");
    home.run(&["git", "init", "--bare", "remote.git"]);
    for clone in ["src/notes", "elsewhere"] {
        home.run(&["git", "clone", "remote.git", clone]);
        if clone == "src/notes" {
            commit(&home, clone, "first");
            home.run(&["git", "-C", clone, "push"]);
        }
    }
    home
}

fn commit(home: &Home, clone: &str, name: &str) {
    home.write(&format!("{clone}/{name}"), name);
    home.run(&["git", "-C", clone, "add", name]);
    home.run(&["git", "-C", clone, "commit", "-m", name]);
}

fn commit_elsewhere(home: &Home, name: &str) {
    home.run(&["git", "-C", "elsewhere", "pull"]);
    commit(home, "elsewhere", name);
    home.run(&["git", "-C", "elsewhere", "push"]);
}

fn head(home: &Home, repository: &str) -> String {
    home.run(&["git", "-C", repository, "rev-parse", "main"])
}

fn run(home: &Home) -> Report {
    Run::builtin("git", home).with("folder", "~/src").run()
}

#[test]
fn a_repository_in_step_stays_as_it_is() {
    let home = home();
    let report = run(&home);
    assert_eq!(report.names(), ["notes"]);
    report.only().is(Succeeded, &[]);
}

#[test]
fn commits_are_pushed_and_pulled_and_told() {
    let home = home();
    commit(&home, "src/notes", "mine");
    run(&home).only().is(Succeeded, &["information: pushed `main` to `origin` (commits: 1)"]);
    assert_eq!(head(&home, "remote.git"), head(&home, "src/notes"));
    commit_elsewhere(&home, "theirs");
    run(&home).only().is(Succeeded, &["information: fast-forwarded `main` (commits: 1)"]);
    assert_eq!(home.read("src/notes/theirs"), "theirs");
    assert_eq!(head(&home, "remote.git"), head(&home, "src/notes"));
}

#[test]
fn a_dirty_repository_is_pushed_but_never_forwarded() {
    let home = home();
    commit(&home, "src/notes", "mine");
    home.write("src/notes/first", "edited");
    run(&home).only().is(Succeeded, &["information: pushed `main` to `origin` (commits: 1)"]);
    commit_elsewhere(&home, "theirs");
    run(&home).only().is(
        Skipped,
        &["warning: `origin/main` is ahead (commits: 1), but there are uncommitted changes; commit or stash them first"],
    );
    assert_eq!(home.read("src/notes/first"), "edited");
    assert!(!home.at("src/notes/theirs").exists());
}

#[test]
fn a_diverged_branch_is_reported_and_left_alone() {
    let home = home();
    commit_elsewhere(&home, "theirs");
    commit(&home, "src/notes", "mine");
    let (here, there) = (head(&home, "src/notes"), head(&home, "remote.git"));
    run(&home).only().is(
        Skipped,
        &["warning: `main` and `origin/main` have diverged (commits here: 1, there: 1); merge or rebase by hand"],
    );
    assert_eq!((here, there), (head(&home, "src/notes"), head(&home, "remote.git")));
}

#[test]
fn what_cannot_be_synchronized_says_why() {
    let home = home();
    home.run(&["git", "clone", "remote.git", "src/detached"]);
    home.run(&["git", "-C", "src/detached", "checkout", "--detach"]);
    home.run(&["git", "init", "src/empty"]);
    home.run(&["git", "init", "src/local"]);
    commit(&home, "src/local", "x");
    home.run(&["git", "clone", "remote.git", "src/gone"]);
    home.run(&["git", "-C", "src/gone", "checkout", "-b", "topic"]);
    home.run(&["git", "-C", "src/gone", "push", "-u", "origin", "topic"]);
    home.run(&["git", "-C", "remote.git", "branch", "-D", "topic"]);
    home.run(&["git", "-C", "src/gone", "remote", "prune", "origin"]);
    let report = run(&home);
    for (name, text) in [
        ("detached", "no branch is checked out (detached head); check one out to have it synchronized"),
        ("empty", "there is no commit yet"),
        ("local", "branch `main` has no upstream; set one with `git push -u origin main`"),
        (
            "gone",
            "the upstream `origin/topic` is gone from `origin`; push the branch again or choose another upstream",
        ),
    ] {
        report.item(name).is(Skipped, &[&format!("warning: {text}")]);
    }
    report.item("notes").is(Succeeded, &[]);
}

#[test]
fn an_untracked_file_is_not_overwritten() {
    let home = home();
    commit_elsewhere(&home, "theirs");
    home.write("src/notes/theirs", "mine, not added");
    run(&home).only().is(
        Skipped,
        &["warning: new files of `origin/main` are already here, untracked; move them away first"],
    );
    assert_eq!(home.read("src/notes/theirs"), "mine, not added");
}

#[test]
fn remotes_that_cannot_be_had_are_told_apart() {
    let home = home();
    let url = |url: &str| home.run(&["git", "-C", "src/notes", "remote", "set-url", "origin", url]);
    url(&home.text("nothing.git"));
    let path = home.text("src/notes");
    let text = format!(
        "error: there is no repository where remote `origin` should be; see `git -C {path} remote -v`"
    );
    run(&home).only().is(Failed, &[&text]);
    url("ssh://nobody@no-such-host.invalid/x.git");
    let report = run(&home);
    let entry = &report.only().entries[0];
    assert!(entry.starts_with("error: `origin` cannot be reached: "), "{entry}");
    // A port that was free a moment ago: nobody answers.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    url(&format!("git://127.0.0.1:{port}/x.git"));
    let report = run(&home);
    let entry = &report.only().entries[0];
    assert!(entry.starts_with("error: `origin` cannot be reached: "), "{entry}");
}

#[test]
fn a_refused_push_gives_the_reason_of_the_remote() {
    let home = home();
    home.script("remote.git/hooks/pre-receive", "echo 'no pushing on sundays' >&2; exit 1\n");
    commit(&home, "src/notes", "mine");
    run(&home).only().is(Failed, &["error: `origin` refused the push: pre-receive hook declined"]);
}

#[test]
fn a_stop_reaches_a_fetch_that_says_nothing() {
    let mut home = home();
    home.run(&["git", "-C", "src/notes", "remote", "set-url", "origin", "ssh://somewhere/x.git"]);
    let started = home.at("started");
    let ssh = home.hanging();
    home.variables.push(("GIT_SSH".into(), ssh.to_str().unwrap().into()));
    for (verdict, status) in [(Verdict::Stop, Stopped), (Verdict::Skip, Skipped)] {
        let run = Run::builtin("git", &home).with("folder", "~/src");
        let report = run.once(started.clone(), verdict).run();
        report.only().is(status, &[]);
        assert!(!lives(&started));
        fs::remove_file(&started).unwrap();
    }
    // Nothing half-done is in the way of the next run.
    home.run(&["git", "-C", "src/notes", "remote", "set-url", "origin", &home.text("remote.git")]);
    run(&home).only().is(Succeeded, &[]);
}

#[test]
fn a_dry_run_tells_and_changes_nothing() {
    let home = home();
    commit(&home, "src/notes", "mine");
    let before =
        (head(&home, "remote.git"), home.run(&["git", "-C", "src/notes", "rev-parse", "origin/main"]));
    let dry = || Run::builtin("git", &home).with("folder", "~/src").dry().run();
    assert_eq!(dry().only().entries, ["information: would push `main` to `origin` (commits: 1)"]);
    assert_eq!(
        before,
        (head(&home, "remote.git"), home.run(&["git", "-C", "src/notes", "rev-parse", "origin/main"]))
    );
    home.run(&["git", "-C", "src/notes", "reset", "--hard", "HEAD~"]);
    commit_elsewhere(&home, "theirs");
    home.run(&["git", "-C", "src/notes", "fetch"]);
    assert_eq!(dry().only().entries, ["information: would fast-forward `main` (commits: 1)"]);
    assert!(!home.at("src/notes/theirs").exists());
}

#[test]
fn a_large_push_shows_how_far_it_is() {
    let home = home();
    for number in 0..300 {
        home.write(&format!("src/notes/file-{number}"), number.to_string());
    }
    home.run(&["git", "-C", "src/notes", "add", "."]);
    home.run(&["git", "-C", "src/notes", "commit", "-m", "many"]);
    let report = run(&home);
    let values = &report.only().values;
    assert!(values.iter().any(|(value, max)| *max >= 300 && value == max), "{values:?}");
}

#[test]
fn a_folder_without_repositories_says_so() {
    let home = Home::new();
    fs::create_dir(home.at("src")).unwrap();
    let text =
        format!("error: cannot list its items: there is no git repository below `{}`", home.text("src"));
    assert_eq!(run(&home).entries, [text]);
}

#[test]
fn pushing_can_be_left_to_the_user() {
    let home = home();
    commit(&home, "src/notes", "mine");
    let before = head(&home, "remote.git");
    let report = Run::builtin("git", &home).with("folder", "~/src").with("push", "no").run();
    report.only().is(Succeeded, &["information: `main` is not pushed, as configured (commits: 1)"]);
    assert_eq!(before, head(&home, "remote.git"));
}
