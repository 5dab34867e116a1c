//! What the actions of a page are, for tests that look at all of them.

use syncmgr_wire::control::Request;
use syncmgr_wire::page::{Action, Block, Does, Page, Place, Table};

/// All actions of a page, wherever they are.
pub(crate) fn actions(page: &Page) -> Vec<&Action> {
    let mut all: Vec<&Action> = page.actions.iter().collect();
    all.extend(page.notices.iter().flat_map(|notice| &notice.actions));
    for block in &page.blocks {
        match block {
            Block::Facts(facts) => all.extend(facts.facts.iter().flat_map(|fact| &fact.actions)),
            Block::Table(table) => {
                all.extend(table.rows.iter().flat_map(|row| &row.actions));
                all.extend(&table.empty.actions);
            }
            Block::Empty(empty) => all.extend(&empty.actions),
            Block::Heading(_) | Block::Text(_) | Block::Bar(_) | Block::Comparison(_) | Block::Chart(_) => {}
        }
    }
    all
}

/// What they send.
pub(crate) fn requests(page: &Page) -> Vec<(String, Request)> {
    let mut all = Vec::new();
    for action in actions(page) {
        match &action.does {
            Does::Ask(request) | Does::AskAndGo(request, _) => {
                all.push((action.id.clone(), (**request).clone()))
            }
            Does::Fill(form) => {
                let request = serde_json::from_value(form.request.clone());
                let request =
                    request.unwrap_or_else(|error| panic!("{}: {error} in {}", action.id, form.request));
                all.push((action.id.clone(), request));
            }
            Does::Go(_) | Does::Quit => {}
        }
    }
    for table in tables(page) {
        let ticks = table.rows.iter().filter_map(|row| row.tick.as_ref());
        all.extend(ticks.map(|tick| ("tick".to_owned(), (*tick.request).clone())));
    }
    all
}

/// Its tables.
pub(crate) fn tables(page: &Page) -> Vec<&Table> {
    let tables = page.blocks.iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    tables.collect()
}

/// The places to which it leads.
pub(crate) fn places(page: &Page) -> Vec<Place> {
    let mut all: Vec<Place> = page.tabs.iter().map(|tab| Place::of(tab.screen)).collect();
    all.extend(page.back.clone());
    for action in actions(page) {
        match &action.does {
            Does::Go(place) | Does::AskAndGo(_, place) => all.push(place.clone()),
            Does::Fill(form) => all.extend(form.then.clone()),
            Does::Ask(_) | Does::Quit => {}
        }
    }
    for table in tables(page) {
        all.extend(table.rows.iter().filter_map(|row| row.opens.clone()));
    }
    for block in &page.blocks {
        if let Block::Chart(chart) = block {
            all.extend(chart.points.iter().filter_map(|point| point.opens.clone()));
        }
    }
    all
}
