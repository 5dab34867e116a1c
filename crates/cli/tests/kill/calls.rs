//! Which system calls change a disk, and whether one that a program is about to make counts.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use nix::libc::{self, c_long};
use nix::unistd::Pid;

/// What tells whether a call counts; the numbers are those of arguments.
#[derive(Debug, Clone, Copy)]
enum Subject {
    /// Changes what is at a path.
    Path(usize),
    /// Changes what a handle stands for, if that is one of the watched folders or lies in one: pipes, terminals and
    /// counters of events are nobody's data.
    Handle(usize),
    /// Opens a path, and changes something if these flags make it create or cut.
    Opening { path: usize, flags: usize },
    /// The same with the flags in a structure.
    OpeningHow { path: usize, how: usize },
    /// Shares the content of another file, if that is what is asked of the handle.
    Sharing { handle: usize, request: usize },
}

use Subject::{Handle, Opening, OpeningHow, Path as At, Sharing};

/// Newer than some of the tables of `libc`, and the same on all machines.
const FCHMODAT2: c_long = 452;

/// Calls all machines have.
const CALLS: &[(c_long, &str, Subject)] = &[
    (libc::SYS_copy_file_range, "copy_file_range", Handle(2)),
    (libc::SYS_fallocate, "fallocate", Handle(0)),
    (libc::SYS_fchmod, "fchmod", Handle(0)),
    (libc::SYS_fchmodat, "fchmodat", At(1)),
    (FCHMODAT2, "fchmodat2", At(1)),
    (libc::SYS_fchown, "fchown", Handle(0)),
    (libc::SYS_fchownat, "fchownat", At(1)),
    (libc::SYS_fdatasync, "fdatasync", Handle(0)),
    (libc::SYS_fremovexattr, "fremovexattr", Handle(0)),
    (libc::SYS_fsetxattr, "fsetxattr", Handle(0)),
    (libc::SYS_fsync, "fsync", Handle(0)),
    (libc::SYS_ftruncate, "ftruncate", Handle(0)),
    (libc::SYS_ioctl, "ioctl", Sharing { handle: 0, request: 1 }),
    (libc::SYS_linkat, "linkat", At(1)),
    (libc::SYS_lremovexattr, "lremovexattr", At(0)),
    (libc::SYS_lsetxattr, "lsetxattr", At(0)),
    (libc::SYS_mkdirat, "mkdirat", At(1)),
    (libc::SYS_mknodat, "mknodat", At(1)),
    (libc::SYS_openat, "openat", Opening { path: 1, flags: 2 }),
    (libc::SYS_openat2, "openat2", OpeningHow { path: 1, how: 2 }),
    (libc::SYS_pwrite64, "pwrite64", Handle(0)),
    (libc::SYS_pwritev, "pwritev", Handle(0)),
    (libc::SYS_pwritev2, "pwritev2", Handle(0)),
    (libc::SYS_removexattr, "removexattr", At(0)),
    (libc::SYS_renameat2, "renameat2", At(1)),
    (libc::SYS_sendfile, "sendfile", Handle(0)),
    (libc::SYS_setxattr, "setxattr", At(0)),
    (libc::SYS_symlinkat, "symlinkat", At(2)),
    (libc::SYS_syncfs, "syncfs", Handle(0)),
    (libc::SYS_truncate, "truncate", At(0)),
    (libc::SYS_unlinkat, "unlinkat", At(1)),
    (libc::SYS_utimensat, "utimensat", At(1)),
    (libc::SYS_write, "write", Handle(0)),
    (libc::SYS_writev, "writev", Handle(0)),
];

/// Old calls that newer machines were never given.
#[cfg(target_arch = "x86_64")]
const OLD_CALLS: &[(c_long, &str, Subject)] = &[
    (libc::SYS_chmod, "chmod", At(0)),
    (libc::SYS_chown, "chown", At(0)),
    (libc::SYS_creat, "creat", At(0)),
    (libc::SYS_lchown, "lchown", At(0)),
    (libc::SYS_link, "link", At(0)),
    (libc::SYS_mkdir, "mkdir", At(0)),
    (libc::SYS_mknod, "mknod", At(0)),
    (libc::SYS_open, "open", Opening { path: 0, flags: 1 }),
    (libc::SYS_rename, "rename", At(0)),
    (libc::SYS_renameat, "renameat", At(1)),
    (libc::SYS_rmdir, "rmdir", At(0)),
    (libc::SYS_symlink, "symlink", At(1)),
    (libc::SYS_unlink, "unlink", At(0)),
    (libc::SYS_utime, "utime", At(0)),
    (libc::SYS_utimes, "utimes", At(0)),
];

#[cfg(not(target_arch = "x86_64"))]
const OLD_CALLS: &[(c_long, &str, Subject)] = &[];

/// The request that makes one file share the content of another, and the one for a part of it.
const SHARE: [u64; 2] = [0x4004_9409, 0x4020_940d];

/// A call as a thread is about to make it.
pub(crate) struct Call {
    pub(crate) thread: Pid,
    pub(crate) number: c_long,
    pub(crate) arguments: [u64; 6],
}

impl Call {
    /// What the call would do, in words, if it changes a disk.
    pub(crate) fn mutation(&self, watched: &[PathBuf]) -> Option<String> {
        let find = |table: &'static [(c_long, &'static str, Subject)]| {
            table.iter().find(|(number, ..)| *number == self.number)
        };
        let (_, name, subject) = find(CALLS).or_else(|| find(OLD_CALLS))?;
        let at = match *subject {
            At(path) => self.text(path),
            Handle(handle) => self.watched(handle, watched)?,
            Opening { path, flags } => {
                changes(self.arguments[flags])?;
                self.text(path)
            }
            OpeningHow { path, how } => {
                let mut flags = [0; 8];
                self.read(self.arguments[how], &mut flags);
                changes(u64::from_ne_bytes(flags))?;
                self.text(path)
            }
            Sharing { handle, request } => {
                SHARE.contains(&self.arguments[request]).then(|| self.watched(handle, watched))??
            }
        };
        Some(format!("{name} {at}"))
    }

    /// What a handle stands for, if it is watched.
    fn watched(&self, handle: usize, watched: &[PathBuf]) -> Option<String> {
        let path = fs::read_link(format!("/proc/{}/fd/{}", self.thread, self.arguments[handle])).ok()?;
        watched.iter().any(|folder| path.starts_with(folder)).then(|| path.display().to_string())
    }

    /// A path as the program wrote it, relative to whatever it is relative to; empty if it means the handle beside it.
    fn text(&self, argument: usize) -> String {
        let mut bytes = [0; 256];
        let n_read = self.read(self.arguments[argument], &mut bytes);
        let bytes = &bytes[..n_read];
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    }

    /// Reads the program's memory; less than asked for at its borders.
    fn read(&self, address: u64, bytes: &mut [u8]) -> usize {
        let memory = Path::new("/proc").join(self.thread.to_string()).join("mem");
        let Ok(memory) = File::open(memory) else { return 0 };
        memory.read_at(bytes, address).unwrap_or(0)
    }
}

fn changes(flags: u64) -> Option<()> {
    let unnamed = libc::O_TMPFILE & !libc::O_DIRECTORY;
    let changing = u64::from((libc::O_CREAT | libc::O_TRUNC | unnamed).cast_unsigned());
    (flags & changing != 0).then_some(())
}
