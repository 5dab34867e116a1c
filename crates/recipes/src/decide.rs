//! What a line says and what the end of a step means: rules in, decisions out. Nothing here touches a process.

use std::collections::BTreeMap;

use serde_json::Value;
use syncmgr_handler::model::entry::LogLevel;

use crate::file::Stream;
use crate::items::groups;
use crate::recipe::{LineRule, Matcher, Progress, Step, Then};
use crate::template::{Variables, all_hold};

/// What a line of output came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Said {
    /// What the run knows from now on.
    pub(crate) kept: Vec<(String, String)>,
    pub(crate) progress: Option<Shown>,
    pub(crate) entry: Option<(LogLevel, String)>,
    /// The path that `entry` is about, which could not be treated.
    pub(crate) problem: Option<String>,
}

/// What a row shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shown {
    pub(crate) value: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) bytes_max: Option<u64>,
    pub(crate) text: Option<String>,
}

/// What the first rule that matches makes of a line.
pub(crate) fn line(rules: &[LineRule], stream: Stream, line: &str, variables: &Variables) -> Option<Said> {
    let json = LazyJson::of(line);
    let (rule, found) = rules
        .iter()
        .filter(|rule| rule.stream.is_none_or(|wanted| wanted == stream))
        .find_map(|rule| Some((rule, matched(&rule.matcher, line, &json)?)))?;
    let mut known = variables.clone();
    for (name, value) in &found {
        known.set(name, value);
    }
    let mut kept: Vec<_> =
        rule.set.iter().map(|(name, value)| (name.clone(), value.render(&known))).collect();
    if rule.keep {
        kept.extend(found);
    }
    Some(Said {
        kept,
        progress: rule.progress.as_ref().map(|progress| shown(progress, &known)),
        entry: rule.entry.as_ref().map(|(level, text)| (*level, text.render(&known))),
        problem: rule.problem.as_ref().map(|path| path.render(&known)),
    })
}

fn matched(matcher: &Matcher, line: &str, json: &LazyJson) -> Option<Vec<(String, String)>> {
    match matcher {
        Matcher::Pattern(pattern) => {
            let captures = pattern.captures(line)?;
            Some(
                groups(pattern, &captures).map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            )
        }
        Matcher::Json { members, fields } => {
            let value = json.0.as_ref()?;
            let is_right = members.iter().all(|(path, wanted)| {
                member(value, path).is_some_and(|found| wanted == ANY || found == *wanted)
            });
            let found = fields.iter().filter_map(|(name, path)| Some((name.clone(), member(value, path)?)));
            is_right.then(|| found.collect())
        }
    }
}

/// Instead of a value: it has to be there, whatever it is.
const ANY: &str = "*";

/// A line as JSON, read once for all rules.
struct LazyJson(Option<Value>);

impl LazyJson {
    fn of(line: &str) -> Self {
        Self(line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten())
    }
}

/// The member at a path with dots, as text; a number in it is a place in a list.
fn member(value: &Value, path: &str) -> Option<String> {
    let found = path.split('.').try_fold(value, |value, key| match value {
        Value::Array(elements) => elements.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })?;
    match found {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        other => Some(other.to_string()),
    }
}

fn shown(progress: &Progress, known: &Variables) -> Shown {
    let text = |template: &Option<crate::template::Template>| {
        template.as_ref().map(|template| template.render(known)).filter(|text| !text.is_empty())
    };
    let bytes =
        |template| text(template).and_then(|text| number(&text)).and_then(|bytes| u64::try_from(bytes).ok());
    Shown {
        value: text(&progress.value).and_then(|text| number(&text)),
        max: text(&progress.max).and_then(|text| number(&text)),
        bytes: bytes(&progress.bytes),
        bytes_max: bytes(&progress.bytes_max),
        text: text(&progress.text),
    }
}

/// A number as tools write it: with commas, with a fraction, which is cut off, or with a unit of bytes.
fn number(text: &str) -> Option<i64> {
    let digits = text.trim().replace(',', "");
    if let Ok(whole) = digits.parse() {
        return Some(whole);
    }
    let unit_at = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let (number, unit) = digits.split_at(unit_at);
    let factor = factor(unit.trim())?;
    let number = number.parse::<f64>().ok().filter(|number| number.is_finite())? * factor;
    // Beyond 2^53 a bar is none any more.
    (number.abs() < 9e15).then_some(number as i64)
}

fn factor(unit: &str) -> Option<f64> {
    let units: BTreeMap<&str, f64> = [
        ("", 1.0),
        ("B", 1.0),
        ("KiB", 1024.0),
        ("MiB", 1024.0 * 1024.0),
        ("GiB", 1024.0 * 1024.0 * 1024.0),
        ("TiB", 1024.0 * 1024.0 * 1024.0 * 1024.0),
    ]
    .into();
    units.get(unit).copied()
}

/// How a step came to its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepEnd<'a> {
    /// None: ended by a signal.
    pub(crate) exit: Option<i32>,
    /// The end in words, such as `exit status 1`.
    pub(crate) status: &'a str,
    /// Everything that was said, the last at the end.
    pub(crate) output: &'a [&'a str],
}

/// What the end of a step means: the first rule that fits, otherwise the exit code alone. Variables learn what the rule's
/// pattern found.
pub(crate) fn end(
    step: &Step,
    end: StepEnd<'_>,
    variables: &mut Variables,
) -> (Then, Option<(LogLevel, String)>) {
    variables.set("exit", end.exit.map(|exit| exit.to_string()).unwrap_or_default());
    let last = end.output.iter().rev().find(|line| !line.starts_with('{')).copied().unwrap_or_default();
    variables.set("last", last);
    for rule in &step.ends {
        let fits = rule.exit.as_ref().is_none_or(|codes| end.exit.is_some_and(|exit| codes.contains(&exit)))
            && all_hold(&rule.conditions, variables);
        let Some(found) = fits.then(|| found_in(rule.output.as_ref(), end.output)).flatten() else {
            continue;
        };
        for (name, value) in found {
            variables.set(name, value);
        }
        return (rule.then, rule.entry.as_ref().map(|(level, text)| (*level, text.render(variables))));
    }
    if end.exit == Some(0) {
        return (Then::Next, None);
    }
    let why = if last.is_empty() { String::new() } else { format!(": {last}") };
    (Then::Failed, Some((LogLevel::Error, format!("`{}` ended with {}{why}", step.name, end.status))))
}

/// What the pattern finds in the last line that it matches; nothing to find is found everywhere.
fn found_in(pattern: Option<&regex::Regex>, output: &[&str]) -> Option<Vec<(String, String)>> {
    let Some(pattern) = pattern else { return Some(Vec::new()) };
    let captures = output.iter().rev().find_map(|line| pattern.captures(line))?;
    Some(groups(pattern, &captures).map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recipe;

    #[test]
    fn numbers_are_read_as_tools_write_them() {
        for (text, expected) in [
            ("12", Some(12)),
            ("3,000,002", Some(3_000_002)),
            ("12.9", Some(12)),
            ("1.5 KiB", Some(1536)),
            ("2 GiB", Some(2 * 1024 * 1024 * 1024)),
            ("7 apples", None),
            ("", None),
            ("1e400", None),
            ("-", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn members_are_found_inwards_and_in_lists() {
        let value: Value =
            serde_json::from_str(r#"{"a":{"b":[1,{"c":"x"}]},"yes":true,"null":null}"#).unwrap();
        for (path, expected) in [
            ("a.b.0", Some("1")),
            ("a.b.1.c", Some("x")),
            ("a.b.2", None),
            ("yes", Some("yes")),
            ("null", None),
            ("a", Some(r#"{"b":[1,{"c":"x"}]}"#)),
        ] {
            assert_eq!(member(&value, path).as_deref(), expected, "{path}");
        }
    }

    /// A step with these rules about its end.
    fn step(ends: &str) -> Step {
        let head = "format = 1\nname = 'x'\nabout = 'x'\n\
            tool = { program = 'x', package = 'x', version = ['x'], pattern = '(?P<version>.)', minimum = '1' }\n\
            items = [{ from = 'one', id = 'x', name = 'x' }]\n";
        let source = format!("{head}step = [{{ name = 'a', end = [{ends}] }}, {{ name = 'b' }}]");
        Recipe::parse(&source).unwrap_or_else(|error| panic!("{error}")).steps.remove(0)
    }

    #[test]
    fn the_first_end_that_fits_in_every_respect_decides() {
        let step = step(
            "{ exit = [1], output = 'who: (?P<who>.*)', then = 'failed', level = 'error', text = '{who} ({exit})' },\
             { exit = [1], if = 'who=nobody', then = 'done' },\
             { output = 'skip', then = 'b' }",
        );
        let judge = |exit, output: &[&str]| {
            let mut variables = Variables::default();
            end(&step, StepEnd { exit, status: "signal: 9", output }, &mut variables)
        };
        let error = |text: &str| Some((LogLevel::Error, text.to_owned()));
        // Of several lines the last counts.
        assert_eq!(judge(Some(1), &["who: ann", "who: bob"]), (Then::Failed, error("bob (1)")));
        assert_eq!(judge(Some(2), &["who: ann", "skip"]), (Then::Step(1), None));
        assert_eq!(judge(Some(0), &["fine"]), (Then::Next, None));
        assert_eq!(judge(None, &["bad", "{}"]), (Then::Failed, error("`a` ended with signal: 9: bad")));
    }
}
