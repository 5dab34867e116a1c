//! The environment a tool gets.

use std::ffi::OsString;
use std::path::Path;

use syncmgr_child::{clean_environment, is_same_variable};

use crate::items::text_of;
use crate::recipe::Environment;
use crate::template::Variables;
use crate::values::Surroundings;

/// What is harmless, what the recipe names, what its file of variables says, what the recipe sets: the later wins. The error
/// is for people.
pub(crate) fn of(
    environment: &Environment,
    variables: &Variables,
    surroundings: &Surroundings,
) -> Result<Vec<(OsString, OsString)>, String> {
    let mut all = clean_environment(surroundings.environment.iter().cloned());
    let named = surroundings.environment.iter().filter(|(name, _)| {
        name.to_str().is_some_and(|name| environment.pass.iter().any(|pattern| fits(pattern, name)))
    });
    all.extend(named.cloned());
    let file = environment.file.as_ref().map(|file| file.render(variables)).filter(|file| !file.is_empty());
    if let Some(file) = file {
        let text = text_of(Path::new(&file))?;
        let named = assignments(&text)
            .filter(|(name, _)| environment.file_names.iter().any(|pattern| fits(pattern, name)));
        all.extend(named.map(|(name, value)| (name.into(), value.into())));
    }
    let set = environment.set.iter().map(|(name, value)| (name.into(), value.render(variables).into()));
    // What is set to nothing is not set.
    all.extend(set.filter(|(_, value): &(OsString, OsString)| !value.is_empty()));
    Ok(last_wins(all))
}

/// A pattern is a name, or its beginning and a star.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    }
}

/// The variables that a file for the shell sets, as far as they are plain texts: nothing is evaluated.
pub(crate) fn assignments(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name.then(|| (name, unquoted(value.trim())))
    })
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.to_owned();
        }
    }
    value.to_owned()
}

fn last_wins(all: Vec<(OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let mut kept: Vec<(OsString, OsString)> = Vec::new();
    for (name, value) in all {
        match kept.iter_mut().find(|(known, _)| is_same_variable(known, &name)) {
            Some(known) => known.1 = value,
            None => kept.push((name, value)),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_variables_is_read_and_not_run() {
        let text = "# mine\nexport A=\"x y\"\nB='$(rm -rf /)'\n C = no\nif true; then\n";
        let found: Vec<_> = assignments(text).collect();
        assert_eq!(found, [("A", "x y".to_owned()), ("B", "$(rm -rf /)".to_owned())]);
    }

    #[test]
    fn a_tool_gets_what_is_harmless_and_what_its_recipe_names() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(OsString, OsString)> {
            pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
        };
        let surroundings = Surroundings {
            environment: pairs(&[("PATH", "/bin"), ("SECRET", "x"), ("SSH_AUTH_SOCK", "/s"), ("LANG", "de")]),
            state_dir: "/state".into(),
            home: "/home/a".into(),
        };
        let mut recipe = crate::builtin("git").unwrap();
        let lang = crate::template::Template::parse("C").unwrap();
        recipe.environment.set = vec![("LANG".into(), lang)];
        let found = of(&recipe.environment, &Variables::default(), &surroundings).unwrap();
        assert_eq!(found, pairs(&[("PATH", "/bin"), ("LANG", "C"), ("SSH_AUTH_SOCK", "/s")]));
    }
}
