//! Bad input and bad luck: each with a clear message, the right exit code, and nothing lost.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::home::Home;

#[test]
fn a_missing_root_halts_in_every_form() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let ran = home.run(&["sync", "./left", "./nowhere"]).exit(4);
    assert!(ran.out.contains("root-missing") && ran.out.contains("halted"), "{}", ran.out);
    assert!(!home.work("nowhere").exists(), "a typing error makes no folder");

    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let _ = home.run(&["sync"]).exit(0);
    fs::rename(home.work("right"), home.work("away")).unwrap();
    for form in
        [&["sync", "--json"][..], &["sync", "photos", "--json"], &["sync", "./left", "./right", "--json"]]
    {
        let ran = home.run(form).exit(4);
        assert_eq!(ran.of_type("halt")[0]["rule"], "root-missing");
        assert_eq!(ran.lines().last().unwrap()["exit"], 4);
    }
    assert_eq!((home.read("left/a"), home.read("away/a")), ("1".into(), "1".into()));
}

#[test]
fn a_file_as_a_root_halts() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    home.write("file", "text");
    let ran = home.run(&["sync", "./left", "./file", "--json"]).exit(4);
    assert_eq!(ran.of_type("halt").len(), 1, "{}", ran.out);
    assert_eq!((home.read("file"), home.read("left/a")), ("text".into(), "1".into()));
}

#[test]
fn identical_and_nested_roots_are_wrong_usage() {
    let home = Home::with_folders(&[("a", "1"), ("inside/b", "2")], &[]);
    std::os::unix::fs::symlink(home.work("left"), home.work("alias")).unwrap();
    for pair in [
        ["./left", "./left"],
        ["./left", "./alias"],
        ["./left", "./left/inside"],
        ["./left/inside", "./left"],
    ] {
        let ran = home.run(&["sync", pair[0], pair[1]]).exit(2);
        assert!(ran.err.contains("error: "), "{pair:?}: {}", ran.err);
        let _ = home.run(&["add", "folder", pair[0], pair[1]]).exit(2);
    }
    assert!(!home.work("left/.syncmgr").exists() && !home.config_file().exists());
}

#[test]
fn pairs_that_overlap_are_refused_when_added() {
    let home = Home::with_folders(&[("inside/b", "2")], &[]);
    fs::create_dir(home.work("third")).unwrap();
    let _ = home.run(&["add", "folder", "left", "right"]).exit(0);
    let ran = home.run(&["add", "folder", "left/inside", "third"]).exit(2);
    assert!(ran.err.contains("left"), "{}", ran.err);
    assert_eq!(home.run(&["items", "--json"]).exit(0).of_type("item").len(), 1);
}

#[test]
fn an_unreadable_directory_is_a_problem_and_no_deletion() {
    let home = Home::with_folders(&[("open", "1"), ("closed/a", "2")], &[]);
    let sync = ["sync", "./left", "./right", "--json"];
    let _ = home.ran(as_nobody(&home, &sync).output().unwrap()).exit(0);
    assert_eq!(home.read("right/closed/a"), "2");
    home.write("left/open", "changed");
    fs::set_permissions(home.work("left/closed"), fs::Permissions::from_mode(0o000)).unwrap();

    let output = as_nobody(&home, &sync).output().unwrap();
    fs::set_permissions(home.work("left/closed"), fs::Permissions::from_mode(0o755)).unwrap();
    let ran = home.ran(output).exit(1);
    let problem = &ran.of_type("problem")[0];
    assert_eq!((&problem["side"], &problem["path"]), (&"left".into(), &"closed".into()));
    assert_eq!((home.read("right/closed/a"), home.read("right/open")), ("2".into(), "changed".into()));
}

/// The command as somebody whom permissions hold for: root would read everything.
fn as_nobody(home: &Home, arguments: &[&str]) -> Command {
    const NOBODY: u32 = 65534;
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return home.command(arguments);
    }
    // Where the tests are built may be closed to others.
    let program = home.work("../tmp/syncmgr");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_syncmgr"), &program).unwrap();
    }
    let base = home.work("..").canonicalize().unwrap();
    give(&base, NOBODY);
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program).args(arguments);
    let hermetic = home.command(&[]);
    command.env_clear().current_dir(home.work(""));
    command.envs(hermetic.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

fn give(path: &Path, owner: u32) {
    std::os::unix::fs::lchown(path, Some(owner), Some(owner)).unwrap();
    if fs::symlink_metadata(path).unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), owner);
        }
    }
}

/// Runs a script with mounts of its own; `$0` is the command.
fn with_mounts(home: &Home, script: &str) -> std::process::Output {
    let hermetic = home.command(&[]);
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "--", "sh", "-c", script]).arg(env!("CARGO_BIN_EXE_syncmgr"));
    command.env_clear().current_dir(home.work(""));
    command.envs(hermetic.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output().unwrap()
}

#[test]
fn a_full_disk_is_told_and_what_fitted_is_whole() {
    let large = "x".repeat(3 << 20);
    let home = Home::with_folders(&[("a small one", "1"), ("large", &large)], &[]);
    // The right side is a disk of one megabyte, seen by this command alone.
    let script = "mount -t tmpfs -o size=1m tmpfs right && \
        \"$0\" sync ./left ./right --json; code=$?; cp -a right/. seen/; exit $code";
    fs::create_dir(home.work("seen")).unwrap();
    let ran = home.ran(with_mounts(&home, script)).exit(1);

    let problems = ran.of_type("problem");
    assert!(problems.iter().any(|problem| problem["path"] == "large"), "{}\n{}", ran.out, ran.err);
    assert!(!home.work("seen/large").exists(), "half a file is no file");
    assert_eq!(home.read("seen/a small one"), "1");
    assert_eq!(home.read("left/large").len(), large.len());
}

#[test]
fn a_disk_in_a_folder_that_is_not_mounted_any_more_halts_the_item() {
    let home = Home::with_folders(&[("a", "1"), ("disk/below the mount", "hidden")], &[]);
    let script = "mount -t tmpfs tmpfs left/disk && echo 1 > left/disk/photo && \
        \"$0\" sync ./left ./right >/dev/null && umount left/disk && rm 'left/disk/below the mount' && \
        \"$0\" sync ./left ./right --json";
    let ran = home.ran(with_mounts(&home, script)).exit(4);
    assert_eq!(ran.of_type("halt")[0]["rule"], "mount-missing", "{}", ran.out);
    assert_eq!(home.read("right/disk/photo"), "1\n");
    let _ = home.run(&["sync", "./left", "./right", "--allow", "mount-missing"]).exit(0);
    assert!(!home.work("right/disk/photo").exists());
    let _ = home.run(&["sync", "./left", "./right"]).exit(0);
}

#[test]
fn a_damaged_baseline_loses_nothing() {
    let home = Home::with_folders(&[("a", "1"), ("b", "2")], &[]);
    let _ = home.run(&["sync", "left", "right"]).exit(0);
    let files = files_below(&home.state_dir().join("pairs"));
    assert!(!files.is_empty(), "the baseline is somewhere");
    for file in files {
        fs::OpenOptions::new().write(true).truncate(true).open(&file).unwrap().write_all(b"rust").unwrap();
    }
    fs::remove_file(home.work("right/b")).unwrap();
    home.write("left/a", "edited");
    let ran = home.run(&["sync", "left", "right", "--json"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    // Without memory a deletion cannot be told from a creation: what is anywhere stays.
    assert_eq!((home.read("left/b"), home.read("right/b")), ("2".into(), "2".into()));
    assert_eq!(home.read("left/a"), "edited");
    assert!(ran.of_type("entry").iter().any(|entry| entry["level"] == "warning"), "{}", ran.out);
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
