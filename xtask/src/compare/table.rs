//! The table: medians, ratios, peaks.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::contender::{Contender, Stage};
use super::measure::Measurement;
use super::scene::{Kind, Scene};

/// All measurements, by scene, stage and contender.
#[derive(Debug, Default)]
pub(super) struct Table {
    titles: BTreeMap<(Kind, Stage), String>,
    cells: BTreeMap<(Kind, Stage, Contender), Vec<Measurement>>,
}

impl Table {
    pub(super) fn add(
        &mut self,
        scene: &Scene,
        stage: Stage,
        contender: Contender,
        measurement: Measurement,
    ) {
        self.titles.entry((scene.kind(), stage)).or_insert_with(|| scene.title(stage));
        self.cells.entry((scene.kind(), stage, contender)).or_default().push(measurement);
    }

    fn median_of(&self, scene: Kind, stage: Stage, contender: Contender) -> Option<Duration> {
        self.cells.get(&(scene, stage, contender)).map(|cell| median(cell))
    }

    /// How long `ours` takes for each second of the row; empty where one of them did not run.
    fn ratio(&self, scene: Kind, stage: Stage, ours: Contender, row: Duration) -> String {
        match self.median_of(scene, stage, ours) {
            Some(ours) => format!("{:.2}", ours.as_secs_f64() / row.as_secs_f64()),
            None => String::new(),
        }
    }
}

/// The middle one; of an even number the faster of the two in the middle.
fn median(cell: &[Measurement]) -> Duration {
    let mut durations: Vec<_> = cell.iter().map(|measurement| measurement.duration).collect();
    durations.sort_unstable();
    durations[(durations.len() - 1) / 2]
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| stage | program | median | fastest … slowest | ours ÷ it | ours, none ÷ it | peak | what it does |"
        )?;
        writeln!(f, "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")?;
        for ((scene, stage, contender), cell) in &self.cells {
            let median = median(cell);
            let fastest = cell.iter().map(|m| m.duration).min().unwrap_or_default();
            let slowest = cell.iter().map(|m| m.duration).max().unwrap_or_default();
            let peak_kib = cell.iter().map(|m| m.peak_kib).max().unwrap_or_default();
            writeln!(
                f,
                "| {} | {} | {:.2} s | {:.2} … {:.2} s | {} | {} | {} MiB | {} |",
                self.titles[&(*scene, *stage)],
                contender.name(),
                median.as_secs_f64(),
                fastest.as_secs_f64(),
                slowest.as_secs_f64(),
                self.ratio(*scene, *stage, Contender::Ours, median),
                self.ratio(*scene, *stage, Contender::OursNone, median),
                peak_kib >> 10,
                contender.semantics(*stage),
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_the_median_the_ratio_to_it_and_the_highest_peak() {
        let mut table = Table::default();
        let scene = Scene::Million { n_files: 7 };
        for (contender, seconds, peak_mib) in [
            (Contender::Ours, 1, 10),
            (Contender::Rsync, 9, 20),
            (Contender::Rsync, 2, 40),
            (Contender::Rsync, 4, 30),
        ] {
            let duration = Duration::from_secs(seconds);
            table.add(&scene, Stage::First, contender, Measurement { duration, peak_kib: peak_mib << 10 });
        }
        let text = table.to_string();
        let row = text.lines().last().unwrap();
        assert_eq!(
            row,
            "| 7 small files: first sync | `rsync -a` | 4.00 s | 2.00 … 9.00 s | 0.25 |  | 40 MiB | one way |"
        );
    }
}
