//! The documents: links and changelog entries.

use std::collections::BTreeSet;

use super::Finding;
use crate::changelog;
use crate::workspace::SourceFile;

/// Each link of a Markdown file to a file, folder or heading of the repository leads there. Others are not followed:
/// a check that needs the network fails for reasons of its own.
pub(super) fn links_lead_somewhere(files: &[SourceFile]) -> Vec<Finding> {
    let known = paths(files);
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        for (number, line) in prose_lines(file) {
            for link in links(line).into_iter().filter(|link| is_inside(link)) {
                if let Some(advice) = judge(file, link, files, &known) {
                    findings.push(Finding::at(&file.path, number, advice));
                }
            }
        }
    }
    findings
}

/// All files and folders of the repository, folders without a slash at the end.
fn paths(files: &[SourceFile]) -> BTreeSet<&str> {
    let mut paths = BTreeSet::from([""]);
    for file in files {
        let mut path = file.path.as_str();
        while paths.insert(path) {
            path = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        }
    }
    paths
}

fn judge(file: &SourceFile, link: &str, files: &[SourceFile], known: &BTreeSet<&str>) -> Option<String> {
    let (target, heading) = link.split_once('#').unwrap_or((link, ""));
    let path = if target.is_empty() { file.path.clone() } else { resolve(&file.path, target) };
    if !known.contains(path.as_str()) {
        return Some(format!("`{link}` leads to no file; mend the link or add `{path}`"));
    }
    let page = files.iter().find(|page| page.path == path && path.ends_with(".md"))?;
    let leads_to_heading = heading.is_empty() || prose_lines(page).any(|(_, line)| anchor(line) == heading);
    (!leads_to_heading).then(|| format!("`{link}` leads to no heading of `{path}`; mend one of them"))
}

/// The lines outside fenced blocks, numbered.
fn prose_lines(file: &SourceFile) -> impl Iterator<Item = (usize, &str)> {
    let mut in_block = false;
    file.numbered_lines().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_block ^= is_fence;
        !in_block && !is_fence
    })
}

/// The targets of `[text](target)` in a line, those in `code` left out.
fn links(line: &str) -> Vec<&str> {
    // Every second piece between backticks is code.
    line.split('`').step_by(2).flat_map(|prose| prose.split("](").skip(1)).filter_map(target).collect()
}

fn target(after_bracket: &str) -> Option<&str> {
    let (target, _) = after_bracket.split_once(')')?;
    // `(target "title")`
    target.split(' ').next()
}

fn is_inside(link: &str) -> bool {
    !link.is_empty() && !link.contains("://") && !link.starts_with("mailto:")
}

/// The path a relative link in `from` means.
fn resolve(from: &str, link: &str) -> String {
    let mut components: Vec<&str> = from.split('/').collect();
    components.pop();
    for component in link.split('/') {
        match component {
            "" | "." => {}
            ".." => drop(components.pop()),
            name => components.push(name),
        }
    }
    components.join("/")
}

/// The name by which a heading is linked to; other lines have none.
fn anchor(line: &str) -> String {
    let Some(heading) = line.strip_prefix('#') else { return String::new() };
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The page that names types and files instead of linking them.
const NAMING_PAGE: &str = "ARCHITECTURE.md";

/// Types and files named on the architecture page exist; names can be searched for only as long as they are right.
pub(super) fn the_architecture_page_names_what_exists(files: &[SourceFile]) -> Vec<Finding> {
    let known = paths(files);
    let words = rust_words(files);
    let mut findings = Vec::new();
    for page in files.iter().filter(|file| file.path == NAMING_PAGE) {
        for (number, line) in prose_lines(page) {
            let code = line.split('`').skip(1).step_by(2);
            for name in code.filter(|name| is_stale(name, &known, &words)) {
                let advice = format!("`{name}` is gone; name what has taken its place");
                findings.push(Finding::at(&page.path, number, advice));
            }
        }
    }
    findings
}

fn is_stale(name: &str, known: &BTreeSet<&str>, words: &BTreeSet<&str>) -> bool {
    let is_path = name.starts_with("crates/") || name.starts_with("xtask/");
    let is_type = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.contains(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    (is_path && !known.contains(name)) || (is_type && !words.contains(name))
}

/// All identifiers of the Rust sources.
fn rust_words(files: &[SourceFile]) -> BTreeSet<&str> {
    let sources = files.iter().filter(|file| file.is_rust());
    sources.flat_map(|file| file.text.split(|c: char| !c.is_alphanumeric() && c != '_')).collect()
}

/// `New: one sentence to a user`, then an empty line, then what was, what is now, what to do.
pub(super) fn changelog_entries_say_what_they_are(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in files.iter().filter(|file| changelog::is_entry(file)) {
        let mut lines = entry.text.lines();
        let head = lines.next().unwrap_or_default();
        let kind = head.split_once(": ").map_or("", |(kind, _)| kind);
        if !changelog::KINDS.contains(&kind) {
            let advice =
                format!("begin with `KIND: sentence`, KIND being one of {}", changelog::KINDS.join(", "));
            findings.push(Finding::at(&entry.path, 1, advice));
        }
        if lines.next().is_some_and(|line| !line.is_empty()) {
            findings.push(Finding::at(&entry.path, 2, "leave this line empty: the first line stands alone"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::samples::{file, places};
    use super::*;

    #[test]
    fn a_link_to_a_missing_file_or_heading_is_found_and_good_ones_are_not() {
        let text = "[a](docs/b.md) [up](.)\n[gone](docs/c.md)\n[out](https://example.org/x.md)\n\
                    [part](docs/b.md#two-words)\n[no part](docs/b.md#three)\n[here](#top)\n# Top\n";
        let files = [file("README.md", text), file("docs/b.md", "# B\n## Two words\n[up](../README.md)\n")];
        assert_eq!(places(links_lead_somewhere, &files), ["README.md:2", "README.md:5"]);
    }

    #[test]
    fn what_looks_like_a_link_in_code_is_none() {
        let text = "```text\n[a](b.md)\n```\n`[a](b.md)` and [c](d.md)\n";
        assert_eq!(places(links_lead_somewhere, &[file("README.md", text)]), ["README.md:4"]);
    }

    #[test]
    fn a_type_or_file_that_is_gone_is_found_on_the_architecture_page_only() {
        let text = "`Machine` and `Engine` in `crates/a/src/lib.rs`, not `crates/b`; `--json`, `SQL`\n";
        let files = [
            file("ARCHITECTURE.md", text),
            file("README.md", "`Engine`\n"),
            file("crates/a/src/lib.rs", "pub struct Machine;\n"),
        ];
        let findings = the_architecture_page_names_what_exists(&files);
        let texts: Vec<_> = findings.iter().map(|finding| finding.text.split(' ').next().unwrap()).collect();
        assert_eq!(texts, ["`Engine`", "`crates/b`"]);
    }

    #[test]
    fn a_link_climbs_out_of_its_folder() {
        assert_eq!(resolve("docs/guide/a.md", "../b.md"), "docs/b.md");
        assert_eq!(resolve("a.md", "./docs/"), "docs");
    }

    #[test]
    fn an_entry_of_no_kind_or_without_an_empty_second_line_is_found() {
        let files = [
            file("changelog/unreleased/good.md", "New: folders are kept in step\n\nText.\n"),
            file("changelog/unreleased/short.md", "Fixed: it works\n"),
            file("changelog/unreleased/bad.md", "Something happened\n\nText.\n"),
            file("changelog/unreleased/glued.md", "New: a\nb\n"),
        ];
        let found = ["changelog/unreleased/bad.md:1", "changelog/unreleased/glued.md:2"];
        assert_eq!(places(changelog_entries_say_what_they_are, &files), found);
    }
}
