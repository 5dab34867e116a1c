//! What a crate must not do, where the dependency edges cannot tell.

use super::Finding;
use crate::workspace::SourceFile;

/// The beginnings of statements. Upper case, as ours are written; put together so that this file is free of them.
const SQL: &[&str] = &[
    concat!("SELECT", " "),
    concat!("INSERT", " INTO"),
    concat!("INSERT", " OR "),
    concat!("DELETE", " FROM"),
    concat!("CREATE", " TABLE"),
    concat!("ALTER", " TABLE"),
    concat!("PRAG", "MA "),
];

pub(super) fn sql_is_the_stores(files: &[SourceFile]) -> Vec<Finding> {
    let elsewhere = files.iter().filter(|file| file.is_rust() && !file.path.starts_with("crates/store/"));
    lines_with(elsewhere, SQL, "SQL outside `crates/store`; give the store a typed question instead")
}

const PRINTING: &[&str] = &["println!(", "eprintln!(", "print!(", "eprint!("];

/// Only the faces meet the user. Tests may print; the files of tests are left out, modules of tests are after `mod tests`.
pub(super) fn printing_is_the_command_lines(files: &[SourceFile]) -> Vec<Finding> {
    let below_the_faces = files.iter().filter(|file| {
        file.is_rust()
            && file.path.starts_with("crates/")
            && file.path.contains("/src/")
            && !file.path.starts_with("crates/cli/")
            && !file.path.ends_with("tests.rs")
    });
    lines_with(below_the_faces, PRINTING, "printing outside `crates/cli`; report it to the caller instead")
}

/// One finding for each line of code that contains one of the words; comments and test modules are no code here.
fn lines_with<'a>(files: impl Iterator<Item = &'a SourceFile>, words: &[&str], advice: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let code = file.numbered_lines().take_while(|(_, line)| line.trim() != "mod tests {");
        for (number, line) in code {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment && words.iter().any(|word| line.contains(word)) {
                findings.push(Finding::at(&file.path, number, advice));
            }
        }
    }
    findings
}

/// The lints are set once, for all: among them that unsafe code is forbidden. A crate that does not take them has none.
pub(super) fn every_crate_takes_the_lints(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        let has = |text: &str| file.text.contains(text);
        if file.path == "Cargo.toml" {
            if !has("unsafe_code = \"forbid\"") {
                let advice = "unsafe code must be forbidden here, for the whole workspace";
                findings.push(Finding::in_file(&file.path, advice));
            }
        } else if has("[workspace]\n") {
            // A package that is no member has no lints to take.
            if !has("unsafe_code = \"forbid\"") {
                findings.push(Finding::in_file(&file.path, "unsafe code must be forbidden here, too"));
            }
        } else if WITH_UNSAFE.contains(&&*file.path) {
            let missing = workspace_lints(files).into_iter().chain(FOR_UNSAFE).find(|lint| !has(lint));
            findings.extend(
                missing.map(|lint| Finding::in_file(&file.path, format!("the lint `{lint}` is missing"))),
            );
        } else if !has("[lints]\nworkspace = true") {
            findings.push(Finding::in_file(&file.path, "add `[lints]` with `workspace = true`"));
        }
    }
    findings
}

/// The crates with unsafe code: they owe it to the foreign interfaces they speak.
const WITH_UNSAFE: [&str; 2] = ["crates/com/Cargo.toml", "crates/winfs/Cargo.toml"];
/// What they promise in return: each use is seen, and says why it is right.
const FOR_UNSAFE: [&str; 2] = ["unsafe_op_in_unsafe_fn = \"deny\"", "undocumented_unsafe_blocks = \"deny\""];

/// The lines of the workspace's lints, without the one about unsafe code.
fn workspace_lints(files: &[SourceFile]) -> Vec<&str> {
    let root = files.iter().find(|file| file.path == "Cargo.toml").map_or("", |file| &file.text);
    let mut is_inside = false;
    let mut lints = Vec::new();
    for line in root.lines().map(str::trim) {
        if line.starts_with('[') {
            is_inside = line.starts_with("[workspace.lints.");
        } else if is_inside && !line.is_empty() && !line.starts_with('#') && !line.starts_with("unsafe_code ")
        {
            lints.push(line);
        }
    }
    lints
}

/// Crates whose public items others rely on.
const BORDERS: &[&str] = &["model", "handler", "wire"];

pub(super) fn the_contract_is_documented(files: &[SourceFile]) -> Vec<Finding> {
    files
        .iter()
        .filter(|file| BORDERS.iter().any(|name| file.path == format!("crates/{name}/src/lib.rs")))
        .filter(|file| !file.text.contains("#![warn(missing_docs)]"))
        .map(|file| {
            Finding::in_file(&file.path, "add `#![warn(missing_docs)]`: strangers build on this crate")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{file, places};
    use super::*;

    #[test]
    fn sql_is_found_outside_the_store_only() {
        for statement in SQL {
            let text = format!("const Q: &str = \"{statement}x\";\n");
            let files = [file("crates/engine/src/run.rs", &text), file("crates/store/src/history.rs", &text)];
            assert_eq!(places(sql_is_the_stores, &files), ["crates/engine/src/run.rs:1"], "{statement}");
        }
    }

    #[test]
    fn printing_is_found_in_the_code_below_the_faces_and_nowhere_else() {
        let text =
            "// println!(\nfn f() { println!(\"x\") }\nmod tests {\n    fn g() { println!(\"x\") }\n}\n";
        let files = [
            file("crates/folders/src/scan.rs", text),
            file("crates/cli/src/output.rs", text),
            file("crates/folders/tests/disk.rs", text),
        ];
        assert_eq!(places(printing_is_the_command_lines, &files), ["crates/folders/src/scan.rs:2"]);
    }

    #[test]
    fn a_crate_without_the_lints_is_found_and_so_is_a_workspace_that_allows_unsafe_code() {
        let files = [
            file("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"deny\"\n"),
            file("crates/good/Cargo.toml", "[lints]\nworkspace = true\n"),
            file("crates/bad/Cargo.toml", "[package]\n"),
            file("benches/apart/Cargo.toml", "[workspace]\n[package]\n"),
        ];
        assert_eq!(
            places(every_crate_takes_the_lints, &files),
            ["Cargo.toml", "crates/bad/Cargo.toml", "benches/apart/Cargo.toml"]
        );
    }

    #[test]
    fn a_crate_with_unsafe_code_has_every_other_lint_and_those_for_unsafe_code() {
        let root = file(
            "Cargo.toml",
            "[workspace.lints.rust]\n# Why.\nunsafe_code = \"forbid\"\nunreachable_pub = \"warn\"\n\n[profile.dev]\ndebug = 1\n",
        );
        let both = FOR_UNSAFE.join("\n");
        for path in WITH_UNSAFE {
            let found = |text: &str| places(every_crate_takes_the_lints, &[root.clone(), file(path, text)]);
            assert!(found(&format!("{both}\nunreachable_pub = \"warn\"\n")).is_empty());
            assert_eq!(found(&both), [path]);
            assert_eq!(found(&format!("{}\nunreachable_pub = \"warn\"\n", FOR_UNSAFE[0])), [path]);
        }
    }

    #[test]
    fn a_border_without_the_documentation_lint_is_found() {
        let files = [file("crates/wire/src/lib.rs", "//! Wire.\n"), file("crates/store/src/lib.rs", "")];
        assert_eq!(places(the_contract_is_documented, &files), ["crates/wire/src/lib.rs"]);
    }
}
