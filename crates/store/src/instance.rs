//! The one manager that stays: [`Instance`], and who is alive.
//!
//! A daemon is to exist once for each store, for as long as it lives, and beside it other processes read and write. The lease
//! is not made for that: it keeps all other writers out, and it expires, so that it would have to be renewed all the time and
//! would be lost in a suspended machine. The instance is a row that keeps out nobody but another instance and ends with its
//! owner: it is taken over from a dead one, and from no other.
//!
//! Dead means: of an earlier boot, or its number belongs to nobody, or to a process that began at another time. All of that
//! can be known on the owner's own machine. Of a process on another machine, which is nearly always this one under an earlier
//! name, only the age of its last sign is known.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, Row};
use syncmgr_model::time::Timestamp;

use crate::columns::{count, read_count, time};
use crate::error::StoreError;
use crate::lease::{Owner, Writer};
use crate::open::Store;

/// How long a process of another machine is believed after its last sign.
const BELIEVED_MILLIS: u64 = 24 * 60 * 60 * 1_000;

/// One life of a process: its number alone may be another one's tomorrow, and in a container it is the same each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Number, boot and host.
    pub owner: Owner,
    /// When it began, in the system's own count since boot (on Linux the 22nd field of `/proc/PID/stat`); 0 if not known.
    pub began: u64,
}

/// The process that asks, and how it finds out about others.
#[derive(Clone, Copy)]
pub struct Presence<'a> {
    /// Who asks.
    pub process: &'a Process,
    /// The time.
    pub now: Timestamp,
    /// When the process with this number on this boot began, as in [`Process::began`]; `None` if there is none, or only
    /// what is left of one until its parent collects it (a zombie). Not asked about other boots and machines.
    pub began_of: &'a dyn Fn(u32) -> Option<u64>,
}

impl fmt::Debug for Presence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Presence");
        debug.field("process", &self.process).field("now", &self.now).finish_non_exhaustive()
    }
}

impl Presence<'_> {
    /// Whether `other` lives, whose last sign was at `seen`.
    pub fn is_alive(&self, other: &Process, seen: Timestamp) -> bool {
        let (us, them) = (&self.process.owner, &other.owner);
        if us.boot == them.boot && (us.host == them.host || !us.boot.is_empty()) {
            // The host may have been renamed since; the boot tells that it is the same.
            return (self.began_of)(them.pid)
                .is_some_and(|began| began == 0 || other.began == 0 || began == other.began);
        }
        us.host != them.host && self.now.millis_since(seen) < BELIEVED_MILLIS
    }
}

/// The manager that stays, or the last one that did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The process.
    pub process: Process,
    /// Where it can be spoken to, in its own words.
    pub address: Option<String>,
    /// Since when.
    pub taken: Timestamp,
    /// Its last sign.
    pub seen: Timestamp,
    /// When it ended in good order. `None`: it runs, or was cut off.
    pub ended: Option<Timestamp>,
}

const DOING_READ: &str = "the instance cannot be read";
const DOING_WRITE: &str = "the instance cannot be written";

const SEEN: &str = "UPDATE instance SET seen_at = ?5
    WHERE pid = ?1 AND boot = ?2 AND host = ?3 AND began = ?4 AND ended_at IS NULL";
const ENDED: &str = "UPDATE instance SET seen_at = ?5, ended_at = ?5
    WHERE pid = ?1 AND boot = ?2 AND host = ?3 AND began = ?4 AND ended_at IS NULL";

impl Store {
    /// The manager that stays, or the last one: whether it lives, [`Presence::is_alive`] tells.
    pub fn instance(&self) -> Result<Option<Instance>, StoreError> {
        instance(&self.db)
    }
}

impl Writer<'_> {
    /// Becomes the manager that stays, or goes on being it, and tells who was it before: how that one ended, and when its
    /// last sign was, is how long nobody was there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Managed`] while another one lives.
    pub fn take_instance(
        &self,
        presence: &Presence<'_>,
        address: Option<&str>,
    ) -> Result<Option<Instance>, StoreError> {
        let before = instance(&self.tx)?;
        if let Some(before) = &before
            && before.ended.is_none()
            && before.process != *presence.process
            && presence.is_alive(&before.process, before.seen)
        {
            return Err(StoreError::Managed { instance: Box::new(before.clone()) });
        }
        let is_ours = |before: &Instance| before.ended.is_none() && before.process == *presence.process;
        let taken = before.as_ref().filter(|before| is_ours(before)).map_or(presence.now, |ours| ours.taken);
        let Process { owner: Owner { pid, boot, host }, began } = presence.process;
        self.tx
            .execute(
                "INSERT INTO instance (one, pid, boot, host, began, address, taken_at, seen_at, ended_at)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL)
                 ON CONFLICT (one) DO UPDATE SET pid = ?1, boot = ?2, host = ?3, began = ?4, address = ?5,
                    taken_at = ?6, seen_at = ?7, ended_at = NULL",
                (pid, boot, host, count(*began), address, taken.as_millis(), presence.now.as_millis()),
            )
            .map_err(StoreError::doing(DOING_WRITE))?;
        Ok(before)
    }

    /// Leaves a sign of life: cheap, for whenever something else is written anyway. Nothing has to be renewed in time on
    /// the instance's own machine.
    ///
    /// # Errors
    ///
    /// [`StoreError::Managed`] if another one is the instance by now, which a living one never loses on its own machine.
    pub fn renew_instance(&self, presence: &Presence<'_>) -> Result<(), StoreError> {
        if self.stamp_instance(SEEN, presence)? {
            return Ok(());
        }
        match instance(&self.tx)?.filter(|instance| instance.process != *presence.process) {
            Some(instance) => Err(StoreError::Managed { instance: Box::new(instance) }),
            // Given back, or never taken.
            None => Ok(()),
        }
    }

    /// Ends in good order. The row stays, so that the next one knows when. Nothing happens if another one has taken over.
    pub fn release_instance(&self, presence: &Presence<'_>) -> Result<(), StoreError> {
        self.stamp_instance(ENDED, presence)?;
        Ok(())
    }

    /// Writes the time into the asker's own row, and tells whether there is one.
    fn stamp_instance(&self, update: &'static str, presence: &Presence<'_>) -> Result<bool, StoreError> {
        let Process { owner: Owner { pid, boot, host }, began } = presence.process;
        self.tx
            .prepare_cached(update)
            .and_then(|mut statement| {
                statement.execute((pid, boot, host, count(*began), presence.now.as_millis()))
            })
            .map(|n_rows| n_rows > 0)
            .map_err(StoreError::doing(DOING_WRITE))
    }
}

fn instance(db: &Connection) -> Result<Option<Instance>, StoreError> {
    db.prepare_cached(
        "SELECT pid, boot, host, began, address, taken_at, seen_at, ended_at FROM instance WHERE one = 1",
    )
    .and_then(|mut statement| statement.query_row((), read).optional())
    .map_err(StoreError::doing(DOING_READ))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Instance> {
    Ok(Instance {
        process: read_process(row, 0)?,
        address: row.get(4)?,
        taken: time(row, 5)?,
        seen: time(row, 6)?,
        ended: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_millis),
    })
}

/// A process in four columns from `first` on: number, boot, host, beginning.
pub(crate) fn read_process(row: &Row<'_>, first: usize) -> rusqlite::Result<Process> {
    let owner = Owner { pid: row.get(first)?, boot: row.get(first + 1)?, host: row.get(first + 2)? };
    Ok(Process { owner, began: read_count(row, first + 3)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, boot: &str, host: &str, began: u64) -> Process {
        Process { owner: Owner { pid, boot: boot.to_owned(), host: host.to_owned() }, began }
    }

    #[test]
    fn who_is_alive_is_known_by_boot_number_and_beginning_and_elsewhere_by_the_last_sign() {
        const HOUR: i64 = 60 * 60 * 1_000;
        let us = process(10, "boot", "here", 700);
        for (other, began, age, is_alive) in [
            (process(20, "boot", "here", 500), Some(500), 99 * HOUR, true),
            // The same number, another process.
            (process(20, "boot", "here", 500), Some(501), 0, false),
            (process(20, "boot", "here", 500), None, 0, false),
            // An earlier life under our own number.
            (process(10, "boot", "here", 500), Some(700), 0, false),
            // Where a beginning is not known, the number has to do.
            (process(20, "boot", "here", 0), Some(501), 0, true),
            (process(20, "boot", "here", 500), Some(0), 0, true),
            (process(20, "before", "here", 500), Some(500), 0, false),
            // Renamed, and still up.
            (process(20, "boot", "once", 500), Some(500), 99 * HOUR, true),
            (process(20, "boot", "once", 500), None, 0, false),
            (process(20, "there", "elsewhere", 500), None, 23 * HOUR, true),
            (process(20, "there", "elsewhere", 500), None, 24 * HOUR, false),
        ] {
            let now = Timestamp::from_millis(1_000 * HOUR);
            let presence = Presence { process: &us, now, began_of: &|_| began };
            assert_eq!(
                presence.is_alive(&other, now.plus_millis(-age)),
                is_alive,
                "{other:?} {began:?} {age}"
            );
        }
    }

    #[test]
    fn a_system_that_does_not_tell_its_boot_tells_processes_by_host_and_number() {
        let us = process(10, "", "here", 0);
        let presence = |began| Presence { process: &us, now: Timestamp::default(), began_of: began };
        assert!(presence(&|_| Some(0)).is_alive(&process(20, "", "here", 0), Timestamp::default()));
        assert!(!presence(&|_| None).is_alive(&process(20, "", "here", 0), Timestamp::default()));
    }
}
