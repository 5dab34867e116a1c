//! [`Forest`]: the directories that are watched, and where each of them is.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use crate::sign::Reason;

/// What a watched directory is watched for. Not for opening and reading: see the head of the module above.
const WATCHED: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::CLOSE_WRITE)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::EXCL_UNLINK)
    .union(HOW);
/// What a directory is watched for in which the way to a root that is not there may appear.
const LOOKOUT: WatchFlags =
    WatchFlags::CREATE.union(WatchFlags::MOVED_TO).union(WatchFlags::MOVE_SELF).union(HOW);
/// Directories themselves and no links to them; and what a directory is watched for already, it stays watched for.
const HOW: WatchFlags = WatchFlags::ONLYDIR.union(WatchFlags::DONT_FOLLOW).union(WatchFlags::MASK_ADD);

/// Notices are read in portions of so many bytes: some hundreds.
const PORTION: usize = 16 * 1024;

/// A directory that is watched, as the kernel numbers it. Numbers are not used again.
pub(super) type Number = i32;

/// Something the kernel noticed.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) number: Number,
    pub(super) flags: ReadFlags,
    /// What joins the two notices of a rename.
    pub(super) cookie: u32,
    pub(super) name: Option<OsString>,
}

impl Notice {
    /// Whether the kernel says that it dropped notices.
    pub(super) fn is_overflow(&self) -> bool {
        self.flags.contains(ReadFlags::QUEUE_OVERFLOW)
    }
}

/// Where a directory is: at a path, or in another directory. Renaming a directory thereby moves all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Root(PathBuf),
    Child(Number, OsString),
}

/// A directory that has been found to be watched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Covered {
    pub(super) number: Number,
    pub(super) is_new: bool,
}

/// Why a directory is not watched.
#[derive(Debug)]
pub(super) enum Refused {
    /// There is no such directory (any more).
    Absent,
    /// We may not read it, and so nobody can see what is in it anyway.
    Unreadable,
    /// Nothing can be promised about what it is in.
    Ends(Reason),
}

impl From<Errno> for Refused {
    fn from(error: Errno) -> Self {
        match error {
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Self::Absent,
            Errno::ACCESS | Errno::PERM => Self::Unreadable,
            Errno::NOSPC | Errno::NOMEM => {
                Self::Ends(Reason::LimitReached { message: Limit::Directories.message() })
            }
            error => {
                Self::Ends(Reason::Failed { message: format!("a directory cannot be watched: {error}") })
            }
        }
    }
}

/// Limits of the kernel that a watcher meets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    Directories,
    Queues,
    Files,
}

impl Limit {
    /// Says what is reached, and how to raise it.
    pub(super) fn message(self) -> String {
        let (of_what, name, wanted) = match self {
            Self::Directories => ("directories", "max_user_watches", 1_048_576),
            Self::Queues => ("watchers", "max_user_instances", 1024),
            Self::Files => return "too many files are open; raise it with `ulimit -n 65536`".into(),
        };
        let now = std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).unwrap_or_default();
        let now = now.trim().parse().unwrap_or(0_u64);
        let wanted = wanted.max(now * 2);
        format!(
            "the kernel lets this user have no more watched {of_what} (`fs.inotify.{name}` is {now}); raise it with \
             `sudo sysctl fs.inotify.{name}={wanted}`, and for good with the line `fs.inotify.{name} = {wanted}` in \
             `/etc/sysctl.d/90-syncmgr.conf`"
        )
    }
}

/// The watched directories of all roots.
#[derive(Debug)]
pub(super) struct Forest {
    queue: OwnedFd,
    /// Usually one place. Two while a rename is followed, or where a directory is mounted at two places.
    places: HashMap<Number, Vec<Place>>,
}

impl Forest {
    /// A queue of the kernel's, and nothing watched.
    pub(super) fn new() -> io::Result<Self> {
        let queue =
            inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(|error| match error {
                Errno::MFILE => io::Error::other(Limit::Queues.message()),
                error => error.into(),
            })?;
        Ok(Self { queue, places: HashMap::new() })
    }

    /// One portion of notices; none when there are none now.
    pub(super) fn read(&mut self) -> io::Result<Vec<Notice>> {
        let mut buffer = [MaybeUninit::uninit(); PORTION];
        let mut reader = Reader::new(&self.queue, &mut buffer);
        let mut notices = Vec::new();
        loop {
            match reader.next() {
                Ok(event) => notices.push(Notice {
                    number: event.wd(),
                    flags: event.events(),
                    cookie: event.cookie(),
                    name: event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()).to_owned()),
                }),
                Err(Errno::AGAIN) => return Ok(notices),
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            if reader.is_buffer_empty() {
                return Ok(notices);
            }
        }
    }

    /// Watches the directory at a place, which may be watched already, there or elsewhere.
    pub(super) fn cover(&mut self, place: Place) -> Result<Covered, Refused> {
        let path = self.path_of(&place).ok_or(Refused::Absent)?;
        let number = inotify::add_watch(&self.queue, &path, WATCHED)?;
        let places = self.places.entry(number).or_default();
        let is_new = places.is_empty();
        if !places.contains(&place) {
            places.push(place);
        }
        Ok(Covered { number, is_new })
    }

    /// Watches a directory for names that appear in it, and for nothing else unless it is covered.
    pub(super) fn look_out(&self, path: &Path) -> Result<Number, Refused> {
        Ok(inotify::add_watch(&self.queue, path, LOOKOUT)?)
    }

    /// Ends a lookout.
    pub(super) fn no_lookout(&self, number: Number) {
        if !self.is_covered(number) {
            self.ignore(number);
        }
    }

    pub(super) fn is_covered(&self, number: Number) -> bool {
        self.places.contains_key(&number)
    }

    pub(super) fn places(&self, number: Number) -> Vec<Place> {
        self.places.get(&number).cloned().unwrap_or_default()
    }

    /// A directory was found not to be at a place any more.
    pub(super) fn no_place(&mut self, number: Number, place: &Place) {
        if let Some(places) = self.places.get_mut(&number) {
            places.retain(|it| it != place);
        }
    }

    /// The kernel does not watch it any more. Gives back where it was.
    pub(super) fn forget(&mut self, number: Number) -> Vec<Place> {
        self.places.remove(&number).unwrap_or_default()
    }

    /// The paths of a watched directory: one, as a rule.
    pub(super) fn paths(&self, number: Number) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        self.collect(number, &mut Vec::new(), &mut paths);
        paths
    }

    pub(super) fn path_of(&self, place: &Place) -> Option<PathBuf> {
        match place {
            Place::Root(path) => Some(path.clone()),
            Place::Child(parent, name) => Some(self.paths(*parent).into_iter().next()?.join(name)),
        }
    }

    /// Follows all ways up. While renames are followed, two directories may seem to be in each other.
    fn collect<'f>(&'f self, number: Number, below: &mut Vec<(Number, &'f OsStr)>, paths: &mut Vec<PathBuf>) {
        for place in self.places.get(&number).into_iter().flatten() {
            match place {
                Place::Root(path) => {
                    let mut path = path.clone();
                    path.extend(below.iter().rev().map(|(_, name)| name));
                    paths.push(path);
                }
                Place::Child(parent, name) if below.iter().all(|(seen, _)| seen != parent) => {
                    below.push((number, name));
                    self.collect(*parent, below, paths);
                    below.pop();
                }
                Place::Child(..) => {}
            }
        }
    }

    /// Watches no more what has no path that is wanted. Looks at all directories, so it is for rare occasions.
    pub(super) fn sweep(&mut self, is_wanted: impl Fn(&Path) -> bool) {
        let is_unwanted = |number: &Number| !self.paths(*number).iter().any(|path| is_wanted(path));
        let unwanted: Vec<Number> = self.places.keys().copied().filter(is_unwanted).collect();
        for number in unwanted {
            self.places.remove(&number);
            self.ignore(number);
        }
    }

    fn ignore(&self, number: Number) {
        // It fails when the directory has gone by itself.
        let _ = inotify::remove_watch(&self.queue, number);
    }
}

impl AsFd for Forest {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}
