//! ED: how editors save. GI: git. DB: databases and images that are open.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::told::Report;
use crate::world::{World, noise};

/// Runs the pair and lets a program take its next step at the `n`-th call of each run, until it has none left.
fn while_working(world: &Arc<World>, n_steps: usize, step: impl Fn(&World, usize) + Send + Sync + 'static) {
    let (step, taken) = (Arc::new(step), Arc::new(AtomicUsize::new(0)));
    for round in 0.. {
        let at = round * 17 % 61;
        let (count, step, taken) = (AtomicUsize::new(0), Arc::clone(&step), Arc::clone(&taken));
        let (busy, user) = (AtomicBool::new(false), Arc::clone(world));
        let noted = Arc::clone(&taken);
        let report = world.run_hooked(move |_, _| {
            if count.fetch_add(1, Ordering::SeqCst) == at && !busy.swap(true, Ordering::SeqCst) {
                step(&user, noted.fetch_add(1, Ordering::SeqCst));
            }
            Ok(())
        });
        never_in_conflict(&report);
        if taken.load(Ordering::SeqCst) >= n_steps {
            return;
        }
        assert!(round < n_steps * 4, "the program takes no steps");
    }
}

fn never_in_conflict(report: &Report) {
    assert!(report.conflicts.is_empty() && report.halts.is_empty(), "{report:#?}");
}

#[test]
fn ed1_saved_by_backup_and_rename_the_target_is_always_a_whole_version() {
    let world = World::synced(&[("f", "v000"), ("rest", "1")]);
    while_working(&world, 100, |world, step| {
        let version = format!("v{:03}", step / 4 + 1);
        match step % 4 {
            0 => world.rename(Left, "f", "f~"),
            1 => world.write(Left, "f", version),
            2 => fs::File::open(world.left("f")).unwrap().sync_all().unwrap(),
            _ => world.remove(Left, "f~"),
        }
        if let Ok(held) = fs::read_to_string(world.right("f")) {
            assert!(held.len() == 4 && held.starts_with('v'), "`{held}` is no whole version");
        }
    });
    let _ = world.settle().clean();
    world.both_hold("f", "v025");
    assert_eq!(world.names(Right), ["f", "rest"]);
}

#[test]
fn ed2_saved_by_deletion_and_rename_the_new_version_arrives_and_the_old_one_is_kept() {
    let world = World::synced(&[("doc", "v0"), ("rest", "1")]);
    while_working(&world, 60, |world, step| match step % 3 {
        0 => world.write(Left, "~tmp", format!("v{}", step / 3 + 1)),
        1 => world.remove(Left, "doc"),
        _ => world.rename(Left, "~tmp", "doc"),
    });
    let _ = world.settle().clean();
    world.both_hold("doc", "v20");
    assert!(world.trashed(Right, "doc", "v0"));
    assert_eq!(world.names(Right), ["doc", "rest"]);
}

#[test]
fn ed3_truncated_and_written_anew_the_old_version_can_be_had_back() {
    for is_killed in [false, true] {
        let (old, new) = (noise(1 << 20, 1), noise(1 << 20, 2));
        let world = World::new();
        world.write(Left, "f", &old);
        world.write(Left, "rest", "1");
        let _ = world.run().clean();
        world.write(Left, "f", "");
        let _ = world.run().clean();
        if !is_killed {
            for chunk in new.chunks(256 << 10) {
                world.append(Left, "f", chunk);
                never_in_conflict(&world.run());
            }
        }
        let _ = world.settle().clean();
        assert!(world.bytes(Right, "f") == if is_killed { Vec::new() } else { new });
        assert!(world.trash(Right).iter().any(|(path, held)| path == "f" && *held == old));
    }
}

fn git(repository: &Path, words: &[&str]) -> String {
    let mut command = Command::new("git");
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", repository.parent().unwrap());
    command.env("GIT_CONFIG_NOSYSTEM", "1").current_dir(repository);
    command.args(["-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "gc.auto=0"]);
    let output = command.args(["-c", "init.defaultBranch=main"]).args(words).output().unwrap();
    assert!(output.status.success(), "git {words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A repository on the left with some commits, in step.
fn repository(n_commits: usize) -> Arc<World> {
    let world = World::new();
    world.write(Left, "repo/file", "0");
    let repo = world.left("repo");
    git(&repo, &["init", "--quiet"]);
    for i in 0..n_commits {
        world.write(Left, "repo/file", format!("{i}"));
        git(&repo, &["add", "."]);
        git(&repo, &["commit", "--quiet", "-m", &format!("commit {i}")]);
    }
    let _ = world.run().clean();
    world
}

#[test]
fn gi1_commits_made_during_runs_leave_both_repositories_sound() {
    let world = repository(10);
    while_working(&world, 20, |world, step| {
        world.write(Left, "repo/file", format!("step {step}"));
        // What git writes over in its folder; its objects it never changes.
        let own = ["HEAD", "index", "COMMIT_EDITMSG", "logs/HEAD", "logs/refs/heads/main", "refs/heads/main"];
        own.iter().for_each(|path| world.about_to_change(Left, &format!("repo/.git/{path}")));
        git(&world.left("repo"), &["commit", "--quiet", "--all", "-m", "another"]);
    });
    let _ = world.settle().clean();
    for side in [Left, Right] {
        git(&world.path(side, "repo"), &["fsck", "--strict"]);
    }
    let head = |side| git(&world.path(side, "repo"), &["rev-parse", "HEAD"]);
    assert_eq!(head(Left), head(Right));
    assert_eq!(git(&world.right("repo"), &["status", "--porcelain"]), "");
    assert!(!world.names(Left).iter().any(|name| name.contains("conflict")));
}

#[test]
fn gi2_branches_switched_back_and_forth_leave_no_file_of_the_other_branch() {
    let world = repository(1);
    let repo = world.left("repo");
    for branch in ["one", "two"] {
        git(&repo, &["checkout", "--quiet", "-b", branch, "main"]);
        (0..120).for_each(|i| {
            world.write(Left, &format!("repo/d{}/f{i}", i % 9), format!("{branch}, file {i:04}"))
        });
        git(&repo, &["add", "."]);
        git(&repo, &["commit", "--quiet", "-m", branch]);
    }
    let _ = world.run().clean();
    for _ in 0..5 {
        git(&repo, &["checkout", "--quiet", "one"]);
        git(&repo, &["checkout", "--quiet", "two"]);
        git(&repo, &["checkout", "--quiet", "one"]);
        let report = world.run();
        let allowed = report.halts.first().map(|rule| rule.parse().unwrap());
        let _ = allowed.map(|rule| world.run_allowing(rule));
        assert_eq!(world.differences(), Vec::<String>::new());
        git(&repo, &["checkout", "--quiet", "two"]);
    }
    let report = world.run();
    let allowed = report.halts.first().map(|rule| rule.parse().unwrap());
    let _ = allowed.map(|rule| world.run_allowing(rule));
    let _ = world.settle().clean();
    assert_eq!(world.read(Right, "repo/d7/f7"), "two, file 0007");
    assert_eq!(git(&world.right("repo"), &["status", "--porcelain"]), "");
}

#[test]
fn gi3_a_git_file_and_a_git_folder_are_a_conflict_and_the_rest_is_in_step() {
    let world = World::new();
    world.write(Left, "module/.git", "gitdir: ../.git/modules/module");
    world.write(Left, "module/a", "1");
    fs::create_dir(world.right("module")).unwrap();
    git(&world.right("module"), &["init", "--quiet"]);
    world.write(Right, "module/b", "2");
    let _ = world.settle().in_conflict(&["module/.git"]);
    world.both_hold("module/a", "1");
    world.both_hold("module/b", "2");
    assert!(world.right("module/.git/HEAD").exists() && world.left("module/.git").is_file());
}

#[test]
fn db1_a_database_written_all_the_time_stops_nothing_and_is_sound_when_it_is_closed() {
    let world = World::synced(&[("rest", "1")]);
    let writer = r#"
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("pragma journal_mode = wal")
database.execute("create table if not exists t (n integer, filler text)")
for line in sys.stdin:
    database.execute("insert into t values (?, ?)", (int(line), "x" * 500))
    print("done", flush=True)
database.close()
"#;
    let mut child = Command::new("python3")
        .args(["-c", writer])
        .arg(world.left("app.db"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::sync::Mutex::new((
        child.stdin.take().unwrap(),
        std::io::BufReader::new(child.stdout.take().unwrap()),
    ));
    let lines = Arc::new(std::sync::Mutex::new(Some(lines)));
    let held = Arc::clone(&lines);
    // The database writes over its own pages: what it destroys is noted before each step.
    while_working(&world, 40, move |world, step| {
        ["app.db", "app.db-wal", "app.db-shm"].iter().for_each(|name| world.about_to_change(Left, name));
        let held = held.lock().unwrap();
        let (stdin, stdout) = &mut *held.as_ref().unwrap().lock().unwrap();
        std::io::Write::write_all(stdin, format!("{step}\n").as_bytes()).unwrap();
        std::io::BufRead::read_line(stdout, &mut String::new()).unwrap();
    });
    drop(lines.lock().unwrap().take());
    assert!(child.wait().unwrap().success());
    let _ = world.settle().clean();
    let check = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); print(d.execute('pragma integrity_check').fetchone()[0], d.execute('select count(*) from t').fetchone()[0])";
    let copy = world.dir().join("copy.db");
    fs::copy(world.right("app.db"), &copy).unwrap();
    let output = Command::new("python3").args(["-c", check]).arg(&copy).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "ok 40");
    assert_eq!(world.names(Left), ["app.db", "rest"]);
}

#[test]
fn db2_an_image_written_in_place_is_whole_on_the_other_side_at_all_times() {
    let world = World::new();
    world.write(Left, "disk.img", noise(1 << 20, 1));
    world.write(Left, "rest", "1");
    let _ = world.run().clean();
    // What has ever been on the left as a whole is what may be on the right.
    let versions =
        Arc::new(std::sync::Mutex::new(vec![crate::census::content(&world.left("disk.img")).unwrap()]));
    let noted = Arc::clone(&versions);
    while_working(&world, 20, move |world, step| {
        let block = noise(4096, 100 + step as u64);
        world.overwrite_unseen(Left, "disk.img", (step as u64 * 37 % 250) * 4096, &block);
        noted.lock().unwrap().push(crate::census::content(&world.left("disk.img")).unwrap());
        let now = crate::census::content(&world.right("disk.img")).unwrap();
        assert!(noted.lock().unwrap().contains(&now), "step {step}: a mix");
    });
    let _ = world.settle().clean();
    assert!(world.bytes(Right, "disk.img") == world.bytes(Left, "disk.img"));
}
