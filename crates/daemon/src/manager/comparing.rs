//! Looking at both sides of a conflict. Reads at most what is shown, and changes nothing.

mod lines;
mod pictures;

use std::io;

use syncmgr_control::Content as Picture;
use syncmgr_folders::{Content, Held, Last, PairConfig, Versions};
use syncmgr_model::fact::Side;
use syncmgr_model::time::Timestamp;
use syncmgr_store::OpenConflict;
use syncmgr_wire::control::Event;
use syncmgr_wire::page::{Comparison, Version};
use syncmgr_wire::path::PathText;

use super::items::AnyItem;
use super::{Face, Manager};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::phrases;
use lines::{Compared, compare, draft};

/// The most bytes of a version that are compared line by line.
const MOST: u64 = 256 << 10;
/// Enough of a file to tell what it is.
const HEAD: u64 = 16;

/// What is to be compared.
pub(super) struct Compare<'a> {
    pub(super) item: &'a str,
    pub(super) path: &'a str,
    pub(super) escaped: bool,
    /// Whether a text to be edited is wanted besides.
    pub(super) draft: bool,
}

impl Manager {
    pub(super) fn compare(&mut self, asked: &Compare<'_>, face: &mut dyn Face) -> Result<Exit, Failure> {
        let item = self.find_any(asked.item)?;
        let conflict = self.open_conflict(&item, asked.path, asked.escaped)?;
        let comparison = match &item {
            AnyItem::Folder(item) => self.compare_files(&item.pair, &conflict.path, asked.draft)?,
            AnyItem::Other(other) => Comparison {
                versions: Vec::new(),
                lines: Vec::new(),
                remark: format!(
                    "`{}`, known since {}; the handler `{}` keeps both versions, and it alone can show them",
                    conflict.kind,
                    phrases::moment(conflict.since),
                    other.of
                ),
                seen: String::new(),
                draft: None,
            },
        };
        face.hear(&Event::Comparison(comparison));
        Ok(Exit::InStep)
    }

    /// The open conflict of an item at a path. As typed by people it may be escaped without saying so.
    pub(super) fn open_conflict(
        &mut self,
        item: &AnyItem,
        typed: &str,
        escaped: bool,
    ) -> Result<OpenConflict, Failure> {
        let said = PathText { text: typed.to_owned(), escaped };
        let (path, unescaped) = (said.bytes().into_owned(), syncmgr_wire::path::unescape(typed));
        let open = self.read(|store| store.conflicts(Some(item.id())))?;
        let at = |path: &[u8]| open.iter().position(|conflict| conflict.path == path);
        let found = at(&path).or_else(|| at(&unescaped));
        found.and_then(|at| open.into_iter().nth(at)).ok_or_else(|| {
            Failure::usage(format!("no conflict is open at `{typed}` in `{}`", item.name()))
                .hint("`syncmgr conflicts` lists those that are")
        })
    }

    pub(super) fn compare_files(
        &mut self,
        pair: &PairConfig,
        path: &[u8],
        with_draft: bool,
    ) -> Result<Comparison, Failure> {
        let around = self.folder_surroundings()?;
        let seen = syncmgr_folders::versions(pair, path).map_err(|error| unreadable(pair, &error))?;
        // What nobody knows any more is left out; it is no reason to show nothing.
        let last = syncmgr_folders::last_agreed(pair, &around, path).ok().flatten();
        let contents = Side::BOTH.map(|side| content(pair, side, path));
        let mut versions = sides(pair, path, &seen);
        for (version, content) in versions.iter_mut().zip(&contents) {
            let picture = content.head.as_deref().and_then(pictures::media).is_some();
            if picture && content.size <= Picture::MOST {
                version.picture = Some(pictures::address(&pair.id.to_string(), &version.side, path));
            }
        }
        versions.extend(last.map(|last| agreed(pair, &last, path)));
        let (lines, remark) = match [&contents[0].text, &contents[1].text] {
            [Some(left), Some(right)] => {
                let Compared { lines, remark } = compare(left, right);
                (lines, remark)
            }
            _ => (Vec::new(), no_lines(&seen, &contents)),
        };
        let draft = match [&contents[0].text, &contents[1].text] {
            [Some(left), Some(right)] if with_draft => Some(draft(left, right)),
            _ => None,
        };
        let are_files = [&seen.left, &seen.right].iter().all(|held| is_file_or_nothing(held));
        let seen = if are_files { seen.seen } else { String::new() };
        Ok(Comparison { versions, lines, remark, seen, draft })
    }

    /// The picture that a side of an open conflict is.
    pub(crate) fn content(
        &mut self,
        item: &str,
        side: Side,
        path: &str,
        escaped: bool,
    ) -> Result<Option<Picture>, Failure> {
        let AnyItem::Folder(item) = self.find_any(item)? else { return Ok(None) };
        let pair = item.pair.clone();
        let conflict = self.open_conflict(&AnyItem::Folder(item), path, escaped)?;
        let read = syncmgr_folders::content(&pair, side, &conflict.path, Picture::MOST);
        let Content::Whole(bytes) = read.map_err(|error| unreadable(&pair, &error))? else {
            return Ok(None);
        };
        Ok(pictures::media(&bytes).map(|media| Picture { media, bytes }))
    }
}

fn unreadable(pair: &PairConfig, error: &io::Error) -> Failure {
    Failure::ours(format!("the folders of `{}` cannot be looked at", pair.name))
        .because(error)
        .exits(Exit::Unfinished)
        .hint("`syncmgr doctor` looks at everything")
}

/// A side's file, as far as it matters here.
#[derive(Default)]
struct File {
    is_file: bool,
    size: u64,
    /// Its first bytes, if it could be read.
    head: Option<Vec<u8>>,
    /// All of it, if it is text and small enough.
    text: Option<String>,
    /// Whether it is larger than what is compared.
    is_large: bool,
    /// Why it cannot be read.
    error: Option<String>,
}

fn content(pair: &PairConfig, side: Side, path: &[u8]) -> File {
    match syncmgr_folders::content(pair, side, path, MOST) {
        Ok(Content::Whole(bytes)) => {
            let head = Some(bytes[..bytes.len().min(HEAD as usize)].to_vec());
            let size = bytes.len() as u64;
            let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
            File { is_file: true, size, head, text, ..File::default() }
        }
        Ok(Content::TooLarge(size)) => {
            let head = syncmgr_folders::head(pair, side, path, HEAD).ok();
            File { is_file: true, size, head, is_large: true, ..File::default() }
        }
        Ok(Content::NoFile) => File::default(),
        Err(error) => File { is_file: true, error: Some(error.to_string()), ..File::default() },
    }
}

fn is_file_or_nothing(held: &Held) -> bool {
    matches!(held, Held::File(..) | Held::Nothing)
}

/// Why there are no lines to show.
fn no_lines(seen: &Versions, [left, right]: &[File; 2]) -> String {
    if let Some((side, error)) =
        Side::BOTH.into_iter().zip([left, right]).find_map(|(side, file)| Some((side, file.error.as_ref()?)))
    {
        return format!("the {side} one cannot be read: {error}");
    }
    match (&seen.left, &seen.right) {
        (Held::File(..), Held::Nothing) => "only the left side has it".to_owned(),
        (Held::Nothing, Held::File(..)) => "only the right side has it".to_owned(),
        (Held::Nothing, Held::Nothing) => "neither side has it any more".to_owned(),
        _ if !left.is_file || !right.is_file => "the sides hold different kinds of thing".to_owned(),
        _ => {
            let sizes = format!("{} and {}", phrases::bytes(left.size), phrases::bytes(right.size));
            let is_text = |file: &File| file.text.is_some();
            match (is_text(left), is_text(right)) {
                _ if left.is_large || right.is_large => {
                    format!("too large to be compared line by line: {sizes}")
                }
                (false, false) => format!("both are binary: {sizes}"),
                (true, _) => format!("the right one is binary: {sizes}"),
                (_, true) => format!("the left one is binary: {sizes}"),
            }
        }
    }
}

/// Both sides as they are shown.
fn sides(pair: &PairConfig, path: &[u8], seen: &Versions) -> Vec<Version> {
    let times = [&seen.left, &seen.right].map(|held| match held {
        Held::File(_, modified) => Some(*modified),
        _ => None,
    });
    let [left_time, right_time] = times;
    let newer = match (left_time, right_time) {
        (Some(left), Some(right)) => [left > right, right > left],
        _ => [false, false],
    };
    let both = [(Side::Left, &pair.left, &seen.left), (Side::Right, &pair.right, &seen.right)];
    both.into_iter()
        .zip(newer)
        .map(|((side, root, held), newer)| {
            let place = [root.as_os_str().as_encoded_bytes(), path].join(&b'/');
            let label = format!("{side}: {}", syncmgr_folders::display_path(&place));
            Version { newer, ..version(side.as_str(), label, held) }
        })
        .collect()
}

/// What both last agreed on, and whether its content is still to be had.
fn agreed(pair: &PairConfig, last: &Last, path: &[u8]) -> Version {
    let version = version("baseline", "last agreed on".to_owned(), &last.held);
    let Held::File(size, _) = last.held else { return version };
    let kept = match syncmgr_folders::last_content(pair, last, path, MOST) {
        _ if size > MOST => return version,
        Ok(Some(_)) => "its content is in the trash: `syncmgr trash` lists it",
        Ok(None) | Err(_) => "its content is on neither side and in no trash",
    };
    Version { text: format!("{}; {kept}", version.text), ..version }
}

fn version(side: &str, label: String, held: &Held) -> Version {
    let (kind, bytes, modified) = match held {
        Held::Nothing => ("gone".to_owned(), None, None),
        Held::File(size, modified) => {
            let millis =
                modified.secs.saturating_mul(1000).saturating_add(i64::from(modified.nanos / 1_000_000));
            ("file".to_owned(), Some(*size), Some(Timestamp::from_millis(millis)))
        }
        Held::Folder => ("folder".to_owned(), None, None),
        Held::Link(to) => (format!("link to {}", syncmgr_folders::display_path(to)), None, None),
        Held::Special => ("neither a file, a folder nor a link".to_owned(), None, None),
        Held::Unreadable(why) => (format!("cannot be looked at: {why}"), None, None),
    };
    let size = bytes.map(phrases::bytes);
    let changed = modified.map(|modified| format!("changed {}", phrases::moment(modified)));
    let text = size.into_iter().chain(changed).collect::<Vec<_>>().join(", ");
    let side = side.to_owned();
    Version { side, label, kind, bytes, modified, text, newer: false, picture: None }
}
