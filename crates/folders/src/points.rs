//! Named points of a run at which a test from outside can pause, stop, kill or fail it.
//!
//! They exist only with the feature `failpoints` and are set from the environment (`docs/failure-points.md` is the page for
//! those who use them):
//!
//! ```text
//! FAILPOINTS='after-stage=return(kill)' syncmgr sync LEFT RIGHT
//! ```
//!
//! | action | what happens at the point |
//! | --- | --- |
//! | `return(kill)` | the process kills itself (SIGKILL) |
//! | `return(stop)` | the process stops itself (SIGSTOP) until it gets SIGCONT; fails on Windows |
//! | `return(wait:DIR)` | makes `DIR/POINT.reached` and waits until `DIR/POINT.release` exists |
//! | `return(enospc)`, `return(eio)`, `return(eacces)`, `return(emfile)` | the step fails with this error |
//! | `sleep(MS)`, `panic`, `off` | as the words say |
//!
//! `2*off->1*return(kill)` acts at the third pass only.

#[cfg(all(feature = "failpoints", unix))]
mod unix;
#[cfg(all(feature = "failpoints", windows))]
mod windows;

#[cfg(all(feature = "failpoints", unix))]
use unix as here;
#[cfg(all(feature = "failpoints", windows))]
use windows as here;

/// The points, in the order a run comes by them.
pub const POINTS: [(&str, &str); 10] = [
    ("before-scan", "both roots are open and checked, nothing has been looked at"),
    ("after-scan", "both sides have been walked and compared"),
    ("after-plan", "the plan is complete and has passed the safety rules"),
    ("after-stage", "a batch of files is written under temporary names"),
    ("before-apply", "a batch is on the disk and about to be put in place"),
    ("in-apply", "before each step that changes a side"),
    ("after-apply", "a batch is in place and recorded"),
    ("before-barrier", "everything is in place, nothing is flushed for good"),
    ("before-baseline-commit", "everything is flushed, the baseline is still the old one"),
    ("after-baseline-commit", "the baseline says what was reached"),
];

/// Reads the environment's settings; they hold until the value is dropped.
#[cfg(feature = "failpoints")]
pub fn arm() -> impl Drop {
    fail::FailScenario::setup()
}

/// Passes a point.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(crate) fn reach(_point: &str) -> std::io::Result<()> {
    Ok(())
}

/// Passes a point, or does what the environment asks for there.
#[cfg(feature = "failpoints")]
pub(crate) fn reach(point: &str) -> std::io::Result<()> {
    debug_assert!(POINTS.iter().any(|(name, _)| *name == point), "`{point}` is not in the table");
    match fail::eval(point, |action| action.unwrap_or_default()) {
        Some(action) => act(point, &action),
        None => Ok(()),
    }
}

#[cfg(feature = "failpoints")]
fn act(point: &str, action: &str) -> std::io::Result<()> {
    if let Some(dir) = action.strip_prefix("wait:") {
        return wait(std::path::Path::new(dir), point);
    }
    Err(std::io::Error::from_raw_os_error(match action {
        "kill" => return here::kill(),
        "stop" => return here::stop(),
        "enospc" => here::NO_SPACE,
        "eio" => here::IO,
        "eacces" => here::ACCESS,
        "emfile" => here::TOO_MANY_OPEN,
        other => return Err(std::io::Error::other(format!("`{other}` is no action of a failure point"))),
    }))
}

#[cfg(feature = "failpoints")]
#[allow(clippy::disallowed_methods, reason = "waits for another process in test builds only")]
fn wait(dir: &std::path::Path, point: &str) -> std::io::Result<()> {
    std::fs::write(dir.join(format!("{point}.reached")), "")?;
    while !dir.join(format!("{point}.release")).exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_for_testers_lists_every_point_as_it_is() {
        let page = include_str!("../../../docs/failure-points.md");
        for (name, place) in POINTS {
            assert!(
                page.contains(&format!("| `{name}` | {place} |")),
                "docs/failure-points.md lacks `{name}` as it is"
            );
        }
    }
}
