//! From what was asked to the pairs, handlers and options of a session.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use globset::{Glob, GlobBuilder, GlobSetBuilder};
use syncmgr_folders::{
    ConflictPolicy, Durability, Evidence, HANDLER_ID, Keep, Mode, PairConfig, PairErrorKind, Resolution,
    Rule, UnknownWord, check_pair, item_id_for_roots,
};
use syncmgr_model::fact::FactPath;
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::os_text;
use syncmgr_model::tick::TickKey;
use syncmgr_model::time::Timestamp;
use syncmgr_store::{AdhocPair, OpenConflict};
use syncmgr_wire::control::{Chosen, ResolveRequest, Roots, Selection, SyncRequest};
use syncmgr_wire::path::PathText;

use super::Manager;
use super::handlers::KnownHandler;
use super::items::{AnyItem, KnownItem, Origin};
use super::marks::CheckMarks;
use super::merging::decided_elsewhere;
use crate::failure::Failure;

/// What the words of a request mean, checked.
pub(super) struct Overrides {
    /// What was said, for whoever cannot follow it.
    typed: Vec<&'static str>,
    mode: Option<Mode>,
    conflict: Option<ConflictPolicy>,
    durability: Option<Durability>,
    ignore: Vec<String>,
    keep: Vec<Keep>,
    pub(super) allow: Vec<Rule>,
    pub(super) evidence: Evidence,
}

impl Overrides {
    pub(super) fn new(request: &SyncRequest) -> Result<Self, Failure> {
        Ok(Self {
            typed: typed(request),
            mode: optional(request.mode.as_deref())?,
            conflict: optional(request.conflict.as_deref())?,
            durability: optional(request.durability.as_deref())?,
            ignore: request.ignore.clone(),
            keep: words(&request.keep)?,
            allow: words(&request.allow)?,
            evidence: if request.checksum { Evidence::Content } else { Evidence::FileSystem },
        })
    }

    /// Refuses a session in which nothing would follow what was said: better than to pass over it.
    fn refuse_without_pairs(&self, selected: &Selected) -> Result<(), Failure> {
        match self.typed.first() {
            Some(flag) if selected.pairs.is_empty() && !selected.is_empty() => {
                Err(Failure::usage(format!("`{flag}` is for folders, and none is meant"))
                    .hint("what other handlers do is set in the configuration"))
            }
            _ => Ok(()),
        }
    }

    fn apply(&self, pair: &mut PairConfig) {
        pair.mode = self.mode.unwrap_or(pair.mode);
        pair.conflict = self.conflict.unwrap_or(pair.conflict);
        pair.durability = self.durability.unwrap_or(pair.durability);
        pair.ignore.extend_from_slice(&self.ignore);
        self.keep.iter().for_each(|what| pair.keep.insert(*what));
    }
}

/// The flags of folders that a request has.
fn typed(request: &SyncRequest) -> Vec<&'static str> {
    let SyncRequest { mode, conflict, durability, ignore, keep, allow, checksum, .. } = request;
    let flags = [
        ("--mode", mode.is_some()),
        ("--conflict", conflict.is_some()),
        ("--durability", durability.is_some()),
        ("--ignore", !ignore.is_empty()),
        ("--keep", !keep.is_empty()),
        ("--allow", !allow.is_empty()),
        ("--checksum", *checksum),
    ];
    flags.into_iter().filter_map(|(flag, is_given)| is_given.then_some(flag)).collect()
}

/// Reads a word of the folder handler.
pub(super) fn word<T: FromStr<Err = UnknownWord>>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error: UnknownWord| Failure::usage(error.to_string()))
}

pub(super) fn words<T: FromStr<Err = UnknownWord>>(texts: &[String]) -> Result<Vec<T>, Failure> {
    texts.iter().map(|text| word(text)).collect()
}

pub(super) fn optional<T: FromStr<Err = UnknownWord>>(text: Option<&str>) -> Result<Option<T>, Failure> {
    text.map(word).transpose()
}

/// What a session is about.
#[derive(Default)]
pub(super) struct Selected {
    pub(super) pairs: Vec<PairConfig>,
    /// The pair to remember, where it is not configured.
    pub(super) adhoc: Option<PairConfig>,
    /// Handlers besides folders.
    pub(super) others: Vec<Other>,
    /// Handlers that would take part if somebody trusted them.
    pub(super) untrusted: Vec<KnownHandler>,
}

/// A handler besides folders, and which of its items.
pub(super) struct Other {
    pub(super) handler: KnownHandler,
    pub(super) which: Which,
}

/// Which items of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Which {
    /// Those ticked.
    Ticked,
    /// These, ticked or not.
    Only(Vec<ItemId>),
}

impl Selected {
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.others.is_empty()
    }

    /// The items that have to come up.
    pub(super) fn asked(&self) -> Vec<ItemId> {
        let others = self.others.iter().filter_map(|other| match &other.which {
            Which::Only(items) => Some(items),
            Which::Ticked => None,
        });
        self.pairs.iter().map(|pair| pair.id).chain(others.flatten().copied()).collect()
    }

    /// Adds items of a handler; what was said about it before is added to.
    fn add(&mut self, handler: KnownHandler, which: Which) {
        let Some(known) = self.others.iter_mut().find(|other| other.handler.id == handler.id) else {
            self.others.push(Other { handler, which });
            return;
        };
        match (&mut known.which, which) {
            // Naming an item twice is a slip and no reason to run it twice.
            (Which::Only(known), Which::Only(new)) => {
                known.extend(new.into_iter().filter(|item| !known.contains(item)).collect::<Vec<_>>());
            }
            (known, Which::Ticked) => *known = Which::Ticked,
            (Which::Ticked, Which::Only(_)) => {}
        }
    }
}

impl Manager {
    pub(super) fn select(
        &mut self,
        selection: &Selection,
        overrides: &Overrides,
        marks: &CheckMarks,
    ) -> Result<Selected, Failure> {
        let mut selected = Selected::default();
        let mut known = match selection {
            Selection::Ticked => {
                let loaded = |handler: &KnownHandler| marks.loads(handler.id, handler.events());
                for handler in self.handlers()?.into_iter().filter(loaded) {
                    if handler.is_trusted() {
                        selected.add(handler, Which::Ticked);
                    } else {
                        selected.untrusted.push(handler);
                    }
                }
                self.configured(&marks.key)?.into_iter().filter(|item| item.ticked).collect()
            }
            Selection::Items(typed) => self.find_each(typed, &mut selected)?,
            Selection::Pair(roots) => vec![self.pair(roots)?],
        };
        for item in &mut known {
            overrides.apply(&mut item.pair);
        }
        let all = self.config()?.folders.iter().map(|folder| folder.pair.clone()).collect::<Vec<_>>();
        for item in &known {
            refuse_impossible(item, &all)?;
        }
        selected.adhoc = known.iter().find(|item| item.origin == Origin::Adhoc).map(|item| item.pair.clone());
        selected.pairs = known.into_iter().map(|item| item.pair).collect();
        overrides.refuse_without_pairs(&selected)?;
        Ok(selected)
    }

    /// What a program means: one handler, or all, and of the folders those that are ticked.
    pub(super) fn select_invoked(&mut self, only: Option<HandlerId>) -> Result<Selected, Failure> {
        let mut selected = Selected::default();
        let is_meant = |id: HandlerId| only.is_none_or(|only| only == id);
        for handler in self.handlers()?.into_iter().filter(|handler| is_meant(handler.id)) {
            if handler.is_trusted() {
                selected.add(handler, Which::Ticked);
            } else {
                selected.untrusted.push(handler);
            }
        }
        if is_meant(HANDLER_ID) {
            let known = self.configured(&TickKey::MANUAL)?;
            let all = known.iter().map(|item| item.pair.clone()).collect::<Vec<_>>();
            for item in known.into_iter().filter(|item| item.ticked) {
                refuse_impossible(&item, &all)?;
                selected.pairs.push(item.pair);
            }
        }
        Ok(selected)
    }

    /// The pairs that are named; what else is named goes into `selected`.
    fn find_each(&mut self, typed: &[String], selected: &mut Selected) -> Result<Vec<KnownItem>, Failure> {
        let mut found: Vec<KnownItem> = Vec::new();
        for name in typed {
            let is_folder = self.known()?.iter().any(|item| item.pair.name == *name);
            if let (false, Some(handler)) = (is_folder, self.handler(name)?) {
                handler.check_trusted()?;
                selected.add(handler, Which::Ticked);
                continue;
            }
            match self.find_any(name)? {
                AnyItem::Folder(item) if found.iter().all(|known| known.pair.id != item.pair.id) => {
                    found.push(*item);
                }
                AnyItem::Folder(_) => {}
                AnyItem::Other(item) => {
                    let handler = self
                        .handler(&item.of)?
                        .ok_or_else(|| Failure::usage(format!("no handler is called `{}`", item.of)))?;
                    handler.check_trusted()?;
                    selected.add(handler, Which::Only(vec![item.info.id]));
                }
            }
        }
        Ok(found)
    }

    /// The pair of two folders: the configured one, if it is the same two.
    fn pair(&mut self, roots: &Roots) -> Result<KnownItem, Failure> {
        let path = |text: &str| {
            let text = PathText { text: text.to_owned(), escaped: roots.escaped };
            PathBuf::from(os_text::from_bytes(text.bytes().into_owned()))
        };
        let (left, right) = (path(&roots.left), path(&roots.right));
        let id = item_id_for_roots(&left, &right);
        if !self.config()?.folders.is_empty() {
            let same = |item: &KnownItem| {
                item.pair.id == id || item_id_for_roots(&item.pair.left, &item.pair.right) == id
            };
            if let Some(item) = self.configured(&TickKey::MANUAL)?.into_iter().find(same) {
                return Ok(item);
            }
        }
        Ok(KnownItem {
            pair: PairConfig::new(id, name_of_pair(&left, &right), left, right),
            schedule: Default::default(),
            ticked: false,
            origin: Origin::Adhoc,
        })
    }

    /// The conflicts that a request decides, as the folder handler takes them.
    pub(super) fn resolutions(&mut self, request: &ResolveRequest) -> Result<Vec<Resolution>, Failure> {
        let keep: ConflictPolicy = word(&request.keep)?;
        let item = request.item.as_deref().map(|typed| self.find_any(typed)).transpose()?;
        let mut open = self.read(|store| store.conflicts(item.as_ref().map(AnyItem::id)))?;
        if let Some(item @ AnyItem::Other(_)) = &item {
            return Err(decided_elsewhere(item));
        }
        let meant = meant(&request.conflicts)?;
        // Others' conflicts are decided where they are known: in their handlers.
        let theirs = open.iter().find(|conflict| conflict.handler != HANDLER_ID && meant(&conflict.path));
        let theirs = theirs.map(|conflict| conflict.item);
        open.retain(|conflict| conflict.handler == HANDLER_ID);
        if let Some(theirs) = theirs
            && !open.iter().any(|conflict| meant(&conflict.path))
        {
            return Err(decided_elsewhere(&self.find_any(&theirs.to_string())?));
        }
        refuse_unmet(&request.conflicts, &open)?;
        let resolution = |(item, path): (ItemId, FactPath)| Resolution { item, path, keep };
        let chosen: Vec<_> = open
            .into_iter()
            .filter(|conflict| meant(&conflict.path))
            .map(|conflict| resolution((conflict.item, conflict.path)))
            .collect();
        refuse_ambiguous(&chosen, request)?;
        Ok(chosen)
    }

    /// What is remembered of a pair that is not configured.
    pub(super) fn adhoc_record(pair: &PairConfig, used: Timestamp) -> AdhocPair {
        AdhocPair {
            item: pair.id,
            name: pair.name.clone(),
            left: os_text::to_bytes(pair.left.as_os_str()).to_vec(),
            right: os_text::to_bytes(pair.right.as_os_str()).to_vec(),
            mode: pair.mode.to_string(),
            ignore: pair.ignore.clone(),
            used,
        }
    }
}

/// Whether a path is one of those that are decided.
type Meant<'a> = Box<dyn Fn(&[u8]) -> bool + 'a>;

/// Which paths are decided.
fn meant(chosen: &Chosen) -> Result<Meant<'_>, Failure> {
    Ok(match chosen {
        Chosen::All => Box::new(|_| true),
        Chosen::Paths(typed) => Box::new(|path| typed.iter().any(|typed| is_at_or_below(path, typed))),
        Chosen::Matching(patterns) => {
            let mut set = GlobSetBuilder::new();
            for pattern in patterns {
                set.add(glob(pattern)?);
            }
            let set = set.build().map_err(|error| Failure::usage(error.to_string()))?;
            Box::new(move |path| set.is_match(Path::new(&os_text::from_bytes(path.to_vec()))))
        }
    })
}

/// A pattern as people write it: without a `/` it is about names, wherever they lie; `*` stays within a name.
fn glob(pattern: &str) -> Result<Glob, Failure> {
    let anchored = pattern.trim_start_matches('/');
    let whole = if pattern.contains('/') { anchored.to_owned() } else { format!("**/{pattern}") };
    GlobBuilder::new(&whole).literal_separator(true).build().map_err(|error| {
        Failure::usage(format!("`{pattern}` is no pattern: {}", error.kind()))
            .hint("write it like `*.jpg`, `notes/*.txt` or `photos/**`")
    })
}

/// What was meant and is not in conflict was mistyped.
fn refuse_unmet(chosen: &Chosen, open: &[OpenConflict]) -> Result<(), Failure> {
    let hint = "`syncmgr conflicts` lists those that are";
    match chosen {
        Chosen::All => Ok(()),
        Chosen::Paths(typed) => {
            let is_met = |typed: &&String| open.iter().any(|one| is_at_or_below(&one.path, typed));
            match typed.iter().find(|typed| !is_met(typed)) {
                Some(typed) => Err(Failure::usage(format!("no conflict is open at `{typed}`")).hint(hint)),
                None => Ok(()),
            }
        }
        Chosen::Matching(patterns) => {
            for pattern in patterns {
                let matches = glob(pattern)?.compile_matcher();
                if !open.iter().any(|one| matches.is_match(Path::new(&os_text::from_bytes(one.path.clone()))))
                {
                    return Err(Failure::usage(format!("no open conflict matches `{pattern}`")).hint(hint));
                }
            }
            Ok(())
        }
    }
}

/// A path that is in conflict in several items needs to be told which is meant.
fn refuse_ambiguous(chosen: &[Resolution], request: &ResolveRequest) -> Result<(), Failure> {
    // All, or all of a kind, may well be in several.
    if !matches!(request.conflicts, Chosen::Paths(_)) {
        return Ok(());
    }
    let double =
        chosen.iter().find(|one| chosen.iter().any(|other| other.path == one.path && other.item != one.item));
    double.map_or(Ok(()), |one| {
        let path = PathText::new(&one.path).text;
        Err(Failure::usage(format!("`{path}` is in conflict in several items"))
            .hint("say which one with `--item ITEM`"))
    })
}

/// Whether `path` is the typed one, plain or escaped, or lies below it.
pub(super) fn is_at_or_below(path: &[u8], typed: &str) -> bool {
    let typed = typed.trim_end_matches('/');
    [typed.as_bytes().to_vec(), syncmgr_wire::path::unescape(typed)].iter().any(|typed| {
        path.strip_prefix(typed.as_slice()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    })
}

/// Refuses pairs that no run could make sense of. A root that is missing, a file or out of reach is not among them: the
/// run itself deals with it, and remembers that.
fn refuse_impossible(item: &KnownItem, configured: &[PairConfig]) -> Result<(), Failure> {
    let others: Vec<PairConfig> = match item.origin {
        Origin::Configured => configured.iter().filter(|pair| pair.id != item.pair.id).cloned().collect(),
        // Two folders synchronized by hand may share a root with others: the user looks on.
        Origin::Adhoc => Vec::new(),
    };
    match check_pair(&item.pair, &others) {
        Ok(()) => Ok(()),
        Err(error)
            if matches!(
                error.kind(),
                PairErrorKind::Missing | PairErrorKind::NotADirectory | PairErrorKind::Unreadable
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// What a pair without a name is called.
fn name_of_pair(left: &Path, right: &Path) -> String {
    let last = |path: &Path| {
        path.file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
    };
    let (left, right) = (last(left), last(right));
    if left == right { left } else { format!("{left} ↔ {right}") }
}

/// A new session's id: ordered by time, so that lists and the beginnings people type are.
pub(super) fn new_session(now: Timestamp) -> SessionId {
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    let at = uuid::Timestamp::from_unix_time(millis / 1000, (millis % 1000) as u32 * 1_000_000, 0, 0);
    SessionId::new(uuid::Uuid::new_v7(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_path_means_itself_and_what_lies_below() {
        for (path, typed, expected) in [
            (&b"a/b"[..], "a/b", true),
            (b"a/b", "a", true),
            (b"a/b", "a/", true),
            (b"ab", "a", false),
            (b"caf\xe9", "caf\\xe9", true),
            (b"caf\\xe9", "caf\\xe9", true),
            (b"a", "a/b", false),
        ] {
            assert_eq!(is_at_or_below(path, typed), expected, "{typed}");
        }
    }

    #[test]
    fn a_pair_is_called_by_the_last_components_of_its_roots() {
        assert_eq!(name_of_pair(Path::new("/a/photos"), Path::new("/b/photos")), "photos");
        assert_eq!(name_of_pair(Path::new("/a/photos"), Path::new("/mnt")), "photos ↔ mnt");
    }

    #[test]
    fn sessions_that_start_later_have_greater_ids() {
        let one = new_session(Timestamp::from_millis(1_700_000_000_000));
        let other = new_session(Timestamp::from_millis(1_700_000_000_001));
        assert!(one < other);
    }
}
