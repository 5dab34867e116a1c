//! What a baseline says at certain paths, read without reading the rest.
//!
//! The blocks of a baseline are hopped over by their lengths, and of each only the first path is looked at; those that can
//! hold what is asked for are read and checked as ever. So the work grows with what is asked for, and with the number
//! of blocks, of which a million files make a thousand or two.

use std::collections::BTreeSet;
use std::io::Read;

use super::{BaseEntry, END, ENTRIES, HEADER, take_entry};
use crate::codec::{BLOCK_OVERHEAD, Damaged, NextBlock, Take, block_head, read_block};
use crate::fs::FileSystem;
use crate::path::{is_within, tree_cmp};
use crate::scope::Scope;

/// Enough of a block to see its first path, nearly always.
const GLANCE: usize = 512;
/// Longer than any path is.
const LONG_GLANCE: usize = 64 << 10;

/// A block of entries: where it stands, and the first path in it.
struct Place {
    at: u64,
    first: Vec<u8>,
}

/// Entries with their paths, in tree order.
pub(crate) type Entries = Vec<(Vec<u8>, BaseEntry)>;

/// The entries of a baseline at the paths of a scope and at the directories above them, in tree order. `None` if they are
/// more than `most`.
pub(crate) fn excerpt<F: FileSystem>(
    fs: &F,
    mut file: F::File,
    scope: &Scope,
    most: usize,
) -> Result<Option<Entries>, Damaged> {
    let places = places(fs, &mut file)?;
    let mut found = Vec::new();
    let mut block = Vec::new();
    for at in wanted(&places, scope) {
        fs.seek(&mut file, places[at].at).map_err(|_| Damaged("a block"))?;
        let Ok(NextBlock::Block(ENTRIES)) = read_block(&mut file, &mut block) else {
            return Err(Damaged("a block"));
        };
        let (mut at, mut path) = (0, Vec::new());
        while at < block.len() {
            let entry = take_entry(&block, &mut at, &mut path)?;
            if scope.holds(&path) || scope.leads_through(&path) {
                found.push((path.clone(), entry));
            }
            if found.len() > most {
                return Ok(None);
            }
        }
    }
    Ok(Some(found))
}

/// Where the blocks are.
fn places<F: FileSystem>(fs: &F, file: &mut F::File) -> Result<Vec<Place>, Damaged> {
    let (mut places, mut at) = (Vec::new(), 0);
    let mut start = Vec::new();
    loop {
        glance(fs, file, at, GLANCE, &mut start)?;
        let (len, kind) = block_head(&start)?;
        match kind {
            HEADER if at == 0 => {}
            ENTRIES if at > 0 => {
                let mut first = first_path(&start);
                if first.is_none() {
                    glance(fs, file, at, LONG_GLANCE, &mut start)?;
                    first = first_path(&start);
                }
                places.push(Place { at, first: first.ok_or(Damaged("a path"))? });
            }
            END if at > 0 => return Ok(places),
            _ => return Err(Damaged("a block")),
        }
        at += len as u64 + BLOCK_OVERHEAD;
    }
}

fn glance<F: FileSystem>(
    fs: &F,
    file: &mut F::File,
    at: u64,
    bytes: usize,
    start: &mut Vec<u8>,
) -> Result<(), Damaged> {
    start.clear();
    fs.seek(file, at).map_err(|_| Damaged("a block"))?;
    file.take(bytes as u64).read_to_end(start).map_err(|_| Damaged("a block"))?;
    Ok(())
}

/// The first path of a block of entries, if so much of the block is there.
fn first_path(start: &[u8]) -> Option<Vec<u8>> {
    let mut take = Take(start.get(crate::codec::BLOCK_HEAD as usize..)?);
    take.uint().ok().filter(|shared| *shared == 0)?;
    take.bytes().ok().map(<[u8]>::to_vec)
}

/// The numbers of the blocks that can hold what is asked for.
fn wanted(places: &[Place], scope: &Scope) -> BTreeSet<usize> {
    let holding =
        |path: &[u8]| places.partition_point(|place| tree_cmp(&place.first, path).is_le()).saturating_sub(1);
    let mut wanted = BTreeSet::new();
    for way in scope.ways() {
        wanted.insert(holding(&way));
    }
    for path in scope.paths() {
        let from = holding(path);
        wanted.insert(from);
        let below = places.iter().enumerate().skip(from + 1);
        wanted.extend(below.take_while(|(_, place)| is_within(&place.first, path)).map(|(at, _)| at));
    }
    wanted.retain(|at| *at < places.len());
    wanted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::baseline::{BaselineWriter, Header};
    use crate::fs::real::RealFileSystem;

    fn entry(n: u32) -> BaseEntry {
        BaseEntry::Dir { left_mode: n, right_mode: n, kept: None }
    }

    /// A tree whose paths are long enough that a few thousand of them take many blocks.
    fn tree() -> Vec<(Vec<u8>, BaseEntry)> {
        let mut paths = vec![String::new()];
        for dir in 0..40 {
            paths.push(format!("d{dir}"));
            for file in 0..60 {
                paths.push(format!("d{dir}/{file}-{}", "x".repeat(file * 3)));
            }
            paths.push(format!("d{dir}/sub"));
            paths.push(format!("d{dir}/sub/file"));
        }
        paths.sort_by(|a, b| tree_cmp(a.as_bytes(), b.as_bytes()));
        paths.into_iter().enumerate().map(|(at, path)| (path.into_bytes(), entry(at as u32))).collect()
    }

    fn written(tree: &[(Vec<u8>, BaseEntry)], dir: &std::path::Path) {
        let file = std::fs::File::create(dir.join("baseline")).unwrap();
        let mut writer = BaselineWriter::new(file, &Header::default()).unwrap();
        for (path, entry) in tree {
            writer.push(path, entry).unwrap();
        }
        writer.finish().unwrap();
    }

    fn read(dir: &std::path::Path, scope: &Scope, most: usize) -> Result<Option<Entries>, Damaged> {
        let root = RealFileSystem.open_root(dir).unwrap();
        let file = RealFileSystem.open_file(&root, b"baseline").unwrap();
        excerpt(&RealFileSystem, file, scope, most)
    }

    fn expected(tree: &[(Vec<u8>, BaseEntry)], scope: &Scope) -> Vec<(Vec<u8>, BaseEntry)> {
        tree.iter().filter(|(path, _)| scope.holds(path) || scope.leads_through(path)).cloned().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn an_excerpt_is_what_reading_everything_would_have_found(
            asked in proptest::collection::vec((0usize..42, 0usize..62, any::<bool>()), 1..6),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let tree = tree();
            written(&tree, dir.path());
            let paths = asked.iter().map(|(of, file, whole)| match whole {
                true => format!("d{of}").into_bytes(),
                false => format!("d{of}/{file}-{}", "x".repeat(file * 3)).into_bytes(),
            });
            let scope = Scope::new(paths).unwrap();
            prop_assert_eq!(read(dir.path(), &scope, 1 << 20).unwrap().unwrap(), expected(&tree, &scope));
        }
    }

    #[test]
    fn a_path_longer_than_a_glance_is_still_found() {
        let dir = tempfile::tempdir().unwrap();
        let long = vec![b"y".repeat(200); 20].join(&b'/');
        let mut tree: Vec<_> =
            (0..3_000).map(|n| (format!("a{n:04}-{}", "z".repeat(40)).into_bytes(), entry(n))).collect();
        tree.push((long.clone(), entry(7)));
        written(&tree, dir.path());
        let scope = Scope::new([long]).unwrap();
        assert_eq!(read(dir.path(), &scope, 10).unwrap().unwrap(), expected(&tree, &scope));
    }

    #[test]
    fn more_than_is_wanted_is_nothing_and_damage_is_damage() {
        let dir = tempfile::tempdir().unwrap();
        let tree = tree();
        written(&tree, dir.path());
        let scope = Scope::new([b"d7".to_vec()]).unwrap();
        assert_eq!(read(dir.path(), &scope, 10), Ok(None));
        let whole = std::fs::read(dir.path().join("baseline")).unwrap();
        std::fs::write(dir.path().join("baseline"), &whole[..whole.len() - 30]).unwrap();
        assert!(read(dir.path(), &scope, 1 << 20).is_err());
    }

    #[test]
    fn an_empty_baseline_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        written(&[], dir.path());
        assert_eq!(read(dir.path(), &Scope::new([b"a".to_vec()]).unwrap(), 10), Ok(Some(Vec::new())));
    }
}
