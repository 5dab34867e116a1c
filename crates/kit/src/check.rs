//! Does a handler keep the protocol? [`check`] starts it again and again, is a manager to it, and tells what held.
//!
//! In reading order: [`report`](self) (what is claimed and found), `claims` (the list of all claims, one function each),
//! `bench` (a run from start to end, in the words of the claims), `desk` (what a manager answers: pure), `talk` (a process
//! and the lines exchanged with it).

mod bench;
mod claims;
mod desk;
mod report;
mod talk;
mod transcript;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

pub use report::{Claim, Finding, Kind, Report, Verdict};

/// What is checked.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The handler's program and its arguments. The first is a path, or a name to look up in PATH.
    pub argv: Vec<OsString>,
    /// The whole environment of the person who asks; the handler gets what a manager would give it.
    pub environment: Vec<(OsString, OsString)>,
    /// An empty folder for the handler's working directories. The suite leaves files behind in it.
    pub scratch: PathBuf,
    /// How long, how often.
    pub limits: Limits,
}

/// How long the suite waits, and how often it repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For an answer, and for the end of the work after a stop.
    pub patience: Duration,
    /// For the end of the process after it was told to end.
    pub exit: Duration,
    /// How long a pause lasts.
    pub pause: Duration,
    /// In how many places the handler is killed.
    pub kills: usize,
    /// For everything together; what is not reached by then is reported as such.
    pub total: Duration,
}

impl Limits {
    /// As thorough as the protocol asks for.
    pub const WHOLE: Self = Self {
        patience: Duration::from_secs(30),
        exit: Duration::from_secs(5),
        pause: Duration::from_secs(3),
        kills: 25,
        total: Duration::from_secs(600),
    };

    /// For every save of a file.
    pub const QUICK: Self = Self {
        patience: Duration::from_secs(10),
        exit: Duration::from_secs(5),
        pause: Duration::from_millis(500),
        kills: 5,
        total: Duration::from_secs(60),
    };
}

/// All claims, in the order in which they are looked at.
pub fn claims() -> impl Iterator<Item = Claim> {
    claims::CLAIMS.iter().map(|(claim, _)| *claim)
}

/// Looks at all claims and hands each finding to `watch` as soon as it is there.
///
/// Where a claim of [`Kind::Foundation`] does not hold, the others cannot be tried; what was said up to then is still looked
/// at.
pub fn check(subject: &Subject, watch: &mut dyn FnMut(&Finding)) -> Report {
    check_some(subject, &|_| true, watch)
}

/// As [`check`], for claims that are wanted, and those of [`Kind::Foundation`].
pub fn check_some(
    subject: &Subject,
    is_wanted: &dyn Fn(&Claim) -> bool,
    watch: &mut dyn FnMut(&Finding),
) -> Report {
    let bench = bench::Bench::new(subject);
    let mut findings = Vec::new();
    let mut missing = None;
    let wanted =
        claims::CLAIMS.iter().filter(|(claim, _)| claim.kind == Kind::Foundation || is_wanted(claim));
    for (claim, judge) in wanted {
        let verdict = match missing {
            _ if claim.kind == Kind::Throughout => judge(&bench),
            Some(foundation) => Verdict::NotReached(format!("`{foundation}` has to hold first")),
            None if bench.is_out_of_time() => bench::out_of_time(),
            None => judge(&bench),
        };
        let finding = Finding { claim: *claim, verdict };
        watch(&finding);
        if claim.kind == Kind::Foundation && !finding.verdict.is_held() {
            missing.get_or_insert(claim.name);
        }
        findings.push(finding);
    }
    Report { findings }
}
