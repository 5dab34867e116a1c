//! What README.md promises in its sixty seconds, tried line by line.

use std::path::Path;

use crate::home::{Home, timeless};

/// Commands of the `console` blocks with the output shown below each.
fn examples(readme: &str) -> Vec<(String, Vec<String>)> {
    let mut examples: Vec<(String, Vec<String>)> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match (inside, line.strip_prefix("$ ")) {
            (_, None) if line.starts_with("```") => inside = line == "```console",
            (true, Some(command)) => examples.push((command.to_owned(), Vec::new())),
            (true, None) => examples.last_mut().unwrap().1.push(line.to_owned()),
            (false, _) => {}
        }
    }
    examples
}

#[test]
fn the_sixty_seconds_of_the_readme_say_what_they_show() {
    let home = Home::new();
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let examples = examples(&readme);
    assert!(examples.len() > 8, "{} commands found", examples.len());
    let binaries = Path::new(env!("CARGO_BIN_EXE_syncmgr")).parent().unwrap();
    for (typed, shown) in examples {
        let mut shell = home.program("sh");
        let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
        let ran = home.ran(shell.args(["-c", &typed]).env("PATH", path).output().unwrap());
        let said: Vec<String> =
            ran.out.lines().map(|line| timeless(&line.replace("[base]/work", "~"))).collect();
        let shown: Vec<String> = shown.iter().map(|line| timeless(line)).collect();
        assert_eq!(said, shown, "`{typed}`\n{}", ran.err);
    }
}
