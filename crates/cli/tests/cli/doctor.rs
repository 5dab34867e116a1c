//! `syncmgr doctor`

use std::fs;

use crate::home::Home;

#[test]
fn a_new_home_is_healthy() {
    let home = Home::new();
    let ran = home.run(&["doctor", "--json"]).exit(0);
    let checks: Vec<_> = ran.of_type("check").iter().map(|check| check["check"].clone()).collect();
    assert_eq!(checks, ["configuration", "state directory", "store"]);
    assert!(ran.of_type("check").iter().all(|check| check["health"] != "failed"), "{}", ran.out);
}

#[test]
fn what_is_wrong_is_found_and_the_rest_is_still_looked_at() {
    let home = Home::with_folders(&[], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    fs::remove_dir(home.work("right")).unwrap();
    let ran = home.run(&["doctor", "--json"]).exit(1);
    let health = |check: &str| {
        let checks = ran.of_type("check");
        checks.iter().find(|line| line["check"] == check).unwrap()["health"].clone()
    };
    assert_eq!((health("photos left") == "failed", health("photos right")), (false, "failed".into()));
    assert_eq!(health("store"), "ok");
}

#[test]
fn a_broken_configuration_is_a_finding_here_and_no_failure() {
    let home = Home::new();
    home.configure("[[folder]\n");
    let ran = home.run(&["doctor"]).exit(1);
    assert!(ran.out.contains("config.toml` line 1"), "{}", ran.out);
    assert!(ran.out.contains("store"), "{}", ran.out);
}

#[test]
fn a_damaged_store_is_found_and_set_aside_on_demand() {
    let home = Home::new();
    fs::create_dir_all(home.state_dir()).unwrap();
    fs::write(home.state_dir().join("syncmgr.db"), "no database").unwrap();
    let ran = home.run(&["doctor"]).exit(1);
    assert!(ran.err.contains("--set-store-aside"), "{}", ran.err);
    let ran = home.run(&["doctor", "--set-store-aside"]).exit(0);
    assert!(ran.out.contains("syncmgr.db.damaged-"), "{}", ran.out);
    let kept = fs::read_dir(home.state_dir()).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<_> = kept.filter(|path| path.to_string_lossy().contains("damaged")).collect();
    assert_eq!(fs::read_to_string(&kept[0]).unwrap(), "no database");
}
