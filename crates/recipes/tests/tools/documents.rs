//! `docs/recipes.md` says what is true.

use regex::Regex;
use syncmgr_recipes::{ParameterKind, Recipe, builtins};
use toml_edit::DocumentMut;

const PAGE: &str = include_str!("../../../../docs/recipes.md");
/// Where the keys of the format are declared.
const KEYS: &str = include_str!("../../src/file.rs");

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("\n```{language}\n");
    PAGE.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_example_reads() {
    let blocks = blocks("toml");
    let (whole, parts): (Vec<_>, Vec<_>) = blocks.iter().partition(|block| block.contains("format ="));
    assert!(whole.len() == 1 && parts.len() >= 9, "{} and {}", whole.len(), parts.len());
    let whole = whole[0];
    Recipe::parse(whole).unwrap();
    for part in parts {
        // A part takes the place of what the whole example says there.
        let mut document: DocumentMut = whole.parse().unwrap();
        for (key, value) in part.parse::<DocumentMut>().unwrap().iter() {
            document.insert(key, value.clone());
        }
        // Examples leave out what they do not show.
        let source = document.to_string();
        Recipe::parse(&source).unwrap_or_else(|error| panic!("{error}: {part}\n{source}"));
    }
}

#[test]
fn every_key_of_the_format_is_described() {
    let format = PAGE.split("## The recipes that come along").next().unwrap();
    let fields = Regex::new(r"pub\(crate\) (\w+):").unwrap();
    let mut n_keys = 0;
    for key in fields.captures_iter(KEYS).map(|found| found[1].to_owned()) {
        let key = if key == "condition" { "if" } else { &key };
        let is_there =
            [format!("`{key}"), format!("{key} ="), format!("[{key}]")].iter().any(|it| format.contains(it));
        assert!(is_there, "`{key}` is not in docs/recipes.md");
        n_keys += 1;
    }
    assert!(n_keys > 50, "{n_keys}");
}

#[test]
fn every_built_in_recipe_is_described_with_its_parameters() {
    for recipe in builtins() {
        let heading = format!("\n### {}\n", recipe.name());
        let section = PAGE.split(&heading).nth(1).unwrap_or_else(|| panic!("no section `{}`", recipe.name()));
        let section = section.split("\n### ").next().unwrap();
        let rows: Vec<_> = section.lines().filter(|line| line.starts_with("| `")).collect();
        let expected = recipe.parameters().iter().map(|parameter| {
            let kind = match parameter.kind {
                ParameterKind::Path => "path",
                ParameterKind::Text => "text",
                ParameterKind::List => "list",
            };
            let default = match (&parameter.default, parameter.required) {
                (Some(default), _) => format!("`{default}`"),
                (None, true) => "required".to_owned(),
                (None, false) => "–".to_owned(),
            };
            format!("| `{}` | {kind} | {default} | {} |", parameter.name, parameter.help)
        });
        assert_eq!(rows, expected.collect::<Vec<_>>(), "{}", recipe.name());
    }
}
