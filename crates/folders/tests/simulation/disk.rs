//! Simulated volumes: what programs see of them, and beside it what a power cut would leave (`power.rs`).

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Weak};

use syncmgr_folders::fs::{FileTime, Kind, OnExisting, Stat};

use crate::machine::Errno;
use crate::power::{Durable, NameChange};

/// An object's place in its volume; never used twice, unlike the number that programs see.
pub(crate) type ObjectId = usize;

/// The directory at the top of a volume.
pub(crate) const TOP: ObjectId = 0;

/// How a volume differs from a plain one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quirk {
    /// `a` and `A` are one name.
    IgnoresCase,
    NoHardLinks,
    NoExchange,
    NoSymlinks,
    /// Permission bits cannot be set.
    FixedModes,
    /// Permission bits keep the engine out where they say so.
    Guarded,
    /// Changes of names reach the disk in the order in which they were made.
    Journal,
    /// Times move on every 10 ms.
    Ticks,
    /// Times are even seconds.
    EvenSeconds,
    /// The number of a removed object is the next one's.
    ReusesNumbers,
    /// A write takes a few bytes only.
    ShortWrites,
    /// Flushing does nothing and says that it did.
    Lies,
}

impl Quirk {
    pub(crate) const ALL: [(Self, &'static str); 12] = [
        (Self::IgnoresCase, "ignores-case"),
        (Self::NoHardLinks, "no-hard-links"),
        (Self::NoExchange, "no-exchange"),
        (Self::NoSymlinks, "no-symlinks"),
        (Self::FixedModes, "fixed-modes"),
        (Self::Guarded, "guarded"),
        (Self::Journal, "journal"),
        (Self::Ticks, "ticks"),
        (Self::EvenSeconds, "even-seconds"),
        (Self::ReusesNumbers, "reuses-numbers"),
        (Self::ShortWrites, "short-writes"),
        (Self::Lies, "lies"),
    ];
}

/// What makes up an object.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    File(Vec<u8>),
    Dir(BTreeMap<Vec<u8>, ObjectId>),
    Symlink(Vec<u8>),
    Special,
}

#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) number: u64,
    pub(crate) node: Node,
    pub(crate) mode: u32,
    pub(crate) mtime: FileTime,
    pub(crate) ctime: FileTime,
    /// How many names lead here.
    pub(crate) n_names: u32,
    /// The directory that a directory is in.
    pub(crate) parent: ObjectId,
    /// Cloned into every open handle.
    pub(crate) pin: Arc<()>,
    /// The handle that holds the lock.
    pub(crate) lock: Weak<()>,
    pub(crate) durable: Durable,
}

/// Who makes a call. The user is never kept out, and what the user does is on the disk at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Engine,
    User,
}

pub(crate) struct Volume {
    pub(crate) quirks: Vec<Quirk>,
    pub(crate) objects: Vec<Option<Object>>,
    /// Changes of names that a power cut may still undo, oldest first.
    pub(crate) pending: Vec<NameChange>,
    /// Objects without a name.
    dead: Vec<ObjectId>,
    free_numbers: Vec<u64>,
    next_number: u64,
}

pub(crate) struct Disk {
    /// Nanoseconds since 1970.
    pub(crate) now: u64,
    pub(crate) volumes: Vec<Volume>,
}

/// A call costs this much time.
const CALL_TIME: u64 = 20_000;

impl Disk {
    pub(crate) fn new(now: u64, quirks: Vec<Vec<Quirk>>) -> Self {
        let volumes = quirks.into_iter().map(|quirks| Volume::new(quirks, now)).collect();
        Self { now, volumes }
    }

    /// A volume, for one call.
    pub(crate) fn call(&mut self, volume: usize) -> (&mut Volume, u64) {
        self.now += CALL_TIME;
        (&mut self.volumes[volume], self.now)
    }
}

fn time_at(nanos: u64) -> FileTime {
    FileTime { secs: (nanos / 1_000_000_000) as i64, nanos: (nanos % 1_000_000_000) as u32 }
}

impl Volume {
    fn new(quirks: Vec<Quirk>, now: u64) -> Self {
        let mut volume = Self {
            quirks,
            objects: Vec::new(),
            pending: Vec::new(),
            dead: Vec::new(),
            free_numbers: Vec::new(),
            next_number: 2,
        };
        let top = volume.add(Node::Dir(BTreeMap::new()), 0o755, now);
        volume.flush_object(top);
        volume
    }

    pub(crate) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }

    /// The present as this volume writes it down.
    fn clock(&self, now: u64) -> FileTime {
        let tick = if self.has(Quirk::Ticks) { 10_000_000 } else { 1 };
        self.rounded(time_at(now - now % tick))
    }

    fn rounded(&self, time: FileTime) -> FileTime {
        if self.has(Quirk::EvenSeconds) {
            return FileTime { secs: time.secs - time.secs.rem_euclid(2), nanos: 0 };
        }
        time
    }

    pub(crate) fn object(&self, id: ObjectId) -> io::Result<&Object> {
        self.objects.get(id).and_then(Option::as_ref).ok_or_else(|| Errno::STALE.into())
    }

    pub(crate) fn object_mut(&mut self, id: ObjectId) -> io::Result<&mut Object> {
        self.objects.get_mut(id).and_then(Option::as_mut).ok_or_else(|| Errno::STALE.into())
    }

    pub(crate) fn entries(&self, dir: ObjectId) -> io::Result<&BTreeMap<Vec<u8>, ObjectId>> {
        match &self.object(dir)?.node {
            Node::Dir(entries) => Ok(entries),
            _ => Err(Errno::NOTDIR.into()),
        }
    }

    /// Finds an entry; its name as it is written comes with it.
    fn entry(&self, dir: ObjectId, name: &[u8]) -> io::Result<Option<(Vec<u8>, ObjectId)>> {
        let entries = self.entries(dir)?;
        if let Some(&id) = entries.get(name) {
            return Ok(Some((name.to_vec(), id)));
        }
        if !self.has(Quirk::IgnoresCase) {
            return Ok(None);
        }
        let found = entries.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        Ok(found.map(|(known, id)| (known.clone(), *id)))
    }

    pub(crate) fn lookup(&self, who: Who, dir: ObjectId, name: &[u8]) -> io::Result<ObjectId> {
        // That something is no directory is told before who may enter it.
        let found = self.entry(dir, name)?;
        self.permit(who, dir, 0o100)?;
        if name == b"." {
            return Ok(dir);
        }
        found.map(|found| found.1).ok_or_else(|| Errno::NOENT.into())
    }

    pub(crate) fn permit(&self, who: Who, id: ObjectId, bits: u32) -> io::Result<()> {
        let object = self.object(id)?;
        let refused = who == Who::Engine && self.has(Quirk::Guarded) && object.mode & bits != bits;
        if refused { Err(Errno::ACCESS.into()) } else { Ok(()) }
    }

    pub(crate) fn stat(&self, id: ObjectId, dev: usize) -> io::Result<Stat> {
        let object = self.object(id)?;
        let (kind, size) = match &object.node {
            Node::File(content) => (Kind::File, content.len()),
            Node::Dir(_) => (Kind::Dir, 4096),
            Node::Symlink(target) => (Kind::Symlink, target.len()),
            Node::Special => (Kind::Special, 0),
        };
        Ok(Stat {
            kind,
            mode: object.mode,
            size: size as u64,
            mtime: object.mtime,
            ctime: object.ctime,
            ino: object.number,
            dev: dev as u64 + 1,
            allocated: size.next_multiple_of(512) as u64,
            ..Stat::default()
        })
    }

    fn add(&mut self, node: Node, mode: u32, now: u64) -> ObjectId {
        let number = self.take_number();
        let mode = match (&node, self.has(Quirk::FixedModes)) {
            (Node::Symlink(_), _) => 0o777,
            (_, true) => 0o755,
            _ => mode,
        };
        let time = self.clock(now);
        let pin = Arc::new(());
        self.objects.push(Some(Object {
            number,
            node,
            mode,
            mtime: time,
            ctime: time,
            n_names: 0,
            parent: TOP,
            pin,
            lock: Weak::new(),
            durable: Durable::default(),
        }));
        self.objects.len() - 1
    }

    fn take_number(&mut self) -> u64 {
        if self.has(Quirk::ReusesNumbers) {
            for id in std::mem::take(&mut self.dead) {
                self.bury(id);
            }
        }
        self.free_numbers.pop().unwrap_or_else(|| {
            self.next_number += 1;
            self.next_number
        })
    }

    /// Lets go of an object that nothing leads to any more, not even after a power cut.
    fn bury(&mut self, id: ObjectId) {
        let Some(object) = &self.objects[id] else { return };
        if object.n_names > 0 {
            return;
        }
        if Arc::strong_count(&object.pin) > 1 || self.may_come_back(id) {
            self.dead.push(id);
        } else {
            self.free_numbers.push(object.number);
            self.objects[id] = None;
        }
    }

    /// Makes an object with a name.
    pub(crate) fn make(
        &mut self,
        who: Who,
        dir: ObjectId,
        name: &[u8],
        node: Node,
        mode: u32,
        now: u64,
    ) -> io::Result<ObjectId> {
        self.permit(who, dir, 0o300)?;
        if name == b"." || self.entry(dir, name)?.is_some() {
            return Err(Errno::EXIST.into());
        }
        if matches!(node, Node::Symlink(_)) && self.has(Quirk::NoSymlinks) {
            return Err(Errno::PERM.into());
        }
        self.alive(dir)?;
        let id = self.add(node, mode, now);
        self.change(&[(dir, name.to_vec(), Some(id))], now)?;
        Ok(id)
    }

    /// Nothing can be put into a removed directory.
    fn alive(&self, dir: ObjectId) -> io::Result<()> {
        if dir != TOP && self.object(dir)?.n_names == 0 { Err(Errno::NOENT.into()) } else { Ok(()) }
    }

    /// Changes names in one instant.
    fn change(&mut self, names: &[(ObjectId, Vec<u8>, Option<ObjectId>)], now: u64) -> io::Result<()> {
        let time = self.clock(now);
        let (mut moves_dir, mut removes) = (false, None);
        for (dir, name, id) in names {
            let directory = self.object_mut(*dir)?;
            directory.mtime = time;
            directory.ctime = time;
            let Node::Dir(entries) = &mut directory.node else { return Err(Errno::NOTDIR.into()) };
            let old = match id {
                Some(id) => entries.insert(name.clone(), *id),
                None => entries.remove(name),
            };
            for (id, by) in [(old, -1), (*id, 1)] {
                let Some(id) = id else { continue };
                let object = self.object_mut(id)?;
                object.ctime = time;
                object.n_names = object.n_names.saturating_add_signed(by);
                if by > 0 && matches!(object.node, Node::Dir(_)) {
                    object.parent = *dir;
                    moves_dir |= names.len() > 1;
                }
                if by < 0 && names.len() == 1 && matches!(object.node, Node::Dir(_)) {
                    removes = Some(id);
                }
                self.dead.push(id);
            }
        }
        self.pending.push(NameChange { names: names.to_vec(), moves_dir, removes });
        let (dead, objects) = (&mut self.dead, &self.objects);
        dead.retain(|id| matches!(&objects[*id], Some(object) if object.n_names == 0));
        dead.sort_unstable();
        dead.dedup();
        Ok(())
    }

    pub(crate) fn hard_link(
        &mut self,
        who: Who,
        from: (ObjectId, &[u8]),
        to: (ObjectId, &[u8]),
        now: u64,
    ) -> io::Result<()> {
        let id = self.lookup(who, from.0, from.1)?;
        self.permit(who, to.0, 0o300)?;
        if self.has(Quirk::NoHardLinks) || matches!(self.object(id)?.node, Node::Dir(_)) {
            return Err(Errno::PERM.into());
        }
        if self.entry(to.0, to.1)?.is_some() {
            return Err(Errno::EXIST.into());
        }
        self.alive(to.0)?;
        self.change(&[(to.0, to.1.to_vec(), Some(id))], now)
    }

    pub(crate) fn rename(
        &mut self,
        who: Who,
        from: (ObjectId, &[u8]),
        to: (ObjectId, &[u8]),
        existing: OnExisting,
        now: u64,
    ) -> io::Result<()> {
        self.permit(who, from.0, 0o300)?;
        self.permit(who, to.0, 0o300)?;
        let (old_name, id) = self.entry(from.0, from.1)?.ok_or(Errno::NOENT)?;
        let taken = self.entry(to.0, to.1)?;
        let is_dir = matches!(self.object(id)?.node, Node::Dir(_));
        let other_contains_us = taken.as_ref().is_some_and(|(_, other)| self.is_within(from.0, *other));
        if is_dir && self.is_within(to.0, id) || existing == OnExisting::Exchange && other_contains_us {
            return Err(Errno::INVAL.into());
        }
        self.alive(to.0)?;
        let arrives = (to.0, to.1.to_vec(), Some(id));
        let leaves = |id| (from.0, old_name.clone(), id);
        let Some((taken_name, other)) = taken else {
            if existing == OnExisting::Exchange {
                return Err(Errno::NOENT.into());
            }
            return self.change(&[leaves(None), arrives], now);
        };
        match existing {
            OnExisting::Fail => Err(Errno::EXIST.into()),
            OnExisting::Exchange if self.has(Quirk::NoExchange) => Err(Errno::INVAL.into()),
            OnExisting::Exchange => self.change(&[leaves(Some(other)), (to.0, taken_name, Some(id))], now),
            // Two names of one object: nothing happens, unless it is one name in another spelling.
            OnExisting::Replace if other == id && (from.0, &old_name) != (to.0, &taken_name) => Ok(()),
            OnExisting::Replace if other == id && old_name == to.1 => Ok(()),
            OnExisting::Replace if other == id => self.change(&[leaves(None), arrives], now),
            OnExisting::Replace => {
                match (&self.object(other)?.node, is_dir) {
                    (Node::Dir(entries), true) if entries.is_empty() => {}
                    (Node::Dir(_), true) => return Err(Errno::NOTEMPTY.into()),
                    (Node::Dir(_), false) => return Err(Errno::ISDIR.into()),
                    (_, true) => return Err(Errno::NOTDIR.into()),
                    (_, false) => {}
                }
                self.change(&[leaves(None), (to.0, taken_name, Some(id))], now)
            }
        }
    }

    fn is_within(&self, mut dir: ObjectId, above: ObjectId) -> bool {
        while dir != above && dir != TOP {
            dir = self.objects[dir].as_ref().map_or(TOP, |object| object.parent);
        }
        dir == above
    }

    pub(crate) fn remove(
        &mut self,
        who: Who,
        dir: ObjectId,
        name: &[u8],
        directory: bool,
        now: u64,
    ) -> io::Result<()> {
        self.permit(who, dir, 0o300)?;
        let (name, id) = self.entry(dir, name)?.ok_or(Errno::NOENT)?;
        match (&self.object(id)?.node, directory) {
            (Node::Dir(entries), true) if !entries.is_empty() => return Err(Errno::NOTEMPTY.into()),
            (Node::Dir(_), false) => return Err(Errno::ISDIR.into()),
            (Node::Dir(_), true) => {}
            (_, true) => return Err(Errno::NOTDIR.into()),
            (_, false) => {}
        }
        self.change(&[(dir, name, None)], now)
    }

    pub(crate) fn set_attributes(
        &mut self,
        id: ObjectId,
        mode: Option<u32>,
        mtime: Option<FileTime>,
        now: u64,
    ) -> io::Result<()> {
        let (time, fixed) = (self.clock(now), self.has(Quirk::FixedModes));
        let mtime = mtime.map(|mtime| self.rounded(mtime));
        let object = self.object_mut(id)?;
        if mode.is_some() && matches!(object.node, Node::Symlink(_)) {
            return Err(Errno::INVAL.into());
        }
        object.mode = mode.filter(|_| !fixed).unwrap_or(object.mode);
        object.mtime = mtime.unwrap_or(object.mtime);
        object.ctime = time;
        Ok(())
    }

    /// Changes the content of a file.
    pub(crate) fn write(
        &mut self,
        id: ObjectId,
        now: u64,
        change: impl FnOnce(&mut Vec<u8>),
    ) -> io::Result<()> {
        let time = self.clock(now);
        let object = self.object_mut(id)?;
        let Node::File(content) = &mut object.node else { return Err(Errno::INVAL.into()) };
        change(content);
        object.mtime = time;
        object.ctime = time;
        Ok(())
    }
}
