//! Which items a recipe has right now.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::{Captures, Regex};

use crate::recipe::{Items, Recipe, Source};
use crate::template::{Argument, Variables, all_hold, arguments};
use crate::walk;

/// More than this of a file of a tool is not read.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// An item as the tool knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// What names it for ever.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    pub(crate) variables: Variables,
}

/// Runs a program and returns the lines of its output.
pub(crate) type ReadLines<'a> = &'a dyn Fn(&[String]) -> Result<Vec<String>, String>;

/// The items, in the order in which the recipe lists them, each once. The error is for people.
pub(crate) fn list(
    recipe: &Recipe,
    variables: &Variables,
    read_lines: ReadLines<'_>,
) -> Result<Vec<Item>, String> {
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    for items in &recipe.items {
        if !all_hold(&items.conditions, variables) {
            continue;
        }
        let all = of_source(&items.source, variables, read_lines)?;
        let all: Vec<_> = all.into_iter().map(|variables| named(items, variables)).collect();
        if all.is_empty()
            && let Some(none) = &items.none
        {
            return Err(none.render(variables));
        }
        found.extend(only(items, variables, all)?.into_iter().filter(|item| ids.insert(item.id.clone())));
    }
    Ok(found)
}

fn named(items: &Items, mut variables: Variables) -> Item {
    let (id, name) = (items.id.render(&variables), items.name.render(&variables));
    variables.set("item", &id);
    variables.set("item_name", &name);
    Item { id, name, variables }
}

/// Those that the user wants, in the user's order; all of them if nothing is said.
fn only(items: &Items, variables: &Variables, all: Vec<Item>) -> Result<Vec<Item>, String> {
    let Some(wanted) = items.only.as_deref().map(|name| variables.list(name)).filter(|list| !list.is_empty())
    else {
        return Ok(all);
    };
    let find = |id: &String| {
        let item = all.iter().find(|item| item.id == *id).cloned();
        item.ok_or_else(|| {
            let ids: Vec<_> = all.iter().take(20).map(|item| format!("`{}`", item.id)).collect();
            format!("there is no `{id}`; there are {}", ids.join(", "))
        })
    };
    wanted.iter().map(find).collect()
}

fn of_source(
    source: &Source,
    variables: &Variables,
    read_lines: ReadLines<'_>,
) -> Result<Vec<Variables>, String> {
    match source {
        Source::One => Ok(vec![variables.clone()]),
        Source::List { of } => {
            let with = |element: &String| {
                let mut variables = variables.clone();
                variables.set("item", element);
                variables
            };
            Ok(variables.list(of).iter().map(with).collect())
        }
        Source::Folders { below, holding, depth } => {
            let below = below.render(variables);
            let found = walk::folders_holding(existing_folder(&below)?, holding, *depth);
            of_paths(found, &below, variables)
        }
        Source::Files { below, pattern } => {
            let below = below.render(variables);
            let found = walk::files_matching(existing_folder(&below)?, pattern);
            of_paths(found, &below, variables)
        }
        Source::File { file, pattern } => {
            let file = file.render(variables);
            Ok(of_lines(text_of(Path::new(&file))?.lines(), pattern, variables))
        }
        Source::Lines { run, pattern } => {
            let lines = read_lines(&arguments(run as &[Argument], variables))?;
            Ok(of_lines(lines.iter().map(String::as_str), pattern, variables))
        }
    }
}

fn existing_folder(path: &str) -> Result<&Path, String> {
    let folder = Path::new(path);
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => Ok(folder),
        Ok(_) => Err(format!("`{path}` is not a folder")),
        Err(error) => Err(format!("cannot look into `{path}`: {error}")),
    }
}

fn of_paths(found: walk::Found, below: &str, variables: &Variables) -> Result<Vec<Variables>, String> {
    if found.is_cut {
        return Err(format!("there are too many folders below `{below}`; name one further down"));
    }
    Ok(found.paths.iter().map(|path| with_path(variables, path, below)).collect())
}

/// The variables that a path brings: itself, relative to where it was searched, its folder, and its name without suffix.
pub(crate) fn with_path(variables: &Variables, path: &str, below: &str) -> Variables {
    let mut variables = variables.clone();
    let as_path = Path::new(path);
    let text = |path: Option<&Path>| path.and_then(Path::to_str).unwrap_or_default().to_owned();
    let relative = text(as_path.strip_prefix(below).ok());
    let name = as_path.file_name().and_then(|name| name.to_str()).unwrap_or(path);
    variables.set("path", path);
    variables.set("relative", if relative.is_empty() { name.to_owned() } else { relative });
    variables.set("folder", text(as_path.parent()));
    variables.set("stem", as_path.file_stem().and_then(|stem| stem.to_str()).unwrap_or(name));
    variables
}

fn of_lines<'l>(
    lines: impl Iterator<Item = &'l str>,
    pattern: &Regex,
    variables: &Variables,
) -> Vec<Variables> {
    let captures = lines.filter_map(|line| pattern.captures(line));
    captures
        .map(|captures| {
            let mut variables = variables.clone();
            for (name, value) in groups(pattern, &captures) {
                variables.set(name, value);
            }
            variables
        })
        .collect()
}

/// The named groups of a match that took part in it.
pub(crate) fn groups<'r>(
    pattern: &'r Regex,
    captures: &'r Captures<'_>,
) -> impl Iterator<Item = (&'r str, &'r str)> {
    let names = pattern.capture_names().flatten();
    names.filter_map(|name| captures.name(name).map(|value| (name, value.as_str())))
}

pub(crate) fn text_of(file: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("cannot read `{}`: {error}", file.display());
    let found = fs::metadata(file).map_err(cannot)?;
    if !found.is_file() || found.len() > MAX_FILE {
        return Err(format!("`{}` is not the file of a set-up", file.display()));
    }
    fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(cannot)
}
