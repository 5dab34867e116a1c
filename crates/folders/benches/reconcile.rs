//! Comparing two trees with what was agreed on: per-entry cost, without a disk.

use divan::counter::ItemsCount;
use syncmgr_folders::bench::{Scene, compare};

const SIZES: [u64; 2] = [10_000, 100_000];

fn main() {
    divan::main();
}

fn run(bencher: divan::Bencher<'_, '_>, scene: Scene, n_files: u64) {
    bencher.counter(ItemsCount::new(n_files)).bench(|| compare(divan::black_box(scene), n_files));
}

#[divan::bench(args = SIZES)]
fn nothing_changed(bencher: divan::Bencher<'_, '_>, n_files: u64) {
    run(bencher, Scene::NothingChanged, n_files);
}

#[divan::bench(args = SIZES)]
fn one_in_a_hundred_edited(bencher: divan::Bencher<'_, '_>, n_files: u64) {
    run(bencher, Scene::OneInAHundredEdited, n_files);
}

#[divan::bench(args = SIZES)]
fn first_run(bencher: divan::Bencher<'_, '_>, n_files: u64) {
    run(bencher, Scene::FirstRun, n_files);
}
