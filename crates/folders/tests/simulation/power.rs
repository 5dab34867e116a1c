//! What reaches the disk of a simulated volume, and what a power cut leaves of the rest.
//!
//! A file's content and attributes are on the disk once it was flushed, a name once its directory was. Of everything
//! else any part may have survived:
//!
//! * each change of names on its own, but whole (a rename is never half done), and on one name in order; on a volume with
//!   a journal, in order altogether; a directory is not gone before what emptied it;
//! * of a file's content the old or the new, the beginning of the new, or zeros where it should be;
//! * of its attributes the old or the new ones.

use std::collections::BTreeMap;

use syncmgr_folders::fs::FileTime;

use crate::disk::{Node, Object, ObjectId, Quirk, TOP, Volume};
use crate::random::Random;

/// Names that change in one instant: directory, name, and what it leads to afterwards.
#[derive(Debug, Clone)]
pub(crate) struct NameChange {
    pub(crate) names: Vec<(ObjectId, Vec<u8>, Option<ObjectId>)>,
    pub(crate) moves_dir: bool,
    /// A directory that is removed by it.
    pub(crate) removes: Option<ObjectId>,
}

impl NameChange {
    fn touches(&self, dir: ObjectId) -> bool {
        self.names.iter().any(|(touched, ..)| *touched == dir)
    }

    /// Whether this one cannot be on the disk without the earlier `other`.
    fn needs(&self, other: &Self) -> bool {
        self.moves_dir && other.moves_dir
            || self.removes.is_some_and(|dir| other.touches(dir))
            || self.names.iter().any(|(dir, name, _)| {
                other.names.iter().any(|(before, earlier, _)| dir == before && name == earlier)
            })
    }
}

/// What is on the disk of an object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Durable {
    /// Names in it, for a directory.
    entries: BTreeMap<Vec<u8>, ObjectId>,
    /// Content, permission bits and modification time, once flushed.
    flushed: Option<(Vec<u8>, u32, FileTime)>,
    /// How many names on the disk lead here.
    n_names: u32,
}

impl Volume {
    /// Whether a power cut could bring a removed object back.
    pub(crate) fn may_come_back(&self, id: ObjectId) -> bool {
        let is_on_disk = self.objects[id].as_ref().is_some_and(|object| object.durable.n_names > 0);
        is_on_disk
            || self.pending.iter().flat_map(|change| &change.names).any(|(_, _, object)| *object == Some(id))
    }

    /// Brings content and attributes to the disk.
    pub(crate) fn flush_object(&mut self, id: ObjectId) {
        if let Some(object) = &mut self.objects[id] {
            let content = match &object.node {
                Node::File(content) => content.clone(),
                _ => Vec::new(),
            };
            object.durable.flushed = Some((content, object.mode, object.mtime));
        }
    }

    /// Brings the names in a directory to the disk.
    pub(crate) fn flush_names(&mut self, dir: ObjectId) {
        let journal = self.has(Quirk::Journal);
        let survives = self.closed(|change| journal || change.touches(dir));
        self.settle(&survives);
        if let Some(object) = &mut self.objects[dir] {
            object.durable.flushed = Some((Vec::new(), object.mode, object.mtime));
        }
    }

    /// Brings what was done in a directory to the disk, and the directory itself.
    pub(crate) fn flush_up(&mut self, mut dir: ObjectId) {
        loop {
            self.flush_names(dir);
            let parent = self.objects[dir].as_ref().map_or(TOP, |object| object.parent);
            if dir == TOP {
                return;
            }
            dir = parent;
        }
    }

    /// Brings a file and the way to it to the disk.
    pub(crate) fn flush_file(&mut self, id: ObjectId) {
        self.flush_object(id);
        let leads_here = |object: &Object| match &object.node {
            Node::Dir(entries) => entries.values().any(|below| *below == id),
            _ => false,
        };
        let dirs = 0..self.objects.len();
        for dir in dirs.filter(|dir| self.objects[*dir].as_ref().is_some_and(leads_here)).collect::<Vec<_>>()
        {
            self.flush_up(dir);
        }
    }

    /// Brings everything to the disk.
    pub(crate) fn flush_all(&mut self) {
        self.settle(&vec![true; self.pending.len()]);
        (0..self.objects.len()).for_each(|id| self.flush_object(id));
    }

    /// The changes that `chosen` wants on the disk, with those they need.
    fn closed(&self, mut chosen: impl FnMut(&NameChange) -> bool) -> Vec<bool> {
        let mut survives: Vec<bool> = self.pending.iter().map(&mut chosen).collect();
        for late in (0..self.pending.len()).rev() {
            let (before, rest) = survives.split_at_mut(late);
            if rest[0] {
                for (survives, early) in before.iter_mut().zip(&self.pending) {
                    *survives |= self.pending[late].needs(early);
                }
            }
        }
        survives
    }

    /// Puts the chosen changes on the disk; the others stay pending.
    fn settle(&mut self, survives: &[bool]) {
        let mut at = 0;
        for change in std::mem::take(&mut self.pending) {
            at += 1;
            if !survives[at - 1] {
                self.pending.push(change);
                continue;
            }
            for (dir, name, id) in change.names {
                let Some(object) = &mut self.objects[dir] else { continue };
                let entries = &mut object.durable.entries;
                let old = match id {
                    Some(id) => entries.insert(name, id),
                    None => entries.remove(&name),
                };
                for (id, by) in [(old, -1), (id, 1)] {
                    if let Some(object) = id.and_then(|id| self.objects[id].as_mut()) {
                        object.durable.n_names = object.durable.n_names.saturating_add_signed(by);
                    }
                }
            }
        }
    }

    /// The files that are on the disk, whatever a power cut does now: paths from the top, and content.
    pub(crate) fn durable_files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        let mut waiting = vec![(TOP, String::new())];
        while let Some((dir, path)) = waiting.pop() {
            let Some(object) = &self.objects[dir] else { continue };
            for (name, &id) in &object.durable.entries {
                let path = format!("{path}/{}", String::from_utf8_lossy(name));
                match &self.objects[id] {
                    Some(below) if matches!(below.node, Node::Dir(_)) => waiting.push((id, path)),
                    Some(below) => {
                        let flushed = below.durable.flushed.as_ref();
                        files.extend(flushed.map(|(content, ..)| (path, content.clone())));
                    }
                    None => {}
                }
            }
        }
        files
    }

    /// The power fails: what was not flushed survives in part. No handle is valid afterwards.
    pub(crate) fn lose_power(&mut self, random: &mut Random) {
        let percent = random.pick(&[0, 20, 50, 80, 100]);
        let survives = if self.has(Quirk::Journal) {
            let first = random.below(self.pending.len() as u64 + 1) as usize;
            (0..self.pending.len()).map(|at| at < first).collect()
        } else {
            self.closed(|_| random.chance(percent))
        };
        self.settle(&survives);
        self.pending.clear();
        let mut reached = vec![false; self.objects.len()];
        let mut waiting = vec![(TOP, TOP)];
        while let Some((id, parent)) = waiting.pop() {
            let Some(object) = &mut self.objects[id] else { continue };
            if std::mem::replace(&mut reached[id], true) {
                continue;
            }
            object.n_names = object.durable.n_names;
            object.parent = parent;
            let (old, mode, mtime) =
                object.durable.flushed.clone().unwrap_or((Vec::new(), object.mode, object.mtime));
            match &mut object.node {
                Node::Dir(entries) => {
                    *entries = object.durable.entries.clone();
                    waiting.extend(entries.values().map(|&below| (below, id)));
                }
                Node::File(content) => *content = torn(&old, content, random),
                Node::Symlink(_) | Node::Special => {}
            }
            if random.chance(50) {
                (object.mode, object.mtime) = (mode, mtime);
            }
        }
        for (object, reached) in self.objects.iter_mut().zip(reached) {
            if !reached {
                *object = None;
            }
        }
        // What is there now is on the disk.
        (0..self.objects.len()).for_each(|id| self.flush_object(id));
    }
}

/// What a power cut leaves of a file's content.
fn torn(old: &[u8], new: &[u8], random: &mut Random) -> Vec<u8> {
    if old == new {
        return new.to_vec();
    }
    let cut = random.below(new.len() as u64 + 1) as usize;
    match random.below(5) {
        0 => new.to_vec(),
        1 => old.to_vec(),
        2 => Vec::new(),
        3 => new[..cut].to_vec(),
        _ => [&new[..cut], &vec![0; new.len() - cut][..]].concat(),
    }
}
