//! `soak`: the folder engine in its simulated world, for as long as wanted.
//!
//! It is the test that every test run makes with a fixed number of seeds, built for speed and told by the environment
//! how far to go. What it finds it prints as a script that can be kept as a regression test.

use crate::failure::Failure;
use crate::process;

const USAGE: &str = "\
usage: cargo xtask soak [OPTION…]

  --runs N       stop after about so many simulated runs of a pair (default: 100000, unless a time is given)
  --seconds N    stop after so many seconds
  --seed S       begin with this seed (default: 0)
";

/// The test that searches.
const TEST: &str = "no_promise_is_broken_in_a_simulated_world";
const DEFAULT_RUNS: u64 = 100_000;

#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    runs: Option<u64>,
    seconds: Option<u64>,
    seed: u64,
}

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if arguments.iter().any(|argument| argument == "--help") {
        print!("{USAGE}");
        return Ok(());
    }
    let options = parse(arguments)?;
    let mut command = process::command(&process::cargo(), &["test", "--release"]);
    command.args(["--package", "syncmgr-folders", "--features", "simulation", "--test", "simulation"]);
    command.args(["--", "--exact", TEST, "--nocapture"]);
    command.env("SOAK_SEED", options.seed.to_string());
    for (name, number) in [("SOAK_RUNS", options.runs), ("SOAK_SECONDS", options.seconds)] {
        if let Some(number) = number {
            command.env(name, number.to_string());
        }
    }
    let mut searched = false;
    process::run_seeing(command, |line| searched |= line.contains(" runs on "))?;
    if searched { Ok(()) } else { Err(Failure::new(format!("the test `{TEST}` did not run"))) }
}

fn parse(arguments: &[String]) -> Result<Options, Failure> {
    let mut options = Options::default();
    let mut arguments = arguments.iter();
    while let Some(name) = arguments.next() {
        let number = arguments.next().and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| Failure::new(format!("`{name}` needs a number")).hint(USAGE))?;
        match name.as_str() {
            "--runs" => options.runs = Some(number),
            "--seconds" => options.seconds = Some(number),
            "--seed" => options.seed = number,
            _ => return Err(Failure::new(format!("`{name}` is not understood here")).hint(USAGE)),
        }
    }
    if options.runs.is_none() && options.seconds.is_none() {
        options.runs = Some(DEFAULT_RUNS);
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Options> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words).ok()
    }

    #[test]
    fn without_a_limit_a_soak_ends_after_the_usual_number_of_runs() {
        let with = |runs, seconds, seed| Some(Options { runs, seconds, seed });
        assert_eq!(parsed(""), with(Some(DEFAULT_RUNS), None, 0));
        assert_eq!(parsed("--seconds 5 --seed 7"), with(None, Some(5), 7));
        assert_eq!(parsed("--runs 9"), with(Some(9), None, 0));
        assert_eq!(parsed("--runs"), None);
        assert_eq!(parsed("--sideways 3"), None);
    }
}
