//! What a user said about a recipe, checked and made into variables.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf, is_separator};

use crate::error::{RecipeError, nearest};
use crate::recipe::{Parameter, ParameterKind, Recipe};
use crate::template::Variables;

/// What makes a path absolute, for people.
#[cfg(unix)]
const BEGIN_IT_WITH: &str = "begin it with `/` or `~/`";
#[cfg(windows)]
const BEGIN_IT_WITH: &str = r"begin it with a drive such as `C:\` or with `~\`";

/// Where recipes run. It is handed in: nothing here reads the environment by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// The user's whole environment. Of it, a tool gets what is harmless and what its recipe names.
    pub environment: Vec<(OsString, OsString)>,
    /// Where recipes keep their locks and tools may keep what they must remember: one folder for all recipes.
    pub state_dir: PathBuf,
    /// The user's home directory.
    pub home: PathBuf,
}

impl Surroundings {
    pub(crate) fn text_of(&self, path: &Path) -> String {
        path.to_string_lossy().into_owned()
    }
}

/// The variables of a recipe that do not depend on the item.
pub(crate) fn variables(
    recipe: &Recipe,
    name: &str,
    values: &BTreeMap<String, String>,
    surroundings: &Surroundings,
) -> Result<Variables, RecipeError> {
    let known = || recipe.parameters.iter().map(|parameter| parameter.name.as_str());
    if let Some(unknown) = values.keys().find(|key| !known().any(|known| known == *key)) {
        let message = format!("recipe `{}` has no such parameter", recipe.name);
        let all = format!("it has {}", quoted(known()));
        return Err(RecipeError::value(unknown, message, nearest(unknown, known()).or(Some(all))));
    }
    let mut variables = Variables::default();
    variables.set("home", surroundings.text_of(&surroundings.home));
    variables.set("state", surroundings.text_of(&surroundings.state_dir.join(name)));
    for parameter in &recipe.parameters {
        let given = values.get(&parameter.name).map(String::as_str).filter(|value| !value.is_empty());
        let value = given.or(parameter.default.as_deref());
        if parameter.required && value.is_none() {
            let hint = Some(parameter.help.clone());
            return Err(RecipeError::value(&parameter.name, "this has to be given", hint));
        }
        set(&mut variables, parameter, value.unwrap_or_default(), &surroundings.home)?;
    }
    Ok(variables)
}

fn set(
    variables: &mut Variables,
    parameter: &Parameter,
    value: &str,
    home: &Path,
) -> Result<(), RecipeError> {
    if value.contains('\0') {
        return Err(RecipeError::value(&parameter.name, "there is a null character in it", None));
    }
    let value = as_chosen(parameter, value);
    if !value.is_empty() && !parameter.choices.is_empty() && !parameter.choices.iter().any(|it| it == value) {
        let hint = format!("choose one of {}", quoted(parameter.choices.iter().map(String::as_str)));
        let message = format!("`{value}` is not among the choices");
        return Err(RecipeError::value(&parameter.name, message, Some(hint)));
    }
    let at_home = |value: &str| match value.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with(is_separator) => {
            format!("{}{rest}", home.to_string_lossy().trim_end_matches(is_separator))
        }
        _ => value.to_owned(),
    };
    let texts = match parameter.kind {
        ParameterKind::List => elements(value),
        ParameterKind::Path | ParameterKind::Text if value.is_empty() => Vec::new(),
        ParameterKind::Path | ParameterKind::Text => vec![value.to_owned()],
    };
    let texts: Vec<String> = texts.iter().map(|text| at_home(text)).collect();
    let is_right = |text: &String| match parameter.kind {
        ParameterKind::Path => Path::new(text).is_absolute(),
        _ => !parameter.place || Path::new(text).is_absolute() || is_elsewhere(text),
    };
    if let Some(wrong) = texts.iter().find(|text| !is_right(text)) {
        let hint = BEGIN_IT_WITH.to_owned();
        let message = format!("`{wrong}` is not an absolute path");
        return Err(RecipeError::value(&parameter.name, message, Some(hint)));
    }
    match parameter.kind {
        ParameterKind::List => variables.set_list(&parameter.name, texts),
        _ => variables.set(&parameter.name, texts.concat()),
    }
    Ok(())
}

/// In a file of settings, yes and no may have been written as truth values.
fn as_chosen<'v>(parameter: &Parameter, value: &'v str) -> &'v str {
    match value {
        "true" if parameter.choices.iter().any(|choice| choice == "yes") => "yes",
        "false" if parameter.choices.iter().any(|choice| choice == "no") => "no",
        other => other,
    }
}

/// `host:folder`, `remote:`, `rsync://host/module`: a colon before any slash, and no option.
fn is_elsewhere(text: &str) -> bool {
    text.split('/').next().is_some_and(|first| first.contains(':') && !first.starts_with('-'))
}

/// The elements of a list: separated by commas, or by ends of line if there are any.
fn elements(value: &str) -> Vec<String> {
    let separator = if value.contains('\n') { '\n' } else { ',' };
    value.split(separator).map(str::trim).filter(|element| !element.is_empty()).map(str::to_owned).collect()
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;

    /// What is before the first slash of a whole path.
    const DRIVE: &str = if cfg!(windows) { "C:" } else { "" };

    fn check(values: &[(&str, &str)]) -> Result<Variables, String> {
        let home = format!("{DRIVE}/home/a").into();
        let surroundings = Surroundings { environment: Vec::new(), state_dir: "/state".into(), home };
        let whole = |value: &str| match value.starts_with('/') {
            true => format!("{DRIVE}{value}"),
            false => value.to_owned(),
        };
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), whole(value))).collect();
        let recipe = builtin("rsync").unwrap();
        variables(&recipe, "copy", &values, &surroundings)
            .map_err(|error| format!("{error} / {}", error.hint.clone().unwrap_or_default()))
    }

    #[test]
    fn values_are_checked_against_the_parameters() {
        for (values, expected) in [
            (&[("from", "/a/"), ("quux", "/b")][..], "`quux`: recipe `rsync` has no such parameter / it has"),
            (
                &[("form", "/a/"), ("to", "/b")],
                "`form`: recipe `rsync` has no such parameter / did you mean `from`?",
            ),
            (&[("from", "/a/")], "`to`: this has to be given / "),
            (
                &[("from", "/a"), ("to", "/b"), ("delete", "maybe")],
                "`delete`: `maybe` is not among the choices / choose",
            ),
        ] {
            let error = check(values).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn lists_are_split_and_defaults_hold() {
        let variables = check(&[("from", "/a/"), ("to", "/b"), ("exclude", "*.o, a b ,")]).unwrap();
        assert_eq!(variables.list("exclude"), ["*.o", "a b"]);
        assert_eq!(variables.text("delete"), "no");
        assert_eq!(elements("a,b\nc"), ["a,b", "c"]);
    }

    #[test]
    fn a_tilde_is_the_home_directory_and_relative_places_are_refused() {
        let variables = check(&[("from", "~/a/"), ("to", "host:b"), ("password_file", "~/p")]).unwrap();
        assert_eq!(variables.text("from"), format!("{DRIVE}/home/a/a/"));
        assert_eq!(variables.text("to"), "host:b");
        assert_eq!(variables.text("password_file"), format!("{DRIVE}/home/a/p"));
        for wrong in ["a/", "./a", "--option:", "a/b:c"] {
            let error = check(&[("from", wrong), ("to", "/b")]).unwrap_err();
            assert_eq!(error, format!("`from`: `{wrong}` is not an absolute path / {BEGIN_IT_WITH}"));
        }
        assert!(check(&[("from", "/a"), ("to", "/b"), ("password_file", "host:p")]).is_err());
    }

    #[test]
    fn truth_values_are_yes_and_no() {
        assert_eq!(check(&[("from", "/a"), ("to", "/b"), ("delete", "true")]).unwrap().text("delete"), "yes");
        assert_eq!(check(&[("from", "/a"), ("to", "/b"), ("delete", "false")]).unwrap().text("delete"), "no");
    }
}
