//! What people do to their files between two runs: the same each time.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::sample;

/// One file in a hundred is edited, deleted, renamed or given a neighbor, by turns on the left and on the right and never
/// the same one on both sides: none of it is a conflict. Says how many edits were made on each side.
pub(crate) fn one_percent(left: &Path, right: &Path) -> [usize; 2] {
    let files = sample::files_below(left);
    let mut numbers = Numbers(0x00c0_ffee);
    let mut counts = [0, 0];
    for (index, hundred) in files.chunks_exact(100).enumerate() {
        let path = hundred[numbers.below(hundred.len())].strip_prefix(left).unwrap();
        let side = index % 2;
        edit([left, right][side], path, index / 2);
        counts[side] += 1;
    }
    counts
}

fn edit(root: &Path, path: &Path, index: usize) {
    let file = root.join(path);
    match index % 4 {
        0 => append(&file, "edited\n"),
        1 => fs::write(neighbor(&file, "created"), format!("beside {}\n", path.display())).unwrap(),
        2 => fs::remove_file(&file).unwrap(),
        _ => fs::rename(&file, neighbor(&file, "renamed")).unwrap(),
    }
}

pub(crate) fn append(file: &Path, text: &str) {
    OpenOptions::new().append(true).open(file).unwrap().write_all(text.as_bytes()).unwrap();
}

fn neighbor(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.file_name().unwrap().to_owned();
    name.push(".");
    name.push(suffix);
    file.with_file_name(name)
}

/// Numbers that look random (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}
