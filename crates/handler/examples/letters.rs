//! A handler as a process: copies the letters of two words, and prints where a careless one would.

use std::process::ExitCode;

use syncmgr_handler::guest;
use syncmgr_handler::model::id::ItemId;
use syncmgr_handler::model::item::{HandlerInfo, ItemInfo};
use syncmgr_handler::simple::{Context, Simple, SyncError, Synchronize};

struct Letters;

const WORDS: [(ItemId, &str); 2] = [(ItemId::from_u128(1), "first"), (ItemId::from_u128(2), "second")];

impl Synchronize for Letters {
    fn info(&self) -> HandlerInfo {
        HandlerInfo { name: "letters".to_owned(), ..HandlerInfo::default() }
    }

    fn items(&self) -> Result<Vec<ItemInfo>, SyncError> {
        Ok(WORDS.map(|(id, name)| ItemInfo::new(id, name)).to_vec())
    }

    #[expect(clippy::print_stdout, reason = "what is printed must not come between the lines")]
    fn sync(&self, item: ItemId, ctx: &Context) -> Result<(), SyncError> {
        let word = WORDS.into_iter().find(|(id, _)| *id == item).map_or("", |(_, word)| word);
        for (number, letter) in word.chars().enumerate() {
            ctx.text(&format!("letter {letter}"))?;
            ctx.value(number as i64, word.len() as i64)?;
            println!("copied {letter}");
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    guest::serve(&Simple::factory(|| Ok(Letters)))
}
