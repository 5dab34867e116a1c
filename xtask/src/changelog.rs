//! `changelog VERSION`: joins the entries of the unreleased changes into `CHANGELOG.md`.

use std::fs;

use crate::failure::Failure;
use crate::process;
use crate::workspace::{self, SourceFile};

/// The folder of entries that wait for the next release.
pub(crate) const UNRELEASED: &str = "changelog/unreleased/";

/// What an entry can be about, in the order in which a release lists them.
pub(crate) const KINDS: &[&str] = &["Breaking", "Deprecated", "New", "Changed", "Fixed"];

const PAGE: &str = "CHANGELOG.md";

/// What stands on the page as long as nothing was released.
const NOTHING_YET: &str = "There is no release yet.\n";

/// Whether a file is an entry.
pub(crate) fn is_entry(file: &SourceFile) -> bool {
    file.path.starts_with(UNRELEASED) && !file.path.ends_with("README.md")
}

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let [version] = arguments else {
        return Err(Failure::new("one version is needed").hint("`cargo xtask changelog 0.2.0`"));
    };
    let files = workspace::source_files()?;
    let entries: Vec<_> = files.iter().filter(|file| is_entry(file)).collect();
    let Some(page) = files.iter().find(|file| file.path == PAGE) else {
        return Err(Failure::new(format!("`{PAGE}` is gone")));
    };
    if entries.is_empty() {
        return Err(Failure::new(format!("there is nothing to release in `{UNRELEASED}`")));
    }
    let date = process::output("date", &["--iso-8601"])?;
    let joined = join(&page.text, &format!("## {version} ({})", date.trim()), &entries);
    // The page first: an entry that is told twice is better than one that is lost.
    fs::write(workspace::root().join(PAGE), joined)
        .map_err(|e| Failure::while_doing(format!("write {PAGE}"), e))?;
    for entry in &entries {
        fs::remove_file(workspace::root().join(&entry.path))
            .map_err(|e| Failure::while_doing(format!("remove {}", entry.path), e))?;
    }
    println!("changelog: {} entries are in `{PAGE}` now; look at it and commit", entries.len());
    Ok(())
}

/// The page with a section for the release above those of the earlier ones.
fn join(page: &str, title: &str, entries: &[&SourceFile]) -> String {
    let page = page.replace(NOTHING_YET, "");
    let (intro, earlier) = page.split_at(page.find("\n## ").map_or(page.len(), |at| at + 1));
    format!("{}\n\n{title}\n\n{}{earlier}", intro.trim_end(), section(entries))
}

fn section(entries: &[&SourceFile]) -> String {
    let mut section = String::new();
    for kind in KINDS {
        let prefix = format!("{kind}: ");
        let of_kind: Vec<_> = entries.iter().filter_map(|entry| entry.text.strip_prefix(&prefix)).collect();
        if !of_kind.is_empty() {
            section.push_str(&format!("### {kind}\n\n"));
        }
        for text in of_kind {
            section.push_str(&item(text));
        }
    }
    section
}

/// An entry as an item of a list: its sentence in bold, the rest below it, indented.
fn item(text: &str) -> String {
    let (sentence, rest) = text.split_once('\n').unwrap_or((text, ""));
    let indented =
        rest.trim().lines().map(|line| if line.is_empty() { "\n".into() } else { format!("  {line}\n") });
    let indented: String = indented.collect();
    let gap = if indented.is_empty() { "" } else { "\n" };
    format!("* **{sentence}**\n{gap}{indented}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_stands_above_the_earlier_ones_with_breaking_changes_first() {
        let entry = |text: &str| SourceFile { path: format!("{UNRELEASED}x.md"), text: text.to_owned() };
        let entries = [entry("Fixed: a\n"), entry("Breaking: b\n\nWhat to do.\n")];
        let entries: Vec<_> = entries.iter().collect();
        let page = "# Changelog\n\nIntro.\n\n## 0.1.0 (2026-01-01)\n\nOld.\n";
        let expected = "# Changelog\n\nIntro.\n\n## 0.2.0 (2026-02-02)\n\n\
            ### Breaking\n\n* **b**\n\n  What to do.\n\n### Fixed\n\n* **a**\n\n\
            ## 0.1.0 (2026-01-01)\n\nOld.\n";
        assert_eq!(join(page, "## 0.2.0 (2026-02-02)", &entries), expected);
    }

    #[test]
    fn the_first_release_replaces_the_sentence_that_there_is_none() {
        let page = format!("# Changelog\n\nIntro.\n\n{NOTHING_YET}");
        assert_eq!(join(&page, "## 0.1.0", &[]), "# Changelog\n\nIntro.\n\n## 0.1.0\n\n");
    }
}
