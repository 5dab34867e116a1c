//! Conflicts looked at and settled where links and pipes are.

use std::fs;
use std::io;

use syncmgr_folders::{Content, Held, content, versions};
use syncmgr_handler::model::fact::Side::{Left, Right};

use crate::harness::{Pair, read};
use crate::machine::symlink;
use crate::merging::{conflicting, merge, options};

#[test]
fn both_sides_of_a_path_are_looked_at_and_no_link_is_followed() {
    let pair = Pair::default();
    pair.write(Left, &[("file", "four"), ("folder/", ""), ("d/in", "x")]);
    symlink("somewhere", pair.right("file")).unwrap();
    let secret = pair.dir.path().join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("in"), "secret").unwrap();
    symlink(&secret, pair.right("d")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, pair.right("pipe"), rustix::fs::Mode::RUSR).unwrap();

    let seen = versions(&pair.config, b"file").unwrap();
    assert!(matches!(seen.left, Held::File(4, _)), "{seen:?}");
    assert_eq!(seen.right, Held::Link(b"somewhere".to_vec()));
    let seen = versions(&pair.config, b"folder").unwrap();
    assert_eq!((seen.left, seen.right), (Held::Folder, Held::Nothing));
    assert_eq!(versions(&pair.config, b"pipe").unwrap().right, Held::Special);
    let through = versions(&pair.config, b"d/in").unwrap().right;
    assert!(matches!(through, Held::Unreadable(_) | Held::Nothing), "{through:?}");

    let read = |side, path: &[u8]| content(&pair.config, side, path, 100);
    assert_eq!(read(Left, b"file").unwrap(), Content::Whole(b"four".to_vec()));
    assert_eq!(content(&pair.config, Left, b"file", 3).unwrap(), Content::TooLarge(4));
    for nothing in [&b"file"[..], b"pipe", b"gone"] {
        assert_eq!(read(Right, nothing).unwrap(), Content::NoFile, "{nothing:?}");
    }
    assert!(!matches!(read(Right, b"d/in"), Ok(Content::Whole(_))));
    for out in [&b"../secret/in"[..], b"/etc/passwd", b"", b"a//b", b"."] {
        assert_eq!(read(Left, out).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{out:?}");
        assert!(versions(&pair.config, out).is_err(), "{out:?}");
    }
}

#[test]
fn what_is_no_file_or_no_longer_in_conflict_is_not_merged() {
    let pair = conflicting();
    fs::remove_file(pair.right("d/f")).unwrap();
    symlink("/etc/passwd", pair.right("d/f")).unwrap();
    let report = merge(&pair, "merged");
    assert_eq!(report.problems, ["d/f: only files can be merged, and this is none"]);
    assert_eq!(read(pair.left("d/f")), "left version");

    let pair = conflicting();
    fs::write(pair.right("d/f"), "left version").unwrap();
    let report = merge(&pair, "merged");
    assert_eq!(report.problems, ["d/f: both sides hold the same by now"]);
    assert_eq!(read(pair.left("d/f")), "left version");

    let pair = conflicting();
    let mut options = options(&pair, "merged");
    options.merged.as_mut().unwrap().path = b"../f".to_vec();
    let report = pair.sync_with(options);
    assert_eq!(report.problems, ["../f: this is no path below the folders"]);
}
