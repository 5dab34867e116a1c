//! Two folders that have been in step, with changes of every kind since, and what is to come of them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Output;

use syncmgr_testkit::{Contents, Hermetic, Tree};

use crate::tracer::{self, Deed, End, Outcome};

pub(crate) struct Pair {
    home: Hermetic,
    left: PathBuf,
    right: PathBuf,
    /// What both sides are to be.
    agreed: Tree,
    /// Everything there is, on either side.
    contents: Contents,
}

impl Pair {
    /// In step once, then edited on both sides.
    pub(crate) fn new() -> Self {
        let home = home();
        let [left, right] = ["left", "right"].map(|side| home.path(side));
        before().write(&left).unwrap();
        fs::create_dir(&right).unwrap();
        let pair = Self { home, left, right, agreed: agreed(), contents: Contents::default() };
        // Not flushed: only the process dies in here, not the machine.
        let output = pair.sync(&["--durability", "none"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        edit_left(&pair.left).unwrap();
        edit_right(&pair.right).unwrap();
        let contents = pair.contents_now();
        Self { contents, ..pair }
    }

    const SYNC: [&str; 3] = ["sync", "--yes", "--json"];

    fn sync(&self, options: &[&str]) -> Output {
        let mut command = self.home.command(env!("CARGO_BIN_EXE_syncmgr"));
        command.args(Self::SYNC).args([&self.left, &self.right]).args(options).output().unwrap()
    }

    /// One run in which a call fails or is the last one.
    pub(crate) fn sync_disturbed(&self, chosen: usize, deed: Deed) -> Outcome {
        let said = self.home.path("tmp/said");
        let mut shell = self.home.command("sh");
        shell.args(tracer::STOP_AND_BECOME).arg(env!("CARGO_BIN_EXE_syncmgr"));
        shell.args(Self::SYNC).args([&self.left, &self.right]);
        shell
            .stdout(File::create(&said).unwrap())
            .stderr(File::create(said.with_extension("error")).unwrap());
        let watched = [self.left.clone(), self.right.clone(), self.home.path("state")];
        tracer::run(&mut shell, &watched, chosen, deed)
    }

    /// What the disturbed run said.
    pub(crate) fn said(&self) -> String {
        let said = ["tmp/said", "tmp/said.error"].map(|file| fs::read(self.home.path(file)).unwrap());
        String::from_utf8_lossy(&said.concat()).into_owned()
    }

    fn contents_now(&self) -> Contents {
        Contents::below(&[&self.left, &self.right]).unwrap()
    }

    fn trees(&self) -> [Tree; 2] {
        [&self.left, &self.right].map(|root| Tree::read(root).unwrap())
    }

    #[track_caller]
    pub(crate) fn expect_nothing_lost(&self, when: &str) {
        let lost = self.contents.missing_from(&self.contents_now());
        assert!(lost.is_empty(), "{when}: lost {lost:?}\n{}", self.said());
        for tree in self.trees() {
            let strangers = self.contents.strangers_in(&tree);
            assert!(strangers.is_empty(), "{when}: not whole: {strangers:?}\n{}", self.said());
        }
    }

    /// A run that says that all is well has made it so by other means, which a flush does not have.
    #[track_caller]
    pub(crate) fn expect_told(&self, when: &str, hit: &str, end: End) {
        let is_flush = ["fsync ", "fdatasync ", "syncfs "].iter().any(|flush| hit.starts_with(flush));
        match end {
            End::Exited(0) if !is_flush => self.expect_agreed(when),
            End::Exited(1 | 2 | 5) => {}
            other => panic!("{when}: {other:?}\n{}", self.said()),
        }
    }

    #[track_caller]
    fn expect_agreed(&self, when: &str) {
        for tree in self.trees() {
            assert_eq!(tree, self.agreed, "{when}\n{}", self.said());
        }
    }

    /// One more run, and another one that has nothing to do.
    #[track_caller]
    pub(crate) fn expect_next_run_completes(&self, when: &str) {
        let output = self.sync(&[]);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{when}: {text}\nafter\n{}", self.said());
        self.expect_agreed(when);
        self.expect_nothing_lost(when);
        for root in [&self.left, &self.right] {
            let left_over = entries(&root.join(".syncmgr/staging")).unwrap();
            assert!(left_over.is_empty(), "{when}: left over: {left_over:?}");
        }
        let output = self.sync(&[]);
        let text = String::from_utf8_lossy(&output.stdout);
        let idle = r#""changes":{"left":0,"right":0}"#;
        assert!(output.status.code() == Some(0) && text.contains(idle), "{when}: not idle: {text}");
    }
}

/// In memory where there is such a place, which is several times faster: what a call would leave on a disk when the
/// machine dies cannot be seen in here anyway.
fn home() -> Hermetic {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { Hermetic::below(memory) } else { Hermetic::new() }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn before() -> Tree {
    Tree::parse(
        "unchanged/file = unchanged
         edited/left = before left
         edited/right = before right
         deleted/left = gone left
         deleted/right = gone right
         renamed/left = renamed left
         renamed/right = renamed right
         file to folder = ff
         file to link = fl
         folder to file/inner/one = fof 1
         folder to file/two = fof 2
         folder to link/one = fol 1
         link to file -> unchanged/a
         link to folder -> unchanged
         link to link -> unchanged/b
         made executable = me
         going/deep/one = going 1
         going/two = going 2
         moving/deep/one = moving 1
         moving/two = moving 2
         going on the right/one = gr 1
         file to folder on the right = fr
         swapped 1 = first
         swapped 2 = second
         big = short",
    )
}

/// More than one piece of a copy.
fn big() -> Vec<u8> {
    b"a line of a file that is copied in pieces\n".repeat(7_000)
}

fn edit_left(root: &Path) -> io::Result<()> {
    for path in ["file to folder", "file to link", "link to file", "link to folder", "link to link"] {
        fs::remove_file(root.join(path))?;
    }
    for path in ["folder to file", "folder to link", "going"] {
        fs::remove_dir_all(root.join(path))?;
    }
    fs::rename(root.join("moving"), root.join("moved"))?;
    fs::rename(root.join("swapped 1"), root.join("swapped"))?;
    fs::rename(root.join("swapped 2"), root.join("swapped 1"))?;
    fs::rename(root.join("swapped"), root.join("swapped 2"))?;
    Tree::parse(
        "file to folder/inner = ff inner
         file to link -> unchanged/c
         folder to file = fof
         folder to link -> unchanged
         link to file = lf
         link to folder/inner/one = lfo 1
         link to link -> unchanged/d
         made executable * me
         edited/left = after left
         new/deep/empty/
         new/deep/run * #!/bin/sh
         new/left = new left
         new/link -> deep/run",
    )
    .with_file("big", big())
    .write(root)?;
    fs::remove_file(root.join("deleted/left"))?;
    fs::rename(root.join("renamed/left"), root.join("renamed/to left"))
}

fn edit_right(root: &Path) -> io::Result<()> {
    fs::remove_dir_all(root.join("going on the right"))?;
    fs::remove_file(root.join("file to folder on the right"))?;
    Tree::parse(
        "file to folder on the right/inner = fr inner
         edited/right = after right
         new on the right/deep/file = new right",
    )
    .write(root)?;
    fs::remove_file(root.join("deleted/right"))?;
    fs::rename(root.join("renamed/right"), root.join("renamed/to right"))
}

fn agreed() -> Tree {
    Tree::parse(
        "unchanged/file = unchanged
         edited/left = after left
         edited/right = after right
         deleted/
         renamed/to left = renamed left
         renamed/to right = renamed right
         new/left = new left
         new on the right/deep/file = new right
         file to folder/inner = ff inner
         file to link -> unchanged/c
         folder to file = fof
         folder to link -> unchanged
         link to file = lf
         link to folder/inner/one = lfo 1
         link to link -> unchanged/d
         made executable * me
         moved/deep/one = moving 1
         moved/two = moving 2
         new/deep/empty/
         new/deep/run * #!/bin/sh
         new/link -> deep/run
         file to folder on the right/inner = fr inner
         swapped 1 = second
         swapped 2 = first",
    )
    .with_file("big", big())
}
