//! Who may write: the lease, and the [`Writer`] that proves it was looked at.
//!
//! Two mechanisms, because there are two lengths of time. Within milliseconds SQLite's own lock orders writers: they wait
//! for one another. A process that means to be the only writer for a while takes the lease, a row that says who and until
//! when; others are then refused at once, with its name, instead of waiting for a lock. It is not for a daemon, beside which
//! others write and which would have to renew it all the time: that one is the [`Instance`](crate::Instance).
//!
//! The lease is checked in the same transaction that writes, so nobody writes on the strength of a lease that somebody else
//! has taken over meanwhile.

use std::fmt;

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior};
use syncmgr_model::time::Timestamp;

use crate::columns::time;
use crate::error::StoreError;
use crate::open::Store;

/// A process, so that another one can find out whether it still lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its number on its host.
    pub pid: u32,
    /// The boot of the host it belongs to: after the next one, the number means nothing.
    pub boot: String,
    /// The host.
    pub host: String,
}

/// Who holds the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseHolder {
    /// The process.
    pub owner: Owner,
    /// Since when.
    pub taken: Timestamp,
    /// Until when, unless it is renewed.
    pub expires: Timestamp,
}

/// The wish to write, with all that is needed to decide on it.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    /// Who asks.
    pub owner: &'a Owner,
    /// The time.
    pub now: Timestamp,
    /// Whether a process on the asker's own host and boot exists. Not asked about others.
    pub is_running: &'a dyn Fn(u32) -> bool,
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("owner", self.owner).field("now", &self.now).finish_non_exhaustive()
    }
}

impl Claim<'_> {
    /// Whether `holder` keeps the asker out.
    ///
    /// An expired lease keeps nobody out: its owner failed to renew it, and finds out when it next writes. Of an owner on
    /// another host only the expiry can be known; one from an earlier boot of this host is gone.
    fn is_kept_out_by(&self, holder: &LeaseHolder) -> bool {
        let LeaseHolder { owner, expires, .. } = holder;
        if owner == self.owner || *expires <= self.now {
            return false;
        }
        owner.host != self.owner.host || (owner.boot == self.owner.boot && (self.is_running)(owner.pid))
    }
}

/// The right to write, for one transaction. Dropped without [`Writer::commit`], nothing has happened.
#[derive(Debug)]
#[must_use = "what is not committed is not written"]
pub struct Writer<'a> {
    pub(crate) tx: Transaction<'a>,
}

impl Store {
    /// Who holds the lease, alive or not.
    pub fn lease_holder(&self) -> Result<Option<LeaseHolder>, StoreError> {
        holder(&self.db)
    }

    /// Refuses like [`Store::writer`] would, without waiting for anybody: for a check before long work.
    pub fn check_lease(&self, claim: &Claim<'_>) -> Result<(), StoreError> {
        refuse(holder(&self.db)?, claim)
    }

    /// Waits for other writers and begins to write.
    ///
    /// Refused while another living process holds the lease. What is read through the writer cannot change before
    /// [`Writer::commit`].
    pub fn writer(&mut self, claim: &Claim<'_>) -> Result<Writer<'_>, StoreError> {
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::doing("the store is being written by another process"))?;
        refuse(holder(&tx)?, claim)?;
        Ok(Writer { tx })
    }
}

impl Writer<'_> {
    /// Makes everything written through this writer visible at once.
    pub fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().map_err(StoreError::doing("the store cannot be written"))
    }

    /// Takes the lease, or renews it.
    pub fn take_lease(&self, claim: &Claim<'_>, millis: i64) -> Result<LeaseHolder, StoreError> {
        let Owner { pid, boot, host } = claim.owner;
        let expires = claim.now.plus_millis(millis);
        self.tx
            .prepare_cached(
                "INSERT INTO lease (one, pid, boot, host, taken_at, expires_at) VALUES (1, ?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (one) DO UPDATE SET
                    taken_at = iif(pid = ?1 AND boot = ?2 AND host = ?3, taken_at, ?4),
                    pid = ?1, boot = ?2, host = ?3, expires_at = ?5",
            )
            .and_then(|mut statement| {
                statement.execute((pid, boot, host, claim.now.as_millis(), expires.as_millis()))
            })
            .map_err(StoreError::doing("the lease cannot be written"))?;
        Ok(LeaseHolder { owner: claim.owner.clone(), taken: claim.now, expires })
    }

    /// Gives the lease back, if it is the claimant's.
    pub fn release_lease(&self, claim: &Claim<'_>) -> Result<(), StoreError> {
        let Owner { pid, boot, host } = claim.owner;
        self.tx
            .execute("DELETE FROM lease WHERE pid = ?1 AND boot = ?2 AND host = ?3", (pid, boot, host))
            .map_err(StoreError::doing("the lease cannot be given back"))?;
        Ok(())
    }
}

fn holder(db: &rusqlite::Connection) -> Result<Option<LeaseHolder>, StoreError> {
    db.prepare_cached("SELECT pid, boot, host, taken_at, expires_at FROM lease")
        .and_then(|mut statement| {
            statement
                .query_row((), |row| {
                    let owner = Owner { pid: row.get(0)?, boot: row.get(1)?, host: row.get(2)? };
                    Ok(LeaseHolder { owner, taken: time(row, 3)?, expires: time(row, 4)? })
                })
                .optional()
        })
        .map_err(StoreError::doing("the lease cannot be read"))
}

fn refuse(holder: Option<LeaseHolder>, claim: &Claim<'_>) -> Result<(), StoreError> {
    match holder {
        Some(holder) if claim.is_kept_out_by(&holder) => Err(StoreError::Held { holder }),
        _ => Ok(()),
    }
}
