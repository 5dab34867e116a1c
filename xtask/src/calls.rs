//! `calls`: what a progress call costs, beside a D-Bus method call and a gRPC unary call, in one run.
//!
//! The program that measures is a package of its own below `benches/calls`: its peers bring many crates that neither
//! the product nor its tests need.

use crate::failure::Failure;
use crate::{process, programs};

const PACKAGE: &str = "benches/calls/Cargo.toml";

/// Below the workspace's own target folder, so that cleaning up finds it.
const TARGET: &str = "target/benches";

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    programs::ensure(programs::FOR_CALLS)?;
    let mut command = process::command(&process::cargo(), &["run", "--release", "--quiet"]);
    command.args(["--manifest-path", PACKAGE, "--target-dir", TARGET, "--"]).args(arguments);
    process::run(command)
}
