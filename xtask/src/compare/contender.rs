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
    /// A folder has another name on the left.
    Renamed,
    /// A few bytes in the middle of a file were changed on the left.
    Spot,
}

impl Stage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::First => "first sync",
            Self::Unchanged => "nothing changed",
            Self::Changed => "1 % changed",
            Self::Renamed => "folder renamed",
            Self::Spot => "one spot changed",
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
    Rclone,
    RcloneBisync,
}

pub(super) const CONTENDERS: &[Contender] = &[
    Contender::Ours,
    Contender::OursNone,
    Contender::Cp,
    Contender::CpSync,
    Contender::Rsync,
    Contender::Unison,
    Contender::Rclone,
    Contender::RcloneBisync,
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
            Self::Rclone => "rclone",
            Self::RcloneBisync => "rclone-bisync",
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
            Self::Rclone => "`rclone sync`",
            Self::RcloneBisync => "`rclone bisync`",
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
            (Self::Rsync, Stage::Changed | Stage::Renamed) => "one way, `--delete`",
            (Self::Rsync, _) => "one way",
            (Self::Unison, _) => "both ways, remembers, fast check",
            (Self::Rclone, _) => "one way, with deletions",
            (Self::RcloneBisync, Stage::First) => "both ways, remembers, `--resync`",
            (Self::RcloneBisync, _) => "both ways, remembers",
        }
    }

    /// Whether both sides must be equal after this stage: `cp` deletes nothing and cannot follow such changes.
    pub(super) fn is_whole_after(self, stage: Stage) -> bool {
        !matches!((self, stage), (Self::Cp | Self::CpSync, Stage::Changed | Stage::Renamed))
    }

    /// The program that carries a version, if it is not ours.
    pub(super) fn program(self) -> Option<&'static str> {
        match self {
            Self::Ours | Self::OursNone => None,
            Self::Cp | Self::CpSync => Some("cp"),
            Self::Rsync => Some("rsync"),
            Self::Unison => Some("unison"),
            Self::Rclone | Self::RcloneBisync => Some("rclone"),
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
                let deletes = matches!(stage, Stage::Changed | Stage::Renamed);
                line.extend(deletes.then(|| "--delete".to_owned()));
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
            Self::Rclone => rclone(place, "sync", &["--create-empty-src-dirs"]),
            Self::RcloneBisync => {
                let memory = place.scratch.join("bisync").display().to_string();
                let mut options = vec!["--workdir", memory.as_str()];
                // The first run has nothing to remember yet, and has to be told so.
                // Later it asks when all files of a side have changed, as the only one there is may.
                options.push(if stage == Stage::First { "--resync" } else { "--force" });
                // It moves files only; a folder whose last file went would stay.
                options.extend((stage == Stage::Renamed).then_some("--remove-empty-dirs"));
                rclone(place, "bisync", &options)
            }
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

/// Attributes and links are copied, as everybody else does it. Its settings are an empty file in the scratch folder.
fn rclone(place: &Place, command: &str, options: &[&str]) -> Vec<String> {
    let [left, right] = [&place.left, &place.right].map(|side| side.display().to_string());
    let settings = place.scratch.join("rclone.conf").display().to_string();
    let fixed = ["rclone", command, &left, &right, "--config", &settings, "--links", "--metadata", "--quiet"];
    fixed.iter().chain(options).map(|word| (*word).to_owned()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            top: "/w".into(),
            left: "/w/left".into(),
            right: "/w/right".into(),
            scratch: "/w/scratch".into(),
            binary: "/b/syncmgr".into(),
        }
    }

    #[test]
    fn deletions_are_asked_for_where_something_goes_and_only_there() {
        let line = |stage| Contender::Rsync.command(&place(), stage).join(" ");
        assert_eq!(line(Stage::First), "rsync -a /w/left/ /w/right/");
        assert_eq!(line(Stage::Spot), "rsync -a /w/left/ /w/right/");
        assert_eq!(line(Stage::Renamed), "rsync -a --delete /w/left/ /w/right/");
    }

    #[test]
    fn rclone_keeps_its_settings_and_its_memory_in_the_scratch_folder() {
        let sync = Contender::Rclone.command(&place(), Stage::First).join(" ");
        assert!(sync.starts_with("rclone sync /w/left /w/right --config /w/scratch/rclone.conf "), "{sync}");
        let bisync = |stage| Contender::RcloneBisync.command(&place(), stage).join(" ");
        assert!(bisync(Stage::First).ends_with("--workdir /w/scratch/bisync --resync"));
        assert!(bisync(Stage::Spot).ends_with("--workdir /w/scratch/bisync --force"));
    }

    #[test]
    fn a_plain_copy_is_not_held_to_what_it_does_not_do() {
        assert!(Contender::Cp.is_whole_after(Stage::Spot) && !Contender::Cp.is_whole_after(Stage::Renamed));
        assert!(CONTENDERS.iter().all(|contender| contender.is_whole_after(Stage::First)));
    }
}
