//! How a parameter of a recipe is typed.

/// Flags that mean the same with every command: a recipe's parameter of such a name has another flag.
pub const FLAGS_OF_ALL: &[&str] =
    &["config", "state-dir", "color", "json", "quiet", "verbose", "help", "version", "name"];

/// The flag for a parameter of a recipe.
pub fn parameter_flag(recipe: &str, parameter: &str) -> String {
    let flag = parameter.replace('_', "-");
    if FLAGS_OF_ALL.contains(&flag.as_str()) { format!("{recipe}-{flag}") } else { flag }
}
