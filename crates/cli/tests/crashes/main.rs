//! The product killed or failed at each of its named points, and what the next run makes of it.
//!
//! Built only with the feature `failpoints`; the points are listed in `syncmgr_folders::points`. Whatever happens: each
//! content that was there before is still there somewhere (on a side, or in a trash), each visible file is whole, and
//! one more run brings both sides to where the first would have brought them, without a person.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use syncmgr_folders::points::POINTS;
use syncmgr_testkit::{Contents, Hermetic, Tree};

/// A pair with edits of every kind on both sides since the last run.
struct Edited {
    home: Hermetic,
    left: PathBuf,
    right: PathBuf,
    /// What both sides are to be.
    agreed: Tree,
    /// Everything there is, on either side.
    contents: Contents,
}

impl Edited {
    fn new() -> Self {
        let home = Hermetic::new();
        let (left, right) = (home.path("left"), home.path("right"));
        before().write(&left).unwrap();
        fs::create_dir(&right).unwrap();
        let edited = Self { home, left, right, agreed: agreed(), contents: Contents::default() };
        let output = edited.sync("");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        edit_left(&edited.left);
        edit_right(&edited.right);
        let contents = edited.contents_now();
        Self { contents, ..edited }
    }

    /// One run with these failure points.
    fn sync(&self, points: &str) -> Output {
        let mut command = self.home.command(env!("CARGO_BIN_EXE_syncmgr"));
        command.arg("sync").args([&self.left, &self.right]).args(["--yes", "--json"]);
        command.env("FAILPOINTS", points).output().unwrap()
    }

    /// Everything below both roots, what is ours in there included.
    fn contents_now(&self) -> Contents {
        Contents::below(&[&self.left, &self.right]).unwrap()
    }

    #[track_caller]
    fn expect_nothing_lost(&self, when: &str) {
        let lost = self.contents.missing_from(&self.contents_now());
        assert!(lost.is_empty(), "{when}: lost {lost:?}");
        for root in [&self.left, &self.right] {
            let strangers = self.contents.strangers_in(&Tree::read(root).unwrap());
            assert!(strangers.is_empty(), "{when}: not whole in {}: {strangers:?}", root.display());
        }
    }

    /// One more run, undisturbed.
    #[track_caller]
    fn expect_next_run_completes(&self, when: &str) {
        let output = self.sync("");
        assert_eq!(output.status.code(), Some(0), "{when}: {}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(Tree::read(&self.left).unwrap(), self.agreed, "{when}");
        assert_eq!(Tree::read(&self.right).unwrap(), self.agreed, "{when}");
        self.expect_nothing_lost(when);
    }
}

fn before() -> Tree {
    Tree::parse(
        "edited on the left = before L
         edited on the right = before R
         deleted on the left = gone L
         deleted on the right = gone R
         renamed on the left = moved L
         folder/deep/edited on the left = before deep L
         folder/deep/untouched = untouched
         going/one = going 1
         going/two = going 2
         staying 1 = s1
         staying 2 = s2
         staying 3 = s3
         staying 4 = s4",
    )
}

fn edit_left(root: &Path) {
    Tree::parse("edited on the left = after L\nfolder/deep/edited on the left = after deep L")
        .write(root)
        .unwrap();
    Tree::parse("new/left = new L\nnew link -> staying 1").write(root).unwrap();
    fs::remove_file(root.join("deleted on the left")).unwrap();
    fs::rename(root.join("renamed on the left"), root.join("renamed")).unwrap();
    fs::remove_dir_all(root.join("going")).unwrap();
}

fn edit_right(root: &Path) {
    Tree::parse("edited on the right = after R\nnew on the right = new R\nempty/").write(root).unwrap();
    fs::remove_file(root.join("deleted on the right")).unwrap();
}

fn agreed() -> Tree {
    Tree::parse(
        "edited on the left = after L
         edited on the right = after R
         renamed = moved L
         folder/deep/edited on the left = after deep L
         folder/deep/untouched = untouched
         new/left = new L
         new link -> staying 1
         new on the right = new R
         empty/
         staying 1 = s1
         staying 2 = s2
         staying 3 = s3
         staying 4 = s4",
    )
}

#[test]
fn a_run_killed_at_any_point_loses_nothing_and_the_next_one_completes() {
    for (point, _) in POINTS {
        let pair = Edited::new();
        let output = pair.sync(&format!("{point}=return(kill)"));
        assert_eq!(output.status.signal(), Some(9), "the run did not come by `{point}`: {output:?}");
        pair.expect_nothing_lost(point);
        pair.expect_next_run_completes(point);
    }
}

#[test]
fn a_run_killed_before_any_step_that_changes_a_side_loses_nothing_and_the_next_one_completes() {
    for n_passed in 0.. {
        let pair = Edited::new();
        let output = pair.sync(&format!("in-apply={n_passed}*off->return(kill)"));
        if output.status.code() == Some(0) {
            assert!(n_passed >= 10, "only {n_passed} steps changed a side");
            break;
        }
        assert_eq!(output.status.signal(), Some(9), "{output:?}");
        let when = format!("killed after {n_passed} steps");
        pair.expect_nothing_lost(&when);
        pair.expect_next_run_completes(&when);
    }
}

#[test]
fn a_first_run_killed_at_any_point_is_completed_by_the_next_one() {
    for (point, _) in POINTS {
        let home = Hermetic::new();
        let (left, right) = (home.path("left"), home.path("right"));
        before().write(&left).unwrap();
        fs::create_dir(&right).unwrap();
        let pair = Edited { home, left, right, agreed: before(), contents: Contents::default() };
        let pair = Edited { contents: pair.contents_now(), ..pair };
        let output = pair.sync(&format!("{point}=return(kill)"));
        assert_eq!(output.status.signal(), Some(9), "the run did not come by `{point}`: {output:?}");
        pair.expect_nothing_lost(point);
        pair.expect_next_run_completes(point);
    }
}

#[test]
fn a_step_that_fails_is_told_and_the_next_run_completes() {
    for error in ["enospc", "eio", "eacces", "emfile"] {
        for (point, _) in POINTS {
            let pair = Edited::new();
            let output = pair.sync(&format!("{point}=1*return({error})"));
            let when = format!("{error} at {point}");
            assert_eq!(output.status.code(), Some(1), "{when}: {output:?}");
            pair.expect_nothing_lost(&when);
            pair.expect_next_run_completes(&when);
        }
    }
}

/// A pair whose file `notes` both sides changed, and a text that is to settle that.
struct Torn {
    home: Hermetic,
    left: PathBuf,
    right: PathBuf,
    /// Everything there is, on either side.
    contents: Contents,
}

impl Torn {
    const VERSIONS: [&'static str; 2] = ["left version", "right version"];
    const TEXT: &'static str = "both versions";

    fn new() -> Self {
        let home = Hermetic::new();
        let (left, right) = (home.path("left"), home.path("right"));
        let torn = Self { home, left, right, contents: Contents::default() };
        for (root, text) in torn.roots().into_iter().zip(Self::VERSIONS) {
            fs::create_dir(root).unwrap();
            fs::write(root.join("notes"), text).unwrap();
        }
        fs::write(torn.home.path("text"), Self::TEXT).unwrap();
        let output = torn.command(&["sync"], &[&torn.left, &torn.right], "");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        Self { contents: torn.contents_now(), ..torn }
    }

    fn contents_now(&self) -> Contents {
        Contents::below(&[&self.left, &self.right]).unwrap()
    }

    fn roots(&self) -> [&PathBuf; 2] {
        [&self.left, &self.right]
    }

    fn command(&self, words: &[&str], paths: &[&PathBuf], points: &str) -> Output {
        let mut command = self.home.command(env!("CARGO_BIN_EXE_syncmgr"));
        command.args(words).args(paths).env("FAILPOINTS", points).output().unwrap()
    }

    fn merge(&self, points: &str) -> Output {
        let text = self.home.path("text");
        self.command(&["conflicts", "edit", "notes", "--json", "--from"], &[&text], points)
    }

    /// Each side holds a version that somebody wrote, whole, and none is lost.
    #[track_caller]
    fn expect_nothing_lost(&self, when: &str) {
        let lost = self.contents.missing_from(&self.contents_now());
        assert!(lost.is_empty(), "{when}: lost {lost:?}");
        for root in self.roots() {
            let now = fs::read_to_string(root.join("notes")).unwrap();
            assert!(now == Self::TEXT || Self::VERSIONS.contains(&now.as_str()), "{when}: `{now}`");
        }
    }

    /// Whatever was reached, the text can still be made the file on both sides.
    #[track_caller]
    fn expect_merge_completes(&self, when: &str) {
        let output = self.command(&["sync"], &[&self.left, &self.right], "");
        if output.status.code() == Some(1) {
            let output = self.merge("");
            assert_eq!(output.status.code(), Some(0), "{when}: {output:?}");
        }
        for root in self.roots() {
            assert_eq!(fs::read_to_string(root.join("notes")).unwrap(), Self::TEXT, "{when}");
        }
        self.expect_nothing_lost(when);
    }
}

#[test]
fn a_merge_killed_at_any_point_loses_nothing_and_can_be_made_again() {
    for (point, _) in POINTS {
        let torn = Torn::new();
        let output = torn.merge(&format!("{point}=return(kill)"));
        assert_eq!(output.status.signal(), Some(9), "the merge did not come by `{point}`: {output:?}");
        torn.expect_nothing_lost(point);
        torn.expect_merge_completes(point);
    }
    // Once more between the two sides.
    let torn = Torn::new();
    let output = torn.merge("in-apply=1*off->return(kill)");
    assert_eq!(output.status.signal(), Some(9), "{output:?}");
    torn.expect_nothing_lost("between the sides");
    torn.expect_merge_completes("between the sides");
}

#[test]
fn a_merge_on_a_full_disk_is_told_and_can_be_made_again() {
    for (point, _) in POINTS {
        let torn = Torn::new();
        let output = torn.merge(&format!("{point}=1*return(enospc)"));
        assert_eq!(output.status.code(), Some(1), "{point}: {output:?}");
        torn.expect_nothing_lost(point);
        torn.expect_merge_completes(point);
    }
}
