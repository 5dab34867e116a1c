//! The tree everybody works with: where it comes from, how it changes, whether two are equal.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::process;

/// Where the tree comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Documentation(PathBuf),
    Folder(PathBuf),
    MadeUp { n_files: usize },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Documentation(_) => f.write_str("the documentation of the installed Rust toolchain"),
            Self::Folder(folder) => write!(f, "`{}`", folder.display()),
            Self::MadeUp { n_files } => write!(f, "made up with `--files {n_files}`"),
        }
    }
}

/// How much there is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) n_files: u64,
    pub(super) bytes: u64,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files, {} MiB", self.n_files, self.bytes >> 20)
    }
}

/// Makes the tree in `base`, which is there and empty.
pub(super) fn make(origin: &Origin, base: &Path) -> Result<(), Failure> {
    match origin {
        Origin::Documentation(folder) | Origin::Folder(folder) => copy(folder, base),
        Origin::MadeUp { n_files } => {
            make_up(*n_files, base).map_err(|e| Failure::while_doing("make up a tree", e))
        }
    }
}

/// Counts what is there.
pub(super) fn size(base: &Path) -> Result<Size, Failure> {
    let mut size = Size::default();
    for file in files(base)? {
        size.n_files += 1;
        size.bytes += file.metadata().map_err(|e| Failure::while_doing("look at the tree", e))?.len();
    }
    Ok(size)
}

/// Copies what is in `from` into the folder `to`.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let contents = from.join(".").display().to_string();
    process::output("cp", &["-a", &contents, &to.display().to_string()]).map(drop)
}

/// Brings everything written so far to the disk.
pub(super) fn settle(folder: &Path) -> Result<(), Failure> {
    process::output("sync", &["--file-system", &folder.display().to_string()]).map(drop)
}

/// Fails unless both sides hold the same files with the same content; what is ours inside a root does not count.
pub(super) fn expect_equal(left: &Path, right: &Path, whose: &str) -> Result<(), Failure> {
    let sides = [left, right].map(|side| side.display().to_string());
    process::output(
        "diff",
        &["--recursive", "--brief", "--no-dereference", "--exclude=.syncmgr", &sides[0], &sides[1]],
    )
    .map(drop)
    .map_err(|failure| Failure::new(format!("{whose} left the sides unequal ({failure})")))
}

/// Sizes as they are found in homes: mostly small, a few large.
const SIZES: [usize; 8] = [0, 120, 900, 2_500, 4_096, 9_000, 30_000, 120_000];

/// Files of such sizes, a hundred in each folder.
pub(super) fn make_up(n_files: usize, base: &Path) -> io::Result<()> {
    let mut contents = Contents::new();
    for index in 0..n_files {
        let size = SIZES[contents.numbers.below(SIZES.len())];
        fs::write(place_of(index, base)?, contents.next(size))?;
    }
    Ok(())
}

/// Small files, a hundred in each folder: no more than a line or two each.
pub(super) fn make_small(n_files: usize, base: &Path) -> io::Result<()> {
    let mut contents = Contents::new();
    for index in 0..n_files {
        let size = 8 + contents.numbers.below(120);
        fs::write(place_of(index, base)?, contents.next(size))?;
    }
    Ok(())
}

/// All in this one folder, of such sizes.
pub(super) fn make_folder(n_files: usize, folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)?;
    let mut contents = Contents::new();
    for index in 0..n_files {
        let size = SIZES[contents.numbers.below(SIZES.len())];
        fs::write(folder.join(format!("{index}.bin")), contents.next(size))?;
    }
    Ok(())
}

/// One file without a hole and without repetitions.
pub(super) fn make_large(mib: usize, file: &Path) -> io::Result<()> {
    let mut contents = Contents::new();
    let mut file = fs::File::create_new(file)?;
    (0..mib * 16).try_for_each(|_| file.write_all(contents.next(LARGEST)))
}

/// Overwrites a few bytes in the middle.
pub(super) fn change_spot(file: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(file)?;
    let middle = file.metadata()?.len() / 2;
    file.seek(SeekFrom::Start(middle))?;
    file.write_all(b"changed at one spot")
}

/// The path of a file, in a folder that is made with its first one.
fn place_of(index: usize, base: &Path) -> io::Result<PathBuf> {
    let folder = base.join(format!("{:03}/{:02}", index / 10_000, index / 100 % 100));
    if index.is_multiple_of(100) {
        fs::create_dir_all(&folder)?;
    }
    Ok(folder.join(format!("{index}.bin")))
}

/// The most that is made at a time: 16 of them are a MiB.
const LARGEST: usize = 64 << 10;

/// Contents that look random and are the same each time.
struct Contents {
    numbers: Numbers,
    buffer: Vec<u8>,
}

impl Contents {
    fn new() -> Self {
        Self { numbers: Numbers::new(0x5eed), buffer: vec![0; SIZES[SIZES.len() - 1].max(LARGEST)] }
    }

    fn next(&mut self, size: usize) -> &[u8] {
        let content = &mut self.buffer[..size];
        for chunk in content.chunks_mut(8) {
            chunk.copy_from_slice(&self.numbers.next().to_le_bytes()[..chunk.len()]);
        }
        content
    }
}

/// Changes one file in a hundred, the same ones in each copy: of twenty, eleven are edited, four created, three
/// deleted, two renamed.
pub(super) fn change_one_percent(folder: &Path) -> Result<(), Failure> {
    let files = files(folder)?;
    let mut numbers = Numbers::new(0xc4a6e);
    for index in 0..files.len() / 100 {
        // One of each hundred neighbors, so that no file is chosen twice.
        let file = &files[index * 100 + numbers.below(100)];
        change(file, index).map_err(|e| Failure::while_doing(format!("change {}", file.display()), e))?;
    }
    Ok(())
}

fn change(file: &Path, index: usize) -> io::Result<()> {
    let beside = |suffix: &str| {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        file.with_file_name(name)
    };
    match index % 20 {
        0..=10 => OpenOptions::new().append(true).open(file)?.write_all(b"\nedited\n"),
        11..=14 => fs::write(beside(".created"), format!("created beside {}\n", file.display())),
        15..=17 => fs::remove_file(file),
        _ => fs::rename(file, beside(".renamed")),
    }
}

/// All regular files below a folder, in the order of their paths; what is ours inside a root does not count.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    let doing = |e: io::Error| Failure::while_doing(format!("walk {}", folder.display()), e);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(doing)? {
            let entry = entry.map_err(doing)?;
            let kind = entry.file_type().map_err(doing)?;
            if kind.is_dir() && entry.file_name() != ".syncmgr" {
                open.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Numbers that look random and are the same each time (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }
}
