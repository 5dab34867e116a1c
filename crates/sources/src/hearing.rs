//! Whether the kernel tells of everything that happens below a folder.
//!
//! It does not where another machine can write (network file systems) or another program answers for the files (FUSE), and
//! what is mounted below a folder after its directories were watched is not watched itself.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use crate::volumes::{MOUNTS, unescape};

/// File systems whose files nobody but this machine's kernel changes.
const OWN: [&str; 18] = [
    "bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "hfsplus", "jfs", "nilfs2", "ntfs3",
    "overlay", "ramfs", "reiserfs", "tmpfs", "vfat", "xfs", "zfs",
];

/// Whether a watcher of this folder hears of everything that happens below it. What cannot be found out counts as no.
pub fn hears_everything(root: &Path) -> bool {
    let Ok(root) = fs::canonicalize(root) else { return false };
    fs::read(MOUNTS).is_ok_and(|mounts| is_heard(&root, &mounts))
}

fn is_heard(root: &Path, mounts: &[u8]) -> bool {
    let mut holder: Option<(PathBuf, Vec<u8>)> = None;
    for (point, kind) in mounts.split(|byte| *byte == b'\n').filter_map(parse) {
        if point != root && point.starts_with(root) {
            return false;
        }
        let is_nearer = |(held, _): &(PathBuf, Vec<u8>)| point.starts_with(held);
        // Of two at the same place the later one lies on top.
        if root.starts_with(&point) && holder.as_ref().is_none_or(is_nearer) {
            holder = Some((point, kind));
        }
    }
    holder.is_some_and(|(_, kind)| OWN.iter().any(|own| own.as_bytes() == kind))
}

/// The mount point and the kind of file system of a line.
fn parse(line: &[u8]) -> Option<(PathBuf, Vec<u8>)> {
    let mut fields = line.split(|byte| *byte == b' ');
    let point = OsString::from_vec(unescape(fields.nth(4)?));
    // Between them lie options, as many as there are.
    fields.find(|field| *field == b"-")?;
    Some((point.into(), fields.next()?.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTED: &str = "\
        22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n\
        30 22 0:40 / /net rw - nfs4 nas:/x rw\n\
        31 22 0:41 / /home/a/cloud rw - fuse.sshfs a@b: rw\n\
        32 22 8:2 / /media/my\\040disk rw - vfat /dev/sdb1 rw\n\
        33 22 0:50 / /on/top rw - tmpfs none rw\n\
        34 33 0:51 / /on/top rw - cifs //nas/y rw\n";

    #[test]
    fn only_what_nobody_else_can_write_to_is_heard_as_a_whole() {
        for (root, expected) in [
            ("/srv/photos", true),
            ("/net/photos", false),
            ("/net", false),
            ("/network", true),
            ("/home/a/cloud/x", false),
            ("/home/a", false),
            ("/home/ab", true),
            ("/media/my disk/x", true),
            ("/on/top/x", false),
            ("/", false),
        ] {
            assert_eq!(is_heard(Path::new(root), MOUNTED.as_bytes()), expected, "{root}");
        }
        assert!(!is_heard(Path::new("/x"), b"nonsense\n1 2 3 / /"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_heard() {
        assert!(!hears_everything(Path::new("/proc/self/no/such/folder")));
        assert!(!hears_everything(Path::new("/proc/self")));
    }
}
