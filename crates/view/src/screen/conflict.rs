//! One conflict: both versions beside each other, and what can be decided.

use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::page::{Block, Comparison, DiffMark, Place, Screen, Tone};

use super::Body;
use super::conflicts::{self, KEEPS};
use crate::act::{self, Tailored as _};
use crate::forms;
use crate::words;
use crate::world::Look;

/// What a place of this screen is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct About {
    item: String,
    path: String,
    escaped: bool,
}

fn about(place: &Place) -> Option<About> {
    let (item, rest) = place.subject.as_deref()?.split_once('/')?;
    let (path, escaped) = match rest.strip_suffix("?escaped") {
        Some(path) => (path, true),
        None => (rest, false),
    };
    Some(About { item: item.to_owned(), path: path.to_owned(), escaped })
}

fn compare(about: &About) -> Request {
    Request::Compare { item: about.item.clone(), path: about.path.clone(), escaped: about.escaped }
}

pub(super) fn needs(place: &Place) -> Vec<Request> {
    let compare = about(place).map(|about| compare(&about));
    compare.into_iter().chain([conflicts::request()]).collect()
}

pub(super) fn body(look: &Look<'_>) -> Body {
    let back = Place::of(Screen::Conflicts);
    let Some(about) = about(&look.request.place) else {
        let mut body = Body::new("Conflict").headline(Tone::Muted, "No conflict is named");
        body.back = Some(back);
        return body;
    };
    let title = about.path.clone();
    let open: Vec<_> = conflicts::open(look).collect();
    let here =
        |one: &&&syncmgr_wire::line::Conflict| one.item.to_string() == about.item && one.path == about.path;
    let Some(conflict) = open.iter().find(here) else {
        let mut body = Body::new(title).headline(Tone::Good, "This conflict is settled");
        body.actions = vec![act::go("all", "Other conflicts", back.clone()).primary()];
        body.back = Some(back);
        return body;
    };
    let said = format!("{}: {}", conflict.name, words::conflict(conflict.kind));
    let mut body = Body::new(title).headline(Tone::Needs, said);
    let comparison = look.events(&compare(&about)).iter().find_map(|event| match event {
        Event::Comparison(comparison) => Some(comparison),
        _ => None,
    });
    body.blocks.extend(comparison.map(|comparison| Block::Comparison(comparison.clone())));
    for (keep, id, _, label, _) in KEEPS {
        body.actions.push(act::ask_and_go(id, label, conflicts::resolve(conflict, keep), back.clone()));
    }
    let merge = Request::Merge {
        item: about.item.clone(),
        path: about.path.clone(),
        escaped: about.escaped,
        text: String::new(),
    };
    let text = comparison.and_then(text_to_edit);
    let problem = text.is_none().then_some("only a text that is not too long can be written here");
    let form = forms::merge(&merge, text.as_deref().unwrap_or_default());
    body.actions.push(act::fill("merge", "Write it", form).unless(problem));
    if let Some(next) = next_to(&open, conflict) {
        body.actions.push(act::go("next", "Next conflict", conflicts::place(next)));
    }
    body.back = Some(back);
    body
}

/// The conflict after this one, round and round.
fn next_to<'a>(
    open: &[&'a syncmgr_wire::line::Conflict],
    this: &syncmgr_wire::line::Conflict,
) -> Option<&'a syncmgr_wire::line::Conflict> {
    let place = open.iter().position(|one| *one == this)?;
    let next = open.get((place + 1) % open.len())?;
    (*next != this).then_some(*next)
}

/// The text from which a person starts: the newer version, of both versions the left where none is. Nothing where lines are
/// not known, all of them.
fn text_to_edit(comparison: &Comparison) -> Option<String> {
    let is_whole = comparison.lines.iter().all(|line| line.mark != DiffMark::Skipped);
    if comparison.lines.is_empty() || !is_whole {
        return None;
    }
    let newer = comparison.versions.iter().find(|version| version.newer);
    let side =
        if newer.is_some_and(|version| version.side == "right") { DiffMark::Right } else { DiffMark::Left };
    let lines = comparison.lines.iter().filter(|line| line.mark == DiffMark::Both || line.mark == side);
    Some(lines.flat_map(|line| [line.text.as_str(), "\n"]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_item_path_and_whether_it_is_escaped() {
        for (subject, expected) in [
            ("id/a/b", Some(("id", "a/b", false))),
            ("id/caf\\xe9?escaped", Some(("id", "caf\\xe9", true))),
            ("id", None),
            ("", None),
        ] {
            let found = about(&Place::about(Screen::Conflict, subject));
            let found = found.as_ref().map(|about| (about.item.as_str(), about.path.as_str(), about.escaped));
            assert_eq!(found, expected, "{subject}");
        }
    }
}
