//! A pair of folders where files are kept by others, marked, and named as only Windows does.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::{PairConfig, Scope};
use syncmgr_handler::model::fact::Side::{self, Left, Right};

use crate::harness::{ITEM, Pair, Report, read, tree};
use crate::machine::set_mode;

const READ_ONLY: u32 = 1;
const HIDDEN: u32 = 2;
const SYSTEM: u32 = 4;

fn marks(path: impl AsRef<Path>) -> u32 {
    path.as_ref().metadata().unwrap().file_attributes() & (READ_ONLY | HIDDEN | SYSTEM)
}

/// Marks a file as its user would.
fn mark(path: &Path, marks: u32) {
    const READ_AND_WRITE_ATTRIBUTES: u32 = 0x180;
    let file = OpenOptions::new().access_mode(READ_AND_WRITE_ATTRIBUTES).open(path).unwrap();
    syncmgr_winfs::set_basic(&file, None, Some(marks)).unwrap();
}

/// Renames in steps: what differs in case alone is no rename to some systems.
fn respell(from: &Path, to: &Path) {
    let between = from.with_file_name("between");
    fs::rename(from, &between).unwrap();
    fs::rename(between, to).unwrap();
}

/// The literal form of a path below a side, in which every name means itself.
fn literal(root: &Path, name: &str) -> PathBuf {
    let mut path = root.canonicalize().unwrap().into_os_string();
    path.push("\\");
    path.push(name);
    path.into()
}

/// Opens a file as a program does that lets nobody else near it.
fn kept_by_another(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).share_mode(0).open(path).unwrap()
}

fn sorted(mut report: Report) -> Report {
    report.changes.sort();
    report.problems.sort();
    report
}

#[test]
fn names_that_mean_devices_elsewhere_and_odd_ends_are_carried_over_like_any_other() {
    let pair = Pair::synced(&[("f", "1")]);
    let names = ["aux.txt", "con", "dot.", "dot", "space ", "nul"];
    for name in names {
        fs::write(literal(&pair.config.left, name), name).unwrap();
    }
    assert_eq!(pair.sync().clean().changes.len(), names.len());
    pair.sync().idle();
    for name in names {
        assert_eq!(read(literal(&pair.config.right, name)), name);
        fs::write(literal(&pair.config.right, name), format!("{name} edited")).unwrap();
    }
    assert_eq!(pair.sync().clean().changes.len(), names.len());
    for name in names {
        assert_eq!(read(literal(&pair.config.left, name)), format!("{name} edited"));
        fs::remove_file(literal(&pair.config.left, name)).unwrap();
    }
    assert_eq!(pair.sync().clean().changes.len(), names.len());
    assert_eq!(tree(&pair.config.right).into_keys().collect::<Vec<_>>(), ["f"]);
    pair.sync().idle();
}

#[test]
fn a_path_of_many_hundred_characters_is_carried_over_edited_and_deleted() {
    let pair = Pair::synced(&[("f", "1")]);
    let name = "n".repeat(80);
    let deep = [&name[..]; 6].join("\\");
    fs::create_dir_all(literal(&pair.config.left, &deep)).unwrap();
    let below = format!("{deep}\\file");
    fs::write(literal(&pair.config.left, &below), "1").unwrap();
    let _ = pair.sync().clean();
    assert_eq!(read(literal(&pair.config.right, &below)), "1");
    fs::write(literal(&pair.config.right, &below), "edited").unwrap();
    let _ = pair.sync().clean();
    assert_eq!(read(literal(&pair.config.left, &below)), "edited");
    fs::remove_dir_all(literal(&pair.config.left, &name)).unwrap();
    let _ = pair.sync().clean();
    assert!(!literal(&pair.config.right, &name).exists());
    pair.sync().idle();
    let _ = pair.undo(4).clean();
    assert_eq!(read(literal(&pair.config.right, &below)), "edited");
}

#[test]
fn a_read_only_file_is_replaced_deleted_and_brought_back_as_it_was() {
    let pair = Pair::synced(&[("edit", "old"), ("delete", "d"), ("mark", "m")]);
    for name in ["edit", "delete"] {
        set_mode(pair.left(name), 0o444);
    }
    assert_eq!(sorted(pair.sync().clean()).changes, ["R attributes delete", "R attributes edit"]);
    assert_eq!(marks(pair.right("edit")) | marks(pair.right("delete")), READ_ONLY);
    pair.sync().idle();
    set_mode(pair.left("edit"), 0o644);
    fs::write(pair.left("edit"), "new content").unwrap();
    set_mode(pair.left("edit"), 0o444);
    set_mode(pair.left("delete"), 0o644);
    fs::remove_file(pair.left("delete")).unwrap();
    assert_eq!(sorted(pair.sync().clean()).changes, ["R delete delete", "R update edit"]);
    assert_eq!((read(pair.right("edit")), marks(pair.right("edit"))), ("new content".into(), READ_ONLY));
    pair.sync().idle();
    let _ = pair.undo(4).clean();
    for (name, content) in [("edit", "old"), ("delete", "d")] {
        assert_eq!((read(pair.right(name)), marks(pair.right(name))), (content.into(), READ_ONLY), "{name}");
    }
}

#[test]
fn what_is_hidden_stays_hidden_when_it_is_replaced() {
    let pair = Pair::synced(&[("desktop.ini", "old"), ("plain", "p")]);
    mark(&pair.right("desktop.ini"), HIDDEN | SYSTEM);
    pair.sync().idle();
    fs::write(pair.left("desktop.ini"), "new content").unwrap();
    assert_eq!(pair.sync().clean().changes, ["R update desktop.ini"]);
    assert_eq!(read(pair.right("desktop.ini")), "new content");
    assert_eq!(marks(pair.right("desktop.ini")), HIDDEN | SYSTEM);
    assert_eq!(pair.trash(Right)["desktop.ini"], "old");
    pair.sync().idle();
    let _ = pair.undo(3).clean();
    assert_eq!(
        (read(pair.right("desktop.ini")), marks(pair.right("desktop.ini"))),
        ("old".into(), HIDDEN | SYSTEM)
    );
}

#[test]
fn a_file_that_another_program_keeps_costs_its_own_path_and_the_next_run_carries_it_over() {
    let pair = Pair::synced(&[("edit", "old"), ("delete", "d"), ("rename", "r"), ("other", "o")]);
    fs::write(pair.left("edit"), "new content").unwrap();
    fs::write(pair.left("other"), "other content").unwrap();
    fs::remove_file(pair.left("delete")).unwrap();
    fs::rename(pair.left("rename"), pair.left("renamed")).unwrap();
    pair.write(Left, &[("source", "s")]);
    let before = tree(&pair.config.right);
    {
        let _kept = ["edit", "delete", "rename"].map(|name| kept_by_another(&pair.right(name)));
        let _source = kept_by_another(&pair.left("source"));
        let report = sorted(pair.sync());
        let at: Vec<&str> = report.problems.iter().filter_map(|it| it.split(':').next()).collect();
        assert!(["delete", "edit", "source"].iter().all(|path| at.contains(path)), "{report:?}");
        assert!(at.iter().any(|path| path.starts_with("rename")), "{report:?}");
        assert!(report.changes.contains(&"R update other".to_owned()), "{report:?}");
        assert!(
            report.problems.contains(&"edit: another program keeps it to itself".to_owned()),
            "{report:?}"
        );
    }
    let after = tree(&pair.config.right);
    for name in ["edit", "delete", "rename"] {
        assert_eq!(before[name], after[name]);
    }
    assert!(!pair.trash(Right).contains_key("edit"), "what was not replaced is not in the trash");
    let _ = pair.sync().clean();
    pair.assert_equal();
    pair.sync().idle();
    assert_eq!((read(pair.right("renamed")), read(pair.right("edit"))), ("r".into(), "new content".into()));
}

#[test]
fn a_file_that_is_being_written_by_another_program_is_taken_when_it_is_done() {
    let pair = Pair::synced(&[("log", "1")]);
    let mut log = OpenOptions::new().append(true).open(pair.left("log")).unwrap();
    log.write_all(b"2").unwrap();
    let _while_it_is_written = pair.sync();
    log.write_all(b"3").unwrap();
    log.seek(SeekFrom::Start(0)).unwrap();
    drop(log);
    let _ = pair.sync().clean();
    assert_eq!(read(pair.right("log")), "123");
    pair.sync().idle();
}

#[test]
fn a_name_in_another_spelling_is_a_rename_that_loses_nothing() {
    let pair = Pair::synced(&[("foo.txt", "v0"), ("Docs/a", "1"), ("Docs/b", "2")]);
    respell(&pair.left("foo.txt"), &pair.left("FOO.txt"));
    respell(&pair.left("Docs"), &pair.left("docs"));
    let _first = pair.sync();
    let _ = pair.sync();
    for side in [Left, Right] {
        let names: Vec<String> = tree(pair.root(side)).into_keys().collect();
        assert_eq!(names, ["FOO.txt", "docs", "docs/a", "docs/b"], "{side}");
    }
    assert_eq!((read(pair.right("FOO.txt")), read(pair.right("docs/a"))), ("v0".into(), "1".into()));
    pair.sync().idle();
}

#[test]
fn a_name_that_the_other_side_holds_in_another_spelling_is_told_and_touches_nothing() {
    let pair = Pair::synced(&[("f", "1")]);
    pair.write(Left, &[("Name", "left")]);
    pair.write(Right, &[("NAME", "right")]);
    for _ in 0..2 {
        let report = pair.sync();
        assert!(!report.problems.is_empty(), "{report:?}");
        assert!(report.changes.is_empty(), "{report:?}");
        assert_eq!((read(pair.left("Name")), read(pair.right("NAME"))), ("left".into(), "right".into()));
    }
}

#[test]
fn what_was_heard_of_in_another_spelling_is_nothing_of_its_own() {
    let pair = Pair::synced(&[("Docs/a", "1"), ("f", "2")]);
    respell(&pair.left("Docs"), &pair.left("docs"));
    let mut options = pair.options();
    let heard_of = ["Docs", "docs", "F"].map(|path| path.as_bytes().to_vec());
    options.scopes.insert(ITEM, Scope::new(heard_of).unwrap());
    let _ = pair.sync_with(options);
    let _ = pair.sync();
    for side in [Left, Right] {
        let names: Vec<String> = tree(pair.root(side)).into_keys().collect();
        assert_eq!(names, ["docs", "docs/a", "f"], "{side}");
    }
    pair.sync().idle();
}

#[test]
fn our_own_folder_is_ours_in_any_spelling() {
    let pair = Pair::synced(&[("f", "1")]);
    respell(&pair.right(".syncmgr"), &pair.right(".SyncMgr"));
    fs::write(pair.left("f"), "edited").unwrap();
    assert_eq!(pair.sync().clean().changes, ["R update f"]);
    pair.sync().idle();
    assert_eq!(tree(&pair.config.left).into_keys().collect::<Vec<_>>(), ["f"]);
}

#[test]
fn folders_that_are_open_elsewhere_are_worked_in_all_the_same() {
    let pair = Pair::synced(&[("d/f", "1"), ("d/g", "1"), ("e/h", "1")]);
    // As a window that shows them does.
    let watched = ["d", "e"].map(|name| {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(0x0200_0000).open(pair.right(name)).unwrap()
    });
    fs::write(pair.left("d/f"), "edited").unwrap();
    fs::remove_file(pair.left("d/g")).unwrap();
    pair.write(Left, &[("d/new", "n"), ("d/sub/x", "x")]);
    let _ = pair.sync().clean();
    pair.assert_equal();
    drop(watched);
    pair.sync().idle();
}

#[test]
fn the_streams_beside_a_replaced_content_are_in_the_trash_with_it() {
    let pair = Pair::synced(&[("f", "old")]);
    if fs::write(pair.right("f:note"), "beside").is_err() || !pair.right("f:note").exists() {
        // Wine keeps no streams.
        return;
    }
    fs::write(pair.left("f"), "new content").unwrap();
    let _ = pair.sync().clean();
    let run = fs::read_dir(pair.right(".syncmgr/trash")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(read(run.join("f:note")), "beside");
}

/// Does something in a folder with a program of Windows, or with one of Linux where this is Wine, until it is seen.
#[allow(clippy::disallowed_methods, reason = "nothing but a program of the system makes these")]
fn done(dir: &Path, of_windows: &[&str], of_linux: &[&str], is_done: impl Fn() -> bool) -> bool {
    use std::process::{Command, Stdio};
    let there = dir.to_string_lossy().replace("Z:", "").replace('\\', "/");
    let script = format!("cd '{there}' && {}", of_linux.join(" "));
    let of_linux = [&["start", "/unix", "/bin/sh", "-c"][..], &[&script]].concat();
    for words in [of_windows, &of_linux] {
        let mut command = Command::new("cmd");
        command.arg("/c").args(words).current_dir(dir).stdout(Stdio::null()).stderr(Stdio::null());
        let ran = command.status().is_ok_and(|status| status.success());
        // A program of Linux is not waited for.
        for _ in 0..if ran { 400 } else { 0 } {
            if is_done() {
                return true;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        }
    }
    false
}

/// A pair where programs of Linux find it, if this is Wine.
fn pair_within_reach() -> Pair {
    let base = Some(PathBuf::from(r"Z:\tmp")).filter(|path| path.is_dir()).unwrap_or_else(std::env::temp_dir);
    let dir = tempfile::tempdir_in(base).unwrap();
    let at = |name: &str| dir.path().join(name);
    for name in ["left", "right", "state", "elsewhere"] {
        fs::create_dir(at(name)).unwrap();
    }
    let config = PairConfig::new(ITEM, "pair", at("left"), at("right"));
    Pair { dir, config, ..Pair::default() }
}

/// Makes a junction to `elsewhere`, or what comes closest where there are none.
fn lead(pair: &Pair, side: Side, name: &str) {
    let is_there = || {
        const REPARSE_POINT: u32 = 0x400;
        let marks = syncmgr_winfs::attributes(&pair.root(side).join(name));
        marks.is_ok_and(|marks| marks & REPARSE_POINT != 0)
    };
    let of_windows = ["mklink", "/J", name, r"..\elsewhere"];
    let made = done(pair.root(side), &of_windows, &["ln", "-s", "../elsewhere", name], is_there);
    assert!(made, "something that leads elsewhere can be made where the tests run");
}

#[test]
fn a_junction_is_told_and_never_entered_followed_or_removed_with_what_is_behind_it() {
    let pair = pair_within_reach();
    pair.write(Left, &[("f", "1"), ("d/in", "2")]);
    let _ = pair.sync().clean();
    let elsewhere = pair.dir.path().join("elsewhere");
    fs::create_dir(elsewhere.join("sub")).unwrap();
    for name in ["in", "f", "sub/g"] {
        fs::write(elsewhere.join(name), "elsewhere").unwrap();
    }
    lead(&pair, Left, "j");
    // In the place of a folder that both hold.
    fs::remove_dir_all(pair.right("d")).unwrap();
    lead(&pair, Right, "d");
    fs::write(pair.left("d/in"), "edited").unwrap();
    fs::write(pair.left("f"), "edited too").unwrap();
    for changes in [&["R update f"][..], &[]] {
        let report = sorted(pair.sync());
        assert_eq!(report.changes, changes, "{report:?}");
        assert!(report.problems.iter().any(|it| it.starts_with("j:")), "{report:?}");
        assert!(report.problems.iter().any(|it| it.starts_with("d")), "{report:?}");
    }
    assert!(!pair.right("j").exists());
    for name in ["in", "f", "sub/g"] {
        assert_eq!(read(elsewhere.join(name)), "elsewhere");
    }
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 3);
    let root = RealFileSystem.open_root(&pair.config.left).unwrap();
    for path in [&b"j"[..], b"j/sub"] {
        assert!(RealFileSystem.open_dir(&root, path).is_err(), "{path:?}");
    }
    assert!(RealFileSystem.open_file(&root, b"j").is_err());
    assert!(RealFileSystem.remove_dir(&root, b"j").is_err());
    let _whether_the_junction_goes = RealFileSystem.remove_file(&root, b"j");
    assert_eq!(read(elsewhere.join("sub/g")), "elsewhere");
}

#[test]
fn what_a_side_holds_and_the_other_cannot_costs_its_own_path() {
    // Names that a file system of Linux holds: two that are one here, and some that are none. A real Windows shows no such
    // side but from the network.
    let pair = pair_within_reach();
    pair.write(Left, &[("f", "1"), ("a", "the one before the colon")]);
    let _ = pair.sync().clean();
    let script =
        ["printf", "upper", ">", "X;", "printf", "lower", ">", "x;", "printf", "s", ">", "'a:stream';"];
    let script = [&script[..], &["printf", "b", ">", "'back\\slash';", "printf", "z", ">", "zz"]].concat();
    if !done(&pair.config.left, &["exit", "1"], &script, || pair.left("zz").exists()) {
        return;
    }
    let problems = |report: Report| {
        let at = report.problems.iter().filter_map(|it| it.split(": ").next().map(str::to_owned));
        (report.changes, at.collect::<Vec<_>>())
    };
    let none = ["a:stream", r"back\slash", "x"].map(str::to_owned);
    let (changes, at) = problems(sorted(pair.sync()));
    assert_eq!(
        (&changes[..], &at[..]),
        (&["R create X".to_owned(), "R create zz".to_owned()][..], &none[..])
    );
    let (changes, at) = problems(sorted(pair.sync()));
    assert_eq!((&changes[..], &at[..]), (&[][..], &none[..]));
    assert_eq!(
        (read(pair.right("X")), read(pair.right("a"))),
        ("upper".into(), "the one before the colon".into())
    );
    // The one that could not be carried over goes, and takes nothing with it; then the other one goes.
    assert!(done(&pair.config.left, &["exit", "1"], &["rm", "x;", "printf", "y", ">", "yy"], || pair
        .left("yy")
        .exists()));
    let (changes, _) = problems(pair.sync());
    assert_eq!(changes, ["R create yy"]);
    assert_eq!((read(pair.left("X")), read(pair.right("X"))), ("upper".into(), "upper".into()));
}
