//! The named pipe, and the file that names it.

use std::fs;
use std::time::Duration;

use syncmgr_control::StartError;

use super::start;
use crate::world::{World, socket_in};

#[test]
fn the_pipe_has_a_name_that_nobody_could_know_beforehand() {
    let (one, other) = (World::start(), World::start());
    let names = [&one, &other].map(|world| fs::read_to_string(world.socket()).unwrap());
    let digits = names.each_ref().map(|name| name.strip_prefix(r"\\.\pipe\syncmgr-").unwrap());
    assert!(digits.iter().all(|digits| digits.len() == 32), "{names:?}");
    assert_ne!(digits[0], digits[1]);
}

#[test]
fn the_name_of_a_dead_server_is_replaced_and_goes_with_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_in(&folder);
    fs::create_dir(socket.parent().unwrap()).unwrap();
    fs::write(&socket, r"\\.\pipe\syncmgr-nobody").unwrap();
    let server = start(&socket).unwrap();
    assert_ne!(fs::read_to_string(&socket).unwrap(), r"\\.\pipe\syncmgr-nobody");
    server.stop(Duration::ZERO);
    assert!(!socket.exists());
}

#[test]
fn the_place_of_a_living_server_is_never_taken() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_in(&folder);
    let first = start(&socket).unwrap();
    let name = fs::read_to_string(&socket).unwrap();
    assert!(matches!(start(&socket), Err(StartError::InUse { .. })));
    assert_eq!(fs::read_to_string(&socket).unwrap(), name);
    first.stop(Duration::ZERO);
    start(&socket).unwrap();
}

#[test]
fn a_folder_in_the_place_of_the_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_in(&folder);
    fs::create_dir_all(socket.join("precious")).unwrap();
    assert!(matches!(start(&socket), Err(StartError::Socket { .. })));
    assert!(socket.join("precious").exists());
}
