//! What a user said about a recipe, checked and made into variables.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::{RecipeError, nearest};
use crate::recipe::{Parameter, ParameterKind, Recipe};
use crate::template::Variables;

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
    if !value.is_empty() && !parameter.choices.is_empty() && !parameter.choices.iter().any(|it| it == value) {
        let hint = format!("choose one of {}", quoted(parameter.choices.iter().map(String::as_str)));
        let message = format!("`{value}` is not among the choices");
        return Err(RecipeError::value(&parameter.name, message, Some(hint)));
    }
    match parameter.kind {
        ParameterKind::Path if !value.is_empty() => {
            let path = absolute(value, home).ok_or_else(|| {
                let hint = "begin it with `/` or `~/`".to_owned();
                RecipeError::value(&parameter.name, format!("`{value}` is not an absolute path"), Some(hint))
            })?;
            variables.set(&parameter.name, path);
        }
        ParameterKind::Path | ParameterKind::Text => variables.set(&parameter.name, value),
        ParameterKind::List => variables.set_list(&parameter.name, elements(value)),
    }
    Ok(())
}

/// An absolute path; a trailing slash stays, since some tools make a difference.
fn absolute(value: &str, home: &Path) -> Option<String> {
    match value.strip_prefix('~') {
        Some("") => Some(home.to_string_lossy().into_owned()),
        Some(rest) if rest.starts_with('/') => {
            Some(format!("{}{rest}", home.to_string_lossy().trim_end_matches('/')))
        }
        _ => value.starts_with('/').then(|| value.to_owned()),
    }
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

    fn check(values: &[(&str, &str)]) -> Result<Variables, String> {
        let surroundings =
            Surroundings { environment: Vec::new(), state_dir: "/state".into(), home: "/home/a".into() };
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
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
    fn a_tilde_is_the_home_directory_and_other_paths_have_to_be_absolute() {
        let home = Path::new("/home/a");
        assert_eq!(absolute("~/x/", home).unwrap(), "/home/a/x/");
        assert_eq!(absolute("~", home).unwrap(), "/home/a");
        assert_eq!(absolute("x", home), None);
        assert_eq!(absolute("--option", home), None);
    }
}
