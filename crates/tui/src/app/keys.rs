//! What keys do on a page.

use syncmgr_wire::page::{Action, Block, Filter, Place, Tab};

use super::edit::TextField;
use super::over::Over;
use super::{App, Confirm, Menu, Spot, Target};
use crate::hints;
use crate::input::{Effect, Key};

impl App {
    pub(super) fn press(&mut self, key: Key, effects: &mut Vec<Effect>) {
        match key {
            Key::Ctrl('c') => return self.interrupt(effects),
            Key::Ctrl('z') => return effects.push(Effect::Suspend),
            Key::Char('q') if self.is_too_small() => return self.interrupt(effects),
            _ if self.is_too_small() => return,
            _ => {}
        }
        let had_note = self.note.take().is_some();
        if self.question.is_some() {
            return self.press_question(key, effects);
        }
        if self.over.is_some() {
            return self.press_over(key, effects);
        }
        match key {
            Key::Esc if had_note => {}
            Key::Char('q') if self.shown.is_none() => effects.push(Effect::Quit),
            // What is pressed now is meant for the page that is on its way.
            _ if self.asking.is_elsewhere() => self.hold(key),
            Key::Char(c) => self.press_letter(c, effects),
            key => self.press_other(key, effects),
        }
    }

    /// Ends the window; at once if that is being asked for already.
    fn interrupt(&mut self, effects: &mut Vec<Effect>) {
        if matches!(&self.over, Some(Over::Confirm(confirm)) if confirm.is_quit()) {
            effects.push(Effect::Quit);
        } else {
            self.quit(effects);
        }
    }

    /// The keys of the page come first: those of the window have another way each.
    fn press_letter(&mut self, c: char, effects: &mut Vec<Effect>) {
        if let Some(action) = self.action_for(c).cloned() {
            return self.perform(action, effects);
        }
        if let Some(place) = self.tab_for(c) {
            return self.go(place);
        }
        match c {
            ' ' => self.toggle(effects),
            'j' => self.move_down(),
            'k' => self.move_up(),
            'g' => self.move_to_start(),
            'G' => self.move_to_end(),
            'f' => self.next_filter(Turn::On),
            '/' => self.open_search(),
            '?' => self.over = Some(Over::Menu(Menu::help(self))),
            '!' => self.ask_again(),
            'q' => self.quit(effects),
            _ => {}
        }
    }

    fn press_other(&mut self, key: Key, effects: &mut Vec<Effect>) {
        match key {
            Key::Up => self.move_up(),
            Key::Down => self.move_down(),
            Key::PageUp => self.move_by_screen(Turn::Back),
            Key::PageDown => self.move_by_screen(Turn::On),
            Key::Home => self.move_to_start(),
            Key::End => self.move_to_end(),
            Key::Left => self.move_aside(Turn::Back),
            Key::Right => self.move_aside(Turn::On),
            Key::Enter => self.open(effects),
            Key::Tab => self.next_filter(Turn::On),
            Key::BackTab => self.next_filter(Turn::Back),
            Key::Esc => self.step_back(),
            Key::Ctrl('l') => self.asking.something_changed(),
            Key::Function(number) => self.mend(number, effects),
            _ => {}
        }
    }

    fn action_for(&self, c: char) -> Option<&Action> {
        self.actions().into_iter().find(|action| action.key == Some(c))
    }

    /// Does what a notice offers.
    fn mend(&mut self, number: u8, effects: &mut Vec<Effect>) {
        let ways = hints::of_notices(self).into_iter().flatten();
        let found = ways.into_iter().find(|hint| hint.key == format!("F{number}"));
        if let Some(Target::Do(action)) = found.map(|hint| hint.target) {
            self.perform(*action, effects);
        }
    }

    fn tab_for(&self, c: char) -> Option<Place> {
        let tab = self.tabs().iter().find(|tab| tab.key == c)?;
        Some(Place::of(tab.screen))
    }

    pub(crate) fn tabs(&self) -> &[Tab] {
        self.shown.as_ref().map_or(&[], |shown| &shown.page.tabs)
    }

    /// Where the chosen piece is, if there is one and it is seen.
    pub(crate) fn chosen(&self) -> Option<Spot> {
        self.shown.as_ref()?.chosen(self.room().1)
    }

    fn toggle(&mut self, effects: &mut Vec<Effect>) {
        let Some(spot) = self.chosen() else { return };
        self.toggle_at(spot, effects);
    }

    pub(super) fn toggle_at(&mut self, spot: Spot, effects: &mut Vec<Effect>) {
        let row = self.shown.as_ref().and_then(|shown| shown.row(spot));
        if let Some(tick) = row.and_then(|row| row.tick.clone()) {
            self.send(*tick.request, effects);
        }
    }

    /// Opens what is chosen, or does what one most likely wants with it.
    pub(super) fn open(&mut self, effects: &mut Vec<Effect>) {
        let Some(spot) = self.chosen() else { return };
        let Some(shown) = &self.shown else { return };
        if let Some(place) = shown.opens(spot).cloned() {
            return self.go(place);
        }
        let actions = shown.actions_at(spot);
        let likely = actions.iter().find(|action| action.primary && action.disabled.is_none());
        match (actions, likely) {
            ([], _) => {}
            ([only], _) | (_, Some(only)) => self.perform(only.clone(), effects),
            (many, None) => self.over = Some(Over::Menu(Menu::of(many))),
        }
    }

    fn move_down(&mut self) {
        let (_, room) = self.room();
        let Some(shown) = &mut self.shown else { return };
        let next = match shown.cursor {
            Some(cursor) => shown.next_stop(cursor),
            None => None,
        };
        // What cannot be chosen is read on the way.
        let sight = shown.visible(room);
        match next.filter(|next| is_near(*next, sight.last().map(|placed| placed.spot))) {
            Some(next) => shown.choose(next),
            None => shown.scroll_down(room),
        }
    }

    fn move_up(&mut self) {
        let Some(shown) = &mut self.shown else { return };
        let before = shown.cursor.and_then(|cursor| shown.previous_stop(cursor));
        match before.filter(|before| is_near(shown.anchor, Some(*before))) {
            Some(before) => shown.choose(before),
            None => shown.scroll_up(),
        }
    }

    fn move_by_screen(&mut self, turn: Turn) {
        let (_, room) = self.room();
        let Some(shown) = &mut self.shown else { return };
        let by = u64::from(room.saturating_sub(2).max(1));
        let cursor = shown.cursor.filter(|spot| shown.rows(spot.block).is_some_and(|rows| rows.total > 0));
        match cursor {
            Some(cursor) => {
                let piece = match turn {
                    Turn::On => cursor.piece + by,
                    Turn::Back => cursor.piece.saturating_sub(by).max(1),
                };
                let spot = shown.clamp(Spot { piece, ..cursor });
                // At the end of one table, to the next.
                let beyond = match turn {
                    Turn::On => shown.next_stop(cursor),
                    Turn::Back => shown.previous_stop(cursor),
                };
                shown.choose(if spot == cursor { beyond.unwrap_or(cursor) } else { spot });
            }
            None => match turn {
                Turn::On => (0..by).for_each(|_| shown.scroll_down(room)),
                Turn::Back => (0..by).for_each(|_| shown.scroll_up()),
            },
        }
    }

    fn move_to_start(&mut self) {
        let Some(shown) = &mut self.shown else { return };
        shown.anchor = Spot::default();
        if let Some(stop) = shown.first_stop() {
            shown.choose(stop);
        }
    }

    fn move_to_end(&mut self) {
        let (_, room) = self.room();
        let Some(shown) = &mut self.shown else { return };
        match shown.last_stop() {
            Some(stop) => shown.choose(stop),
            None => (0..10_000).for_each(|_| shown.scroll_down(room)),
        }
    }

    /// Between the points of a chart; elsewhere between screens.
    fn move_aside(&mut self, turn: Turn) {
        let chart = self.chosen().filter(|spot| self.is_chart(*spot));
        if let (Some(spot), Some(shown)) = (chart, &mut self.shown) {
            let Some(Block::Chart(chart)) = shown.page.blocks.get(spot.block) else { return };
            let last = chart.points.len().saturating_sub(1);
            shown.point = match turn {
                Turn::Back => (shown.point + 1).min(last),
                Turn::On => shown.point.saturating_sub(1),
            };
            return;
        }
        let tabs = self.tabs();
        let Some(current) = tabs.iter().position(|tab| tab.current) else { return };
        let next = match turn {
            Turn::On => tabs.get(current + 1),
            Turn::Back => current.checked_sub(1).and_then(|before| tabs.get(before)),
        };
        if let Some(place) = next.map(|tab| Place::of(tab.screen)) {
            self.go(place);
        }
    }

    fn is_chart(&self, spot: Spot) -> bool {
        let block = self.shown.as_ref().and_then(|shown| shown.page.blocks.get(spot.block));
        matches!(block, Some(Block::Chart(_)))
    }

    /// The filter that keys turn: that of the table somebody is in, else the first.
    fn turned_filter(&self) -> Option<&Filter> {
        let shown = self.shown.as_ref()?;
        let own = shown.cursor.and_then(|spot| shown.page.blocks.get(spot.block));
        own.into_iter().chain(&shown.page.blocks).find_map(|block| match block {
            Block::Table(table) => table.filter.as_ref(),
            _ => None,
        })
    }

    fn next_filter(&mut self, turn: Turn) {
        let Some(filter) = self.turned_filter() else { return };
        let n_choices = filter.choices.len();
        let Some(at) = filter.choices.iter().position(|choice| choice.id == filter.chosen) else { return };
        let next = match turn {
            Turn::On => (at + 1) % n_choices,
            Turn::Back => (at + n_choices - 1) % n_choices,
        };
        self.choose_filter(next);
    }

    /// Shows only rows of one kind; the first kind is all.
    pub(super) fn choose_filter(&mut self, at: usize) {
        let Some(choice) = self.turned_filter().and_then(|filter| filter.choices.get(at)) else { return };
        self.filter = (at > 0).then(|| choice.id.clone());
        self.asking.go_elsewhere();
    }

    fn open_search(&mut self) {
        let has_search = |block: &Block| matches!(block, Block::Table(table) if table.search.is_some());
        if self.shown.as_ref().is_some_and(|shown| shown.page.blocks.iter().any(has_search)) {
            self.over = Some(Over::Search(TextField::new(self.search.as_deref().unwrap_or_default())));
        }
    }

    /// Shows only rows that hold a text.
    pub(super) fn look_for(&mut self, text: Option<String>) {
        if self.search != text {
            self.search = text;
            self.asking.go_elsewhere();
        }
    }

    /// Takes back what was done last: a search, a filter, the way here.
    fn step_back(&mut self) {
        if self.search.is_some() {
            self.look_for(None);
        } else if self.filter.take().is_some() {
            self.asking.go_elsewhere();
        } else {
            self.go_back();
        }
    }

    /// Asks the questions that were put off.
    fn ask_again(&mut self) {
        self.later.clear();
        self.look_for_questions();
        if let Some(question) = &mut self.question {
            question.arm();
        }
    }
}

/// In which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    On,
    Back,
}

/// Whether a piece is on the screen that ends with `last`, or follows it.
fn is_near(spot: Spot, last: Option<Spot>) -> bool {
    last.is_none_or(|last| {
        spot <= last
            || (spot.block == last.block && spot.piece <= last.piece + 1)
            || (spot.block == last.block + 1 && spot.piece <= 1)
    })
}

impl Confirm {
    fn is_quit(&self) -> bool {
        matches!(self.does, syncmgr_wire::page::Does::Quit)
    }
}
