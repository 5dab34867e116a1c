//! Random scripts. Few names, so that both sides meet; much that happens in the same instant.

use syncmgr_folders::{ConflictPolicy, Durability, Mode};
use syncmgr_handler::model::fact::Side;

use crate::disk::Quirk;
use crate::machine::QUIRKS;
use crate::random::Random;
use crate::script::{Content, Disturbance, Operation, Purpose, Refusal, Run, Script, Step};

/// Where a script is to be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// On simulated volumes.
    Memory,
    /// On the disk of this machine: no power cuts, nothing that shuts ourselves out.
    Real,
}

const NAMES: [&str; 8] = ["a", "b", "c", "d", "A", "B", "x.ign", "y.tmp"];
const SIZES: [u32; 5] = [12, 12, 12, 40, 900];
const RULES: [&str; 4] = ["*.tmp", "*.ign", "c", "!x.ign"];

struct Generator {
    random: Random,
    stage: Stage,
    n_contents: u32,
}

/// The script of a seed.
pub(crate) fn script(seed: u64, stage: Stage) -> Script {
    let mut generator = Generator { random: Random::new(seed), stage, n_contents: 0 };
    let mut script = generator.pair();
    generator.steps(&mut script.steps, script.durability);
    script
}

impl Generator {
    fn pair(&mut self) -> Script {
        let random = &mut self.random;
        let mode = match random.chance(60) {
            true => Mode::TwoWaySafe,
            false => random.pick(Mode::ALL),
        };
        let conflict = match random.chance(60) {
            true => ConflictPolicy::Hold,
            false => random.pick(ConflictPolicy::ALL),
        };
        let durability =
            random.weighed(&[(60, Durability::Batch), (25, Durability::Full), (15, Durability::None)]);
        let places = random.pick(&[[0, 0, 0], [0, 1, 0], [0, 1, 1], [0, 1, 2], [0, 0, 1]]);
        let volumes = (0..3).map(|_| self.quirks()).collect();
        Script { mode, conflict, durability, volumes, places, steps: Vec::new() }
    }

    fn quirks(&mut self) -> Vec<Quirk> {
        if self.stage == Stage::Real {
            return QUIRKS.to_vec();
        }
        let random = &mut self.random;
        let percent = |quirk| match quirk {
            Quirk::Journal | Quirk::ReusesNumbers | Quirk::Ticks | Quirk::ShortWrites => 50,
            Quirk::Guarded => 30,
            Quirk::EvenSeconds | Quirk::IgnoresCase => 10,
            Quirk::NoHardLinks | Quirk::NoExchange | Quirk::NoSymlinks | Quirk::FixedModes => 10,
            // No engine can keep its promises on such a disk.
            Quirk::Lies => 0,
        };
        Quirk::ALL
            .into_iter()
            .map(|(quirk, _)| quirk)
            .filter(|quirk| random.chance(percent(*quirk)))
            .collect()
    }

    fn steps(&mut self, steps: &mut Vec<Step>, durability: Durability) {
        for _ in 0..self.random.below(14) {
            let operation = self.operation();
            steps.push(Step::Do(operation));
        }
        if self.random.chance(70) {
            steps.push(Step::Settle);
        }
        for _ in 0..1 + self.random.below(4) {
            for _ in 0..self.random.below(9) {
                let operation = self.operation();
                steps.push(Step::Do(operation));
            }
            for _ in 0..1 + self.random.below(3) {
                let run = self.run(durability);
                steps.push(Step::Run(run));
            }
            if self.random.chance(40) {
                steps.push(Step::Settle);
            }
        }
        steps.push(Step::Settle);
    }

    fn run(&mut self, durability: Durability) -> Run {
        let purpose = self.random.weighed(&[
            (50, Purpose::Synchronize),
            (40, Purpose::Watched),
            (5, Purpose::Preview),
            (5, Purpose::Undo),
        ]);
        let mut meanwhile = Vec::new();
        if self.random.chance(25) {
            for _ in 0..1 + self.random.below(3) {
                let at = self.random.below(160) as u32;
                meanwhile.push((at, self.operation()));
            }
            meanwhile.sort_by_key(|(at, _)| *at);
        }
        let random = &mut self.random;
        let power = durability != Durability::None && self.stage == Stage::Memory;
        let refusals = [Refusal::NoSpace, Refusal::InputOutput, Refusal::Access, Refusal::TooManyFiles];
        let reach = random.pick(&[20, 60, 120]);
        let at = random.below(reach) as u32;
        let disturbance = match random.below(10) {
            0 => Disturbance::Nothing,
            1 => Disturbance::Stop(random.below(20) as u32),
            2..4 => Disturbance::Kill(at),
            4..8 if power => Disturbance::PowerCut(at, random.next()),
            4..9 => Disturbance::Fail(at * 2, 1 + random.below(4) as u32, random.pick(&refusals)),
            _ => Disturbance::FailEvery(3 + random.below(60) as u32, random.pick(&refusals)),
        };
        Run { purpose, disturbance, meanwhile }
    }

    fn side(&mut self) -> Side {
        self.random.pick(&Side::BOTH)
    }

    fn path(&mut self) -> String {
        let depth = self.random.weighed(&[(55, 1), (30, 2), (15, 3)]);
        let names: Vec<_> = (0..depth).map(|_| self.random.pick(&NAMES)).collect();
        names.join("/")
    }

    fn content(&mut self) -> Content {
        self.n_contents += 1;
        Content { number: self.n_contents, size: self.random.pick(&SIZES) }
    }

    fn operation(&mut self) -> Operation {
        let (side, path) = (self.side(), self.path());
        match self.random.below(100) {
            0..25 => Operation::Write(side, path, self.content()),
            25..33 => Operation::Replace(side, path, self.content()),
            33..36 => Operation::KeepTime(side, path, self.content()),
            36..46 => Operation::Remove(side, path),
            46..57 => Operation::Rename(side, path, self.path()),
            57..59 => Operation::Swap(side, path, self.path()),
            59..65 => Operation::MakeDir(side, path),
            65..69 => Operation::Symlink(side, path, self.path()),
            69..71 => Operation::HardLink(side, path, self.path()),
            71..74 => Operation::Duplicate(side, path, self.path()),
            74..79 => Operation::Across(side, path),
            79..85 => Operation::Chmod(side, path, self.mode()),
            85..89 => Operation::Touch(side, path, self.time()),
            89 => Operation::Special(side, path),
            90..92 => Operation::Rules(side, ".".to_owned(), self.random.pick(&RULES).to_owned()),
            92..94 => {
                let rule = self.random.pick(&RULES[..3]);
                Operation::Ignore(self.random.chance(70).then(|| rule.to_owned()))
            }
            _ => Operation::Wait(self.random.pick(&[1_000, 5_000_000, 30_000_000, 5_000_000_000])),
        }
    }

    /// A time that nothing else has.
    fn time(&mut self) -> i64 {
        self.n_contents += 1;
        1_000_000_000 + 2 * i64::from(self.n_contents)
    }

    fn mode(&mut self) -> u32 {
        match self.stage {
            Stage::Memory => self.random.pick(&[0o644, 0o600, 0o755, 0o700, 0o444, 0o555, 0o000, 0o4755]),
            Stage::Real => self.random.pick(&[0o700, 0o711, 0o744, 0o755, 0o777]),
        }
    }
}
