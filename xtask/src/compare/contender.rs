//! Who takes part, and the command each runs in each stage.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// What is measured, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// The right side is empty.
    First,
    /// Nothing has changed since.
    Unchanged,
    /// One file in a hundred was changed on the left.
    Changed,
}

impl Stage {
    pub(super) const ALL: [Self; 3] = [Self::First, Self::Unchanged, Self::Changed];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::First => "first sync",
            Self::Unchanged => "nothing changed",
            Self::Changed => "1 % changed",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Contender {
    /// Our default: each batch is on the disk before the run says so.
    Ours,
    /// We, without flushing: what the others do.
    OursNone,
    Cp,
    /// A copy that is on the disk at the end, as ours is.
    CpSync,
    Rsync,
    Unison,
}

pub(super) const CONTENDERS: &[Contender] = &[
    Contender::Ours,
    Contender::OursNone,
    Contender::Cp,
    Contender::CpSync,
    Contender::Rsync,
    Contender::Unison,
];

impl Contender {
    /// The word for `--only`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OursNone => "ours-none",
            Self::Cp => "cp",
            Self::CpSync => "cp-sync",
            Self::Rsync => "rsync",
            Self::Unison => "unison",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ours => "`syncmgr`",
            Self::OursNone => "`syncmgr`, durability none",
            Self::Cp => "`cp -a`",
            Self::CpSync => "`cp -a`, `sync -f`",
            Self::Rsync => "`rsync -a`",
            Self::Unison => "`unison`",
        }
    }

    /// What its work means, so that nobody reads a ratio between different things unknowingly.
    pub(super) fn semantics(self, stage: Stage) -> &'static str {
        match (self, stage) {
            (Self::Ours, _) => "both ways, remembers, trash, flushed",
            (Self::OursNone, _) => "both ways, remembers, trash",
            (Self::Cp, Stage::First) => "one way",
            (Self::Cp, _) => "one way, `-u`, no deletions",
            (Self::CpSync, Stage::First) => "one way, flushed",
            (Self::CpSync, _) => "one way, `-u`, no deletions, flushed",
            (Self::Rsync, Stage::Changed) => "one way, `--delete`",
            (Self::Rsync, _) => "one way",
            (Self::Unison, _) => "both ways, remembers, fast check",
        }
    }

    /// Whether both sides must be equal after this stage: `cp` deletes nothing and cannot follow a change.
    pub(super) fn is_whole_after(self, stage: Stage) -> bool {
        stage != Stage::Changed || !matches!(self, Self::Cp | Self::CpSync)
    }

    /// The program that carries a version, if it is not ours.
    pub(super) fn program(self) -> Option<&'static str> {
        match self {
            Self::Ours | Self::OursNone => None,
            Self::Cp | Self::CpSync => Some("cp"),
            Self::Rsync => Some("rsync"),
            Self::Unison => Some("unison"),
        }
    }

    pub(super) fn command(self, place: &Place, stage: Stage) -> Vec<String> {
        let left = place.left.display().to_string();
        let right = place.right.display().to_string();
        let words = |line: &[&str]| line.iter().map(|word| (*word).to_owned()).collect();
        let copy = if stage == Stage::First { "-a" } else { "-au" };
        match self {
            Self::Ours => self.ours(place, &[]),
            Self::OursNone => self.ours(place, &["--durability", "none"]),
            Self::Cp => words(&["cp", copy, &format!("{left}/."), &right]),
            Self::CpSync => {
                let script = format!("cp {copy} \"$1/.\" \"$2\" && sync -f \"$2\"");
                words(&["sh", "-c", &script, "sh", &left, &right])
            }
            Self::Rsync => {
                let mut line = vec!["rsync".to_owned(), "-a".to_owned()];
                line.extend((stage == Stage::Changed).then(|| "--delete".to_owned()));
                line.extend([format!("{left}/"), format!("{right}/")]);
                line
            }
            Self::Unison => words(&[
                "unison",
                &left,
                &right,
                "-ui",
                "text",
                "-batch",
                "-silent",
                "-fastcheck",
                "true",
                "-times",
                "-confirmbigdel=false",
                "-log=false",
            ]),
        }
    }

    fn ours(self, place: &Place, options: &[&str]) -> Vec<String> {
        let mut line: Vec<String> = [
            place.binary.as_path(),
            Path::new("--state-dir"),
            &place.scratch.join("state"),
            Path::new("sync"),
            &place.left,
            &place.right,
            Path::new("--yes"),
            Path::new("--quiet"),
        ]
        .iter()
        .map(|word| word.display().to_string())
        .collect();
        line.extend(options.iter().map(|word| (*word).to_owned()));
        line
    }
}

/// The folders of one contender in one round.
pub(super) struct Place {
    top: PathBuf,
    pub(super) left: PathBuf,
    pub(super) right: PathBuf,
    /// Home, configuration and state of whoever runs.
    pub(super) scratch: PathBuf,
    pub(super) binary: PathBuf,
}

impl Place {
    /// The sides are there and empty, so that no contender has to be told to create them.
    pub(super) fn new(work: &Path, binary: &Path) -> Result<Self, Failure> {
        let top = work.join("round");
        let place = Self {
            left: top.join("left"),
            right: top.join("right"),
            scratch: top.join("scratch"),
            binary: binary.to_owned(),
            top,
        };
        for folder in [&place.left, &place.right, &place.scratch] {
            fs::create_dir_all(folder).map_err(|e| Failure::while_doing("create a round's folder", e))?;
        }
        Ok(place)
    }

    pub(super) fn remove(self) -> Result<(), Failure> {
        fs::remove_dir_all(&self.top).map_err(|e| Failure::while_doing("remove a round's folder", e))
    }
}

/// Keeps whoever runs away from the settings of the person who measures.
pub(super) fn isolate(command: &mut Command, scratch: &Path) {
    command.env("HOME", scratch).env("UNISON", scratch.join("unison")).env("LC_ALL", "C");
    for (variable, folder) in [
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_STATE_HOME", "state-home"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "runtime"),
    ] {
        command.env(variable, scratch.join(folder));
    }
}
