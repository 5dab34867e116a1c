//! `syncmgr triggers`.

use crate::home::Home;
use crate::through::is_through_daemon;

#[test]
fn what_starts_by_itself_is_listed_for_items_and_for_many() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    assert!(home.run(&["triggers"]).exit(0).out.contains("nothing is configured"));
    let add = ["add", "folder", "left", "right", "--name", "photos", "--every", "15m"];
    let _ = home.run(&add).exit(0);
    let _ = home.run(&["settings", "set", "--for", "idle", "--connection", "home"]).exit(0);
    let ran = home.run(&["triggers"]).exit(0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("photos  every 15m"), "{}", ran.out);
    assert!(lines[1].contains("on `home`: after 15m, again every 1h, not on battery"), "{}", ran.out);
    assert_eq!(ran.err.contains("no daemon is running"), !is_through_daemon(), "{}", ran.err);

    let ran = home.run(&["triggers", "--json"]).exit(0);
    assert_eq!(ran.of_type("why")[0]["schedule"][0], "every 15m");
    assert_eq!(ran.of_type("trigger")[0]["connection"], "home");
}
