//! [`RecipeError`]: what is wrong with a recipe, or with the values for it, and where.

use std::fmt;

use toml_edit::{Document, Item};

/// What is wrong, for the author of the recipe or of the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeError {
    /// The line of the recipe, beginning with 1; none when a value is wrong.
    pub line: Option<usize>,
    /// The key, such as `step.2.run`.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl std::error::Error for RecipeError {}

impl fmt::Display for RecipeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

impl RecipeError {
    /// A wrong value of a parameter.
    pub(crate) fn value(key: &str, message: impl Into<String>, hint: Option<String>) -> Self {
        Self { line: None, key: key.to_owned(), message: message.into(), hint }
    }

    /// What the TOML parser found.
    pub(crate) fn of_toml(source: &str, error: &toml_edit::de::Error) -> Self {
        let at = error.span().map(|span| span.start);
        let line = at.map(|at| line_of_offset(source, at));
        let text = line.and_then(|line| source.lines().nth(line - 1)).unwrap_or_default();
        let key = text.split_once('=').map_or("", |(key, _)| key.trim()).to_owned();
        Self {
            line,
            key,
            message: error.message().trim().to_owned(),
            hint: nearest_of_message(error.message()),
        }
    }

    /// What the meaning of a value at a place in the file is lacking.
    pub(crate) fn of_meaning(source: &str, place: &[Place<'_>], message: impl Into<String>) -> Self {
        let key = place.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
        Self { line: line_of(source, place), key, message: message.into(), hint: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// A step on the way to a value: a key, or a number in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    Key(&'a str),
    Number(usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            // People count from one.
            Self::Number(number) => write!(f, "{}", number + 1),
        }
    }
}

fn line_of_offset(source: &str, offset: usize) -> usize {
    source.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The line of the deepest place that the file has.
fn line_of(source: &str, place: &[Place<'_>]) -> Option<usize> {
    let document = Document::parse(source).ok()?;
    let mut item: &Item = document.as_item();
    let mut offset = None;
    for step in place {
        let next = match step {
            Place::Key(key) => item.get(key),
            Place::Number(number) => item.get(*number),
        };
        let Some(next) = next else { break };
        offset = next.span().map(|span| span.start).or(offset);
        item = next;
    }
    offset.map(|offset| line_of_offset(source, offset))
}

/// For "unknown field `x`, expected one of `a`, `b`": the one that was meant.
fn nearest_of_message(message: &str) -> Option<String> {
    let (unknown, known) = message.split_once("expected")?;
    let unknown = unknown.split('`').nth(1)?;
    nearest(unknown, known.split('`').skip(1).step_by(2))
}

/// The name that was probably meant, as a hint.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    /// Below this, two names have nothing to do with each other.
    const ALIKE: f64 = 0.75;
    // Two letters in the wrong order make a short name quite another one by that measure.
    let likeness = |known: &str| match strsim::damerau_levenshtein(name, known) {
        0 | 1 => 1.0,
        _ => strsim::jaro_winkler(name, known),
    };
    known
        .into_iter()
        .map(|known| (likeness(known), known))
        .filter(|(alike, _)| *alike > ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| format!("did you mean `{known}`?"))
}
