//! The store through its public face, in memory and on disk.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

mod damage;
mod decisions;
mod instance;
mod kept;
mod lease;
mod memory;
mod migration;
mod registration;
mod running;

use syncmgr_model::event::Event;
use syncmgr_model::fact::{Side, Totals};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::status::ItemStatus;
use syncmgr_model::time::Timestamp;
use syncmgr_store::{
    Claim, HaltRecord, ItemRecord, Owner, Presence, ProblemRecord, Process, SessionRecord, SessionRow, Store,
    Writer,
};

const HANDLER: HandlerId = HandlerId::from_u128(0xFF);
const PHOTOS: ItemId = ItemId::from_u128(1);
const NOTES: ItemId = ItemId::from_u128(2);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn us() -> Owner {
    Owner { pid: 10, boot: "boot".to_owned(), host: "here".to_owned() }
}

/// A process of this boot that began at `began`.
fn process(pid: u32, began: u64) -> Process {
    Process { owner: Owner { pid, ..us() }, began }
}

/// `process` asking at `now`, on a machine on which the processes of `alive` live, each with its beginning.
fn present<T>(process: &Process, now: i64, alive: &[(u32, u64)], ask: impl FnOnce(&Presence<'_>) -> T) -> T {
    let began_of = |pid| alive.iter().find(|(there, _)| *there == pid).map(|(_, began)| *began);
    ask(&Presence { process, now: at(now), began_of: &began_of })
}

/// Does `work` as the process `us`, at time 0, with nobody else alive, and commits.
fn write<T>(store: &mut Store, work: impl FnOnce(&Writer<'_>) -> T) -> T {
    let owner = us();
    let claim = Claim { owner: &owner, now: at(0), is_running: &|_| false };
    let writer = store.writer(&claim).unwrap();
    let answer = work(&writer);
    writer.commit().unwrap();
    answer
}

fn session(number: u128, items: Vec<ItemRecord>) -> SessionRecord {
    SessionRecord {
        row: SessionRow {
            id: SessionId::from_u128(number),
            event: Event::Manual,
            dry_run: false,
            undoes: None,
            started: at(1_000),
            finished: at(2_000),
            stopped: false,
            exit: 1,
        },
        items,
        entries: Vec::new(),
        problems: vec![ProblemRecord {
            item: PHOTOS,
            side: Some(Side::Right),
            path: b"caf\xe9".to_vec(),
            reason: "permission denied".to_owned(),
        }],
    }
}

fn result(item: ItemId, name: &str) -> ItemRecord {
    ItemRecord {
        handler: HANDLER,
        item,
        name: name.to_owned(),
        status: ItemStatus::Succeeded,
        totals: Totals { left_changes: 1, right_changes: 2, bytes: 3 },
        n_conflicts: 4,
        n_problems: 1,
        halt: Some(HaltRecord { rule: "root-missing".to_owned(), text: "`/a` is not there".to_owned() }),
    }
}
