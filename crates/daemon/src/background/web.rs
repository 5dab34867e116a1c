//! The way in for a browser.

use syncmgr_control::Opener;
use syncmgr_hooks::{Notice, Occasion};
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

/// Where on the page one sees what a notice is about, as its address says it.
pub(super) fn place_of(notice: &Notice) -> String {
    let item = notice.item().map(|item| format!("/{}", item.item)).unwrap_or_default();
    let session = notice.session.map(|session| format!("/{session}")).unwrap_or_default();
    match notice.occasion {
        Occasion::OnConflict => format!("#/conflicts{item}"),
        Occasion::OnHalt | Occasion::OnLate if item.is_empty() => "#/items".to_owned(),
        Occasion::OnHalt | Occasion::OnLate => format!("#/why{item}"),
        Occasion::OnError | Occasion::AfterSession => format!("#/results{session}"),
        Occasion::BeforeSession => "#/synchronizing".to_owned(),
    }
}

fn cannot(error: &dyn std::error::Error) -> Failure {
    Failure::ours("the page cannot be opened to a browser").because(error)
}

#[cfg(test)]
mod tests {
    use syncmgr_hooks::NoticeItem;
    use syncmgr_model::id::{HandlerId, ItemId, SessionId};
    use syncmgr_model::time::Timestamp;

    use super::*;

    #[test]
    fn a_notice_leads_to_where_one_sees_what_it_is_about() {
        let item = |n| NoticeItem {
            handler: HandlerId::from_u128(1),
            item: ItemId::from_u128(n),
            name: "x".to_owned(),
        };
        let (one, session) = ("00000000-0000-0000-0000-000000000002", "00000000-0000-0000-0000-000000000007");
        for (occasion, items, place) in [
            (Occasion::OnConflict, vec![item(2)], format!("#/conflicts/{one}")),
            (Occasion::OnConflict, vec![item(2), item(3)], "#/conflicts".to_owned()),
            (Occasion::OnHalt, vec![item(2)], format!("#/why/{one}")),
            (Occasion::OnLate, vec![item(2)], format!("#/why/{one}")),
            (Occasion::OnLate, vec![], "#/items".to_owned()),
            (Occasion::OnError, vec![item(2)], format!("#/results/{session}")),
            (Occasion::AfterSession, vec![], format!("#/results/{session}")),
            (Occasion::BeforeSession, vec![], "#/synchronizing".to_owned()),
        ] {
            let session = Some(SessionId::from_u128(7));
            let notice = Notice { items, session, ..Notice::new(occasion, Timestamp::from_millis(0), "x") };
            assert_eq!(place_of(&notice), place, "{occasion:?}");
        }
    }
}
