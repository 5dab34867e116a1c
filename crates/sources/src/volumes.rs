//! [`Volumes`]: mounts that come and go.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Sender;
use rustix::event::PollFlags;

use crate::bell::{Bell, Woken, wait};
use crate::sign::{Sign, Source};
use crate::worker::{Ended, Signs, Worker};

/// The mounts as this process sees them; the kernel wakes who polls it when they change.
pub(crate) const MOUNTS: &str = "/proc/self/mountinfo";

/// Listens to the kernel's list of mounts; tells [`Sign::VolumeAppeared`] and [`Sign::VolumeGone`].
#[derive(Debug)]
pub struct Volumes {
    _worker: Worker,
}

impl Volumes {
    /// Looks at what is mounted and tells from then on what differs.
    ///
    /// # Errors
    ///
    /// When the list cannot be read, or no thread can be started.
    pub fn start(signs: Sender<Sign>) -> io::Result<Self> {
        let mut list = File::open(MOUNTS)?;
        // Here and not on the thread: whatever is mounted after this has returned is told.
        let known = read(&mut list)?;
        let bell = Arc::new(Bell::new()?);
        let ringing = bell.clone();
        let worker = Worker::spawn(
            "volumes",
            signs,
            move || ringing.ring(),
            move |signs| {
                let end = listen(list, known, &bell, &signs);
                signs.end(Source::Volumes, "the list of mounts cannot be read", end);
            },
        )?;
        Ok(Self { _worker: worker })
    }
}

fn listen(mut list: File, mut known: BTreeSet<Mount>, bell: &Bell, signs: &Signs) -> Result<(), Ended> {
    // What is reported is an "error" with the list still readable; that is how the kernel says "changed".
    while wait(&list, PollFlags::PRI | PollFlags::ERR, bell, None)? == Woken::Ready {
        let mounted = read(&mut list)?;
        for sign in differences(&known, &mounted) {
            signs.send(sign)?;
        }
        known = mounted;
    }
    Ok(())
}

fn read(list: &mut File) -> io::Result<BTreeSet<Mount>> {
    let mut text = Vec::new();
    list.rewind()?;
    list.read_to_end(&mut text)?;
    Ok(text.split(|byte| *byte == b'\n').filter_map(Mount::parse).collect())
}

/// One mount. All of it is its identity, because the kernel uses its numbers again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mount {
    point: PathBuf,
    /// Number, device and root within the device, as the kernel writes them.
    identity: [Vec<u8>; 3],
}

impl Mount {
    /// Reads a line: number, parent, device, root, mount point, and more that may change while it stays mounted.
    fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|byte| *byte == b' ');
        let number = fields.next()?.to_vec();
        let _parent = fields.next()?;
        let device = fields.next()?.to_vec();
        let root = fields.next()?.to_vec();
        let point = OsString::from_vec(unescape(fields.next()?)).into();
        Some(Self { point, identity: [number, device, root] })
    }
}

/// Undoes the three octal digits after a backslash that stand for blanks and backslashes.
pub(crate) fn unescape(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| matches!(byte, b'0'..=b'7').then(|| u32::from(byte - b'0'));
    let mut rest = text;
    let mut plain = Vec::with_capacity(text.len());
    while let [first, tail @ ..] = rest {
        let escaped = match rest {
            [b'\\', a, b, c, ..] => {
                let value = || Some(digit(*a)? * 64 + digit(*b)? * 8 + digit(*c)?);
                value().and_then(|value| u8::try_from(value).ok())
            }
            _ => None,
        };
        plain.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &rest[4..] } else { tail };
    }
    plain
}

/// What went, then what came: something mounted in the place of something else is both, in this order.
fn differences(before: &BTreeSet<Mount>, after: &BTreeSet<Mount>) -> Vec<Sign> {
    let gone = before.difference(after).map(|it| Sign::VolumeGone { mount_point: it.point.clone() });
    let come = after.difference(before).map(|it| Sign::VolumeAppeared { mount_point: it.point.clone() });
    gone.chain(come).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts(text: &str) -> BTreeSet<Mount> {
        text.lines().filter_map(|line| Mount::parse(line.as_bytes())).collect()
    }

    #[test]
    fn blanks_in_mount_points_are_read_as_the_kernel_writes_them() {
        for (written, meant) in [
            (r"/media/my\040disk", "/media/my disk"),
            (r"/a\134b\011c\012d", "/a\\b\tc\nd"),
            (r"/plain", "/plain"),
            (r"/cut\04", r"/cut\04"),
            (r"/no\999", r"/no\999"),
            (r"/big\777", r"/big\777"),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8(unescape(written.as_bytes())).unwrap(), meant);
        }
    }

    #[test]
    fn a_mount_in_the_place_of_another_is_one_gone_and_one_come() {
        let before =
            mounts("63 43 0:39 / /mnt rw,relatime - tmpfs none rw\n22 1 8:1 / / rw - ext4 /dev/sda1 rw");
        let after =
            mounts("63 43 0:40 / /mnt rw,relatime - tmpfs none rw\n22 1 8:1 / / rw - ext4 /dev/sda1 rw");
        let mount_point: PathBuf = "/mnt".into();
        assert_eq!(
            differences(&before, &after),
            [Sign::VolumeGone { mount_point: mount_point.clone() }, Sign::VolumeAppeared { mount_point }]
        );
    }

    #[test]
    fn a_mount_that_becomes_read_only_is_no_news() {
        let before = mounts("63 43 0:39 / /mnt rw,relatime shared:5 - tmpfs none rw");
        let after = mounts("63 43 0:39 / /mnt ro,relatime shared:5 - tmpfs none ro");
        assert_eq!(differences(&before, &after), []);
    }

    #[test]
    fn lines_that_are_cut_off_are_left_out() {
        assert_eq!(mounts("63 43 0:39 /\n\n63").len(), 0);
    }
}
