//! What is claimed, and what was found.

/// Something that is promised to a manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Its name: short, for lists and for people who talk about it.
    pub name: &'static str,
    /// What a handler does if it holds, in one line.
    pub text: &'static str,
    /// What it has to do with the others.
    pub kind: Kind,
}

/// What a claim has to do with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The others cannot be tried without it.
    Foundation,
    /// It is tried by itself.
    Single,
    /// It is about everything that was said while the others were tried.
    Throughout,
}

/// What came of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Held,
    /// It does not.
    Failed {
        /// What was seen, and where it helps what to do.
        found: String,
        /// The lines exchanged: `H> ` before what the suite said, `P> ` before what the handler said.
        exchange: Vec<String>,
    },
    /// The handler does not do what the claim is about; says what.
    NotApplicable(String),
    /// It was not tried; says why.
    NotReached(String),
}

impl Verdict {
    /// Whether it holds, or is not applicable.
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Held | Self::NotApplicable(_))
    }
}

/// A claim and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub claim: Claim,
    /// What came of it.
    pub verdict: Verdict,
}

/// All findings, in the order of [`claims`](super::claims).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// One for each claim that was looked at.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing failed and everything was tried.
    pub fn is_good(&self) -> bool {
        self.findings.iter().all(|finding| finding.verdict.is_held())
    }

    /// What failed, or was not tried.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.verdict.is_held())
    }
}
