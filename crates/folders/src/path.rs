//! Relative paths: sequences of checked components, and the one order everything walks in.
//!
//! A path is a byte string with `/` between components and none at the ends; the empty path is the root. Names are
//! bytes, not text: a file system may hold any but `/` and NUL.

use std::cmp::Ordering;

/// Compares two paths in tree order: component by component, bytes by value, a directory directly before what is below
/// it.
///
/// Every walk, the baseline and the plan use this order, so that comparing two trees is looking at two heads. It is
/// plain byte order with the separator counted as the smallest byte; names cannot contain NUL, so nothing else is as
/// small.
pub(crate) fn tree_cmp(a: &[u8], b: &[u8]) -> Ordering {
    // Equal is what nearly always comes out where two trees are compared, and it is told fastest.
    if a == b {
        return Ordering::Equal;
    }
    let common = a.len().min(b.len());
    match (0..common).find(|&at| a[at] != b[at]) {
        Some(at) => rank(a[at]).cmp(&rank(b[at])),
        None => a.len().cmp(&b.len()),
    }
}

const fn rank(byte: u8) -> u8 {
    if byte == b'/' { 0 } else { byte }
}

/// Whether `path` is `ancestor` or below it.
pub(crate) fn is_within(path: &[u8], ancestor: &[u8]) -> bool {
    ancestor.is_empty()
        || path == ancestor
        || (path.len() > ancestor.len() && path.starts_with(ancestor) && path[ancestor.len()] == b'/')
}

/// Splits a path into its parent (empty for the root) and its last component.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&[], path),
    }
}

/// The path of `name` in the directory `parent`.
pub(crate) fn join(parent: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(parent.len() + 1 + name.len());
    path.extend_from_slice(parent);
    if !parent.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// Whether a name read from a listing or a file of ours may be used as one component.
pub(crate) fn is_component(name: &[u8]) -> bool {
    !name.is_empty() && name != b"." && name != b".." && !name.iter().any(|&byte| byte == b'/' || byte == 0)
}

/// Whether a path read from a file of ours is a relative sequence of components.
pub(crate) fn is_relative(path: &[u8]) -> bool {
    path.split(|&byte| byte == b'/').all(is_component)
}

/// The path for people: what is not UTF-8 is escaped as `\xNN`, control characters as well.
pub fn display(path: &[u8]) -> String {
    let mut shown = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_directory_comes_directly_before_what_is_below_it() {
        let mut paths: Vec<&[u8]> = vec![b"a.txt", b"a/b", b"a", b"a-b", b"a/b/c", b"b", b"a/b.c", b""];
        paths.sort_by(|a, b| tree_cmp(a, b));
        assert_eq!(paths, [&b""[..], b"a", b"a/b", b"a/b/c", b"a/b.c", b"a-b", b"a.txt", b"b"]);
    }

    #[test]
    fn within_is_about_components_and_not_about_letters() {
        assert!(is_within(b"a/b", b"a"));
        assert!(is_within(b"a", b"a"));
        assert!(is_within(b"a", b""));
        assert!(!is_within(b"ab", b"a"));
        assert!(!is_within(b"a", b"a/b"));
    }

    #[test]
    fn hostile_components_are_refused() {
        for name in [&b""[..], b".", b"..", b"a/b", b"a\0b"] {
            assert!(!is_component(name), "{name:?}");
        }
        assert!(
            !is_relative(b"a//b") && !is_relative(b"/a") && !is_relative(b"a/../b") && !is_relative(b"a/")
        );
        assert!(is_relative(b"a/b") && is_relative(b"-rf") && is_relative(b"\xff"));
    }

    proptest! {
        #[test]
        fn tree_order_is_component_order(a in "[ab./-]{0,8}", b in "[ab./-]{0,8}") {
            let components = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(tree_cmp(a.as_bytes(), b.as_bytes()), components(&a).cmp(&components(&b)));
        }
    }
}
