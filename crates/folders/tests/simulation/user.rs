//! The user of a pair: does what a script says, by the same calls any program has. What cannot be done is left out.

use std::io::{self, Read, Write};

use syncmgr_folders::fs::{Attributes, FileSystem, FileTime, Kind, OnExisting};
use syncmgr_handler::model::fact::Side;

use crate::ground::Ground;
use crate::script::Operation;
use crate::view::Known;

type Dir<G> = <<G as Ground>::Fs as FileSystem>::Dir;

/// The user, for one operation.
pub(crate) struct User<'a, G: Ground> {
    pub(crate) ground: &'a G,
    pub(crate) known: &'a mut Known,
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Longer than any tick of a clock.
const A_WHILE: u64 = 3_000_000_000;

impl<G: Ground> User<'_, G> {
    /// Does it, or as much of it as can be done.
    pub(crate) fn perform(&mut self, operation: &Operation) -> io::Result<()> {
        use Operation as Op;
        let fs = self.ground.user();
        match operation {
            Op::Write(side, path, content) => {
                let bytes = self.known.bytes(*content);
                self.write(*side, path, &bytes)
            }
            Op::Replace(side, path, content) => {
                let bytes = self.known.bytes(*content);
                self.replace(*side, path, &bytes)
            }
            Op::KeepTime(side, path, content) => {
                let (dir, name) = self.existing(*side, path)?;
                let stat = fs.stat(&dir, name)?;
                if stat.kind != Kind::File {
                    return Ok(());
                }
                self.ground.wait(A_WHILE);
                let bytes = self.known.bytes(*content);
                self.write(*side, path, &bytes)?;
                // Where time cannot be had, an edit that leaves no trace would be nobody's fault.
                let mtime = self.ground.stamp().unwrap_or(stat.mtime);
                fs.set_attributes(&dir, name, Attributes { mtime: Some(mtime), ..Attributes::default() })
            }
            Op::Remove(side, path) => {
                let (dir, name) = self.existing(*side, path)?;
                self.remove(&dir, name)
            }
            Op::Rename(side, path, to) => {
                let ((from, name), (into, new)) = (self.existing(*side, path)?, self.parent(*side, to)?);
                fs.rename(&from, name, &into, new, OnExisting::Replace)
            }
            Op::Swap(side, path, with) => {
                let ((from, name), (into, other)) =
                    (self.existing(*side, path)?, self.existing(*side, with)?);
                fs.rename(&from, name, &into, other, OnExisting::Exchange)
            }
            Op::MakeDir(side, path) => {
                let (dir, name) = self.parent(*side, path)?;
                fs.make_dir(&dir, name, 0o755)
            }
            Op::Symlink(side, path, target) => {
                let (dir, name) = self.parent(*side, path)?;
                fs.make_link(&dir, name, target.as_bytes())
            }
            Op::HardLink(side, path, name) => {
                let ((from, old), (into, new)) = (self.existing(*side, path)?, self.parent(*side, name)?);
                fs.hard_link(&from, old, &into, new)
            }
            Op::Duplicate(side, path, name) => {
                let bytes = self.read(*side, path)?;
                self.write(*side, name, &bytes)
            }
            Op::Across(side, path) => {
                let bytes = self.read(*side, path)?;
                self.write(side.other(), path, &bytes)
            }
            Op::Chmod(side, path, mode) => {
                let (dir, name) = self.existing(*side, path)?;
                fs.set_attributes(&dir, name, Attributes { mode: Some(*mode), ..Attributes::default() })
            }
            Op::Touch(side, path, secs) => {
                let (dir, name) = self.existing(*side, path)?;
                let mtime = FileTime { secs: *secs, nanos: 7 };
                fs.set_attributes(&dir, name, Attributes { mtime: Some(mtime), ..Attributes::default() })
            }
            Op::Special(side, path) => {
                let (dir, name) = self.parent(*side, path)?;
                self.ground.make_special(&dir, name)
            }
            Op::Rules(side, path, rule) => {
                let bytes = self.known.rule(rule);
                let path = if path == "." { ".syncignore".to_owned() } else { format!("{path}/.syncignore") };
                self.write(*side, &path, &bytes)
            }
            Op::Ignore(_) => Ok(()),
            Op::Wait(nanos) => {
                self.ground.wait(*nanos);
                Ok(())
            }
        }
    }

    fn root(&self, side: Side) -> io::Result<Dir<G>> {
        self.ground.user().open_root(&self.ground.root(side))
    }

    fn existing<'p>(&self, side: Side, path: &'p str) -> io::Result<(Dir<G>, &'p [u8])> {
        let (parent, name) = split(path);
        let fs = self.ground.user();
        let dir = fs.open_dir(&self.root(side)?, parent.as_bytes())?;
        fs.stat(&dir, name.as_bytes())?;
        Ok((dir, name.as_bytes()))
    }

    /// The directory that a path is in, made if needed.
    fn parent<'p>(&self, side: Side, path: &'p str) -> io::Result<(Dir<G>, &'p [u8])> {
        let fs = self.ground.user();
        let (parent, name) = split(path);
        let mut dir = self.root(side)?;
        for step in parent.split('/').filter(|step| !step.is_empty()) {
            dir = match fs.open_dir(&dir, step.as_bytes()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    fs.make_dir(&dir, step.as_bytes(), 0o755)?;
                    fs.open_dir(&dir, step.as_bytes())?
                }
                opened => opened?,
            };
        }
        Ok((dir, name.as_bytes()))
    }

    fn read(&self, side: Side, path: &str) -> io::Result<Vec<u8>> {
        let (dir, name) = self.existing(side, path)?;
        let mut bytes = Vec::new();
        self.ground.user().open_file(&dir, name)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, side: Side, path: &str, bytes: &[u8]) -> io::Result<()> {
        let fs = self.ground.user();
        let (dir, name) = self.parent(side, path)?;
        let mut file = match fs.stat(&dir, name) {
            Ok(stat) if stat.kind != Kind::File => return Ok(()),
            Ok(_) => fs.append_file(&dir, name)?,
            Err(_) => fs.create_file(&dir, name, 0o644)?,
        };
        fs.set_len(&file, 0)?;
        file.write_all(bytes)?;
        fs.set_file_attributes(&file, Attributes { mtime: self.ground.stamp(), ..Attributes::default() })
    }

    fn replace(&self, side: Side, path: &str, bytes: &[u8]) -> io::Result<()> {
        let fs = self.ground.user();
        let (dir, name) = self.parent(side, path)?;
        if fs.stat(&dir, name).is_ok_and(|stat| stat.kind == Kind::Dir) {
            return Ok(());
        }
        let mut file = fs.create_file(&dir, b"saved", 0o644)?;
        file.write_all(bytes)?;
        fs.set_file_attributes(&file, Attributes { mtime: self.ground.stamp(), ..Attributes::default() })?;
        fs.rename(&dir, b"saved", &dir, name, OnExisting::Replace)
    }

    fn remove(&self, dir: &Dir<G>, name: &[u8]) -> io::Result<()> {
        let fs = self.ground.user();
        if fs.stat(dir, name)?.kind != Kind::Dir {
            return fs.remove_file(dir, name);
        }
        let below = fs.open_dir(dir, name)?;
        let mut names = Vec::new();
        fs.list(&below, &mut |name| names.push(name.to_vec()))?;
        for name in names {
            self.remove(&below, &name)?;
        }
        fs.remove_dir(dir, name)
    }
}

impl Operation {
    /// The paths it touches, and on which side.
    pub(crate) fn touches(&self) -> Vec<(Side, &str)> {
        match self {
            Self::Write(side, path, _)
            | Self::Replace(side, path, _)
            | Self::KeepTime(side, path, _)
            | Self::Remove(side, path)
            | Self::MakeDir(side, path)
            | Self::Symlink(side, path, _)
            | Self::Chmod(side, path, _)
            | Self::Touch(side, path, _)
            | Self::Special(side, path) => vec![(*side, path)],
            Self::Rename(side, path, other)
            | Self::Swap(side, path, other)
            | Self::HardLink(side, path, other)
            | Self::Duplicate(side, path, other) => vec![(*side, path), (*side, other)],
            Self::Across(side, path) => vec![(side.other(), path)],
            // A rule decides about everything.
            Self::Rules(side, ..) => vec![(*side, "")],
            Self::Ignore(_) => vec![(Side::Left, ""), (Side::Right, "")],
            Self::Wait(_) => Vec::new(),
        }
    }
}
