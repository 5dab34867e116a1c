//! Forms.

use ratatui::layout::Rect;
use syncmgr_wire::page::{Field, FieldKind, FieldOption, Tone};

use super::canvas::{Canvas, Typed, cells, lines_of};
use super::over::{paint_button, paint_failure};
use crate::app::{App, FormStop, FormView, Target, Value, lines, options};
use crate::look::{BOLD, CHOSEN, DIM, PLAIN};
use crate::plan::note_texts;
use crate::text::{clean, width, wrap};

/// The widest form.
const WIDTH: u16 = 90;

/// A form is lines; those around what is being filled in are seen.
pub(super) fn paint(view: &FormView, app: &App, takes_keys: bool, canvas: &mut Canvas<'_>) {
    let form_width = WIDTH.min(app.size.0 - 2);
    let room = usize::from(form_width - 4);
    let letters = app.look.letters;
    let text = if view.form.text.is_empty() { Vec::new() } else { wrap(&view.form.text, room, letters) };
    let text = if app.size.1 < 22 { text.into_iter().take(2).collect() } else { text };
    let failure = view.failure.as_ref().map(|note| note_texts(note, room - 2, letters)).unwrap_or_default();
    let fields = Fields::of(view, app, form_width - 4);
    let air = u16::from(!text.is_empty());
    let fixed = cells(text.len() + failure.len()) + air + 5;
    let height = fixed + fields.height();
    let inside = canvas.boxed(canvas.middle(form_width, height), &view.form.title);
    for (line, y) in text.iter().zip(inside.top()..) {
        canvas.text(inside.x, y, room, line, DIM);
    }
    let top = inside.y + cells(text.len()) + air;
    let bottom = inside.bottom().saturating_sub(cells(failure.len()) + 3);
    let area = Rect { y: top, height: bottom.saturating_sub(top), ..inside };
    fields.paint(area, takes_keys, canvas);
    paint_failure(&failure, inside.x, bottom, room, canvas);
    paint_end(view, inside, canvas);
}

/// The hint of what is being filled in, the button, the keys.
fn paint_end(view: &FormView, inside: Rect, canvas: &mut Canvas<'_>) {
    let room = usize::from(inside.width);
    let y = inside.bottom().saturating_sub(2);
    if let FormStop::Field(at) = view.at
        && view.errors[at].is_none()
    {
        canvas.text(inside.x, y - 1, room, &view.form.fields[at].hint, DIM);
    }
    let submit = if view.sent.is_some() { "asking" } else { &view.form.submit };
    let used = paint_button(submit, view.at == FormStop::Submit, inside.x, y, inside, canvas);
    canvas.target(Rect::new(inside.x, y, used, 1), Target::Stop(FormStop::Submit, None));
    let change = match view.at {
        FormStop::Field(at) => match view.form.fields[at].kind {
            FieldKind::Toggle => "Space change  ",
            FieldKind::One(_) => "Left Right change  ",
            FieldKind::Several(_) => "Left Right move  Space change  ",
            FieldKind::Lines | FieldKind::List => "Enter new line  ",
            FieldKind::Text | FieldKind::Secret | FieldKind::Path => "",
        },
        FormStop::More => "Space show  ",
        FormStop::Submit => "",
    };
    let hint = format!("{change}Tab next  Ctrl-S {}  Esc cancel", view.form.submit.to_lowercase());
    canvas.text(inside.x, y + 1, room, &hint, DIM);
}

/// Everything that takes keys, with its height.
struct Fields<'a> {
    view: &'a FormView,
    stops: Vec<(FormStop, u16)>,
    labels: usize,
}

impl<'a> Fields<'a> {
    fn of(view: &'a FormView, app: &App, room: u16) -> Self {
        let letters = app.look.letters;
        let labels = view.form.fields.iter().map(|field| width(&clean(&field.label, letters)) + 2).max();
        let labels = labels.unwrap_or(0).min(usize::from(room) / 3);
        let value_room = usize::from(room).saturating_sub(labels + 3);
        let stops = view.stops().into_iter().filter(|stop| *stop != FormStop::Submit);
        let height = |stop: &FormStop| match stop {
            FormStop::Field(at) => {
                let error = u16::from(view.errors[*at].is_some());
                error + value_height(view, *at, value_room, app)
            }
            FormStop::More | FormStop::Submit => 1,
        };
        let stops = stops.map(|stop| (stop, height(&stop))).collect();
        Self { view, stops, labels }
    }

    fn height(&self) -> u16 {
        self.stops.iter().map(|(_, height)| height).sum()
    }

    fn paint(&self, area: Rect, takes_keys: bool, canvas: &mut Canvas<'_>) {
        // The last one is the button, which is always seen.
        let at = self.stops.iter().position(|(stop, _)| *stop == self.view.at);
        let at = at.unwrap_or(self.stops.len().saturating_sub(1));
        let mut first = 0;
        let height = |from: usize| self.stops[from..=at].iter().map(|(_, height)| height).sum::<u16>();
        while first < at && height(first) > area.height {
            first += 1;
        }
        let mut y = area.y;
        for (stop, height) in self.stops.get(first..).unwrap_or_default() {
            let height = (*height).min(area.bottom().saturating_sub(y));
            if height == 0 {
                break;
            }
            let own = Rect { y, height, ..area };
            match stop {
                FormStop::Field(at) => self.paint_field(*at, own, takes_keys, canvas),
                FormStop::More | FormStop::Submit => self.paint_more(own, canvas),
            }
            y += height;
        }
        if first > 0 {
            canvas.text_at_end(area.x, area.y, usize::from(area.width), canvas.signs().up, DIM);
        }
    }

    fn paint_more(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let signs = canvas.signs();
        let sign = if self.view.shows_more { signs.open } else { signs.closed };
        let text = format!("{sign} {}", if self.view.shows_more { "less" } else { "more" });
        let used = canvas.text(area.x + 2, area.y, usize::from(area.width) - 2, &text, PLAIN);
        if self.view.at == FormStop::More {
            canvas.style(Rect::new(area.x + 2, area.y, used, 1), CHOSEN);
        }
        canvas.target(area, Target::Stop(FormStop::More, None));
    }

    fn paint_field(&self, at: usize, area: Rect, takes_keys: bool, canvas: &mut Canvas<'_>) {
        let (field, stop) = (&self.view.form.fields[at], FormStop::Field(at));
        let is_here = self.view.at == stop;
        canvas.target(area, Target::Stop(stop, None));
        if is_here {
            canvas.text(area.x, area.y, 1, canvas.signs().marker, BOLD);
        }
        let label = if field.required { format!("{} *", field.label) } else { field.label.clone() };
        canvas.text(area.x + 2, area.y, self.labels, &label, if is_here { BOLD } else { PLAIN });
        let x = area.x + 2 + cells(self.labels) + 1;
        let mut value = Rect { x, width: area.right().saturating_sub(x), ..area };
        if let Some(error) = self.view.errors[at] {
            value.height = value.height.saturating_sub(1);
            let style = canvas.look.tone(Tone::Bad);
            let text = format!("{} {error}", canvas.look.sign(Tone::Bad));
            canvas.text(x, value.bottom(), usize::from(value.width), &text, style);
        }
        self.paint_value(at, field, value, is_here && takes_keys, canvas);
    }

    fn paint_value(&self, at: usize, field: &Field, area: Rect, is_here: bool, canvas: &mut Canvas<'_>) {
        if area.height == 0 {
            return;
        }
        match &self.view.values[at] {
            Value::Text(text) => {
                // Where letters go is seen also where nothing is written yet.
                for y in area.top()..area.bottom() {
                    for x in area.left()..area.right() {
                        canvas.text(x, y, 1, "_", DIM);
                    }
                }
                let typed = if field.kind == FieldKind::Secret { Typed::Hidden } else { Typed::Shown };
                canvas.field(area, text, typed, is_here);
            }
            Value::Toggle(on) => {
                let used = canvas.text(area.x, area.y, 3, if *on { "[x]" } else { "[ ]" }, PLAIN);
                if is_here {
                    canvas.style(Rect::new(area.x, area.y, used, 1), CHOSEN);
                }
            }
            Value::One(chosen) => {
                let states = |option: usize| *chosen == Some(option);
                self.paint_options(at, options(&field.kind), &states, *chosen, (area, is_here), canvas);
            }
            Value::Several { on, at: here } => {
                let states = |option: usize| on.get(option).copied().unwrap_or(false);
                self.paint_options(at, options(&field.kind), &states, Some(*here), (area, is_here), canvas);
            }
        }
    }

    /// Options one after the other, in as many lines as they need.
    fn paint_options(
        &self,
        field: usize,
        options: &[FieldOption],
        is_on: &dyn Fn(usize) -> bool,
        here: Option<usize>,
        (area, is_here): (Rect, bool),
        canvas: &mut Canvas<'_>,
    ) {
        let is_one = matches!(self.view.values[field], Value::One(_));
        let (mut x, mut y) = (area.x, area.y);
        for (at, option) in options.iter().enumerate() {
            let sign = match (is_one, is_on(at)) {
                (true, on) => canvas.signs().radio[usize::from(on)],
                (false, true) => "[x]",
                (false, false) => "[ ]",
            };
            let text = format!("{sign} {}", option.label);
            let needed = cells(width(&clean(&text, canvas.look.letters)));
            if x > area.x && x + needed > area.right() {
                (x, y) = (area.x, y + 1);
            }
            if y >= area.bottom() {
                return;
            }
            let style = if is_on(at) { BOLD } else { PLAIN };
            let used = canvas.text(x, y, usize::from(area.right() - x), &text, style);
            let own = Rect::new(x, y, used, 1);
            if is_here && here == Some(at) {
                canvas.style(own, CHOSEN);
            }
            canvas.target(own, Target::Stop(FormStop::Field(field), Some(at)));
            x += used + 2;
        }
    }
}

/// How many lines the value of a field takes.
fn value_height(view: &FormView, at: usize, room: usize, app: &App) -> u16 {
    let field = &view.form.fields[at];
    match &view.values[at] {
        Value::Text(text) => lines_of(text, lines(&field.kind)),
        Value::Toggle(_) => 1,
        Value::One(_) | Value::Several { .. } => {
            let sign =
                if matches!(view.values[at], Value::One(_)) { width(app.look.signs().radio[0]) } else { 3 };
            let (mut x, mut lines) = (0, 1);
            for option in options(&field.kind) {
                let needed = sign + 1 + width(&clean(&option.label, app.look.letters));
                if x > 0 && x + needed > room {
                    (x, lines) = (0, lines + 1);
                }
                x += needed + 2;
            }
            lines
        }
    }
}
