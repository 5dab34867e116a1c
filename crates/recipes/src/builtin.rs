//! The recipes that come with the product.

use std::sync::LazyLock;

use crate::recipe::Recipe;

const SOURCES: &[(&str, &str)] = &[
    ("git", include_str!("builtin/git.toml")),
    ("mbsync", include_str!("builtin/mbsync.toml")),
    ("rclone", include_str!("builtin/rclone.toml")),
    ("restic", include_str!("builtin/restic.toml")),
    ("rsync", include_str!("builtin/rsync.toml")),
    ("unison", include_str!("builtin/unison.toml")),
    ("vdirsyncer", include_str!("builtin/vdirsyncer.toml")),
];

/// A test reads them all, so that none is missing here.
static RECIPES: LazyLock<Vec<Recipe>> =
    LazyLock::new(|| SOURCES.iter().filter_map(|(_, source)| Recipe::parse(source).ok()).collect());

/// The built-in recipes, by name.
pub fn builtins() -> &'static [Recipe] {
    &RECIPES
}

/// The built-in recipe of this name.
pub fn builtin(name: &str) -> Option<Recipe> {
    RECIPES.iter().find(|recipe| recipe.name == name).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_recipe_reads_and_is_called_as_its_file() {
        for (name, source) in SOURCES {
            let recipe =
                Recipe::parse(source).unwrap_or_else(|error| panic!("{name}: {error} {:?}", error.hint));
            assert_eq!(recipe.name, *name);
        }
        assert_eq!(builtins().len(), SOURCES.len());
    }
}
