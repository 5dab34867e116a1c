//! `syncmgr add folder` and `syncmgr remove`

use std::fs;

use insta::assert_snapshot;

use crate::home::Home;
use crate::through::is_through_daemon;

#[test]
fn adding_keeps_what_people_wrote() {
    let home = Home::with_folders(&[], &[]);
    let written =
        "# my folders\n\n[[folder]] # the first\nleft = \"/a\"   # from the camera\nright = \"/b\"\n";
    home.configure(written);
    let ran = home.run(&["add", "folder", "left", "right", "--name", "notes", "--mode", "one-way-safe"]);
    assert_snapshot!(ran.shown(), @r"
    exit 0
    out| added notes: [base]/work/left and [base]/work/right, one-way-safe
    ");
    let text = fs::read_to_string(home.config_file()).unwrap();
    let added = text.strip_prefix(written).expect("what was there is still there");
    assert!(added.contains("[[folder]]\nname = \"notes\"\nleft = \""), "{added}");
    assert!(added.contains("mode = \"one-way-safe\""), "{added}");

    let _ = home.run(&["remove", "notes"]).exit(0);
    assert_eq!(fs::read_to_string(home.config_file()).unwrap().trim_end(), written.trim_end());
}

#[test]
fn the_first_folder_makes_the_file() {
    let home = Home::with_folders(&[], &[]);
    let _ = home.run(&["add", "folder", "left", "right"]).exit(0);
    let ran = home.run(&["items", "--json"]).exit(0);
    let item = &ran.of_type("item")[0];
    assert_eq!((&item["name"], &item["ticked"]), (&"left".into(), &true.into()));
    let parent = home.config_file().parent().unwrap().to_owned();
    assert_eq!(fs::read_dir(parent).unwrap().count(), 1, "nothing else is left there");
}

#[test]
fn a_schedule_is_kept_and_its_limits_are_told() {
    let home = Home::with_folders(&[], &[]);
    let arguments = ["add", "folder", "left", "right", "--every", "15m", "--on", "logon,idle"];
    let ran = home.run(&arguments).exit(0);
    // With a daemon there is nothing to be told.
    let is_told = ran.err.contains("takes effect while the daemon runs");
    assert_eq!(is_told, !is_through_daemon(), "{}", ran.err);
    let ran = home.run(&["items", "--json"]).exit(0);
    let words: Vec<_> = ran.of_type("item")[0]["schedule"].as_array().unwrap().clone();
    assert_eq!(words, ["every 15m", "on logon", "on idle"]);
}

#[test]
fn a_schedule_that_makes_no_sense_is_refused_and_nothing_is_written() {
    let home = Home::with_folders(&[], &[]);
    for schedule in [["--every", "often"], ["--at", "2 o'clock"], ["--on", "sunrise"]] {
        let ran = home.run(&[&["add", "folder", "left", "right"][..], &schedule].concat()).exit(2);
        assert!(ran.err.contains(schedule[1]), "{}", ran.err);
    }
    assert!(!home.config_file().exists());
}

#[test]
fn a_name_or_a_pair_that_is_taken_is_refused() {
    let home = Home::with_folders(&[], &[]);
    fs::create_dir(home.work("third")).unwrap();
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    assert_snapshot!(home.run(&["add", "folder", "left", "right", "--name", "again"]).shown(), @r"
    exit 2
    err| error: these two folders are already configured as `photos`
    err| hint: run it with `syncmgr sync photos`
    ");
    assert_snapshot!(home.run(&["add", "folder", "third", "right", "--name", "photos"]).shown(), @r"
    exit 2
    err| error: the name `photos` is taken
    err| hint: give another one with `--name`
    ");
}

#[test]
fn a_file_kept_elsewhere_is_changed_there_and_its_rights_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let home = Home::with_folders(&[], &[]);
    home.write("dotfiles/config.toml", "# kept\n");
    fs::set_permissions(home.work("dotfiles/config.toml"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir_all(home.config_file().parent().unwrap()).unwrap();
    symlink(home.work("dotfiles/config.toml"), home.config_file()).unwrap();

    let _ = home.run(&["add", "folder", "left", "right"]).exit(0);
    assert!(fs::symlink_metadata(home.config_file()).unwrap().is_symlink());
    assert!(home.read("dotfiles/config.toml").starts_with("# kept\n"));
    assert!(home.read("dotfiles/config.toml").contains("[[folder]]"));
    let mode = fs::metadata(home.work("dotfiles/config.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn removing_what_nobody_knows_is_refused() {
    let ran = Home::new().run(&["remove", "photos"]).exit(2);
    assert!(ran.err.contains("no item is called `photos`"), "{}", ran.err);
}
