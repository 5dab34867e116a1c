//! Which items there are, and which one is meant.

use std::path::PathBuf;

use syncmgr_folders::{HANDLER_ID, PairConfig};
use syncmgr_model::flags::ItemFlags;
use syncmgr_model::id::{HandlerId, ItemId};
use syncmgr_model::item::ItemInfo;
use syncmgr_model::os_text;
use syncmgr_model::tick::TickKey;
use syncmgr_store::AdhocPair;
use syncmgr_wire::control::{Event, Marks};
use syncmgr_wire::line;
use syncmgr_wire::path::PathText;

use super::handlers::{KnownHandler, Way};
use super::listing::{Asked, Listed};
use super::marks::CheckMarks;
use super::settings::key;
use super::{Face, Manager};
use crate::config::Schedule;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::nearest::nearest;

/// A pair we know, and from where.
#[derive(Debug, Clone)]
pub(super) struct KnownItem {
    pub(super) pair: PairConfig,
    pub(super) schedule: Schedule,
    pub(super) ticked: bool,
    pub(super) origin: Origin,
}

/// Why we know a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is written in the configuration.
    Configured,
    /// It was once synchronized by its paths.
    Adhoc,
}

/// An item of another handler than folders.
#[derive(Debug, Clone)]
pub(super) struct HandlerItem {
    pub(super) handler: HandlerId,
    /// The handler's name.
    pub(super) of: String,
    pub(super) info: ItemInfo,
    pub(super) ticked: bool,
    pub(super) listed: Listed,
    pub(super) schedule: Box<Schedule>,
}

/// An item of any handler.
#[derive(Debug, Clone)]
pub(super) enum AnyItem {
    Folder(Box<KnownItem>),
    Other(HandlerItem),
}

impl AnyItem {
    pub(super) fn id(&self) -> ItemId {
        match self {
            Self::Folder(item) => item.pair.id,
            Self::Other(item) => item.info.id,
        }
    }

    pub(super) fn handler(&self) -> HandlerId {
        match self {
            Self::Folder(_) => HANDLER_ID,
            Self::Other(item) => item.handler,
        }
    }

    /// As it is typed.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Folder(item) => item.pair.name.clone(),
            Self::Other(item) => item.name(),
        }
    }

    pub(super) fn ticked(&self) -> bool {
        match self {
            Self::Folder(item) => item.ticked,
            Self::Other(item) => item.ticked,
        }
    }

    pub(super) fn schedule(&self) -> Schedule {
        match self {
            Self::Folder(item) => item.schedule.clone(),
            Self::Other(item) => (*item.schedule).clone(),
        }
    }

    pub(super) fn is_configured(&self) -> bool {
        !matches!(self, Self::Folder(item) if item.origin == Origin::Adhoc)
    }

    pub(super) fn to_line(&self) -> line::Item {
        match self {
            Self::Folder(item) => item.to_line(),
            Self::Other(item) => item.to_line(),
        }
    }
}

impl KnownItem {
    pub(super) fn to_line(&self) -> line::Item {
        let PairConfig { id, name, left, right, mode, .. } = &self.pair;
        let (left, right, escaped) =
            PathText::pair(os_text::to_bytes(left.as_os_str()), os_text::to_bytes(right.as_os_str()));
        line::Item {
            item: *id,
            handler: HANDLER_ID,
            name: name.clone(),
            ticked: self.ticked,
            configured: self.origin == Origin::Configured,
            left,
            right,
            mode: mode.to_string(),
            schedule: self.schedule.words(),
            escaped,
            of: None,
            properties: false,
            last_update: None,
            remembered: false,
        }
    }
}

impl HandlerItem {
    pub(super) fn new(handler: &KnownHandler, info: ItemInfo, marks: &CheckMarks, listed: Listed) -> Self {
        let ticked = marks.has(handler.id, handler.events(), &info);
        let schedule = match &handler.way {
            Way::Recipe(recipe) => Box::new(recipe.schedule.clone()),
            Way::Process(_) | Way::Class(_) => Box::default(),
        };
        Self { handler: handler.id, of: handler.name.clone(), info, ticked, listed, schedule }
    }

    fn name(&self) -> String {
        full_name(&self.of, &self.info.display_name())
    }

    fn to_line(&self) -> line::Item {
        let line = item_line(self.handler, Some(self.of.clone()), &self.info, self.ticked);
        line::Item { remembered: self.listed == Listed::Before, ..line }
    }
}

/// An item as its handler lists it; `of` is the name of a handler besides folders.
pub(super) fn item_line(handler: HandlerId, of: Option<String>, info: &ItemInfo, ticked: bool) -> line::Item {
    let name = info.display_name();
    line::Item {
        item: info.id,
        handler,
        name: of.as_ref().map_or_else(|| name.to_string(), |of| full_name(of, &name)),
        ticked,
        configured: true,
        left: String::new(),
        right: String::new(),
        mode: String::new(),
        schedule: Vec::new(),
        escaped: false,
        of,
        properties: info.flags.contains(ItemFlags::HAS_PROPERTIES),
        last_update: info.flags.contains(ItemFlags::LAST_UPDATE_TIME).then_some(info.last_update),
        remembered: false,
    }
}

/// An item of a handler as it is typed.
pub(super) fn full_name(handler: &str, item: &str) -> String {
    format!("{handler}/{item}")
}

impl Manager {
    /// The configured pairs with the user's ticks, in the order they are written.
    pub(super) fn configured(&mut self, key: &TickKey) -> Result<Vec<KnownItem>, Failure> {
        let folders = self.config()?.folders.clone();
        if folders.is_empty() {
            return Ok(Vec::new());
        }
        let marks = self.marks(key)?;
        Ok(folders
            .into_iter()
            .map(|folder| KnownItem {
                ticked: marks.has_folder(&folder),
                pair: folder.pair,
                schedule: folder.schedule,
                origin: Origin::Configured,
            })
            .collect())
    }

    /// All pairs: configured ones first, then remembered ones, the last used first.
    pub(super) fn known(&mut self) -> Result<Vec<KnownItem>, Failure> {
        let mut known = self.configured(&TickKey::MANUAL)?;
        for adhoc in self.read(|store| store.adhoc_pairs())? {
            if known.iter().all(|item| item.pair.id != adhoc.item) {
                known.push(from_adhoc(adhoc));
            }
        }
        Ok(known)
    }

    /// All items of all handlers, without asking any: folders, and what others listed last.
    pub(super) fn known_of_all(&mut self) -> Result<Vec<AnyItem>, Failure> {
        let mut all: Vec<AnyItem> =
            self.known()?.into_iter().map(|item| AnyItem::Folder(Box::new(item))).collect();
        all.extend(self.remembered(&TickKey::MANUAL)?.into_iter().map(AnyItem::Other));
        Ok(all)
    }

    /// What handlers listed last.
    pub(super) fn remembered(&mut self, key: &TickKey) -> Result<Vec<HandlerItem>, Failure> {
        let handlers = self.handlers()?;
        if handlers.is_empty() {
            return Ok(Vec::new());
        }
        let marks = self.marks(key)?;
        let listed = self.read(|store| store.listed_items())?;
        let of = |handler: &KnownHandler| {
            let items = listed.iter().filter(|item| item.handler == handler.id);
            items
                .map(|item| HandlerItem::new(handler, item.info.clone(), &marks, Listed::Before))
                .collect::<Vec<_>>()
        };
        Ok(handlers.iter().flat_map(of).collect())
    }

    /// The pair meant by a name or an id. Names win, and configured pairs before remembered ones.
    pub(super) fn find(&mut self, typed: &str) -> Result<KnownItem, Failure> {
        match self.find_any(typed)? {
            AnyItem::Folder(item) => Ok(*item),
            AnyItem::Other(item) => {
                let name = item.name();
                Err(Failure::usage(format!("`{name}` is no pair of folders")).hint(format!(
                    "its handler `{}` keeps its content; `syncmgr why {name}` tells how it is",
                    item.of
                )))
            }
        }
    }

    /// The item meant by a name or an id, of whatever handler. One that its handler has not listed yet is asked for.
    pub(super) fn find_any(&mut self, typed: &str) -> Result<AnyItem, Failure> {
        let known = self.known()?;
        let id = typed.parse::<ItemId>().ok();
        let named = known.iter().find(|item| item.pair.name == typed);
        if let Some(item) = named.or_else(|| known.iter().find(|item| Some(item.pair.id) == id)) {
            return Ok(AnyItem::Folder(Box::new(item.clone())));
        }
        if let Some((of, item)) = typed.split_once('/')
            && let Some(handler) = self.handler(of)?
        {
            return self.find_listed(&handler, item).map(AnyItem::Other);
        }
        let remembered = self.remembered(&TickKey::MANUAL)?;
        if let Some(item) = remembered.iter().find(|item| Some(item.info.id) == id) {
            return Ok(AnyItem::Other(item.clone()));
        }
        Err(self.not_found(typed, &known, &remembered)?)
    }

    fn not_found(
        &mut self,
        typed: &str,
        known: &[KnownItem],
        remembered: &[HandlerItem],
    ) -> Result<Failure, Failure> {
        if let Some(handler) = self.handler(typed)? {
            let example = remembered.iter().find(|item| item.handler == handler.id);
            let example = example.map_or_else(|| full_name(typed, "ITEM"), HandlerItem::name);
            return Ok(Failure::usage(format!("`{typed}` is a handler"))
                .hint(format!("name one of its items: `{example}`; `syncmgr items` lists them")));
        }
        let names: Vec<String> = known
            .iter()
            .map(|item| item.pair.name.clone())
            .chain(remembered.iter().map(HandlerItem::name))
            .collect();
        let hint = match nearest(typed, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`? `syncmgr items` lists all"),
            None if names.is_empty() => "add one with `syncmgr add folder LEFT RIGHT`".to_owned(),
            None => "`syncmgr items` lists them; a folder is written with a `/` in it".to_owned(),
        };
        Ok(Failure::usage(format!("no item is called `{typed}`")).hint(hint))
    }

    /// The item of a handler meant by its name, or by the text its handler knows it by.
    fn find_listed(&mut self, handler: &KnownHandler, typed: &str) -> Result<HandlerItem, Failure> {
        let id = ItemId::named(handler.id, typed);
        let find = |items: &[HandlerItem]| {
            let of: Vec<_> = items.iter().filter(|item| item.handler == handler.id).collect();
            let named = of.iter().find(|item| item.info.display_name() == typed);
            named.or_else(|| of.iter().find(|item| item.info.id == id)).map(|item| (*item).clone())
        };
        if let Some(item) = find(&self.remembered(&TickKey::MANUAL)?) {
            return Ok(item);
        }
        handler.check_trusted()?;
        let asked = self.ask_for_items(std::slice::from_ref(handler), &TickKey::MANUAL)?;
        if let Some(problem) = asked.iter().find_map(|asked| asked.problem.clone()) {
            return Err(Failure::usage(format!(
                "`{}` cannot be asked for its items: {problem}",
                handler.name
            ))
            .hint(format!("`syncmgr handlers check {}` looks closer", handler.name)));
        }
        let remembered = self.remembered(&TickKey::MANUAL)?;
        if let Some(item) = find(&remembered) {
            return Ok(item);
        }
        let names: Vec<_> =
            remembered.iter().filter(|item| item.handler == handler.id).map(HandlerItem::name).collect();
        let full = full_name(&handler.name, typed);
        let hint = match nearest(&full, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`? `syncmgr items` lists all"),
            None => "`syncmgr items` lists them".to_owned(),
        };
        Err(Failure::usage(format!("`{}` lists no item `{typed}`", handler.name)).hint(hint))
    }

    /// The pairs meant, or all of them.
    pub(super) fn find_or_all(&mut self, typed: Option<&str>) -> Result<Vec<KnownItem>, Failure> {
        match typed {
            Some(typed) => Ok(vec![self.find(typed)?]),
            None => self.known(),
        }
    }

    /// Lists the items of all handlers, with the check marks asked about. Handlers are asked, all at once.
    pub(super) fn items(&mut self, marks: &Marks, face: &mut dyn Face) -> Result<Exit, Failure> {
        let key = key(marks)?;
        let folders = self.configured(&key)?;
        let adhoc = self.known()?.into_iter().filter(|item| item.origin == Origin::Adhoc);
        for item in folders.into_iter().chain(adhoc) {
            face.hear(&Event::Item(item.to_line()));
        }
        let handlers = self.handlers()?;
        for asked in self.ask_for_items(&handlers, &key)? {
            let Asked { handler, items, problem, has_properties } = asked;
            if problem.is_some() || has_properties {
                let line = self.handler_line(&handler);
                let problem = problem.or(line.problem);
                face.hear(&Event::Handler(line::Handler { problem, properties: has_properties, ..line }));
            }
            for item in items {
                face.hear(&Event::Item(item.to_line()));
            }
        }
        Ok(Exit::InStep)
    }
}

fn from_adhoc(adhoc: AdhocPair) -> KnownItem {
    let root = |bytes| PathBuf::from(os_text::from_bytes(bytes));
    let mut pair = PairConfig::new(adhoc.item, adhoc.name, root(adhoc.left), root(adhoc.right));
    // A word of a newer version that we do not know: the mode that loses nothing.
    pair.mode = adhoc.mode.parse().unwrap_or(pair.mode);
    pair.ignore = adhoc.ignore;
    KnownItem { pair, schedule: Schedule::default(), ticked: false, origin: Origin::Adhoc }
}
