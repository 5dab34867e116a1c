//! Whether two folders can be a pair at all.

use std::io;
use std::path::{Path, PathBuf};

use syncmgr_model::fact::Side;
use syncmgr_model::id::{ItemId, Uuid};

use crate::config::PairConfig;
use crate::fs::real::{bytes_of_path, place};

/// Names of items that are two roots and nothing more are made below this.
const ROOTS: Uuid = Uuid::from_u128(0x8f2c_6f6a_53f5_4c9b_9a51_0c58_2f0f_5f11);

/// What is wrong with a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairErrorKind {
    /// A root is not there.
    Missing,
    /// A root is no folder.
    NotADirectory,
    /// A root cannot be looked at.
    Unreadable,
    /// Both roots are the same folder.
    Identical,
    /// One root lies in the other.
    Nested,
    /// A root lies in a root of another pair, or the other way round.
    Overlapping,
}

/// Why two folders cannot be a pair.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct PairCheckError {
    kind: PairErrorKind,
    message: String,
    hint: Option<String>,
}

impl PairCheckError {
    fn new(kind: PairErrorKind, message: String) -> Self {
        Self { kind, message, hint: None }
    }

    fn with_hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> PairErrorKind {
        self.kind
    }

    /// What to do about it, where that can be told.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// Checks that both roots are folders, that neither is or lies in the other, whatever the paths look like, and that no
/// root lies in a root of one of `others`. Two pairs may share a root.
pub fn check_pair(pair: &PairConfig, others: &[PairConfig]) -> Result<(), PairCheckError> {
    let left = Place::of(&pair.left, Side::Left)?;
    let right = Place::of(&pair.right, Side::Right)?;
    if left.is(&right) {
        let message = format!("`{}` and `{}` are the same folder", pair.left.display(), pair.right.display());
        return Err(PairCheckError::new(PairErrorKind::Identical, message));
    }
    for (outer, inner) in [(&left, &right), (&right, &left)] {
        if outer.contains(inner) {
            let message = format!("`{}` lies in `{}`", inner.path.display(), outer.path.display());
            let hint = "choose two folders of which neither contains the other".to_owned();
            return Err(PairCheckError::new(PairErrorKind::Nested, message).with_hint(hint));
        }
    }
    for other in others.iter().filter(|other| other.id != pair.id) {
        for path in [&other.left, &other.right] {
            // A root of another pair that is not there now overlaps with nothing now.
            let Ok(theirs) = Place::of(path, Side::Left) else { continue };
            for ours in [&left, &right] {
                if !ours.is(&theirs) && (ours.contains(&theirs) || theirs.contains(ours)) {
                    let message = format!(
                        "`{}` overlaps with `{}` of `{}`",
                        ours.path.display(),
                        path.display(),
                        other.name
                    );
                    let hint = format!("let `{}` ignore that folder, or choose another one", other.name);
                    return Err(PairCheckError::new(PairErrorKind::Overlapping, message).with_hint(hint));
                }
            }
        }
    }
    Ok(())
}

/// A folder, known by what it is and not by its path.
struct Place {
    path: PathBuf,
    /// Device and inode of the folder and of all folders above it.
    chain: Vec<(u64, u64)>,
}

impl Place {
    fn of(path: &Path, side: Side) -> Result<Self, PairCheckError> {
        let failed = |error: &io::Error| {
            let shown = path.display();
            match error.kind() {
                io::ErrorKind::NotFound => PairCheckError::new(
                    PairErrorKind::Missing,
                    format!("the {side} folder `{shown}` is not there"),
                )
                .with_hint(format!("make it with `mkdir -p '{shown}'`")),
                io::ErrorKind::NotADirectory => not_a_directory(path, side),
                _ => {
                    let message = format!("the {side} folder `{shown}` cannot be looked at: {error}");
                    PairCheckError::new(PairErrorKind::Unreadable, message)
                }
            }
        };
        let canonical = path.canonicalize().map_err(|error| failed(&error))?;
        if !canonical.metadata().map_err(|error| failed(&error))?.is_dir() {
            return Err(not_a_directory(path, side));
        }
        let chain = canonical.ancestors().filter_map(|above| place(above).ok()).collect();
        Ok(Self { path: path.to_owned(), chain })
    }

    fn is(&self, other: &Self) -> bool {
        self.chain.first() == other.chain.first()
    }

    /// Whether `other` lies in this folder.
    fn contains(&self, other: &Self) -> bool {
        self.chain.first().is_some_and(|own| other.chain.iter().skip(1).any(|above| above == own))
    }
}

fn not_a_directory(path: &Path, side: Side) -> PairCheckError {
    let message = format!("the {side} folder `{}` is not a folder", path.display());
    PairCheckError::new(PairErrorKind::NotADirectory, message)
}

/// The item that two folders are when nobody has named it: the same for the same two, in this order, however the paths
/// are written.
pub fn item_id_for_roots(left: &Path, right: &Path) -> ItemId {
    let resolved = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (left, right) = (resolved(left), resolved(right));
    let mut name = bytes_of_path(&left).into_owned();
    name.push(0);
    name.extend_from_slice(&bytes_of_path(&right));
    ItemId::new(Uuid::new_v5(&ROOTS, &name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn check(left: &Path, right: &Path, others: &[PairConfig]) -> Option<PairErrorKind> {
        let pair = PairConfig::new(ItemId::from_u128(1), "pair", left.to_owned(), right.to_owned());
        check_pair(&pair, others).err().map(|error| error.kind())
    }

    #[test]
    fn folders_that_are_or_contain_each_other_are_refused_under_any_name() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        fs::create_dir_all(at("r/sub")).unwrap();
        fs::create_dir_all(at("x")).unwrap();
        fs::write(at("file"), "").unwrap();
        use PairErrorKind::*;
        for (left, right, expected) in [
            ("r", "x", None),
            ("r", "r", Some(Identical)),
            ("r", "x/../r/", Some(Identical)),
            ("r", "r/sub", Some(Nested)),
            ("r/sub", "r", Some(Nested)),
            ("r", "missing", Some(Missing)),
            ("file", "x", Some(NotADirectory)),
        ] {
            assert_eq!(check(&at(left), &at(right), &[]), expected, "{left} {right}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_behind_a_link_is_the_folder_it_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        fs::create_dir_all(at("r/sub")).unwrap();
        fs::create_dir_all(at("x")).unwrap();
        std::os::unix::fs::symlink(at("r/sub"), at("l")).unwrap();
        assert_eq!(check(&at("r"), &at("l"), &[]), Some(PairErrorKind::Nested));
        assert_eq!(check(&at("l"), &at("x"), &[]), None);
    }

    #[test]
    fn pairs_may_share_a_root_but_not_overlap() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        for path in ["r/sub", "x", "y"] {
            fs::create_dir_all(at(path)).unwrap();
        }
        let other = |left: &str| vec![PairConfig::new(ItemId::from_u128(2), "other", at(left), at("y"))];
        assert_eq!(check(&at("r"), &at("x"), &other("r")), None);
        assert_eq!(check(&at("r"), &at("x"), &other("r/sub")), Some(PairErrorKind::Overlapping));
        assert_eq!(check(&at("r/sub"), &at("x"), &other("r")), Some(PairErrorKind::Overlapping));
        assert_eq!(check(&at("r"), &at("x"), &other("gone")), None);
    }

    #[test]
    fn two_roots_are_one_item_however_they_are_written() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        fs::create_dir_all(&a).unwrap();
        fs::create_dir_all(&b).unwrap();
        assert_eq!(item_id_for_roots(&a, &b), item_id_for_roots(&a.join("../a"), &b));
        assert_ne!(item_id_for_roots(&a, &b), item_id_for_roots(&b, &a));
    }
}
