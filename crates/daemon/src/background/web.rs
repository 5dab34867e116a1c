//! The way in for a browser.

use syncmgr_control::Opener;
use syncmgr_wire::line;

use super::door;
use crate::failure::Failure;
use crate::surroundings::Surroundings;

/// A link that opens the page once. Where nobody has said on which address to listen, a port is found and kept until the daemon
/// ends.
pub(super) fn link(opener: Option<&Opener>, surroundings: &Surroundings) -> Result<line::Link, Failure> {
    let opener =
        opener.ok_or_else(|| Failure::ours("the daemon is not ready yet").hint("try again in a moment"))?;
    if opener.address().is_none() {
        opener.listen(door::for_browser(surroundings)?).map_err(|error| cannot(&error))?;
    }
    let url = opener.link().map_err(|error| cannot(&error))?;
    // There is one as soon as somebody listens.
    let url = url.ok_or_else(|| Failure::ours("the daemon does not listen for browsers"))?;
    Ok(line::Link { url })
}

fn cannot(error: &dyn std::error::Error) -> Failure {
    Failure::ours("the page cannot be opened to a browser").because(error)
}
