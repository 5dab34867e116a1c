//! Chores of the repository: `cargo xtask COMMAND`.
//!
//! One rule holds them together: what CI does is `cargo xtask check` and nothing else, so that a green run at home means
//! a green run there. Nothing in here is shipped; the product does not know that this package exists.

#![expect(
    clippy::disallowed_methods,
    reason = "chores start processes and read the environment; that is their work"
)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "chores talk to the person who started them")]

mod calls;
mod changelog;
mod check;
mod compare;
mod demo;
mod edges;
mod failure;
mod process;
mod programs;
mod python;
mod schema;
mod soak;
mod test;
mod tidy;
mod windows;
mod workspace;

use std::process::ExitCode;

use failure::Failure;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  check                 everything CI checks: format, edges, tidiness, lints, docs, tests
  test [-- ARG…]        all tests; installs or names the outside programs they need;
                        what follows `--` goes to the test binaries (a name to filter by, for example)
  kill [ARG…]           kills and fails the release binary at each call that changes something; the tests do it
                        with a build that is optimized as well, but quicker to make
  windows-test [-- ARG…]
                        what is for Windows: built with Debian's compilers and tested under a Wine of its own
  edges                 the dependency edges between our crates, compared with the allowed ones
  tidy                  rules about the sources that no compiler checks
  schema                brings the schema and the tables of the handler protocol's page up to date
  changelog VERSION     joins the entries of `changelog/unreleased` into `CHANGELOG.md`
  demo                  builds the release binary and shows it at work on real files, below `target/demo`
  calls [--rounds N]    measures the progress call beside a D-Bus and a gRPC call with the same data
  soak [OPTION…]        plays random users, crashes and failing calls on simulated disks for as long as wanted
                        (`--help` lists the options)
  compare [OPTION…]     measures us beside `cp`, `rsync`, `unison` and `rclone` on the same trees (`--help` lists them)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let Some((command, rest)) = arguments.split_first() else {
        return Err(Failure::new("no command given").hint(USAGE));
    };
    match command.as_str() {
        "check" => no_more(rest).and_then(|()| check::run()),
        "test" => test::run(rest),
        "kill" => test::kill(rest),
        "windows-test" => windows::run(rest),
        "edges" => no_more(rest).and_then(|()| edges::run()),
        "tidy" => no_more(rest).and_then(|()| tidy::run()),
        "calls" => calls::run(rest),
        "schema" => no_more(rest).and_then(|()| schema::run()),
        "changelog" => changelog::run(rest),
        "compare" => compare::run(rest),
        "soak" => soak::run(rest),
        "demo" => no_more(rest).and_then(|()| demo::run()),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        unknown => Err(Failure::new(format!("`{unknown}` is no command")).hint(USAGE)),
    }
}

fn no_more(rest: &[String]) -> Result<(), Failure> {
    match rest.first() {
        None => Ok(()),
        Some(surplus) => Err(Failure::new(format!("`{surplus}` is one argument too many")).hint(USAGE)),
    }
}
