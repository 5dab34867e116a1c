//! Is there room for a scene? Asked before it is made: a disk that fills up in the middle helps nobody.

use std::path::Path;

use crate::failure::Failure;
use crate::process;

/// What a scene takes of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    bytes: u64,
    entries: u64,
}

impl Need {
    /// For a tree of this size: as it was made, on the left, on the right, what is replaced and kept, what is on its way;
    /// and a tenth more.
    pub(super) fn of_trees(bytes: u64, n_files: u64) -> Self {
        Self { bytes: bytes * 5 + bytes / 2, entries: n_files * 5 + n_files / 2 }
    }

    /// Fails if the disk below `work` has not as much left.
    pub(super) fn ensure(self, work: &Path) -> Result<(), Failure> {
        let shown = work.display().to_string();
        let listing = process::output("df", &["--block-size=1", "--output=avail,iavail", &shown])?;
        let (bytes, entries) = read_free(&listing)
            .ok_or_else(|| Failure::new(format!("`df` said nothing that is understood: `{listing}`")))?;
        self.judge(bytes, entries)
    }

    fn judge(self, bytes: u64, entries: Option<u64>) -> Result<(), Failure> {
        let hint = "choose another disk with `--work`, a smaller scene, or leave it out with `--scene`";
        if bytes < self.bytes {
            let (needed, free) = (self.bytes >> 20, bytes >> 20);
            return Err(Failure::new(format!("the scene takes about {needed} MiB, and {free} MiB are free"))
                .hint(hint));
        }
        match entries {
            Some(entries) if entries < self.entries => Err(Failure::new(format!(
                "the scene takes about {} names on the disk, and {entries} are free",
                self.entries
            ))
            .hint(hint)),
            _ => Ok(()),
        }
    }
}

/// Free bytes and free names from the last line of `df`; some file systems do not count names and say `-` or 0.
fn read_free(listing: &str) -> Option<(u64, Option<u64>)> {
    let mut words = listing.lines().last()?.split_whitespace();
    let bytes = words.next()?.parse().ok()?;
    let entries = words.next()?.parse().ok().filter(|entries| *entries > 0);
    Some((bytes, entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_for_the_bytes_or_the_names_is_refused() {
        let need = Need::of_trees(100 << 20, 1_000);
        assert!(need.judge(600 << 20, Some(6_000)).is_ok());
        assert!(need.judge(600 << 20, None).is_ok());
        let bytes = need.judge(500 << 20, Some(6_000)).unwrap_err().to_string();
        assert!(bytes.contains("about 550 MiB, and 500 MiB are free"), "{bytes}");
        let names = need.judge(600 << 20, Some(10)).unwrap_err().to_string();
        assert!(names.contains("about 5500 names"), "{names}");
    }

    #[test]
    fn what_df_says_is_read_with_and_without_a_count_of_names() {
        assert_eq!(read_free("   Avail IFree\n70280000 16000\n"), Some((70_280_000, Some(16_000))));
        assert_eq!(read_free("Avail IFree\n 7 -\n"), Some((7, None)));
        assert_eq!(read_free("Avail IFree\n 7 0\n"), Some((7, None)));
        assert_eq!(read_free("nothing"), None);
    }
}
