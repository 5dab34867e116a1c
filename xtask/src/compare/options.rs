//! What is asked for on the command line.

use std::path::PathBuf;

use super::contender::{CONTENDERS, Contender};
use super::scene::{Kind, Scene};
use super::tree::Origin;
use crate::failure::Failure;
use crate::workspace;

pub(super) const USAGE: &str = "\
usage: cargo xtask compare [OPTION…]

  --scene NAME,…    only these scenes (default: all)
                      tree      a tree: first sync, nothing changed, 1 % changed
                      renamed   a folder gets another name
                      large     a large file changes at one spot
                      million   a tree of small files: first sync, nothing changed, 1 % changed
  --only NAME,…     only these contenders (ours, ours-none, cp, cp-sync, rsync, unison, rclone, rclone-bisync)
  --rounds N        how often each contender does everything (default: 3)
  --tree FOLDER     for `tree`, this one (default: the documentation of the installed toolchain)
  --files N         for `tree`, a made-up one of N files
  --renamed N       files in the folder of `renamed` (default: 10000)
  --large MIB       the size of the file of `large` (default: 4096)
  --million N       files of `million` (default: 1000000)
  --work FOLDER     where to work (default: the system's folder for temporary files); its disk is what is measured
  --binary FILE     a `syncmgr` that is already built (default: build the release one)
";

#[derive(Debug)]
pub(super) struct Options {
    pub(super) scenes: Vec<Scene>,
    pub(super) work: PathBuf,
    pub(super) n_rounds: usize,
    pub(super) contenders: Vec<Contender>,
    pub(super) binary: Option<PathBuf>,
}

pub(super) fn parse(arguments: &[String]) -> Result<Options, Failure> {
    let mut kinds = Kind::ALL.to_vec();
    let mut origin = None;
    let (mut n_renamed, mut large_mib, mut n_million) = (10_000, 4_096, 1_000_000);
    let mut work = std::env::temp_dir();
    let mut n_rounds = 3;
    let mut contenders = CONTENDERS.to_vec();
    let mut binary = None;
    let mut rest = arguments.iter();
    while let Some(option) = rest.next() {
        let value =
            rest.next().ok_or_else(|| Failure::new(format!("`{option}` needs a value")).hint(USAGE))?;
        match option.as_str() {
            "--scene" => kinds = value.split(',').map(scene_named).collect::<Result<_, _>>()?,
            "--only" => contenders = value.split(',').map(contender_named).collect::<Result<_, _>>()?,
            "--rounds" => n_rounds = number(option, value)?,
            "--tree" => origin = Some(Origin::Folder(PathBuf::from(value))),
            "--files" => origin = Some(Origin::MadeUp { n_files: number(option, value)? }),
            "--renamed" => n_renamed = number(option, value)?,
            "--large" => large_mib = number(option, value)?,
            "--million" => n_million = number(option, value)?,
            "--work" => work = PathBuf::from(value),
            "--binary" => binary = Some(PathBuf::from(value)),
            _ => return Err(Failure::new(format!("`{option}` is no option")).hint(USAGE)),
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    let mut scenes = Vec::new();
    for kind in kinds {
        scenes.push(match kind {
            Kind::Tree => Scene::Tree(match origin.take() {
                Some(origin) => origin,
                None => Origin::Documentation(workspace::toolchain_documentation()?),
            }),
            Kind::Renamed => Scene::Renamed { n_files: n_renamed },
            Kind::Large => Scene::Large { mib: large_mib },
            Kind::Million => Scene::Million { n_files: n_million },
        });
    }
    Ok(Options { scenes, work, n_rounds, contenders, binary })
}

fn number(option: &str, value: &str) -> Result<usize, Failure> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Failure::new(format!("`{option} {value}`: not a number above 0")).hint(USAGE)),
    }
}

fn scene_named(name: &str) -> Result<Kind, Failure> {
    Kind::ALL
        .into_iter()
        .find(|kind| kind.word() == name)
        .ok_or_else(|| Failure::new(format!("`{name}` is no scene")).hint(USAGE))
}

fn contender_named(name: &str) -> Result<Contender, Failure> {
    CONTENDERS
        .iter()
        .copied()
        .find(|contender| contender.word() == name)
        .ok_or_else(|| Failure::new(format!("`{name}` is no contender")).hint(USAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Result<Options, Failure> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn options_are_understood_and_nonsense_is_named() {
        let good = options("--files 10 --rounds 2 --only rsync,ours").unwrap();
        assert_eq!((good.n_rounds, good.contenders.len(), good.scenes.len()), (2, 2, 4));
        for (line, named) in [
            ("--files none", "`--files none`"),
            ("--rounds 0", "`--rounds 0`"),
            ("--files 1 --only tar", "`tar`"),
            ("--scene tree,forest", "`forest`"),
            ("--fast yes", "`--fast`"),
            ("--files", "`--files` needs a value"),
        ] {
            let message = options(line).unwrap_err().to_string();
            assert!(message.contains(named), "{line}: {message}");
        }
    }

    #[test]
    fn chosen_scenes_come_once_in_the_order_of_the_table_with_the_sizes_asked_for() {
        let chosen =
            options("--scene million,large,renamed,large --large 64 --renamed 500 --million 9").unwrap();
        let scenes =
            [Scene::Renamed { n_files: 500 }, Scene::Large { mib: 64 }, Scene::Million { n_files: 9 }];
        assert_eq!(chosen.scenes, scenes);
    }
}
