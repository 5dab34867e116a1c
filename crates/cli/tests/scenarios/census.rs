//! What lies in folders, told in ways that can be compared.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use syncmgr_folders::display_path;

/// A content, told by its length and a hash; a link's text is a content too.
pub(crate) type Content = (u64, u64);

/// Every content that lies below a folder, ours included, and where. What cannot be read is left out.
pub(crate) fn contents(root: &Path, found: &mut BTreeMap<Content, String>) {
    each(root, "", &mut |path, at| {
        if path.starts_with(".syncmgr/") && !path.starts_with(".syncmgr/trash/") {
            return;
        }
        if let Ok(content) = content(at)
            && content.0 > 0
        {
            found.entry(content).or_insert_with(|| format!("{} in {}", path, root.display()));
        }
    });
}

/// The content at a path.
pub(crate) fn content(at: &Path) -> io::Result<Content> {
    let kind = at.symlink_metadata()?.file_type();
    if kind.is_symlink() {
        return Ok(of_bytes(fs::read_link(at)?.as_os_str().as_encoded_bytes()));
    }
    if !kind.is_file() {
        return Ok((0, 0));
    }
    let (mut file, mut hasher, mut len) = (fs::File::open(at)?, DefaultHasher::new(), 0);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok((len, hasher.finish()));
        }
        hasher.write(&buffer[..n]);
        len += n as u64;
    }
}

/// What [`content`] says of a file with these bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> Content {
    let mut hasher = DefaultHasher::new();
    bytes.chunks(256 << 10).for_each(|chunk| hasher.write(chunk));
    (bytes.len() as u64, hasher.finish())
}

/// How closely two sides are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closeness {
    /// Kind, content, permission bits, and the modification time of files.
    Attributes,
    /// Kind and content: one side cannot keep more.
    Content,
}

/// A side as comparable lines, path by path; what is ours is left out.
pub(crate) fn tree(root: &Path, closeness: Closeness) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    each(root, "", &mut |path, at| {
        if path == ".syncmgr" || path.starts_with(".syncmgr/") {
            return;
        }
        // Gone since the listing.
        let Ok(metadata) = at.symlink_metadata() else { return };
        let mut line = match metadata.file_type() {
            kind if kind.is_dir() => "dir".to_owned(),
            kind if kind.is_symlink() => format!("link {:?}", content(at).ok()),
            kind if kind.is_file() => format!("file {:?}", content(at).ok()),
            kind if kind.is_fifo() || kind.is_socket() || kind.is_char_device() => "special".to_owned(),
            _ => "unknown".to_owned(),
        };
        if closeness == Closeness::Attributes && !metadata.is_symlink() {
            line.push_str(&format!(" {:o}", metadata.mode() & 0o777));
            if metadata.is_file() {
                line.push_str(&format!(" {}.{:09}", metadata.mtime(), metadata.mtime_nsec()));
            }
        }
        found.insert(path.to_owned(), line);
    });
    found
}

/// Everything the system says of each entry below a folder and of itself: two equal portraits mean that nobody wrote.
pub(crate) fn portrait(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut add = |path: &str, at: &Path| {
        if let Ok(metadata) = at.symlink_metadata() {
            let (mtime, ctime) =
                ((metadata.mtime(), metadata.mtime_nsec()), (metadata.ctime(), metadata.ctime_nsec()));
            let (ino, mode, size) = (metadata.ino(), metadata.mode(), metadata.size());
            let line = format!("{ino} {mode:o} {size} {mtime:?} changed {ctime:?}");
            found.insert(path.to_owned(), line);
        }
    };
    add("", root);
    each(root, "", &mut add);
    found
}

/// Calls `visit` with every entry below a folder that can be listed, whatever its depth.
pub(crate) fn each(root: &Path, prefix: &str, visit: &mut dyn FnMut(&str, &Path)) {
    let mut waiting = vec![(prefix.to_owned(), root.to_owned())];
    while let Some((prefix, dir)) = waiting.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = format!("{prefix}{}", display_path(entry.file_name().as_encoded_bytes()));
            visit(&path, &entry.path());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push((format!("{path}/"), entry.path()));
            }
        }
    }
}
