//! Names of one file stay names of one file: replaces copies in a plan by second names, where the option is on.
//!
//! What the scan sees of a link is only that a file has several names and which inode they share; nothing of it is
//! remembered between runs. So it travels with content: a new or edited file that has several names is copied once, and
//! its other names become names of the copy. A name that is only separated from the others, with its content as it was,
//! is separated on the other side when it is edited.

use std::collections::HashMap;

use syncmgr_model::fact::Side;

use crate::baseline::BaseEntry;
use crate::fs::Stat;
use crate::plan::{After, Op, Plan, index};

/// A file with several names that is in step at one of them.
#[derive(Debug, Clone)]
pub(crate) struct InStep {
    path: Vec<u8>,
    /// What the other side has at that path.
    other: Stat,
    entry: BaseEntry,
}

/// Device and inode of a file.
type Inode = (u64, u64);

/// For each side its files with several names that are in step at one of them.
#[derive(Debug, Default)]
pub(crate) struct Linked([HashMap<Inode, InStep>; 2]);

impl Linked {
    /// Notes a file that is in step, if it has more names.
    pub(crate) fn note(&mut self, path: &[u8], stats: [&Stat; 2], entry: &BaseEntry) {
        for side in Side::BOTH {
            let (here, other) = (stats[index(side)], stats[index(side.other())]);
            if here.nlink > 1 {
                self.0[index(side)].entry((here.dev, here.ino)).or_insert_with(|| InStep {
                    path: path.to_vec(),
                    other: *other,
                    entry: entry.clone(),
                });
            }
        }
    }
}

/// The plan with every copy of a second name replaced by a link. `can` tells whether a side can keep hard links; it is
/// asked only if that matters.
pub(crate) fn link(plan: Plan, linked: &Linked, can: impl Fn(Side) -> bool) -> Plan {
    let has_names = |op: &Op| matches!(op, Op::Copy { source, .. } if source.nlink > 1);
    if !plan.steps().any(|step| has_names(&step.op)) {
        return plan;
    }
    let mut first: HashMap<(Side, Inode), Vec<u8>> = HashMap::new();
    plan.rewritten(|step| {
        let Op::Copy { to, source, replaces } = &step.op else { return };
        let (to, source, replaces) = (*to, *source, *replaces);
        let inode = (source.dev, source.ino);
        if source.nlink < 2 || !can(to) {
            return;
        }
        if let Some(in_step) = linked.0[index(to.other())].get(&inode) {
            let (leader, seen) = (in_step.path.as_slice().into(), Some(in_step.other));
            step.op = Op::Link { to, leader, seen, source, replaces };
            step.after = After::Set(in_step.entry.clone());
        } else if let Some(leader) = first.get(&(to, inode)) {
            let leader = leader.as_slice().into();
            step.op = Op::Link { to, leader, seen: None, source, replaces };
        } else {
            first.insert((to, inode), step.path.clone());
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(ino: u64, nlink: u32) -> Stat {
        Stat { ino, nlink, dev: 3, size: 1, ..Stat::default() }
    }

    fn words(plan: &Plan) -> Vec<String> {
        plan.steps()
            .map(|step| {
                let path = String::from_utf8(step.path).unwrap();
                match step.op {
                    Op::Copy { .. } => format!("copy {path}"),
                    Op::Link { leader, seen, .. } => {
                        let leader = String::from_utf8(leader.into()).unwrap();
                        format!("link {path} to {leader}{}", if seen.is_some() { " in step" } else { "" })
                    }
                    _ => path,
                }
            })
            .collect()
    }

    fn copies(files: &[(&str, Stat)]) -> Plan {
        let mut plan = Plan::default();
        for (path, source) in files {
            let op = Op::Copy { to: Side::Right, source: *source, replaces: None };
            plan.push(path.as_bytes(), &op, None, &After::Copied);
        }
        plan
    }

    #[test]
    fn the_names_of_a_file_become_names_of_its_first_copy() {
        let plan = copies(&[("a", file(1, 3)), ("b", file(2, 1)), ("c", file(1, 3)), ("d", file(1, 3))]);
        let plan = link(plan, &Linked::default(), |_| true);
        assert_eq!(words(&plan), ["copy a", "copy b", "link c to a", "link d to a"]);
    }

    #[test]
    fn a_new_name_of_a_file_in_step_becomes_a_name_of_what_the_other_side_has() {
        let mut linked = Linked::default();
        let entry = BaseEntry::Symlink { target: Box::default(), kept: None };
        linked.note(b"old", [&file(1, 2), &file(9, 1)], &entry);
        let plan = link(copies(&[("new", file(1, 2))]), &linked, |_| true);
        assert_eq!(words(&plan), ["link new to old in step"]);
        // The inode of the other side is none of this one.
        let plan = link(copies(&[("new", file(9, 2))]), &linked, |_| true);
        assert_eq!(words(&plan), ["copy new"]);
    }

    #[test]
    fn a_side_without_hard_links_gets_copies() {
        let plan = link(copies(&[("a", file(1, 2)), ("b", file(1, 2))]), &Linked::default(), |_| false);
        assert_eq!(words(&plan), ["copy a", "copy b"]);
    }

    #[test]
    fn the_same_number_on_another_disk_is_another_file() {
        let elsewhere = Stat { dev: 4, ..file(1, 2) };
        let plan = link(copies(&[("a", file(1, 2)), ("b", elsewhere)]), &Linked::default(), |_| true);
        assert_eq!(words(&plan), ["copy a", "copy b"]);
    }
}
