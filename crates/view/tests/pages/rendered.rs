//! A page as text that a reviewer can read.

use std::fmt::Write as _;

use syncmgr_wire::page::{Action, Block, Does, Page, Row, Table, Tone};

fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Muted => "~",
        Tone::Good => "+",
        Tone::Busy => "*",
        Tone::Warning => "!",
        Tone::Bad => "!!",
        Tone::Needs => "?",
    }
}

/// `[s sync]`, with what it does behind it where `whole`.
fn action(action: &Action) -> String {
    let key = action.key.map(|key| format!("{key} ")).unwrap_or_default();
    let kind = match &action.does {
        Does::Ask(_) => "",
        Does::AskAndGo(..) => ">",
        Does::Go(_) => "→",
        Does::Fill(_) => "…",
        Does::Quit => "x",
    };
    let primary = if action.primary { "*" } else { "" };
    let asked = if action.confirm.is_some() { "?" } else { "" };
    let off = action.disabled.as_ref().map(|why| format!(" (not now: {why})")).unwrap_or_default();
    format!("[{key}{primary}{}{asked}{kind}{off}]", action.label)
}

fn actions(all: &[Action]) -> String {
    all.iter().map(action).collect::<Vec<_>>().join(" ")
}

/// The page.
pub(crate) fn page(page: &Page) -> String {
    let mut out = format!("{} — {}{}\n", page.title, mark(page.tone), page.headline);
    let moves = if page.moves { ", moves" } else { "" };
    let _ = writeln!(out, "mood: {:?}, {}{moves}", page.mood, page.mood_text);
    let tabs = page.tabs.iter().filter(|tab| tab.current || tab.badge > 0).map(|tab| {
        let badge = if tab.badge > 0 { format!("({}{})", mark(tab.tone), tab.badge) } else { String::new() };
        let current = if tab.current { "*" } else { "" };
        format!("{current}{}{badge}", tab.label)
    });
    let _ = writeln!(out, "tabs: {}", tabs.collect::<Vec<_>>().join(" "));
    for notice in &page.notices {
        let _ = writeln!(out, "notice: {}{} {}", mark(notice.tone), notice.text, actions(&notice.actions));
    }
    for question in &page.questions {
        let _ = writeln!(out, "question: {} ({})", question.text, question.from);
    }
    for block in &page.blocks {
        self::block(&mut out, block);
    }
    if !page.actions.is_empty() {
        let _ = writeln!(out, "{}", actions(&page.actions));
    }
    if let Some(back) = &page.back {
        let _ = writeln!(out, "back: {:?}", back.screen);
    }
    out
}

fn block(out: &mut String, block: &Block) {
    let _ = match block {
        Block::Heading(text) => writeln!(out, "== {text}"),
        Block::Text(paragraph) => writeln!(out, "{}{}", mark(paragraph.tone), paragraph.text),
        Block::Facts(facts) => {
            for fact in &facts.facts {
                let _ = writeln!(
                    out,
                    "{}: {}{} {}",
                    fact.name,
                    mark(fact.tone),
                    fact.text,
                    actions(&fact.actions)
                );
            }
            Ok(())
        }
        Block::Bar(bar) => writeln!(out, "bar {}/{}: {}", bar.value, bar.max, bar.label),
        Block::Table(table) => {
            self::table(out, table);
            Ok(())
        }
        Block::Comparison(comparison) => {
            let sides: Vec<&str> = comparison.versions.iter().map(|version| version.label.as_str()).collect();
            writeln!(out, "comparison of {}, {} lines", sides.join(", "), comparison.lines.len())
        }
        Block::Chart(chart) => {
            let _ = writeln!(out, "chart: {} ({})", chart.caption, chart.unit);
            for point in &chart.points {
                let _ = writeln!(out, "  {} = {}", point.label, point.value);
            }
            Ok(())
        }
        Block::Empty(empty) => writeln!(out, "nothing: {} {}", empty.text, actions(&empty.actions)),
    };
}

fn table(out: &mut String, table: &Table) {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.label.as_str()).collect();
    let end = table.from + table.rows.len() as u64;
    let _ =
        writeln!(out, "-- {} {}..{end} of {}: {}", table.id, table.from, table.total, columns.join(" | "));
    if let Some(filter) = &table.filter {
        let choices = filter.choices.iter().map(|choice| {
            let chosen = if choice.id == filter.chosen { "*" } else { "" };
            format!("{chosen}{} {}", choice.label, choice.count)
        });
        let _ = writeln!(out, "   filter: {}", choices.collect::<Vec<_>>().join(", "));
    }
    if let Some(search) = table.search.as_ref().filter(|search| !search.text.is_empty()) {
        let _ = writeln!(out, "   search: {}", search.text);
    }
    if table.rows.is_empty() {
        let _ = writeln!(out, "   ({}) {}", table.empty.text, actions(&table.empty.actions));
    }
    let mut group = "";
    for row in &table.rows {
        if row.group != group {
            let _ = writeln!(out, "   {}:", row.group);
            group = &row.group;
        }
        self::row(out, row);
    }
}

fn row(out: &mut String, row: &Row) {
    let tick = match &row.tick {
        Some(tick) if tick.on => "[x] ",
        Some(_) => "[ ] ",
        None => "",
    };
    let cells =
        row.cells.iter().map(|cell| format!("{}{}", cell.tone.map(mark).unwrap_or_default(), cell.text));
    let bar =
        row.bar.as_ref().map(|bar| format!(" <{}/{} {}>", bar.value, bar.max, bar.label)).unwrap_or_default();
    let cells = cells.collect::<Vec<_>>().join(" | ");
    let _ = writeln!(out, "   {}{tick}{}{bar}", mark(row.tone), cells.trim_end_matches([' ', '|']));
    for line in row.detail.lines() {
        let _ = writeln!(out, "       {line}");
    }
    if !row.actions.is_empty() {
        let _ = writeln!(out, "       {}", actions(&row.actions));
    }
}
