//! Whether the tool is there, and new enough.

use std::cmp::Ordering;

use crate::recipe::Tool;

/// Judges what the version command said; the error is for people.
pub(crate) fn judge_version(tool: &Tool, output: &[String]) -> Result<(), String> {
    let version = output
        .iter()
        .find_map(|line| tool.pattern.captures(line))
        .and_then(|captures| captures.name("version").map(|version| version.as_str().to_owned()));
    let Some(version) = version else {
        return Err(format!("cannot tell the version of `{}`", tool.program));
    };
    if compare(&version, &tool.minimum) == Ordering::Less {
        let Tool { program, minimum, .. } = tool;
        return Err(format!("`{program}` is version {version}, and at least {minimum} is needed"));
    }
    Ok(())
}

pub(crate) fn missing(tool: &Tool) -> String {
    format!("`{}` is not installed (Debian package `{}`)", tool.program, tool.package)
}

/// Compares versions number by number; what is no number counts as zero.
fn compare(a: &str, b: &str) -> Ordering {
    let numbers = |version: &str| -> Vec<u64> {
        version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0)).collect()
    };
    let (mut a, mut b) = (numbers(a), numbers(b));
    let length = a.len().max(b.len());
    a.resize(length, 0);
    b.resize(length, 0);
    a.cmp(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_numbers() {
        for (a, b, expected) in [
            ("2.9", "2.47", Ordering::Less),
            ("1.60.1", "1.60", Ordering::Greater),
            ("3.0", "3", Ordering::Equal),
        ] {
            assert_eq!(compare(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn an_old_or_silent_tool_is_refused_with_the_reason() {
        let tool = crate::builtin("git").unwrap().tool;
        let judge = |line: &str| judge_version(&tool, &[line.to_owned()]);
        assert_eq!(judge("git version 2.47.3"), Ok(()));
        assert_eq!(
            judge("git version 1.7.1"),
            Err("`git` is version 1.7.1, and at least 2.22 is needed".into())
        );
        assert_eq!(judge("bash: git"), Err("cannot tell the version of `git`".into()));
        assert_eq!(missing(&tool), "`git` is not installed (Debian package `git`)");
    }
}
