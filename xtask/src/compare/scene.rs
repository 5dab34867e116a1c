//! The scenes: what there is, and what happens to it.

use std::fmt;
use std::fs;
use std::path::Path;

use super::contender::Stage;
use super::space::Need;
use super::tree::{self, Origin, Size};
use crate::failure::Failure;

/// Which scene; the table has them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Tree,
    Renamed,
    Large,
    Million,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Tree, Self::Renamed, Self::Large, Self::Million];

    /// The word for `--scene`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Renamed => "renamed",
            Self::Large => "large",
            Self::Million => "million",
        }
    }
}

/// A scene with what it is made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scene {
    /// A tree as people have it.
    Tree(Origin),
    /// A folder of so many files, which gets another name, beside twice as many that stay.
    Renamed { n_files: usize },
    /// One file of so many MiB, of which a few bytes change.
    Large { mib: usize },
    /// So many small files.
    Million { n_files: usize },
}

/// The folder that is renamed, and its name after it.
const FOLDER: [&str; 2] = ["folder", "folder renamed"];
const LARGE: &str = "large.bin";
/// What a small file and its name take on a disk, generously.
const SMALL: u64 = 5 << 10;
/// The mean size of the files of a made-up tree, generously.
const MADE_UP: u64 = 26 << 10;

impl Scene {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Tree(_) => Kind::Tree,
            Self::Renamed { .. } => Kind::Renamed,
            Self::Large { .. } => Kind::Large,
            Self::Million { .. } => Kind::Million,
        }
    }

    /// What everybody does, in this order.
    pub(super) fn stages(&self) -> &'static [Stage] {
        match self {
            Self::Tree(_) | Self::Million { .. } => &[Stage::First, Stage::Unchanged, Stage::Changed],
            Self::Renamed { .. } => &[Stage::First, Stage::Renamed],
            Self::Large { .. } => &[Stage::First, Stage::Spot],
        }
    }

    /// Whether the table shows a stage; the others only lead to it.
    pub(super) fn shows(&self, stage: Stage) -> bool {
        match self {
            Self::Tree(_) | Self::Million { .. } => true,
            Self::Renamed { .. } | Self::Large { .. } => stage != Stage::First,
        }
    }

    /// A stage in the table.
    pub(super) fn title(&self, stage: Stage) -> String {
        match self {
            Self::Tree(_) => stage.name().to_owned(),
            Self::Renamed { n_files } => format!("folder of {n_files} files renamed"),
            Self::Large { mib } => format!("file of {mib} MiB changed at one spot"),
            Self::Million { n_files } => format!("{n_files} small files: {}", stage.name()),
        }
    }

    /// The room the scene takes, as far as it is known before it is made.
    pub(super) fn need(&self) -> Option<Need> {
        let files = |n_files: usize, each: u64| Need::of_trees(n_files as u64 * each, n_files as u64);
        match self {
            Self::Tree(Origin::MadeUp { n_files }) => Some(files(*n_files, MADE_UP)),
            Self::Tree(_) => None,
            Self::Renamed { n_files } => Some(files(n_files * 3, MADE_UP)),
            Self::Large { mib } => Some(files(1, (*mib as u64) << 20)),
            Self::Million { n_files } => Some(files(*n_files, SMALL)),
        }
    }

    /// Makes what everybody begins with.
    pub(super) fn make(&self, base: &Path) -> Result<Size, Failure> {
        let doing = |e| Failure::while_doing("make up a scene", e);
        fs::create_dir(base).map_err(|e| Failure::while_doing("create the tree", e))?;
        match self {
            Self::Tree(origin) => tree::make(origin, base)?,
            Self::Renamed { n_files } => {
                tree::make_up(n_files * 2, base).map_err(doing)?;
                tree::make_folder(*n_files, &base.join(FOLDER[0])).map_err(doing)?;
            }
            Self::Large { mib } => tree::make_large(*mib, &base.join(LARGE)).map_err(doing)?,
            Self::Million { n_files } => tree::make_small(*n_files, base).map_err(doing)?,
        }
        tree::size(base)
    }

    /// What happens on the left before a stage.
    pub(super) fn change(&self, stage: Stage, left: &Path) -> Result<(), Failure> {
        match stage {
            Stage::First | Stage::Unchanged => Ok(()),
            Stage::Changed => tree::change_one_percent(left),
            Stage::Renamed => fs::rename(left.join(FOLDER[0]), left.join(FOLDER[1]))
                .map_err(|e| Failure::while_doing("rename the folder", e)),
            Stage::Spot => tree::change_spot(&left.join(LARGE))
                .map_err(|e| Failure::while_doing("change the large file", e)),
        }
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tree(origin) => write!(f, "{origin}"),
            Self::Renamed { n_files } => write!(f, "a folder of {n_files} files beside twice as many"),
            Self::Large { mib } => write!(f, "a file of {mib} MiB"),
            Self::Million { n_files } => write!(f, "{n_files} small files"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scene_can_be_made_and_goes_through_its_changes() {
        let scenes = [
            Scene::Tree(Origin::MadeUp { n_files: 200 }),
            Scene::Renamed { n_files: 30 },
            Scene::Large { mib: 1 },
            Scene::Million { n_files: 200 },
        ];
        for (kind, scene) in Kind::ALL.into_iter().zip(scenes) {
            let base =
                std::env::temp_dir().join(format!("syncmgr-scene-{}-{}", kind.word(), std::process::id()));
            let size = scene.make(&base).unwrap();
            let before = contents(&base);
            assert_eq!(scene.kind(), kind);
            assert!(size.n_files > 0 && scene.stages().iter().any(|stage| scene.shows(*stage)));
            for stage in scene.stages() {
                scene.change(*stage, &base).unwrap();
            }
            assert_ne!(contents(&base), before, "{scene}: nothing changed");
            fs::remove_dir_all(&base).unwrap();
        }
    }

    fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let files = tree::files(folder).unwrap();
        files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
    }
}
