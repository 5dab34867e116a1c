//! Random changes of a real tree while it is watched: in the end each directory is watched under its right name, and
//! nothing that differs from the start was left out of the reports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use syncmgr_sources::{Changed, Changes, Reason, Sign, WatchOptions, Watcher};

use crate::next;

const OPTIONS: WatchOptions = WatchOptions {
    quiet: Duration::from_millis(20),
    at_most: Duration::from_millis(100),
    hold: Duration::from_millis(50),
    paths: 1_000_000,
};

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Everything below a folder: the content of files, and nothing for folders.
fn tree(root: &Path) -> BTreeMap<PathBuf, Option<String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let content = fs::read_to_string(&path).ok();
            if content.is_none() {
                folders.push(path.clone());
            }
            found.insert(path.strip_prefix(root).unwrap().to_owned(), content);
        }
    }
    found
}

/// One random change. What does not work at the moment, such as a folder moved into itself, is left out.
fn change(root: &Path, dice: &mut Dice, number: usize) {
    let places: Vec<PathBuf> = tree(root).into_keys().collect();
    let any = |dice: &mut Dice| match places.len() {
        0 => root.join("first"),
        count => root.join(&places[dice.below(count)]),
    };
    let one = any(dice);
    let fresh = one.with_file_name(format!("n{}", dice.below(30)));
    let _ = match dice.below(9) {
        0 | 1 => fs::create_dir_all(one.join(format!("d{number}/deep/er"))),
        2 | 3 => fs::write(&one, number.to_string()),
        4 => fs::write(&fresh, number.to_string()),
        5 => fs::rename(&one, &fresh),
        6 | 7 => fs::rename(&one, any(dice).join(format!("m{number}"))),
        _ if one.is_dir() && dice.below(3) == 0 => fs::remove_dir_all(&one),
        _ => fs::remove_file(&one),
    };
}

fn told(signs: &Receiver<Sign>) -> BTreeSet<PathBuf> {
    match next(signs) {
        Sign::Changed(Changed { changes: Changes::Paths(paths), .. }) => paths,
        other => panic!("{other:?}"),
    }
}

#[test]
fn after_any_changes_each_folder_is_watched_and_nothing_was_left_out() {
    for seed in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let mut dice = Dice(seed);
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/file"), "").unwrap();
        let before = tree(root);
        let (sender, signs) = unbounded();
        let watcher = Watcher::start(OPTIONS, sender).unwrap();
        watcher.watch("root", root);
        let started = next(&signs);
        assert!(
            matches!(&started, Sign::Changed(it) if it.changes == Changes::Everything(Reason::Started)),
            "{started:?}"
        );

        for number in 0..300 {
            change(root, &mut dice, number);
        }
        // A sign that all of it has been noticed, and that the walks of what appeared are over.
        let mut reported = BTreeSet::new();
        let settle = |name: &str, reported: &mut BTreeSet<PathBuf>| {
            fs::write(root.join(name), "").unwrap();
            while !reported.contains(Path::new(name)) {
                reported.extend(told(&signs));
            }
        };
        settle("the end", &mut reported);
        settle("the very end", &mut reported);
        let after = tree(root);
        let is_told = |path: &Path| path.ancestors().any(|it| reported.contains(it));
        for path in before.keys().chain(after.keys()) {
            assert!(
                before.get(path) == after.get(path) || is_told(path),
                "seed {seed}: {path:?} in {reported:?}"
            );
        }

        let mut probes: BTreeSet<PathBuf> = after
            .iter()
            .filter(|(_, content)| content.is_none())
            .map(|(path, _)| path.join("probe"))
            .chain([PathBuf::from("probe")])
            .collect();
        for probe in &probes {
            fs::write(root.join(probe), "").unwrap();
        }
        while !probes.is_empty() {
            let told = told(&signs);
            probes.retain(|probe| !told.contains(probe));
        }
    }
}
