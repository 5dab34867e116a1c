//! Reconciling without a disk: small trees written as text, plans read back as text.

use std::collections::BTreeMap;

use syncmgr_model::fact::Side;

use super::*;
use crate::baseline::Stamp;
use crate::config::KeepSet;
use crate::fs::Kind;
use crate::path::display;
use crate::rules::parse;

/// A tree as lines: `d/` a directory, `f=v` a file with content `v`, `f=v@7` the same with modification time 7,
/// `l>t` a link, `x!` ignored, `x?` unreadable, `x|` special.
fn side(lines: &[&str]) -> Vec<(Vec<u8>, Seen)> {
    let mut entries = vec![(Vec::new(), Seen::Dir(stat(Kind::Dir, "", 1), None))];
    for line in lines {
        let (name, seen) = match line {
            _ if line.ends_with('/') => (&line[..line.len() - 1], Seen::Dir(stat(Kind::Dir, "", 1), None)),
            _ if line.ends_with('!') => (&line[..line.len() - 1], Seen::Ignored),
            _ if line.ends_with('?') => (&line[..line.len() - 1], Seen::Blocked("unreadable".into())),
            _ if line.ends_with('|') => (&line[..line.len() - 1], Seen::Special),
            _ if line.contains('>') => {
                let (name, target) = line.split_once('>').unwrap();
                (name, Seen::Symlink(stat(Kind::Symlink, target, 1), target.as_bytes().into()))
            }
            _ => {
                let (name, content) = line.split_once('=').unwrap();
                let (content, mtime) = content.split_once('@').unwrap_or((content, "1"));
                (name, Seen::File(stat(Kind::File, content, mtime.parse().unwrap())))
            }
        };
        entries.push((name.as_bytes().to_vec(), seen));
    }
    entries.sort_by(|a, b| tree_cmp(&a.0, &b.0));
    entries
}

/// The content is told by the inode number, so that [`Named`] can read it back.
fn stat(kind: Kind, content: &str, mtime: i64) -> Stat {
    let number = content.bytes().fold(1u64, |sum, byte| sum * 31 + u64::from(byte));
    let time = FileTime { secs: mtime, nanos: 5 };
    Stat {
        kind,
        mode: if kind == Kind::Dir { 0o755 } else { 0o644 },
        size: content.len() as u64,
        mtime: time,
        ctime: FileTime { secs: mtime + 1, nanos: 5 },
        ino: number,
        dev: 1,
        allocated: 0,
        uid: 0,
        gid: 0,
        nlink: 1,
        is_mount: false,
    }
}

fn digest_of(stat: &Stat) -> Digest {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&stat.ino.to_be_bytes());
    digest
}

fn agreed(lines: &[&str]) -> Vec<(Vec<u8>, BaseEntry)> {
    let entry = |seen: &Seen| match seen {
        Seen::Dir(..) => BaseEntry::Dir { left_mode: 0o755, right_mode: 0o755, kept: None },
        Seen::Symlink(_, target) => BaseEntry::Symlink { target: (**target).into(), kept: None },
        Seen::File(stat) => {
            let stamp = Stamp::of(stat);
            BaseEntry::File {
                size: stat.size,
                digest: digest_of(stat),
                left: stamp,
                right: stamp,
                kept: None,
            }
        }
        _ => panic!("only what both sides can hold is agreed on"),
    };
    side(lines).iter().map(|(path, seen)| (path.clone(), entry(seen))).collect()
}

struct Listed<T>(Vec<(Vec<u8>, T)>, usize);

impl SideWalk for Listed<Seen> {
    fn peek(&self) -> Option<(&[u8], &Seen)> {
        self.0.get(self.1).map(|(path, seen)| (&path[..], seen))
    }

    fn advance(&mut self) {
        self.1 += 1;
    }
}

impl BaseWalk for Listed<BaseEntry> {
    fn peek(&self) -> Option<(&[u8], &BaseEntry)> {
        self.0.get(self.1).map(|(path, entry)| (&path[..], entry))
    }

    fn advance(&mut self) -> Result<(), Damaged> {
        self.1 += 1;
        Ok(())
    }
}

/// Reads contents back from the inode numbers and counts how often it was asked.
#[derive(Default)]
struct Named<'a>(Option<&'a mut u32>);

impl Contents for Named<'_> {
    fn digest(&mut self, _side: Side, _path: &[u8], seen: &Stat) -> Result<Digest, String> {
        if let Some(count) = &mut self.0 {
            **count += 1;
        }
        Ok(digest_of(seen))
    }
}

fn policies(mode: Mode) -> Policies {
    Policies {
        mode,
        conflict: ConflictPolicy::Hold,
        evidence: Evidence::FileSystem,
        keep: KeepSet::default(),
        regained: [KeepSet::default(); 2],
        resolutions: Vec::new(),
        rules: RuleStack::default(),
        walk_began: FileTime { secs: 1_000, nanos: 0 },
    }
}

fn run(policies: Policies, base: &[&str], left: &[&str], right: &[&str]) -> Reconciled {
    let walks = [Listed(side(left), 0), Listed(side(right), 0)];
    reconcile(walks, Listed(agreed(base), 0), Named::default(), policies, &mut |_| true).unwrap()
}

/// The plan in words: `R+f` create on the right, `~` update, `-` delete, `*` attributes, `R+d/` make a directory,
/// `forget f`, `agree f`; then conflicts as `!f`, problems as `?f`, notes as `#f`.
fn words(done: &Reconciled) -> String {
    let mut words = Vec::new();
    for step in done.plan.steps() {
        let path = display(&step.path);
        let mark =
            |side: Side, what: &str| format!("{}{what}{path}", if side == Side::Left { 'L' } else { 'R' });
        words.push(match step.op {
            Op::Agree if step.after == After::Forget => format!("forget {path}"),
            Op::Agree => format!("agree {path}"),
            Op::MakeDir { side, .. } => mark(side, "+") + "/",
            Op::Copy { to, replaces: None, .. } => mark(to, "+"),
            Op::Copy { to, replaces: Some(_), .. } => mark(to, "~"),
            Op::MakeLink { to, .. } => mark(to, ">"),
            Op::Trash { side, .. } => mark(side, "-"),
            Op::RemoveDir { side } => mark(side, "-") + "/",
            Op::SetAttributes { side, .. } => mark(side, "*"),
            Op::Move { side, ref from, .. } => mark(side, &format!("{}→", display(from))),
            Op::MovedAway { .. } => continue,
            Op::FinishDir { side } => mark(side, "."),
            Op::Link { to, .. } => mark(to, "="),
            Op::Restore { side, .. } => mark(side, "^"),
        });
    }
    words.extend(done.conflicts.iter().map(|(path, _)| format!("!{}", display(path))));
    words.extend(done.problems.iter().map(|problem| format!("?{}", display(&problem.path))));
    words.extend(done.notes.iter().map(|note| format!("#{}", display(&note.path))));
    words.join(" ")
}

#[track_caller]
fn check(why: &str, mode: Mode, base: &[&str], left: &[&str], right: &[&str], expected: &str) {
    assert_eq!(words(&run(policies(mode), base, left, right)), expected, "{why}");
}

#[track_caller]
fn safe(why: &str, base: &[&str], left: &[&str], right: &[&str], expected: &str) {
    check(why, Mode::TwoWaySafe, base, left, right, expected);
}

#[test]
fn files_flow_from_the_side_that_changed_them() {
    safe("nothing changed", &["f=1"], &["f=1"], &["f=1"], "");
    safe("created on the left", &[], &["f=1"], &[], "R+f");
    safe("created on the right", &[], &[], &["f=1"], "L+f");
    safe("edited on the left", &["f=1"], &["f=22"], &["f=1"], "R~f");
    safe("edited to the same size", &["f=1"], &["f=1"], &["f=2@3"], "L~f");
    safe("deleted on the left", &["f=1"], &[], &["f=1"], "R-f");
    safe("deleted on both", &["f=1"], &[], &[], "forget f");
    safe("same edit on both", &["f=1"], &["f=2@3"], &["f=2@3"], "agree f");
    safe("same file created on both", &[], &["f=2@3"], &["f=2@3"], "agree f");
    safe("edited on both", &["f=1"], &["f=2@2"], &["f=3@3"], "!f");
    safe("created on both", &[], &["f=2"], &["f=3"], "!f");
    safe("a link retargeted", &["l>a"], &["l>b"], &["l>a"], "R>l");
}

#[test]
fn a_touch_is_no_edit() {
    safe("touched on the left, edited on the right", &["f=1"], &["f=1@9"], &["f=22"], "L~f");
    safe("touched on the left", &["f=1"], &["f=1@9"], &["f=1"], "R*f");
    safe("touched on both, differently", &["f=1"], &["f=1@9"], &["f=1@8"], "R*f");
}

#[test]
fn a_deletion_loses_against_an_edit() {
    safe("deleted here, edited there", &["f=1"], &[], &["f=22"], "L+f #f");
    safe("edited here, deleted there", &["f=1"], &["f=22"], &[], "R+f #f");
    let base = ["d/", "d/e/", "d/e/f=1", "d/g=1"];
    safe(
        "a directory deleted, a deep file edited: its ancestors come back, the rest goes",
        &base,
        &[],
        &["d/", "d/e/", "d/e/f=22", "d/g=1"],
        "L+d/ L+d/e/ L+d/e/f R-d/g #d/e/f",
    );
    safe("a file added below a deleted directory", &["d/"], &[], &["d/", "d/y=1"], "L+d/ L+d/y");
}

#[test]
fn a_directory_goes_after_what_was_in_it() {
    let base = ["d/", "d/e/", "d/e/f=1", "d/g=1"];
    safe("deleted", &base, &[], &base, "R-d/e/f R-d/e/ R-d/g R-d/");
    safe("created", &[], &base, &[], "R+d/ R+d/e/ R+d/e/f R+d/g");
    safe(
        "holding ignored files: these stay, and so does the directory, and it does not come back",
        &["d/", "d/g=1"],
        &[],
        &["d/", "d/g=1", "d/x!"],
        "R-d/g #d",
    );
    safe("the same again, a run later", &["d/"], &[], &["d/", "d/x!"], "#d");
    safe(
        "holding a new folder with nothing but ignored files: it does not bring the deleted one back",
        &["d/", "d/g=1"],
        &[],
        &["d/", "d/g=1", "d/s/", "d/s/x!"],
        "R-d/g #d/s #d",
    );
    safe("holding a new empty folder: it comes back for it", &["d/"], &[], &["d/", "d/s/"], "L+d/ L+d/s/");
    safe("holding a new folder with a file", &["d/"], &[], &["d/", "d/s/", "d/s/f=1"], "L+d/ L+d/s/ L+d/s/f");
    safe("holding something unreadable", &["d/", "d/x/", "d/x/y=1"], &[], &["d/", "d/x?"], "?d/x #d");
}

#[test]
fn a_change_of_kind_replaces_if_nothing_below_was_edited() {
    safe("file to directory", &["x=1"], &["x/", "x/f=1"], &["x=1"], "R-x R+x/ R+x/f");
    safe("directory to file", &["d/", "d/f=1"], &["d=1"], &["d/", "d/f=1"], "R-d/f R-d/ R+d");
    safe(
        "directory to file, edited below: one conflict",
        &["d/", "d/f=1"],
        &["d=1"],
        &["d/", "d/f=22"],
        "!d",
    );
    safe("directory to file, added below", &["d/", "d/f=1"], &["d=1"], &["d/", "d/a=1", "d/f=1"], "!d");
    safe("directory to file, ignored below", &["d/", "d/f=1"], &["d=1"], &["d/", "d/f=1", "d/g!"], "!d");
    safe("file here, directory there", &[], &["x=1"], &["x/", "x/f=1", "x/g=1"], "!x");
    safe(
        "names exchanged",
        &["a=0", "b/", "b/f=1"],
        &["a/", "a/f=1", "b=0"],
        &["a=0", "b/", "b/f=1"],
        "R-a R+a/ R+a/f R-b/f R-b/ R+b",
    );
    safe(
        "a directory inside a directory replaced by a file",
        &["d/", "d/e/", "d/e/f=1"],
        &["d=1"],
        &["d/", "d/e/", "d/e/f=22"],
        "!d",
    );
}

#[test]
fn unknown_is_not_absent() {
    safe("unreadable directory", &["d/", "d/f=1", "g=1"], &["d?", "g=22"], &["d/", "d/f=1", "g=1"], "R~g ?d");
    safe("special file", &[], &["p|"], &[], "?p");
    safe("ignored here, synced before", &["c/", "c/f=1"], &["c!"], &["c!"], "forget c forget c/f");
    safe("ignored here, deleted there", &["f=1"], &["f!"], &[], "forget f");
    safe("no longer ignored: a union, no deletion", &[], &[], &["foo/", "foo/bar=1"], "L+foo/ L+foo/bar");
}

#[test]
fn rules_of_one_side_hold_for_the_other() {
    let rules = parse("*.o").unwrap();
    let mut left = side(&["k=1"]);
    left[0].1 = Seen::Dir(stat(Kind::Dir, "", 1), Some(rules));
    let walks = [Listed(left, 0), Listed(side(&["k=1", "x.o=1", "y.c=1"]), 0)];
    let base = Listed(agreed(&["k=1", "x.o=1"]), 0);
    let done = reconcile(walks, base, Named::default(), policies(Mode::TwoWaySafe), &mut |_| true).unwrap();
    assert_eq!(words(&done), "forget x.o L+y.c");
}

#[test]
fn the_modes_differ_as_they_say() {
    let (base, left, right) =
        (["a=1", "b=1", "c=1", "d=1"], ["a=2@2", "b=1", "c=1"], ["a=3@2", "b=4@2", "d=22", "x=1"]);
    check("two-way-safe", Mode::TwoWaySafe, &base, &left, &right, "L~b L-c L+d L+x !a #d");
    check("two-way-resolved", Mode::TwoWayResolved, &base, &left, &right, "R~a L~b L-c R-d L+x");
    check("one-way-safe", Mode::OneWaySafe, &base, &left, &right, "R+c !a !b !d");
    check("one-way-replica", Mode::OneWayReplica, &base, &left, &right, "R~a R~b R+c R-d R-x");
    check("replica removes trees whole", Mode::OneWayReplica, &[], &[], &["d/", "d/f=1"], "R-d/f R-d/");
    check(
        "resolved: the left kind wins",
        Mode::TwoWayResolved,
        &["d/", "d/f=1"],
        &["d=1"],
        &["d/", "d/f=22"],
        "R-d/f R-d/ R+d",
    );
}

#[test]
fn conflict_policies_settle() {
    let settled = |conflict| {
        let policies = Policies { conflict, ..policies(Mode::TwoWaySafe) };
        words(&run(policies, &["f.txt=1"], &["f.txt=2@2"], &["f.txt=3@3"]))
    };
    assert_eq!(settled(ConflictPolicy::Hold), "!f.txt");
    assert_eq!(settled(ConflictPolicy::Left), "R~f.txt");
    assert_eq!(settled(ConflictPolicy::Right), "L~f.txt");
    assert_eq!(settled(ConflictPolicy::Newer), "L~f.txt");
    assert_eq!(settled(ConflictPolicy::Both), "Rf.txt→f.conflict-right-00000000.txt");
}

#[test]
fn a_decision_about_one_path_touches_nothing_else() {
    let decided = |path: &str, keep| {
        let resolutions = vec![(path.as_bytes().to_vec(), keep)];
        let policies = Policies { resolutions, ..policies(Mode::TwoWaySafe) };
        let base = ["d/", "d/f=1", "e/", "e/f=1", "g=1"];
        let left = ["d/", "d/f=2@2", "e=1", "g=22"];
        let right = ["d/", "d/f=3@3", "e/", "e/f=22", "new=1"];
        words(&run(policies, &base, &left, &right))
    };
    assert_eq!(decided("d/f", ConflictPolicy::Left), "R~d/f");
    assert_eq!(decided("d/f", ConflictPolicy::Right), "L~d/f");
    assert_eq!(decided("e", ConflictPolicy::Left), "R-e/f R-e/ R+e");
    assert_eq!(decided("e", ConflictPolicy::Right), "L-e L+e/ L+e/f");
    assert_eq!(decided("d/f", ConflictPolicy::Hold), "!d/f");
}

#[test]
fn unchanged_files_are_not_read() {
    let mut asked = 0;
    let tree = ["d/", "d/f=1", "d/g=2", "h=3"];
    let walks = [Listed(side(&tree), 0), Listed(side(&tree), 0)];
    reconcile(
        walks,
        Listed(agreed(&tree), 0),
        Named(Some(&mut asked)),
        policies(Mode::TwoWaySafe),
        &mut |_| true,
    )
    .unwrap();
    assert_eq!(asked, 0);
}

#[test]
fn everything_is_read_when_the_file_system_is_not_trusted() {
    let mut asked = 0;
    let walks = [Listed(side(&["f=1"]), 0), Listed(side(&["f=1"]), 0)];
    let policies = Policies { evidence: Evidence::Content, ..policies(Mode::TwoWaySafe) };
    reconcile(walks, Listed(agreed(&["f=1"]), 0), Named(Some(&mut asked)), policies, &mut |_| true).unwrap();
    assert_eq!(asked, 2);
}

#[test]
fn a_file_modified_while_we_looked_is_looked_at_again() {
    let fresh = stat(Kind::File, "1", 999);
    let looked = |nanos| FileTime { secs: 999, nanos };
    assert!(!trusted_stamp(&fresh, looked(6)).vouches_for(&fresh));
    assert!(trusted_stamp(&fresh, looked(20_000_000)).vouches_for(&fresh));
    let coarse = Stat { mtime: FileTime { secs: 999, nanos: 0 }, ..fresh };
    assert!(!trusted_stamp(&coarse, FileTime { secs: 1_000, nanos: 500 }).vouches_for(&coarse));
}

#[test]
fn a_conflict_name_never_gets_too_long_and_keeps_the_extension() {
    let stat = stat(Kind::File, "1", 1);
    let long = [vec![b'a'; 251], b".txt".to_vec()].concat();
    let name = conflict_name(&long, Some(&[0xAB; 32]), &stat);
    assert_eq!(name.len(), 255);
    assert!(name.ends_with(b".conflict-right-abababab.txt"));
    let umlauts = "ü".repeat(127);
    assert!(std::str::from_utf8(&conflict_name(umlauts.as_bytes(), Some(&[1; 32]), &stat)).is_ok());
}

mod random {
    //! Random trees on both sides against what must hold whatever they are.

    use super::*;
    use proptest::prelude::*;

    fn tree() -> impl Strategy<Value = BTreeMap<String, u8>> {
        proptest::collection::btree_map("[ab](/[ab]){0,2}", 0u8..5, 0..8)
    }

    /// Makes a tree of arbitrary (path, kind) pairs consistent: whatever has something below it is a directory.
    fn lines(tree: &BTreeMap<String, u8>) -> Vec<String> {
        let mut all = BTreeMap::new();
        for (path, kind) in tree {
            all.entry(path.clone()).or_insert(*kind);
            for (at, _) in path.match_indices('/') {
                all.insert(path[..at].to_owned(), 0);
            }
        }
        all.iter()
            .map(|(path, kind)| match kind {
                0 => format!("{path}/"),
                1 => format!("{path}>t"),
                content => format!("{path}={content}@{content}"),
            })
            .collect()
    }

    /// Carries a plan out on two trees of names.
    fn carry_out(plan: &Plan, trees: &mut [BTreeMap<Vec<u8>, Seen>; 2]) {
        for step in plan.steps() {
            let Some(side) = step.op.side() else { continue };
            let other = trees[index(side.other())].get(&step.path).cloned();
            let parent = split(&step.path).0.to_vec();
            let tree = &mut trees[index(side)];
            let parent_is_dir = matches!(tree.get(&parent), Some(Seen::Dir(..)));
            assert!(parent_is_dir, "the parent of {} is no directory", display(&step.path));
            match step.op {
                Op::MakeDir { .. } => {
                    let taken = tree.insert(step.path, Seen::Dir(stat(Kind::Dir, "", 1), None));
                    assert!(taken.is_none(), "a directory is made where something is");
                }
                Op::Copy { replaces, .. } | Op::MakeLink { replaces, .. } => {
                    let old = tree.insert(step.path.clone(), other.expect("what is copied is there"));
                    assert_eq!(old.is_some(), replaces.is_some(), "{}", display(&step.path));
                    assert!(!matches!(old, Some(Seen::Dir(..))));
                }
                Op::Trash { .. } => assert!(!matches!(tree.remove(&step.path), None | Some(Seen::Dir(..)))),
                Op::RemoveDir { .. } => {
                    assert!(tree.keys().all(|path| *path == step.path || !is_within(path, &step.path)));
                    assert!(matches!(tree.remove(&step.path), Some(Seen::Dir(..))));
                }
                Op::SetAttributes { .. } => {
                    let seen = other.expect("attributes come from the other side");
                    tree.insert(step.path, seen);
                }
                Op::Agree
                | Op::FinishDir { .. }
                | Op::Move { .. }
                | Op::MovedAway { .. }
                | Op::Link { .. }
                | Op::Restore { .. } => {
                    unreachable!("not in these modes")
                }
            }
        }
    }

    fn shape(tree: &BTreeMap<Vec<u8>, Seen>) -> Vec<String> {
        tree.iter()
            .map(|(path, seen)| match seen {
                Seen::File(stat) => format!("{}={}", display(path), stat.ino),
                Seen::Symlink(_, target) => format!("{}>{}", display(path), display(target)),
                _ => display(path) + "/",
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn a_plan_can_be_carried_out_in_order_and_both_sides_end_equal_but_for_conflicts(
            base in tree(), left in tree(), right in tree(), mode in 0usize..4,
        ) {
            let mode = Mode::ALL[mode];
            let lines = [base, left, right].map(|tree| lines(&tree));
            let [base, left, right] = lines.each_ref().map(|lines| lines.iter().map(String::as_str).collect::<Vec<_>>());
            let done = run(policies(mode), &base, &left, &right);
            let mut trees = [&left, &right].map(|lines| side(lines).into_iter().collect::<BTreeMap<_, _>>());
            let before = trees.each_ref().map(shape);
            carry_out(&done.plan, &mut trees);
            prop_assert!(done.problems.is_empty());
            if matches!(mode, Mode::OneWaySafe | Mode::OneWayReplica) {
                prop_assert_eq!(&before[0], &shape(&trees[0]), "the left is never written");
            }
            if mode != Mode::OneWaySafe {
                for (path, _) in &done.conflicts {
                    trees.iter_mut().for_each(|tree| tree.retain(|at, _| !is_within(at, path)));
                }
                // A directory above a conflict may exist on one side alone only if the conflict is below it.
                prop_assert_eq!(shape(&trees[0]), shape(&trees[1]), "conflicts {:?}", done.conflicts);
            }
        }
    }
}
