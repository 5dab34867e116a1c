//! CA: case. UN: Unicode forms. NM: awkward names. LG: long names and paths.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use syncmgr_folders::RunOptions;
use syncmgr_folders::fs::FileSystem as _;
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_handler::model::fact::Side::{self, Left, Right};
use syncmgr_handler::model::verdict::Verdict;

use crate::odd::{OddFileSystem, Oddity};
use crate::told::Report;
use crate::world::World;

/// A run whose right side takes names that differ only in case for the same.
fn folding(world: &World) -> Report {
    folding_with(world, world.options())
}

fn folding_with(world: &World, options: RunOptions) -> Report {
    let oddity = Oddity { folds_case: true, ..Oddity::default() };
    let fs = OddFileSystem { root: world.root(Right), oddity };
    world.run_on(fs, options, Arc::new(|_| Verdict::Go))
}

#[test]
fn ca1_a_rename_that_changes_only_case_arrives_on_a_side_that_folds_case() {
    for on in [Left, Right] {
        for (file, folder) in [("FOO.txt", "docs"), ("Foo.TXT", "DOCS")] {
            let world = World::new();
            world.fill(Left, &[("foo.txt", "v0"), ("Docs/1", "1"), ("Docs/2", "2"), ("rest", "r")]);
            let _ = folding(&world).clean();
            world.rename(on, "foo.txt", file);
            world.rename(on, "Docs", folder);
            let _ = folding(&world).clean();
            for side in [Left, Right] {
                assert_eq!(world.read(side, file), "v0");
                assert_eq!(world.read(side, &format!("{folder}/2")), "2");
                assert!(
                    !world.is_there(side, "foo.txt") && !world.is_there(side, "Docs"),
                    "renamed on the {on}"
                );
            }
            let _ = world.settle_by(&|options| folding_with(&world, options)).clean();
        }
    }
}

#[test]
fn ca2_of_two_names_that_differ_only_in_case_one_arrives_and_the_other_is_told() {
    let world = World::new();
    world.fill(Left, &[("Test/a", "1"), ("test/a", "2"), ("X", "big"), ("x", "small"), ("rest", "r")]);
    let report = folding(&world).problems_with(&["test", "x"]);
    assert!(report.problems.iter().all(|problem| problem.contains("case")), "{report:#?}");
    assert_eq!((world.read(Right, "Test/a"), world.read(Right, "X")), ("1".into(), "big".into()));
    let _ = world.settle_by(&|options| folding_with(&world, options));
    world.remove(Left, "test");
    world.remove(Left, "x");
    let _ = world.settle_by(&|options| folding_with(&world, options)).clean();
    world.both_hold("Test/a", "1");
    world.both_hold("X", "big");
    // The other way round: what goes is the spelling that had arrived.
    world.write(Left, "x", "small again");
    let _ = folding(&world).problems_with(&["x"]);
    world.remove(Left, "X");
    let _ = world.settle_by(&|options| folding_with(&world, options)).clean();
    assert_eq!(world.read(Right, "x"), "small again");
}

#[test]
fn ca3_where_both_sides_tell_case_apart_two_spellings_are_two_files() {
    let world = World::synced(&[("a.pdf", "small"), ("A.pdf", "big")]);
    world.remove(Right, "A.pdf");
    let _ = world.settle().clean();
    world.both_hold("a.pdf", "small");
    world.both_lack("A.pdf");
}

const COMPOSED: &str = "\u{e9}.txt";
const DECOMPOSED: &str = "e\u{301}.txt";

#[test]
fn un1_two_forms_of_a_name_are_two_names_and_deleting_one_leaves_the_other() {
    for (first, second) in [("v1", "v2"), ("same", "same")] {
        let world = World::new();
        world.write(Left, COMPOSED, first);
        world.write(Right, DECOMPOSED, second);
        let _ = world.settle().clean();
        world.both_hold(COMPOSED, first);
        world.both_hold(DECOMPOSED, second);
        world.remove(Left, COMPOSED);
        let _ = world.settle().clean();
        world.both_lack(COMPOSED);
        world.both_hold(DECOMPOSED, second);
    }
}

#[test]
fn un3_every_sequence_of_characters_travels_unchanged_and_is_shown_without_control_characters() {
    let long = format!("z{}", "\u{301}\u{323}".repeat(50));
    let names = [
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        &long,
        "\u{202b}\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{202c}",
        "\u{645}\u{200f}\u{631}",
        "\u{feff}mark",
        "\u{378}\u{e000}\u{10ffff}",
        "bell\u{7}escape\u{1b}[31m",
    ];
    let world = World::new();
    world.write(Left, "rest", "r");
    names.iter().for_each(|name| world.write(Left, name, name));
    let _ = world.settle().clean();
    names.iter().for_each(|name| world.both_hold(name, name));
    names.iter().for_each(|name| world.remove(Left, name));
    let report = world.run().clean();
    assert_eq!(report.changes.len(), names.len());
    assert!(!report.changes.iter().any(|change| change.chars().any(char::is_control)), "{report:#?}");
}

#[test]
fn nm1_awkward_names_travel_as_they_are_and_nothing_is_made_of_them() {
    let names: [&str; 22] = [
        "new\nline",
        "tab\there",
        "cr\r",
        "-dash",
        " leading",
        "trailing ",
        "dot.",
        "'single'",
        "\"double\"",
        "back\\slash",
        "*",
        "?",
        "[a-z]",
        "$(touch pwned)",
        "`touch pwned`",
        ";",
        "%",
        "#",
        "&",
        "~",
        "-rf",
        "!important",
    ];
    let world = World::new();
    names.iter().for_each(|name| world.write(Left, name, name));
    names.iter().for_each(|name| world.write(Left, &format!("folder {name}/in"), name));
    let _ = world.settle().clean();
    names.iter().for_each(|name| world.both_hold(name, name));
    names[..11].iter().for_each(|name| world.remove(Right, name));
    let _ = world.settle().clean();
    names[..11].iter().for_each(|name| world.both_lack(name));
    names[11..].iter().for_each(|name| world.both_hold(name, name));
    assert!(!world.names(Left).iter().any(|name| name == "pwned"));
}

#[test]
fn nm2_names_that_are_no_text_travel_byte_by_byte_and_stay_apart() {
    let names: [&[u8]; 4] = [b"\xff", b"\xfe", b"a\xc3", b"ok\xed\xa0\x80"];
    let world = World::new();
    (0..10).for_each(|i| world.write(Left, &format!("f{i}"), format!("{i}")));
    let at = |side: Side, name: &[u8]| world.root(side).join(OsStr::from_bytes(name));
    names.iter().for_each(|name| fs::write(at(Left, name), name).unwrap());
    let _ = world.settle().clean();
    names.iter().for_each(|name| assert_eq!(fs::read(at(Right, name)).unwrap(), *name));
    fs::write(at(Right, b"\xfe"), "edited").unwrap();
    let _ = world.settle().clean();
    assert_eq!(fs::read(at(Left, b"\xfe")).unwrap(), b"edited");
    assert_eq!(fs::read(at(Left, b"\xff")).unwrap(), b"\xff");
}

#[test]
fn lg1_the_longest_names_are_made_edited_and_deleted() {
    let names = ["n".repeat(255), "\u{20ac}".repeat(85)];
    let world = World::new();
    names.iter().for_each(|name| world.write(Left, name, "v0"));
    world.write(Left, "rest", "r");
    let _ = world.settle().clean();
    names.iter().for_each(|name| world.write(Left, name, "v1"));
    let _ = world.settle().clean();
    names.iter().for_each(|name| world.both_hold(name, "v1"));
    names.iter().for_each(|name| world.write(Left, name, "left"));
    names.iter().for_each(|name| world.write(Right, name, "right"));
    let _ = world.resolve(&names[0], syncmgr_folders::ConflictPolicy::Both).clean();
    let _ = world.resolve(&names[1], syncmgr_folders::ConflictPolicy::Left).clean();
    let _ = world.settle().clean();
    names.iter().for_each(|name| world.remove(Left, name));
    let _ = world.settle().clean();
    names.iter().for_each(|name| world.both_lack(name));
    assert!(world.trashed(Right, &names[1], "right") && world.trashed(Right, &names[1], "left"));
    assert!(world.trashed(Right, &names[0], "left"));
}

/// The longest path the system takes in one piece is 4,096 bytes: this one is made and read step by step.
struct Deep {
    component: Vec<u8>,
    depth: usize,
}

impl Deep {
    fn make(&self, root: PathBuf) {
        let mut dir = RealFileSystem.open_root(&root).unwrap();
        for _ in 0..self.depth {
            RealFileSystem.make_dir(&dir, &self.component, 0o755).unwrap();
            dir = RealFileSystem.open_dir(&dir, &self.component).unwrap();
        }
        std::io::Write::write_all(&mut RealFileSystem.create_file(&dir, b"bottom", 0o644).unwrap(), b"deep")
            .unwrap();
    }

    fn read(&self, root: PathBuf) -> std::io::Result<String> {
        let dir = RealFileSystem.open_root(&root)?;
        let path = vec![&self.component[..]; self.depth].join(&b'/');
        let mut text = String::new();
        std::io::Read::read_to_string(
            &mut RealFileSystem.open_file(&RealFileSystem.open_dir(&dir, &path)?, b"bottom")?,
            &mut text,
        )?;
        Ok(text)
    }
}

#[test]
fn lg2_a_path_longer_than_the_system_takes_arrives_and_goes_with_its_folder() {
    let deep = Deep { component: vec![b'c'; 200], depth: 26 };
    let world = World::synced(&[("a", "1"), ("b", "2"), ("c/short", "3")]);
    deep.make(world.root(Left));
    let _ = world.run().clean();
    assert_eq!(deep.read(world.root(Right)).unwrap(), "deep");
    let report = world.run().clean();
    assert!(report.changes.is_empty(), "{report:#?}");
    fs::remove_dir_all(world.left(&"c".repeat(200))).unwrap();
    let _ = world.settle().clean();
    assert!(deep.read(world.root(Right)).is_err());
    assert_eq!(world.names(Right), ["a", "b", "c", "c/short"]);
}
