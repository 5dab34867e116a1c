use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, unbounded};
use syncmgr_sources::{Changed, Changes, Reason, Sign, WatchOptions, Watcher};
use tempfile::TempDir;

use crate::namespace::{inside, run};
use crate::{next, until};

/// Longer than the default, so that a machine that is busy elsewhere does not take one action for two.
const SLOW: WatchOptions = WatchOptions {
    quiet: Duration::from_millis(1000),
    at_most: Duration::from_secs(60),
    hold: Duration::from_millis(1500),
    paths: 512,
};

/// A folder that is watched under the key `root`, with what was there before; the first report has been read.
struct Watched {
    folder: TempDir,
    signs: Receiver<Sign>,
    watcher: Watcher,
    generation: u64,
}

impl Watched {
    fn new(prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let (sender, signs) = unbounded();
        let watcher = Watcher::start(SLOW, sender).unwrap();
        let mut watched = Self { folder, signs, watcher, generation: 0 };
        let root = watched.folder.path().to_owned();
        watched.watcher.watch("root", &root);
        assert_eq!(watched.next(), Changes::Everything(Reason::Started));
        watched
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The next report.
    fn next(&mut self) -> Changes {
        let Sign::Changed(Changed { root, generation, changes }) = next(&self.signs) else {
            panic!("a watcher tells nothing else")
        };
        assert_eq!((root.as_str(), generation), ("root", self.generation + 1));
        self.generation = generation;
        changes
    }

    /// Something happens after which nothing else may have been told.
    fn nothing_else(&mut self) {
        fs::write(self.path("the end"), "").unwrap();
        assert_eq!(self.next(), paths(&["the end"]));
    }
}

fn paths(paths: &[&str]) -> Changes {
    Changes::Paths(paths.iter().map(PathBuf::from).collect())
}

#[test]
fn a_file_that_is_saved_is_one_report() {
    let mut watched = Watched::new(|_| {});
    fs::write(watched.path("a"), "content").unwrap();
    assert_eq!(watched.next(), paths(&["a"]));
    fs::write(watched.path("a"), "other content").unwrap();
    assert_eq!(watched.next(), paths(&["a"]));
    watched.nothing_else();
}

#[test]
fn a_rename_is_one_report_with_both_names() {
    let mut watched = Watched::new(|root| fs::write(root.join("a"), "").unwrap());
    fs::rename(watched.path("a"), watched.path("b")).unwrap();
    assert_eq!(watched.next(), paths(&["a", "b"]));
    watched.nothing_else();
}

#[test]
fn a_file_that_is_saved_by_renaming_is_one_report() {
    let mut watched = Watched::new(|root| fs::write(root.join("a"), "").unwrap());
    fs::rename(watched.path("a"), watched.path("a~")).unwrap();
    fs::write(watched.path("a"), "new").unwrap();
    fs::remove_file(watched.path("a~")).unwrap();
    fs::write(watched.path("b"), "").unwrap();
    assert_eq!(watched.next(), paths(&["a", "b"]), "what vanished is kept back");
    assert_eq!(watched.next(), paths(&["a~"]));
    watched.nothing_else();
}

#[test]
fn a_folder_that_is_renamed_is_watched_under_its_new_name() {
    let mut watched = Watched::new(|root| {
        fs::create_dir_all(root.join("old/deep/deeper")).unwrap();
        fs::create_dir(root.join("other")).unwrap();
    });
    fs::rename(watched.path("old"), watched.path("other/new")).unwrap();
    assert_eq!(watched.next(), paths(&["old", "other/new"]));
    fs::write(watched.path("other/new/deep/deeper/file"), "").unwrap();
    assert_eq!(watched.next(), paths(&["other/new/deep/deeper/file"]));
    watched.nothing_else();
}

#[test]
fn a_folder_that_leaves_is_not_watched_any_more() {
    let mut watched = Watched::new(|root| fs::create_dir_all(root.join("folder/deep")).unwrap());
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("folder");
    // The same file system, as a rule; if not, nothing can leave by a rename.
    fs::rename(watched.path("folder"), &target).unwrap();
    assert_eq!(watched.next(), paths(&["folder"]));
    fs::write(target.join("deep/file"), "").unwrap();
    fs::create_dir(watched.path("folder")).unwrap();
    fs::write(watched.path("folder/file"), "").unwrap();
    // The file may have been made before its folder was watched.
    let Changes::Paths(told) = watched.next() else { panic!("it is a few paths") };
    assert!(told.iter().all(|path| path.starts_with("folder")), "{told:?}");
    watched.nothing_else();
}

#[test]
fn more_files_than_are_worth_naming_are_the_whole_root() {
    let mut watched = Watched::new(|_| {});
    for number in 0..600 {
        fs::write(watched.path(&number.to_string()), "").unwrap();
    }
    assert_eq!(watched.next(), Changes::Everything(Reason::TooMany));
    watched.nothing_else();
}

#[test]
fn a_file_that_is_deleted_and_made_again_is_told() {
    let mut watched = Watched::new(|root| fs::write(root.join("a"), "").unwrap());
    fs::remove_file(watched.path("a")).unwrap();
    assert_eq!(watched.next(), paths(&["a"]));
    fs::write(watched.path("a"), "again").unwrap();
    assert_eq!(watched.next(), paths(&["a"]));
    fs::remove_file(watched.path("a")).unwrap();
    fs::write(watched.path("a"), "at once").unwrap();
    assert_eq!(watched.next(), paths(&["a"]), "one report");
    watched.nothing_else();
}

#[test]
fn folders_that_appear_are_watched_with_all_below_them() {
    let mut watched = Watched::new(|_| {});
    fs::create_dir_all(watched.path("a/b/c/d")).unwrap();
    let Changes::Paths(told) = watched.next() else { panic!("it is a few paths") };
    assert!(told.contains(Path::new("a")), "{told:?}");
    fs::write(watched.path("a/b/c/d/file"), "").unwrap();
    assert_eq!(watched.next(), paths(&["a/b/c/d/file"]));
    watched.nothing_else();
}

#[test]
fn our_own_folder_is_nobody_s_change() {
    let mut watched = Watched::new(|root| fs::create_dir_all(root.join(".syncmgr/trash")).unwrap());
    fs::write(watched.path(".syncmgr/trash/file"), "").unwrap();
    fs::write(watched.path(".syncmgr/record"), "").unwrap();
    fs::create_dir_all(watched.path(".syncmgr/stage/deep")).unwrap();
    watched.nothing_else();
    fs::create_dir_all(watched.path("deep/.syncmgr")).unwrap();
    fs::write(watched.path("deep/.syncmgr/file"), "").unwrap();
    let Changes::Paths(told) = watched.next() else { panic!("it is a few paths") };
    assert!(told.contains(Path::new("deep")), "only at the top it is ours: {told:?}");
}

#[test]
fn reading_is_no_change() {
    let mut watched = Watched::new(|root| {
        fs::create_dir(root.join("folder")).unwrap();
        fs::write(root.join("folder/file"), "content").unwrap();
    });
    fs::read(watched.path("folder/file")).unwrap();
    assert_eq!(fs::read_dir(watched.path("folder")).unwrap().count(), 1);
    watched.nothing_else();
}

#[test]
fn roots_in_and_at_each_other_are_told_each_on_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let (sender, signs) = unbounded();
    let watcher = Watcher::start(SLOW, sender).unwrap();
    for (key, root) in [("outer", folder.path()), ("inner", &inner), ("twin", &inner)] {
        watcher.watch(key, root);
        let Sign::Changed(started) = next(&signs) else { panic!() };
        assert_eq!((started.root.as_str(), started.changes), (key, Changes::Everything(Reason::Started)));
    }
    let told = |count: usize| {
        let mut told: Vec<(String, Changes)> = (0..count)
            .map(|_| match next(&signs) {
                Sign::Changed(Changed { root, changes, .. }) => (root, changes),
                other => panic!("{other:?}"),
            })
            .collect();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        told
    };
    fs::write(inner.join("file"), "").unwrap();
    let expected = [("inner", "file"), ("outer", "inner/file"), ("twin", "file")];
    assert_eq!(told(3), expected.map(|(root, path)| (root.to_owned(), paths(&[path]))));
    watcher.unwatch("outer");
    watcher.unwatch("twin");
    fs::write(folder.path().join("outside"), "").unwrap();
    fs::write(inner.join("file"), "more").unwrap();
    assert_eq!(told(1), [("inner".to_owned(), paths(&["file"]))]);
    drop(watcher);
    assert!(signs.recv().is_err(), "nothing else was told");
}

#[test]
fn a_root_that_is_replaced_is_told_and_the_new_one_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("deep")).unwrap();
    let (sender, signs) = unbounded();
    let watcher = Watcher::start(SLOW, sender).unwrap();
    watcher.watch("root", &root);
    assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::Started));

    fs::rename(&root, folder.path().join("away")).unwrap();
    assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::Gone));
    fs::write(folder.path().join("away/deep/file"), "").unwrap();
    fs::create_dir(&root).unwrap();
    assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::Replaced));
    fs::write(root.join("file"), "").unwrap();
    assert_eq!(changes(&next(&signs)), &paths(&["file"]));

    fs::remove_dir_all(&root).unwrap();
    until(&signs, |sign| *changes(sign) == Changes::Everything(Reason::Gone));
    fs::create_dir(&root).unwrap();
    assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::Replaced));
}

#[test]
fn a_root_that_is_not_there_is_told_to_be_gone_until_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("a/b/root");
    let (sender, signs) = unbounded();
    let watcher = Watcher::start(SLOW, sender).unwrap();
    watcher.watch("root", &root);
    assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::Gone));
    fs::create_dir_all(&root).unwrap();
    assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::Replaced));
    fs::write(root.join("file"), "").unwrap();
    assert_eq!(changes(&next(&signs)), &paths(&["file"]));
}

#[test]
fn when_the_kernel_drops_changes_everything_is_told_and_watched_anew() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("before")).unwrap();
    let file = |name: &str| folder.path().join(name);
    // Nothing waits, and the watcher stands still while its first report is not read.
    let at_once =
        WatchOptions { quiet: Duration::ZERO, at_most: Duration::ZERO, hold: Duration::ZERO, paths: 512 };
    let (sender, signs) = bounded(0);
    let watcher = Watcher::start(at_once, sender).unwrap();
    watcher.watch("root", folder.path());
    assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::Started));

    let kept = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let kept: usize = kept.trim().parse().unwrap();
    fs::write(file("a"), "").unwrap();
    for _ in 0..kept {
        fs::rename(file("a"), file("b")).unwrap();
        fs::rename(file("b"), file("a")).unwrap();
    }
    fs::create_dir_all(file("after/deep")).unwrap();
    until(&signs, |sign| *changes(sign) == Changes::Everything(Reason::Overflow));
    // Each of these is told by its own name only if its folder is watched.
    for path in ["before/file", "after/deep/file"] {
        let created = |sign: &Sign| match changes(sign) {
            Changes::Paths(paths) => paths.contains(Path::new(path)),
            Changes::Everything(Reason::Overflow) => {
                // It was watched after the file had been made, and so it counts as told.
                fs::write(file(path), "again").unwrap();
                false
            }
            Changes::Everything(_) => false,
        };
        fs::write(file(path), "").unwrap();
        until(&signs, created);
    }
}

#[test]
fn at_the_limit_of_directories_the_message_says_how_to_raise_it() {
    inside(&[], "watcher::at_the_limit_of_directories_the_message_says_how_to_raise_it", || {
        let limit = |watches: &str| fs::write("/proc/sys/user/max_inotify_watches", watches).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        limit("3");
        let (sender, signs) = unbounded();
        let watcher = Watcher::start(SLOW, sender).unwrap();
        watcher.watch("root", folder.path());
        let told = next(&signs);
        let Changes::Everything(reason @ Reason::LimitReached { message }) = changes(&told) else {
            panic!("{told:?}")
        };
        assert!(reason.ends_watching());
        for part in ["fs.inotify.max_user_watches", "sudo sysctl", "/etc/sysctl.d"] {
            assert!(message.contains(part), "{message}");
        }

        fs::write(folder.path().join("a/file"), "").unwrap();
        limit("4");
        watcher.watch("root", folder.path());
        assert_eq!(
            changes(&next(&signs)),
            &Changes::Everything(Reason::Started),
            "what it had was given back"
        );
        fs::create_dir(folder.path().join("d")).unwrap();
        assert!(matches!(changes(&next(&signs)), Changes::Everything(Reason::LimitReached { .. })));
    });
}

#[test]
fn at_the_limit_of_watchers_the_message_says_how_to_raise_it() {
    inside(&[], "watcher::at_the_limit_of_watchers_the_message_says_how_to_raise_it", || {
        fs::write("/proc/sys/user/max_inotify_instances", "0").unwrap();
        let error = Watcher::start(SLOW, unbounded().0).unwrap_err().to_string();
        assert!(error.contains("fs.inotify.max_user_instances"), "{error}");
    });
}

#[test]
fn an_unmounted_file_system_is_told() {
    inside(&["--mount"], "watcher::an_unmounted_file_system_is_told", || {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(&root).unwrap();
        run(&format!("mount -t tmpfs none {}", root.display()));
        let inner = root.join("inner");
        fs::create_dir(&inner).unwrap();
        run(&format!("mount -t tmpfs none {}", inner.display()));
        fs::create_dir(inner.join("deep")).unwrap();

        let (sender, signs) = unbounded();
        let watcher = Watcher::start(SLOW, sender).unwrap();
        watcher.watch("root", &root);
        assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::Started));
        run(&format!("umount {}", inner.display()));
        assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::Unmounted));
        fs::write(inner.join("below"), "").unwrap();
        assert_eq!(changes(&next(&signs)), &paths(&["inner/below"]), "what it covered is watched");

        run(&format!("umount {}", root.display()));
        assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::RootUnmounted));
        fs::write(root.join("file"), "").unwrap();
        watcher.watch("root", &root);
        assert_eq!(changes(&next(&signs)), &Changes::Everything(Reason::Started));
    });
}

#[test]
fn a_watcher_in_the_middle_of_a_walk_can_be_dropped() {
    let (sender, signs) = unbounded();
    let watcher = Watcher::start(SLOW, sender).unwrap();
    watcher.watch("much", Path::new("/usr"));
    drop(watcher);
    while signs.recv().is_ok() {}
}

fn changes(sign: &Sign) -> &Changes {
    match sign {
        Sign::Changed(Changed { changes, .. }) => changes,
        other => panic!("a watcher tells nothing else: {other:?}"),
    }
}
