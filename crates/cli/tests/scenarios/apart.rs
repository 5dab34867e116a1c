//! Scenarios that need a process of their own: killed in the middle, without rights, with little room, or with mounts
//! nobody else sees. The test starts itself again in such a process and does its work there.

use std::env;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::world::World;

/// Set in the process started again.
const ROLE: &str = "SYNCMGR_SCENARIO_ROLE";
/// The folder the process started again works in, the call it is killed at, and what it waits for.
const DIR: &str = "SYNCMGR_SCENARIO_DIR";
const KILLED_AT: &str = "SYNCMGR_SCENARIO_KILLED_AT";
const DURABILITY: &str = "SYNCMGR_SCENARIO_DURABILITY";

fn is_apart() -> bool {
    env::var_os(ROLE).is_some()
}

/// The command that runs one test of this binary again, behind `wrapper`.
fn again(wrapper: &[&str], test: &str) -> Command {
    let this = env::current_exe().unwrap();
    let mut words = wrapper.iter().map(PathBuf::from).chain([this]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ROLE, "apart");
    command
}

#[track_caller]
fn passed(output: &Output) {
    let told = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    // A wrong name would run nothing and succeed.
    assert!(output.status.success() && told.contains("1 passed"), "{told}\n{complained}");
}

/// Does the work as root of a namespace with mounts of its own. `test` is the path of the test that calls.
#[track_caller]
pub(crate) fn with_own_mounts(test: &str, work: impl FnOnce()) {
    if is_apart() {
        return work();
    }
    passed(&again(&["unshare", "--map-root-user", "--mount", "--"], test).output().unwrap());
}

/// Does the work as somebody whom permissions hold for.
#[track_caller]
pub(crate) fn without_rights(test: &str, work: impl FnOnce()) {
    if is_apart() || Path::new("/proc/self").metadata().unwrap().uid() != 0 {
        return work();
    }
    passed(&again(&["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"], test).output().unwrap());
}

/// Does the work in a process with limits, as the shell's `ulimit` sets them.
#[track_caller]
pub(crate) fn with_limits(test: &str, limits: &str, work: impl FnOnce()) {
    if is_apart() {
        return work();
    }
    let script = format!("ulimit {limits} && exec \"$0\" \"$@\"");
    passed(&again(&["sh", "-c", &script], test).output().unwrap());
}

/// Mounts something, for this namespace alone.
#[track_caller]
pub(crate) fn mount(arguments: &[&str], at: &Path) {
    let status = Command::new("mount").args(arguments).arg(at).status().unwrap();
    assert!(status.success(), "mount {arguments:?} {}", at.display());
}

/// Takes a mount away again.
#[track_caller]
pub(crate) fn unmount(at: &Path) {
    assert!(Command::new("umount").arg(at).status().unwrap().success(), "umount {}", at.display());
}

/// In the process that is to be killed: runs the pair until its call comes, and ends. Elsewhere: nothing.
pub(crate) fn die_if_told() {
    let Some(dir) = env::var_os(DIR) else { return };
    let at: usize = env::var(KILLED_AT).unwrap().parse().unwrap();
    let count = AtomicUsize::new(0);
    let world = World::at(Path::new(&dir));
    world.config().durability = env::var(DURABILITY).unwrap().parse().unwrap();
    let report = world.run_hooked(move |call, _| {
        if call.is_mutating() && count.fetch_add(1, Ordering::SeqCst) == at {
            let _never_returns =
                rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
        Ok(())
    });
    let _ = report.clean();
    std::process::exit(0);
}

/// A run of the pair in another process, killed by SIGKILL at its `n`-th call that changes something. Returns whether it
/// came to that. `test` begins with [`die_if_told`].
#[track_caller]
pub(crate) fn killed_at(test: &str, world: &World, n: usize) -> bool {
    world.take_stock();
    let mut command = again(&[], test);
    command.env(DIR, world.dir()).env(KILLED_AT, n.to_string());
    command.env(DURABILITY, world.config().durability.as_str());
    let output = command.output().unwrap();
    world.nothing_is_gone();
    match (output.status.signal(), output.status.code()) {
        (Some(9), _) => true,
        (_, Some(0)) => false,
        _ => {
            panic!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        }
    }
}
