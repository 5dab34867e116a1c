//! SY: symbolic links. HL: hard links.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use syncmgr_folders::fs::faulty::Call;
use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::world::World;

fn text(world: &World, path: &str) -> String {
    fs::read_link(world.right(path)).unwrap().to_str().unwrap().to_owned()
}

#[test]
fn sy1_a_link_travels_as_its_text_dangling_or_not_and_its_target_is_not_touched() {
    let world = World::synced(&[("dir/f", "1"), ("rest", "r")]);
    world.link(Left, "dir/f", "l");
    let _ = world.settle().clean();
    assert_eq!(text(&world, "l"), "dir/f");
    let target = world.right("dir/f").metadata().unwrap();
    fs::remove_file(world.left("l")).unwrap();
    world.link(Left, "dir/missing", "l");
    let _ = world.settle().clean();
    assert_eq!(text(&world, "l"), "dir/missing");
    world.remove(Left, "l");
    let _ = world.settle().clean();
    world.both_lack("l");
    let now = world.right("dir/f").metadata().unwrap();
    assert_eq!((now.ino(), now.ctime_nsec()), (target.ino(), target.ctime_nsec()));
}

#[test]
fn sy2_links_that_lead_out_travel_as_text_and_nothing_comes_through_them() {
    let world = World::new();
    let outside = world.make_outside(3);
    (0..10).for_each(|i| world.write(Left, &format!("f{i}"), "1"));
    world.link(Left, "/etc/passwd", "l1");
    world.link(Left, "../../outside", "l2");
    world.link(Left, world.left("f0"), "l3");
    world.link(Left, &outside, "l4");
    let _ = world.settle().clean();
    assert_eq!((text(&world, "l1"), text(&world, "l2")), ("/etc/passwd".into(), "../../outside".into()));
    assert_eq!(Path::new(&text(&world, "l4")), outside);
}

#[test]
fn sy3_loops_of_links_are_links_and_the_walk_ends() {
    let world = World::synced(&[("d/f", "1"), ("deep/f", "1")]);
    for (text, path) in
        [("b", "a"), ("a", "b"), ("..", "d/up"), ("self", "d/self"), ("/proc/self/cwd", "deep/x")]
    {
        world.link(Left, text, path);
    }
    let _ = world.settle().clean();
    assert_eq!((text(&world, "a"), text(&world, "d/up")), ("b".into(), "..".into()));
    assert_eq!(world.names(Right).len(), 9);
}

#[test]
fn sy4_a_deleted_link_takes_nothing_of_its_target_along() {
    let world = World::synced(&[("d/f", "1"), ("rest", "r")]);
    let outside = world.make_outside(20);
    world.link(Left, &outside, "l");
    world.link(Left, &outside, "d/l2");
    let _ = world.run().clean();
    world.remove(Left, "l");
    world.remove(Left, "d");
    let _ = world.settle().clean();
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 20);
    let kept =
        world.trash(Right).iter().filter(|(_, text)| *text == outside.as_os_str().as_encoded_bytes()).count();
    assert_eq!(kept, 2, "the texts are in the trash");
}

#[test]
fn sy5_links_that_the_other_side_cannot_hold_stay_and_are_told() {
    let world = World::synced(&[("was a file", "v0"), ("rest", "r")]);
    (0..5).for_each(|i| world.link(Left, "rest", &format!("l{i}")));
    (0..10).for_each(|i| world.write(Left, &format!("f{i}"), "1"));
    world.remove(Left, "was a file");
    world.link(Left, "rest", "was a file");
    let refused = |call: Call, _: &[u8]| {
        if call == Call::MakeLink { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    };
    let report = world.run_hooked(refused);
    let told = ["l0", "l1", "l2", "l3", "l4", "was a file"];
    let _ = report.problems_with(&told);
    let _ = world.settle_by(&|options| world.run_hooked_with(options, refused)).problems_with(&told);
    assert_eq!((world.read(Right, "was a file"), world.read(Right, "f9")), ("v0".into(), "1".into()));
    assert!(fs::read_link(world.left("l4")).is_ok() && fs::read_link(world.left("was a file")).is_ok());
}

#[test]
fn hl1_an_edit_of_one_of_two_names_parts_them_and_both_keep_their_content() {
    let world = World::new();
    world.write(Left, "a", "v0");
    fs::hard_link(world.left("a"), world.left("b")).unwrap();
    let _ = world.settle().clean();
    world.write(Right, "a", "v1");
    let _ = world.settle().clean();
    assert_eq!(world.read(Left, "a"), "v1");
    world.append(Left, "b", " and more");
    let _ = world.settle().clean();
    assert_eq!(world.read(Right, "b"), world.read(Left, "b"));
    assert!(world.read(Right, "b").ends_with(" and more"));
}

#[test]
fn hl2_a_second_name_outside_the_root_keeps_nothing_from_travelling() {
    let world = World::new();
    let outside = world.make_outside(20);
    (0..20).for_each(|i| {
        fs::hard_link(outside.join(format!("f{i}")), world.left(&format!("f{i}"))).unwrap();
    });
    world.write(Left, "rest", "r");
    world.note_outside();
    let _ = world.settle().clean();
    assert_eq!(world.names(Right).len(), 21);
    (0..20).for_each(|i| world.remove(Left, &format!("f{i}")));
    world.note_outside();
    let _ = world.settle().clean();
    assert_eq!(world.names(Right), ["rest"]);
    assert_eq!(fs::read_to_string(outside.join("f7")).unwrap(), "outside 7");
}
