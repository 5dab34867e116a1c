//! `compare`: us beside `cp`, `rsync` and `unison`, on the same tree, in one run.
//!
//! Figures from different days or machines say nothing about each other, so everything a ratio needs is measured here, by
//! turns: each round lets each contender do all stages on a fresh copy of the tree, and the medians of the rounds are
//! compared. Everything is in one temporary folder, the contenders' homes and states included; nothing of the machine
//! is changed (no caches are dropped, so all figures are those of a warm page cache, for everybody alike).

mod contender;
mod machine;
mod measure;
mod table;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

use contender::{CONTENDERS, Contender, Place, Stage};
use measure::Measurement;
use table::Table;
use tree::Origin;

use crate::failure::Failure;
use crate::{process, programs, workspace};

const USAGE: &str = "\
usage: cargo xtask compare [OPTION…]

  --tree FOLDER     the tree to work with (default: the documentation of the installed toolchain)
  --files N         a made-up tree of N files instead
  --work FOLDER     where to work (default: the system's folder for temporary files); its disk is what is measured
  --rounds N        how often each contender does everything (default: 3)
  --only NAME,…     only these contenders (ours, ours-none, cp, cp-sync, rsync, unison)
  --binary FILE     a `syncmgr` that is already built (default: build the release one)
";

#[derive(Debug)]
struct Options {
    origin: Origin,
    work: PathBuf,
    n_rounds: usize,
    contenders: Vec<Contender>,
    binary: Option<PathBuf>,
}

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if arguments.iter().any(|argument| argument == "--help") {
        print!("{USAGE}");
        return Ok(());
    }
    let options = parse(arguments)?;
    programs::ensure(programs::FOR_COMPARE)?;
    let binary = match &options.binary {
        Some(binary) => binary.canonicalize().map_err(|e| Failure::while_doing("find `--binary`", e))?,
        None => build()?,
    };
    let work = Work::new(&options.work)?;
    eprintln!("working in {} (removed at the end)", work.0.display());
    let base = work.0.join("base");
    let size = tree::make(&options.origin, &base)?;

    let mut table = Table::default();
    for round in 0..options.n_rounds {
        // Another one begins each round, so that nobody always runs on the disk the same neighbor left behind.
        let mut order = options.contenders.clone();
        order.rotate_left(round % options.contenders.len());
        for contender in order {
            eprintln!("round {} of {}: {}", round + 1, options.n_rounds, contender.name());
            let checking = if round == 0 { Checking::Yes } else { Checking::No };
            for (stage, measurement) in round_of(contender, &binary, &work.0, &base, checking)? {
                table.add(stage, contender, measurement);
            }
        }
    }
    println!("{}", machine::describe(&work.0, &options.contenders)?);
    println!("Tree: {}; {size}. Medians of {} rounds; warm page cache.\n", options.origin, options.n_rounds);
    print!("{table}");
    Ok(())
}

/// Whether the result of each stage is compared with what it should be (untimed, but it reads everything).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checking {
    Yes,
    No,
}

/// All stages of one contender on a fresh copy.
fn round_of(
    contender: Contender,
    binary: &Path,
    work: &Path,
    base: &Path,
    checking: Checking,
) -> Result<Vec<(Stage, Measurement)>, Failure> {
    let place = Place::new(work, binary)?;
    tree::copy(base, &place.left)?;
    let mut measurements = Vec::new();
    for stage in Stage::ALL {
        if stage == Stage::Changed {
            tree::change_one_percent(&place.left)?;
        }
        // What was prepared must not be written back on somebody's time.
        tree::settle(&place.left)?;
        let measurement = measure::measure(contender.command(&place, stage), &place.scratch)?;
        measurements.push((stage, measurement));
        if checking == Checking::Yes && contender.is_whole_after(stage) {
            tree::expect_equal(&place.left, &place.right, contender.name())?;
        }
    }
    place.remove()?;
    Ok(measurements)
}

fn parse(arguments: &[String]) -> Result<Options, Failure> {
    let mut origin = None;
    let mut work = std::env::temp_dir();
    let mut n_rounds = 3;
    let mut contenders = CONTENDERS.to_vec();
    let mut binary = None;
    let mut rest = arguments.iter();
    while let Some(option) = rest.next() {
        let value =
            rest.next().ok_or_else(|| Failure::new(format!("`{option}` needs a value")).hint(USAGE))?;
        match option.as_str() {
            "--tree" => origin = Some(Origin::Folder(PathBuf::from(value))),
            "--files" => origin = Some(Origin::MadeUp { n_files: number(option, value)? }),
            "--work" => work = PathBuf::from(value),
            "--rounds" => n_rounds = number(option, value)?,
            "--only" => contenders = value.split(',').map(named).collect::<Result<_, _>>()?,
            "--binary" => binary = Some(PathBuf::from(value)),
            _ => return Err(Failure::new(format!("`{option}` is no option")).hint(USAGE)),
        }
    }
    let origin = match origin {
        Some(origin) => origin,
        None => Origin::Documentation(workspace::toolchain_documentation()?),
    };
    Ok(Options { origin, work, n_rounds, contenders, binary })
}

fn number(option: &str, value: &str) -> Result<usize, Failure> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Failure::new(format!("`{option} {value}`: not a number above 0")).hint(USAGE)),
    }
}

fn named(name: &str) -> Result<Contender, Failure> {
    CONTENDERS
        .iter()
        .copied()
        .find(|contender| contender.word() == name)
        .ok_or_else(|| Failure::new(format!("`{name}` is no contender")).hint(USAGE))
}

fn build() -> Result<PathBuf, Failure> {
    let arguments = ["build", "--quiet", "--release", "--package", "syncmgr-cli", "--message-format", "json"];
    let mut command = process::command(&process::cargo(), &arguments);
    let output = command.output().map_err(|e| Failure::while_doing("start `cargo build`", e))?;
    if !output.status.success() {
        return Err(Failure::new("`syncmgr` could not be built")
            .hint("run `cargo build --release --package syncmgr-cli` and mend what it says"));
    }
    // Cargo tells where the binary is; guessing would miss another target folder.
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "syncmgr")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| Failure::new("`cargo build` named no binary `syncmgr`"))
}

/// The folder everything happens in; gone when dropped.
struct Work(PathBuf);

impl Work {
    fn new(parent: &Path) -> Result<Self, Failure> {
        let parent =
            parent.canonicalize().map_err(|e| Failure::while_doing("find the `--work` folder", e))?;
        let folder = parent.join(format!("syncmgr-compare-{}", std::process::id()));
        fs::create_dir(&folder).map_err(|e| Failure::while_doing("create the work folder", e))?;
        Ok(Self(folder))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Err(cause) = fs::remove_dir_all(&self.0) {
            eprintln!("failed to remove {}: {cause}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_understood_and_nonsense_is_named() {
        let options = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            parse(&words)
        };
        let good = options("--files 10 --rounds 2 --only rsync,ours").unwrap();
        assert_eq!((good.n_rounds, good.contenders.len()), (2, 2));
        for (line, named) in [
            ("--files none", "`--files none`"),
            ("--rounds 0", "`--rounds 0`"),
            ("--files 1 --only tar", "`tar`"),
            ("--fast yes", "`--fast`"),
            ("--files", "`--files` needs a value"),
        ] {
            let message = options(line).unwrap_err().to_string();
            assert!(message.contains(named), "{line}: {message}");
        }
    }

    #[test]
    fn the_work_folder_is_gone_when_it_is_dropped() {
        let work = Work::new(&std::env::temp_dir()).unwrap();
        let path = work.0.clone();
        fs::write(path.join("file"), "x").unwrap();
        drop(work);
        assert!(!path.exists());
    }
}
