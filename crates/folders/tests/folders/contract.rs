//! The folder handler is a handler like any other.

use syncmgr_folders::{FolderHandlerFactory, PairConfig};
use syncmgr_handler::model::fact::Side::Left;
use syncmgr_handler::model::id::ItemId;

use crate::harness::Pair;

#[test]
fn it_passes_the_suite_for_handlers() {
    let (first, second) = (Pair::default(), Pair::default());
    first.write(Left, &[("a", "1"), ("d/b", "2")]);
    second.write(Left, &[("c", "3")]);
    let mut other = PairConfig::new(
        ItemId::from_u128(0xB),
        "other",
        second.config.left.clone(),
        second.config.right.clone(),
    );
    other.ignore.push("*.tmp".into());
    let pairs = vec![first.config.clone(), other];
    let factory = FolderHandlerFactory::new(pairs, first.options(), first.surroundings());
    let checked = syncmgr_handler::conformance::check(&factory);
    assert!(checked.is_ok(), "{checked:?}");
}
