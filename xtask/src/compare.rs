//! `compare`: us beside `cp`, `rsync`, `unison` and `rclone`, on the same trees, in one run.
//!
//! Figures from different days or machines say nothing about each other, so everything a ratio needs is measured here, by
//! turns: each round of a scene lets each contender do all its stages on a fresh copy, and the medians of the rounds are
//! compared. Everything is in one temporary folder, the contenders' homes and states included; nothing of the machine
//! is changed (no caches are dropped, so all figures are those of a warm page cache, for everybody alike).

mod contender;
mod machine;
mod measure;
mod options;
mod scene;
mod space;
mod table;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

use contender::{Contender, Place, Stage};
use measure::Measurement;
use options::Options;
use scene::Scene;
use space::Need;
use table::Table;
use tree::Size;

use crate::failure::Failure;
use crate::{process, programs};

pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if arguments.iter().any(|argument| argument == "--help") {
        print!("{}", options::USAGE);
        return Ok(());
    }
    let options = options::parse(arguments)?;
    programs::ensure(programs::FOR_COMPARE)?;
    let binary = match &options.binary {
        Some(binary) => binary.canonicalize().map_err(|e| Failure::while_doing("find `--binary`", e))?,
        None => build()?,
    };
    let work = Work::new(&options.work)?;
    eprintln!("working in {} (removed at the end)", work.0.display());
    for need in options.scenes.iter().filter_map(Scene::need) {
        need.ensure(&work.0)?;
    }
    let mut table = Table::default();
    let mut told = machine::describe(&work.0, &options.contenders)?;
    let mut outcome = Ok(());
    for scene in &options.scenes {
        match measure_scene(scene, &options, &binary, &work.0, &mut table) {
            Ok(size) => told.push_str(&format!("\nScene `{}`: {scene}; {size}.", scene.kind().word())),
            // What was measured before is worth hours; it is shown in any case.
            Err(failure) => {
                outcome = Err(failure);
                break;
            }
        }
    }
    println!("{told}\nMedians of {} rounds; warm page cache.\n", options.n_rounds);
    print!("{table}");
    outcome
}

/// All rounds of all contenders.
fn measure_scene(
    scene: &Scene,
    options: &Options,
    binary: &Path,
    work: &Path,
    table: &mut Table,
) -> Result<Size, Failure> {
    let base = work.join("base");
    let size = scene.make(&base)?;
    if scene.need().is_none() {
        Need::of_trees(size.bytes, size.n_files).ensure(work)?;
    }
    for round in 0..options.n_rounds {
        // Another one begins each round, so that nobody always runs on the disk the same neighbor left behind.
        let mut order = options.contenders.clone();
        order.rotate_left(round % options.contenders.len());
        for contender in order {
            let word = scene.kind().word();
            eprintln!("{word}, round {} of {}: {}", round + 1, options.n_rounds, contender.name());
            let checking = if round == 0 { Checking::Yes } else { Checking::No };
            let place = Place::new(work, binary)?;
            for (stage, measurement) in round_of(scene, contender, &place, &base, checking)? {
                table.add(scene, stage, contender, measurement);
            }
            place.remove()?;
        }
    }
    fs::remove_dir_all(&base).map_err(|e| Failure::while_doing("remove a scene", e))?;
    Ok(size)
}

/// Whether the result of each stage is compared with what it should be (untimed, but it reads everything).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checking {
    Yes,
    No,
}

/// All stages of one contender on a fresh copy; those that the table shows are returned.
fn round_of(
    scene: &Scene,
    contender: Contender,
    place: &Place,
    base: &Path,
    checking: Checking,
) -> Result<Vec<(Stage, Measurement)>, Failure> {
    tree::copy(base, &place.left)?;
    let mut measurements = Vec::new();
    for &stage in scene.stages() {
        scene.change(stage, &place.left)?;
        // What was prepared must not be written back on somebody's time.
        tree::settle(&place.left)?;
        let measurement = measure::measure(contender.command(place, stage), &place.scratch)?;
        measurements.extend(scene.shows(stage).then_some((stage, measurement)));
        if checking == Checking::Yes && contender.is_whole_after(stage) {
            tree::expect_equal(&place.left, &place.right, contender.name())?;
        }
    }
    Ok(measurements)
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
    fn the_work_folder_is_gone_when_it_is_dropped() {
        let work = Work::new(&std::env::temp_dir()).unwrap();
        let path = work.0.clone();
        fs::write(path.join("file"), "x").unwrap();
        drop(work);
        assert!(!path.exists());
    }
}
