//! Makes a script that fails as small as it can be while it still fails in the same way.

use crate::script::{Disturbance, Script, Step};

/// The smallest script found. `fails` tells whether a script still shows what is looked for.
pub(crate) fn shrink(script: &Script, fails: &dyn Fn(&Script) -> bool) -> Script {
    let mut best = script.clone();
    loop {
        let size = best.to_string().len();
        drop_steps(&mut best, fails);
        drop_parts(&mut best, fails);
        if best.to_string().len() >= size {
            return best;
        }
    }
}

/// Takes the smaller script if it still fails.
fn attempt(best: &mut Script, fails: &dyn Fn(&Script) -> bool, change: impl FnOnce(&mut Script)) -> bool {
    let mut smaller = best.clone();
    change(&mut smaller);
    let better = smaller != *best && fails(&smaller);
    if better {
        *best = smaller;
    }
    better
}

fn drop_steps(best: &mut Script, fails: &dyn Fn(&Script) -> bool) {
    let mut length = best.steps.len().div_ceil(2);
    while length > 0 {
        let mut at = 0;
        while at < best.steps.len() {
            let end = (at + length).min(best.steps.len());
            if !attempt(best, fails, |script| drop(script.steps.drain(at..end))) {
                at += length;
            }
        }
        length /= 2;
    }
}

fn drop_parts(best: &mut Script, fails: &dyn Fn(&Script) -> bool) {
    for volume in 0..best.volumes.len() {
        for quirk in best.volumes[volume].clone() {
            attempt(best, fails, |script| script.volumes[volume].retain(|known| *known != quirk));
        }
    }
    for places in [[0, 0, 0], [0, 1, 0]] {
        attempt(best, fails, |script| script.places = places);
    }
    for at in 0..best.steps.len() {
        let Step::Run(run) = best.steps[at].clone() else { continue };
        let mut change = |change: &dyn Fn(&mut crate::script::Run)| {
            attempt(best, fails, |script| {
                if let Step::Run(run) = &mut script.steps[at] {
                    change(run);
                }
            });
        };
        change(&|run| run.disturbance = Disturbance::Nothing);
        for which in (0..run.meanwhile.len()).rev() {
            change(&|run| drop(run.meanwhile.remove(which.min(run.meanwhile.len() - 1))));
        }
    }
}
