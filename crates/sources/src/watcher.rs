//! [`Watcher`]: files below roots that change.
//!
//! One thread and one queue of the kernel for all roots, because the kernel allows few queues for a user. The layers:
//! `Forest` knows which directory a notice of the kernel is about, `Watch` turns notices into changes of roots and walks
//! new directories, [`Debounce`](crate::Debounce) decides what is told when.
//!
//! Why nothing is missed: a directory is watched before it is read, so whatever appears in it is either read or noticed.
//! Directories that appear are told by their name, which means "and all below", and told once more when the last
//! directory below them is watched. When the kernel drops notices, everything is watched anew and told as a whole. When
//! something cannot be watched, that is told, and nothing is claimed about the root from then on.
//!
//! Why not a crate that watches: what there is also hears of each opening and reading of a file. A run that scans a large
//! root would flood the queue by itself, the overflow would ask for another scan, and so on for ever; besides, a machine on
//! which somebody merely reads files would not be at rest. It also cannot leave out our own folder, in which runs write
//! the most, and does not tell of unmounts.
//!
//! What it does not do: follow symbolic links, look into files, or see what the kernel does not tell: changes by other
//! machines on a network file system, the renaming of a directory above a root, and that a root was deleted, for as long
//! as somebody still has it open.

mod forest;
mod watch;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Sender, unbounded};

use crate::bell::Bell;
use crate::debounce::WatchOptions;
use crate::sign::{Sign, Source};
use crate::worker::Worker;
use forest::Forest;
use watch::Watch;

/// Our own folder at the top of a root; what happens in it is nobody's change.
const OUR_FOLDER: &str = ".syncmgr";

/// Watches roots; tells [`Sign::Changed`].
#[derive(Debug)]
pub struct Watcher {
    // Dropped first: this is how the thread learns that it is over.
    commands: Sender<Command>,
    bell: Arc<Bell>,
    _worker: Worker,
}

enum Command {
    Watch { key: String, root: PathBuf },
    Unwatch { key: String },
}

impl Watcher {
    /// Starts a watcher without any root.
    ///
    /// # Errors
    ///
    /// When the kernel allows this user no more queues of notices, which the message says and how to raise it; or when no
    /// thread can be started.
    pub fn start(options: WatchOptions, signs: Sender<Sign>) -> io::Result<Self> {
        let forest = Forest::new()?;
        let bell = Arc::new(Bell::new()?);
        let (commands, asked) = unbounded();
        let (ringing, heard) = (bell.clone(), bell.clone());
        let worker = Worker::spawn(
            "watcher",
            signs,
            move || ringing.ring(),
            move |signs| {
                let end = Watch::new(forest, options, &signs).run(&asked, &heard);
                signs.end(Source::Watcher, "the kernel does not tell about files", end);
            },
        )?;
        Ok(Self { commands, bell, _worker: worker })
    }

    /// Watches a root under a key of the caller's choice, or, if there is one of this key, watches it anew.
    ///
    /// Returns at once. [`Reason::Started`](crate::Reason::Started) is told when the watch is complete; whoever looks at
    /// the root after that misses nothing. The path has to be absolute; links in it are followed now and not again later.
    pub fn watch(&self, key: impl Into<String>, root: &Path) {
        self.command(Command::Watch { key: key.into(), root: root.to_owned() });
    }

    /// Stops watching a root. A report that is under way may still come.
    pub fn unwatch(&self, key: impl Into<String>) {
        self.command(Command::Unwatch { key: key.into() });
    }

    fn command(&self, command: Command) {
        // A thread that has ended has told so, or has nobody to tell anything to.
        let _ = self.commands.send(command);
        self.bell.ring();
    }
}
