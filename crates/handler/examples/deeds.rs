//! A handler as a process that does what its first argument says, for tests of those who start it: `copy` does its work,
//! `work` goes on until it is told to end, `hang` does not hear that, `crash` ends in the middle, `talk` says more on its
//! standard error than anybody reads, and `leave PORT` does its work and leaves a program behind that is connected there.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::{Command, ExitCode};

use syncmgr_handler::guest;
use syncmgr_handler::model::id::ItemId;
use syncmgr_handler::model::item::{HandlerInfo, ItemInfo};
use syncmgr_handler::simple::{Context, Simple, SyncError, Synchronize};

struct Deeds {
    words: Vec<String>,
}

const ITEMS: [(ItemId, &str); 2] = [(ItemId::from_u128(1), "first"), (ItemId::from_u128(2), "second")];

impl Synchronize for Deeds {
    fn info(&self) -> HandlerInfo {
        HandlerInfo { name: "deeds".to_owned(), ..HandlerInfo::default() }
    }

    fn items(&self) -> Result<Vec<ItemInfo>, SyncError> {
        Ok(ITEMS.map(|(id, name)| ItemInfo::new(id, name)).to_vec())
    }

    fn sync(&self, item: ItemId, ctx: &Context) -> Result<(), SyncError> {
        let name = ITEMS.into_iter().find(|(id, _)| *id == item).map_or("", |(_, name)| name);
        ctx.text(&format!("at {name}"))?;
        match self.words.first().map_or("copy", String::as_str) {
            "work" => loop {
                ctx.check()?;
                std::thread::yield_now();
            },
            "hang" => stay(),
            "crash" => {
                say("it was the disk");
                std::process::exit(7);
            }
            "talk" => (0..10_000).for_each(|number| say(&format!("{number} is a number like any other"))),
            "leave" => self.leave_one_behind()?,
            _ => {}
        }
        for number in 1..=100 {
            ctx.value(number, 100)?;
        }
        Ok(())
    }
}

impl Deeds {
    #[expect(clippy::disallowed_methods, reason = "whoever started this one has to end that one")]
    fn leave_one_behind(&self) -> Result<(), SyncError> {
        let port = self.words.get(1).ok_or_else(|| SyncError::failed("a port is needed"))?;
        Command::new(std::env::current_exe()?).args(["stay", port]).spawn()?;
        Ok(())
    }
}

fn stay() -> ! {
    loop {
        std::thread::park();
    }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "stay") {
        let port = words.get(1).and_then(|port| port.parse::<u16>().ok()).unwrap_or_default();
        let Ok(mut lifeline) = TcpStream::connect(("127.0.0.1", port)) else { return ExitCode::FAILURE };
        let _ = lifeline.write_all(b"!");
        stay();
    }
    guest::serve(&Simple::factory(move || Ok(Deeds { words: words.clone() })))
}
