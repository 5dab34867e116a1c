//! What on this machine could be synchronized: set-ups of known tools.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::builtin::builtins;
use crate::items::{groups, text_of, with_path};
use crate::recipe::{Discovery, DiscoveryPlace, Recipe};
use crate::template::{Template, Variables};
use crate::values::Surroundings;
use crate::walk;

/// More than this of one recipe helps nobody.
const MAX_FOUND: usize = 200;

/// A set-up that was found. It is only an offer: nothing has been changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The recipe that goes with it.
    pub recipe: String,
    /// A name for the handler, different for each that was found.
    pub name: String,
    /// Values for the recipe's parameters. Required ones may be missing: those only the user knows.
    pub values: BTreeMap<String, String>,
    /// The file or folder that was found.
    pub evidence: PathBuf,
    /// What it is, for people.
    pub text: String,
}

/// Looks for set-ups of the tools that built-in recipes know. Reads folders and small files below the home directory, follows
/// no links, starts no program and changes nothing.
pub fn discover(surroundings: &Surroundings) -> Vec<Found> {
    let mut found: Vec<Found> =
        builtins().iter().flat_map(|recipe| of_recipe(recipe, surroundings)).collect();
    tell_apart(&mut found);
    found
}

fn of_recipe(recipe: &Recipe, surroundings: &Surroundings) -> Vec<Found> {
    let mut variables = Variables::default();
    variables.set("home", surroundings.text_of(&surroundings.home));
    let mut all: Vec<Found> = Vec::new();
    for discovery in &recipe.discoveries {
        for found in of_discovery(recipe, discovery, &variables) {
            // Two repositories in one folder are one offer: the folder.
            let is_known = all.iter().any(|known| known.values == found.values);
            if !is_known && all.len() < MAX_FOUND {
                all.push(found);
            }
        }
    }
    all
}

fn of_discovery(recipe: &Recipe, discovery: &Discovery, variables: &Variables) -> Vec<Found> {
    let mut all = Vec::new();
    for (path, variables) in places(&discovery.place, variables) {
        for variables in matches(discovery, &path, variables) {
            let render = |template: &Template| template.render(&variables);
            let values = discovery.values.iter().map(|(name, value)| (name.clone(), render(value)));
            all.push(Found {
                recipe: recipe.name.clone(),
                name: handler_name(&render(&discovery.name)),
                values: values.filter(|(_, value)| !value.is_empty()).collect(),
                evidence: PathBuf::from(&path),
                text: render(&discovery.text),
            });
        }
    }
    all
}

/// The paths to look at, each with what is known from its place.
fn places(place: &DiscoveryPlace, variables: &Variables) -> Vec<(String, Variables)> {
    let with = |path: String, below: &str| {
        let variables = with_path(variables, &path, below);
        (path, variables)
    };
    match place {
        DiscoveryPlace::Files(files) => {
            let files = files.iter().map(|file| file.render(variables));
            let is_file = |path: &String| Path::new(path).symlink_metadata().is_ok_and(|file| file.is_file());
            files.filter(is_file).map(|path| with(path, "")).collect()
        }
        DiscoveryPlace::Matching { below, pattern } => {
            let below = below.render(variables);
            walk::files_matching(Path::new(&below), pattern)
                .paths
                .into_iter()
                .map(|path| with(path, &below))
                .collect()
        }
        DiscoveryPlace::Holding { below, holding, depth } => {
            let below = below.render(variables);
            let found = walk::folders_holding(Path::new(&below), holding, *depth).paths;
            found.into_iter().map(|path| with_group(with(path, &below), &below)).collect()
        }
    }
}

/// Things side by side belong together, so their folder is offered; but what lies directly in the place of the search is
/// offered by itself, since that place holds everything.
fn with_group((path, mut variables): (String, Variables), below: &str) -> (String, Variables) {
    let folder = variables.text("folder");
    let group = if folder.len() <= below.len() { path.clone() } else { folder };
    let name = Path::new(&group).file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    variables.set("folder", group);
    variables.set("stem", name);
    (path, variables)
}

/// Without a pattern the path is one set-up, otherwise each line that matches is.
fn matches(discovery: &Discovery, path: &str, variables: Variables) -> Vec<Variables> {
    let Some(pattern) = &discovery.pattern else { return vec![variables] };
    // What cannot be read is not offered.
    let text = text_of(Path::new(path)).unwrap_or_default();
    let captures = text.lines().filter_map(|line| pattern.captures(line));
    captures
        .map(|captures| {
            let mut variables = variables.clone();
            groups(pattern, &captures).for_each(|(name, value)| variables.set(name, value));
            variables
        })
        .collect()
}

/// A name as handlers have them: no blanks, no slashes.
fn handler_name(text: &str) -> String {
    let name: String = text
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    name.trim_matches(['-', '.']).to_owned()
}

fn tell_apart(found: &mut [Found]) {
    let mut n_seen: BTreeMap<String, usize> = BTreeMap::new();
    for one in found {
        let n_seen = n_seen.entry(one.name.clone()).or_default();
        *n_seen += 1;
        if *n_seen > 1 {
            one.name = format!("{}-{n_seen}", one.name);
        }
    }
}
