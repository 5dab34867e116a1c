//! A pair of real folders with a memory: it knows every content that was ever in it, and after each run asks where it is.
//!
//! What the user takes away while no run is going is gone on purpose. What the user does in the middle of a run goes
//! through [`World::write`], [`World::remove`] and [`World::rename`], which note what is destroyed by it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use syncmgr_folders::fs::FileSystem;
use syncmgr_folders::fs::faulty::{Call, FaultyFileSystem, Hook};
use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::{
    ConflictPolicy, Durability, FolderHandlerFactory, PairConfig, Resolution, Rule, RunOptions, Surroundings,
    UndoHandlerFactory,
};
use syncmgr_handler::model::event::Modifiers;
use syncmgr_handler::model::fact::Side::{self, Left, Right};
use syncmgr_handler::model::id::{ItemId, SessionId};
use syncmgr_handler::model::time::Timestamp;
use syncmgr_handler::model::verdict::Verdict;

use crate::census::{self, Closeness, Content};
use crate::told::{self, Answer, Report};

pub(crate) const ITEM: ItemId = ItemId::from_u128(0xA);

/// Two folders, how they are kept, and everything that was ever in them.
pub(crate) struct World {
    dir: PathBuf,
    /// Removes the folders at the end, unless they are somebody else's.
    _owned: Option<tempfile::TempDir>,
    pub(crate) config: Mutex<PairConfig>,
    ledger: Mutex<Ledger>,
    /// A folder beside both roots that no run may touch, as it was.
    outside: Mutex<Option<BTreeMap<String, String>>>,
    /// Top-level names that take no part by a rule of the scenario.
    apart: Mutex<BTreeSet<String>>,
    only_content: AtomicBool,
}

/// Contents that have to be somewhere.
#[derive(Default)]
struct Ledger {
    written: BTreeMap<Content, String>,
    /// Destroyed by the user in the middle of a run.
    destroyed: BTreeSet<Content>,
}

impl World {
    /// An empty pair.
    pub(crate) fn new() -> Arc<Self> {
        let owned = tempfile::Builder::new().prefix("syncmgr-scenario-").tempdir().unwrap();
        let dir = owned.path().to_owned();
        for name in ["left", "right", "state"] {
            fs::create_dir(dir.join(name)).unwrap();
        }
        Self::made(dir, Some(owned))
    }

    /// An empty pair whose runs wait for the disk.
    pub(crate) fn flushed() -> Arc<Self> {
        let world = Self::new();
        world.config().durability = Durability::Batch;
        world
    }

    /// A pair that was made before, by another process or in another folder.
    pub(crate) fn at(dir: &Path) -> Arc<Self> {
        Self::made(dir.to_owned(), None)
    }

    fn made(dir: PathBuf, owned: Option<tempfile::TempDir>) -> Arc<Self> {
        let mut config = PairConfig::new(ITEM, "pair", dir.join("left"), dir.join("right"));
        // A scenario is about what is written, not about when the disk has it; those that are about that say so.
        config.durability = Durability::None;
        Arc::new(Self {
            dir,
            _owned: owned,
            config: Mutex::new(config),
            ledger: Mutex::default(),
            outside: Mutex::default(),
            apart: Mutex::default(),
            only_content: AtomicBool::new(false),
        })
    }

    /// Both sides hold this, and a run has said so. Names that end with `/` are folders.
    pub(crate) fn synced(tree: &[(&str, &str)]) -> Arc<Self> {
        let world = Self::new();
        world.fill(Left, tree);
        let _ = world.run().clean();
        world
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn config(&self) -> MutexGuard<'_, PairConfig> {
        self.config.lock().unwrap()
    }

    pub(crate) fn root(&self, side: Side) -> PathBuf {
        let config = self.config();
        if side == Left { config.left.clone() } else { config.right.clone() }
    }

    pub(crate) fn path(&self, side: Side, path: &str) -> PathBuf {
        self.root(side).join(path)
    }

    pub(crate) fn left(&self, path: &str) -> PathBuf {
        self.path(Left, path)
    }

    pub(crate) fn right(&self, path: &str) -> PathBuf {
        self.path(Right, path)
    }

    /// Where the pair keeps what it remembers.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.dir.join("state").join(ITEM.to_string()).join(name)
    }

    /// One side cannot keep attributes: both are compared by content.
    pub(crate) fn compare_content_only(&self) {
        self.only_content.store(true, Ordering::SeqCst);
    }

    /// What is below this name at the top takes no part.
    pub(crate) fn leave_out(&self, name: &str) {
        self.apart.lock().unwrap().insert(name.to_owned());
    }

    // What the user does.

    pub(crate) fn fill(&self, side: Side, tree: &[(&str, &str)]) {
        for (path, content) in tree {
            if path.ends_with('/') {
                fs::create_dir_all(self.path(side, path)).unwrap();
            } else {
                self.write(side, path, content);
            }
        }
    }

    /// Writes a file in place, with the folders around it.
    pub(crate) fn write(&self, side: Side, path: &str, content: impl AsRef<[u8]>) {
        let at = self.path(side, path);
        self.destroys(&at);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(&at, &content).unwrap();
        self.remember(census::of_bytes(content.as_ref()), format!("written to {}", at.display()));
    }

    /// Writes more at the end of a file.
    pub(crate) fn append(&self, side: Side, path: &str, more: impl AsRef<[u8]>) {
        let at = self.path(side, path);
        self.destroys(&at);
        fs::File::options().append(true).open(&at).unwrap().write_all(more.as_ref()).unwrap();
        self.remember(census::content(&at).unwrap(), format!("appended to {}", at.display()));
    }

    /// Writes over a part of a file and puts its modification time back.
    pub(crate) fn overwrite_unseen(&self, side: Side, path: &str, offset: u64, bytes: &[u8]) {
        let at = self.path(side, path);
        self.destroys(&at);
        let mtime = at.metadata().unwrap().modified().unwrap();
        let file = fs::File::options().write(true).open(&at).unwrap();
        file.write_all_at(bytes, offset).unwrap();
        file.set_modified(mtime).unwrap();
        self.remember(census::content(&at).unwrap(), format!("overwritten in {}", at.display()));
    }

    /// Removes a file, a link, or a folder with everything in it.
    pub(crate) fn remove(&self, side: Side, path: &str) {
        let at = self.path(side, path);
        self.destroys(&at);
        if at.symlink_metadata().unwrap().is_dir() {
            census::each(&at, "", &mut |_, below| self.destroys(below));
            fs::remove_dir_all(at).unwrap();
        } else {
            fs::remove_file(at).unwrap();
        }
    }

    pub(crate) fn rename(&self, side: Side, from: &str, to: &str) {
        self.destroys(&self.path(side, to));
        fs::rename(self.path(side, from), self.path(side, to)).unwrap();
    }

    pub(crate) fn link(&self, side: Side, text: impl AsRef<Path>, path: &str) {
        symlink(text, self.path(side, path)).unwrap();
    }

    pub(crate) fn chmod(&self, side: Side, path: &str, mode: u32) {
        fs::set_permissions(self.path(side, path), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Somebody is about to write over a file in the middle of a run: what it holds now is destroyed on purpose.
    pub(crate) fn about_to_change(&self, side: Side, path: &str) {
        self.destroys(&self.path(side, path));
    }

    /// Notes that the user is about to destroy what is at a path.
    fn destroys(&self, at: &Path) {
        if let Ok(content) = census::content(at) {
            self.ledger.lock().unwrap().destroyed.insert(content);
        }
    }

    fn remember(&self, content: Content, place: String) {
        let mut ledger = self.ledger.lock().unwrap();
        // Whoever writes it again wants it again.
        ledger.destroyed.remove(&content);
        if content.0 > 0 {
            ledger.written.insert(content, place);
        }
    }

    /// Makes a folder beside both roots that nobody is to touch, with `n` files.
    pub(crate) fn make_outside(&self, n: usize) -> PathBuf {
        let outside = self.dir.join("outside");
        fs::create_dir_all(&outside).unwrap();
        (0..n).for_each(|i| fs::write(outside.join(format!("f{i}")), format!("outside {i}")).unwrap());
        self.note_outside();
        outside
    }

    /// The folder outside is as it should be now.
    pub(crate) fn note_outside(&self) {
        *self.outside.lock().unwrap() = Some(census::portrait(&self.dir.join("outside")));
    }

    // What is there.

    pub(crate) fn read(&self, side: Side, path: &str) -> String {
        String::from_utf8(self.bytes(side, path)).unwrap()
    }

    pub(crate) fn bytes(&self, side: Side, path: &str) -> Vec<u8> {
        fs::read(self.path(side, path)).unwrap_or_else(|error| panic!("{side} {path}: {error}"))
    }

    /// Both sides hold this content at this path.
    #[track_caller]
    pub(crate) fn both_hold(&self, path: &str, content: &str) {
        assert_eq!(
            (self.read(Left, path), self.read(Right, path)),
            (content.into(), content.into()),
            "{path}"
        );
    }

    pub(crate) fn is_there(&self, side: Side, path: &str) -> bool {
        self.path(side, path).symlink_metadata().is_ok()
    }

    #[track_caller]
    pub(crate) fn both_lack(&self, path: &str) {
        assert!(!self.is_there(Left, path) && !self.is_there(Right, path), "{path} is there");
    }

    pub(crate) fn tree(&self, side: Side) -> BTreeMap<String, String> {
        let only_content = self.only_content.load(Ordering::SeqCst);
        let closeness = if only_content { Closeness::Content } else { Closeness::Attributes };
        let mut tree = census::tree(&self.root(side), closeness);
        let apart = self.apart.lock().unwrap();
        tree.retain(|path, _| !apart.contains(path.split('/').next().unwrap_or(path)));
        tree
    }

    /// The paths on a side, sorted.
    pub(crate) fn names(&self, side: Side) -> Vec<String> {
        self.tree(side).into_keys().collect()
    }

    /// The paths at which both sides differ.
    pub(crate) fn differences(&self) -> Vec<String> {
        let (left, right) = (self.tree(Left), self.tree(Right));
        let paths: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        paths.into_iter().filter(|path| left.get(*path) != right.get(*path)).cloned().collect()
    }

    /// Everything in the trash of a side: the path below the run, and the content; what was trashed twice is there twice.
    pub(crate) fn trash(&self, side: Side) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        for run in fs::read_dir(self.path(side, ".syncmgr/trash")).into_iter().flatten().flatten() {
            census::each(&run.path(), "", &mut |path, at| {
                let kind = at.symlink_metadata().unwrap().file_type();
                if kind.is_symlink() {
                    let text = fs::read_link(at).unwrap().into_os_string().into_encoded_bytes();
                    found.push((path.to_owned(), text));
                } else if kind.is_file() {
                    found.push((path.to_owned(), fs::read(at).unwrap()));
                }
            });
        }
        found.sort();
        found
    }

    /// Whether the trash of a side holds this content from this path.
    pub(crate) fn trashed(&self, side: Side, path: &str, content: &str) -> bool {
        self.trash(side).iter().any(|(at, held)| at == path && held == content.as_bytes())
    }

    // Runs.

    pub(crate) fn options(&self) -> RunOptions {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        RunOptions::new(
            SessionId::from_u128(now.as_nanos()),
            Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap()),
        )
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings { state_dir: self.dir.join("state"), host: "here".into(), boot_id: "boot".into() }
    }

    /// One run of the pair.
    pub(crate) fn run(&self) -> Report {
        self.run_with(self.options())
    }

    pub(crate) fn run_with(&self, options: RunOptions) -> Report {
        self.run_on(RealFileSystem, options, Arc::new(|_| Verdict::Go))
    }

    /// One run that may pass a safety rule.
    pub(crate) fn run_allowing(&self, rule: Rule) -> Report {
        let mut options = self.options();
        options.allow.push(rule);
        self.run_with(options)
    }

    /// One run that settles one conflict.
    pub(crate) fn resolve(&self, path: &str, keep: ConflictPolicy) -> Report {
        let mut options = self.options();
        options.resolutions.push(Resolution { item: ITEM, path: path.into(), keep });
        self.run_with(options)
    }

    /// One run on a given file system, with given answers to its progress calls.
    pub(crate) fn run_on<F: FileSystem>(&self, fs: F, options: RunOptions, answer: Answer) -> Report {
        let config = self.config().clone();
        let factory = FolderHandlerFactory::on(fs, vec![config], options, self.surroundings());
        self.watched(|| only(told::run(&factory, Modifiers::empty(), answer)))
    }

    /// One run whose every call of the file system passes `hook` first.
    pub(crate) fn run_hooked(
        &self,
        hook: impl Fn(Call, &[u8]) -> io::Result<()> + Send + Sync + 'static,
    ) -> Report {
        self.run_hooked_with(self.options(), hook)
    }

    pub(crate) fn run_hooked_with(
        &self,
        options: RunOptions,
        hook: impl Fn(Call, &[u8]) -> io::Result<()> + Send + Sync + 'static,
    ) -> Report {
        let hook: Hook = Arc::new(hook);
        self.run_on(FaultyFileSystem::new(RealFileSystem, hook), options, Arc::new(|_| Verdict::Go))
    }

    /// One run in which the user acts once, before the first call that `when` says yes to. Returns whether it came to it.
    pub(crate) fn run_meddled(
        self: &Arc<Self>,
        when: impl Fn(Call, &[u8]) -> bool + Send + Sync + 'static,
        act: impl Fn(&Self) + Send + Sync + 'static,
    ) -> (bool, Report) {
        let (world, acted) = (Arc::clone(self), Arc::new(AtomicBool::new(false)));
        let noted = Arc::clone(&acted);
        let report = self.run_hooked(move |call, name| {
            if when(call, name) && !noted.swap(true, Ordering::SeqCst) {
                act(&world);
            }
            Ok(())
        });
        (acted.load(Ordering::SeqCst), report)
    }

    pub(crate) fn preview(&self) -> Report {
        let config = self.config().clone();
        let factory = FolderHandlerFactory::new(vec![config], self.options(), self.surroundings());
        self.watched(|| only(told::run(&factory, Modifiers::DRY_RUN, Arc::new(|_| Verdict::Go))))
    }

    pub(crate) fn undo(&self, session: SessionId) -> Report {
        let config = self.config().clone();
        let factory = UndoHandlerFactory::new(config, session, self.options(), self.surroundings());
        self.watched(|| only(told::run(&factory, Modifiers::empty(), Arc::new(|_| Verdict::Go))))
    }

    /// Lets something run and checks what must hold after any run, disturbed or not: no content is gone (I1) and nothing
    /// outside is touched (I5).
    pub(crate) fn watched<R>(&self, run: impl FnOnce() -> R) -> R {
        self.take_stock();
        let out = run();
        self.nothing_is_gone();
        let outside = self.outside.lock().unwrap();
        if let Some(before) = &*outside {
            assert_eq!(*before, census::portrait(&self.dir.join("outside")), "something outside was touched");
        }
        out
    }

    /// Notes every content there is. What was there at the end of the last run and is not now, the user took away.
    pub(crate) fn take_stock(&self) {
        let mut ledger = self.ledger.lock().unwrap();
        ledger.written = self.contents();
        ledger.destroyed.clear();
    }

    #[track_caller]
    pub(crate) fn nothing_is_gone(&self) {
        let ledger = self.ledger.lock().unwrap();
        let now = self.contents();
        let gone: Vec<_> = ledger
            .written
            .iter()
            .filter(|(content, _)| !now.contains_key(content) && !ledger.destroyed.contains(content))
            .collect();
        assert!(gone.is_empty(), "lost: {gone:#?}");
    }

    /// Every content on either side, conflict copies included, and in either trash.
    fn contents(&self) -> BTreeMap<Content, String> {
        let mut found = BTreeMap::new();
        for side in Side::BOTH {
            census::contents(&self.root(side), &mut found);
        }
        found
    }
}

/// The report of the only item.
fn only(mut reports: Vec<(ItemId, Report)>) -> Report {
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports.remove(0).1
}

/// Says yes to the `n`-th call after a run has scanned, compared and planned, and before it has changed anything.
pub(crate) fn nth_call_after_the_plan(n: usize) -> impl Fn(Call, &[u8]) -> bool + Send + Sync + 'static {
    let (planned, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    move |call, name| {
        // The record of a run is begun when its plan is made.
        if call == Call::CreateFile && name.ends_with(b".open") {
            planned.store(true, Ordering::SeqCst);
        }
        planned.load(Ordering::SeqCst) && count.fetch_add(1, Ordering::SeqCst) == n
    }
}

/// Says yes once the plan is made: everything has been looked at, nothing is changed.
pub(crate) fn after_the_plan() -> impl Fn(Call, &[u8]) -> bool + Send + Sync + 'static {
    nth_call_after_the_plan(0)
}

/// Says yes when something is about to get this name.
pub(crate) fn before_placing(name: &'static str) -> impl Fn(Call, &[u8]) -> bool + Send + Sync + 'static {
    move |call, given| {
        matches!(call, Call::Rename | Call::MakeDir | Call::MakeLink | Call::HardLink)
            && given == name.as_bytes()
    }
}

/// Bytes that differ for each `seed` and repeat nowhere soon.
pub(crate) fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
