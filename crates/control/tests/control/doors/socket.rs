//! The Unix socket.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use syncmgr_control::StartError;

use super::start;
use crate::world::{World, socket_in};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_socket_and_its_folder_are_the_users_alone() {
    let world = World::start();
    assert_eq!(mode(&world.socket()), 0o600);
    assert_eq!(mode(world.socket().parent().unwrap()), 0o700);
}

#[test]
fn a_folder_that_others_can_enter_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_in(&folder);
    fs::create_dir(socket.parent().unwrap()).unwrap();
    fs::set_permissions(socket.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(start(&socket), Err(StartError::Folder { .. })));
    assert_eq!(mode(socket.parent().unwrap()), 0o755);
}

fn private_folder(socket: &Path) {
    fs::create_dir(socket.parent().unwrap()).unwrap();
    fs::set_permissions(socket.parent().unwrap(), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn the_socket_of_a_dead_server_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_in(&folder);
    private_folder(&socket);
    drop(UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    let server = start(&socket).unwrap();
    server.stop(Duration::ZERO);
    assert!(!socket.exists());
}

#[test]
fn the_socket_of_a_living_server_is_never_taken() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_in(&folder);
    private_folder(&socket);
    let stranger = UnixListener::bind(&socket).unwrap();
    assert!(matches!(start(&socket), Err(StartError::InUse { .. })));
    drop(stranger);
    let first = start(&socket).unwrap();
    assert!(matches!(start(&socket), Err(StartError::InUse { .. })));
    assert!(socket.exists());
    first.stop(Duration::ZERO);
    start(&socket).unwrap();
}

#[test]
fn a_file_in_the_place_of_the_socket_stays() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_in(&folder);
    private_folder(&socket);
    fs::write(&socket, "precious").unwrap();
    assert!(matches!(start(&socket), Err(StartError::Socket { .. })));
    assert_eq!(fs::read_to_string(&socket).unwrap(), "precious");
}
