//! All claims, in the order in which they are looked at.

mod ending;
mod first;
mod rules;
mod verdicts;

use super::bench::Bench;
use super::report::{Claim, Kind, Verdict};

/// How a claim is judged.
type Judge = fn(&Bench<'_>) -> Verdict;

const fn claim(name: &'static str, text: &'static str) -> Claim {
    Claim { name, text, kind: Kind::Single }
}

const fn first(name: &'static str, text: &'static str) -> Claim {
    Claim { name, text, kind: Kind::Foundation }
}

const fn throughout(name: &'static str, text: &'static str) -> Claim {
    Claim { name, text, kind: Kind::Throughout }
}

/// The claims. The first ones are needed by all others; the last ones are about everything that was said in between.
pub(super) static CLAIMS: &[(Claim, Judge)] = &[
    (first("starts", "starts, and answers `initialize` with version 1 and its name"), first::starts),
    (first("lists", "lists items with stable ids of 1 to 128 bytes, each once"), first::lists),
    (
        first("synchronizes", "synchronizes all items, with progress on each, and says how each one ended"),
        first::synchronizes,
    ),
    (claim("version", "does not agree to a version of the protocol it cannot speak"), first::version),
    (claim("unknown-method", "refuses an unknown method with -32601 and goes on"), first::unknown_method),
    (claim("skip", "a skipped item does not succeed, and the others are synchronized"), verdicts::skip),
    (
        claim("stop", "after a stop the work ends in time and nothing that was not through succeeds"),
        verdicts::stop,
    ),
    (
        claim("stop-at-checkpoint", "a checkpoint that is answered with stop ends the work"),
        verdicts::stop_at_checkpoint,
    ),
    (claim("pause", "holds still while paused, and completes afterwards"), verdicts::pause),
    (claim("kill", "killed at any message, the next run ends as if nothing had happened"), ending::kill),
    (
        claim("input-closed", "leaves when its standard input is closed, idle or in a run"),
        ending::input_closed,
    ),
    (claim("exit", "answers `shutdown` and leaves after `exit` with status 0"), ending::exit),
    (claim("leftovers", "leaves no process behind"), ending::leftovers),
    (claim("not-a-message", "a line that is no message does not hang it"), ending::not_a_message),
    (
        claim("strange-state", "a state it does not understand is refused in words or ignored"),
        ending::strange_state,
    ),
    (claim("credit", "numbers its progress 1, 2, 3 and keeps to the window"), rules::credit),
    (claim("unattended", "completes although nobody answers its questions"), rules::unattended),
    (claim("stats", "its numbers agree with its outcomes"), rules::stats),
    (throughout("messages", "everything it says has the documented shape"), rules::messages),
    (
        throughout("clean-output", "nothing but messages comes out of its standard output"),
        rules::clean_output,
    ),
    (throughout("answers", "answers each request once, with the request's own id"), rules::answers),
    (throughout("in-order", "says things when they may be said, about items of the run"), rules::in_order),
    (throughout("secrets", "shows no secret to anybody"), rules::secrets),
];
