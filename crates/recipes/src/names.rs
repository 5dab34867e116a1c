//! Which variables a recipe can ever set.

use std::collections::BTreeSet;

use regex::Regex;

use crate::file::{File, Line};

/// Set for every recipe: where it runs, which item it is, and how the last step ended.
const ALWAYS: &[&str] =
    &["home", "state", "item", "item_name", "exit", "last", "each", "path", "relative", "folder", "stem"];

pub(crate) fn of(file: &File) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = ALWAYS.iter().map(|name| (*name).to_owned()).collect();
    names.extend(file.parameter.iter().map(|parameter| parameter.name.clone()));
    for line in file.line.iter().chain(file.step.iter().flat_map(|step| &step.line)) {
        names.extend(of_line(line));
    }
    let outputs = file.end.iter().chain(file.step.iter().flat_map(|step| &step.end));
    let patterns = outputs
        .filter_map(|end| end.output.as_deref())
        .chain(file.items.iter().filter_map(|items| items.pattern.as_deref()))
        .chain(file.discover.iter().filter_map(|discover| discover.pattern.as_deref()));
    names.extend(patterns.flat_map(groups));
    names
}

fn of_line(line: &Line) -> Vec<String> {
    let mut names: Vec<_> = line.fields.keys().chain(line.set.keys()).cloned().collect();
    names.extend(line.pattern.as_deref().map(groups).unwrap_or_default());
    names
}

/// The named groups; a pattern that cannot be read is reported where it is used.
fn groups(pattern: &str) -> Vec<String> {
    let Ok(regex) = Regex::new(pattern) else { return Vec::new() };
    regex.capture_names().flatten().map(str::to_owned).collect()
}
