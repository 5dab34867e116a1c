//! How large, how many, how long. Starting values of the protocol; both sides use these.

use std::time::Duration;

/// The longest line of a handler, its end included, unless `initialize` agreed on more.
pub const LINE_MAX: usize = 1 << 20;
/// The most that `line_max` may ask for, and the longest line of the host.
pub const LINE_CEILING: usize = 16 << 20;
/// How many numbered progress lines may be under way.
pub const WINDOW_MESSAGES: u64 = 64;
/// How many bytes of numbered progress lines may be under way.
pub const WINDOW_BYTES: u64 = 256 << 10;
/// How deep a line may be nested.
pub const DEPTH_MAX: usize = 64;
/// How many lines of a run may be stray; one more ends the handler.
pub const STRAY_MAX: u32 = 100;
/// How many requests of a handler may be open.
pub const OPEN_REQUESTS_MAX: usize = 64;
/// How much of the host may wait to be taken before it stops reading.
pub const UNTAKEN_MAX: usize = 256 << 10;
/// The longest id of an item, in bytes.
pub const ITEM_ID_MAX: usize = 128;
/// How many entries of an item are kept in a run; further ones are counted.
pub const ENTRIES_MAX: u64 = 1000;
/// The longest text of an entry, in bytes; what is longer is cut.
pub const TEXT_MAX: usize = 4 << 10;
/// The longest detail of an entry, in bytes; what is longer is cut.
pub const DETAIL_MAX: usize = 64 << 10;
/// The longest state of an item, in bytes.
pub const STATE_MAX: usize = 64 << 10;
/// How much of a run's standard error is kept: its end.
pub const STDERR_MAX: usize = 64 << 10;
/// Where a line of standard error is cut.
pub const STDERR_LINE_MAX: usize = 8 << 10;
/// The most seconds without a line that a handler may announce.
pub const QUIET_MAX: u64 = 3600;
/// Counts beyond this cannot be told apart in JSON and are held here.
pub const COUNT_MAX: i64 = 1 << 53;
/// How many progress lines a second and item a handler should write at most.
pub const PROGRESS_PER_SECOND: u32 = 20;

/// How long the answer to `initialize` may take.
pub const INITIALIZE_LIMIT: Duration = Duration::from_secs(10);
/// How long the answers to `check` and `enumerate` may take.
pub const ENUMERATE_LIMIT: Duration = Duration::from_secs(60);
/// How long the answer to `shutdown` may take, and the end after `exit` or after standard input is closed.
pub const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);
/// How long a handler may take after a stop.
pub const GRACE: Duration = Duration::from_secs(30);
/// How long a handler may be silent before it is looked at.
pub const STALL_AFTER: Duration = Duration::from_secs(120);
/// How often numbered progress lines are acknowledged at least.
pub const ACKNOWLEDGE_EVERY: Duration = Duration::from_millis(250);

/// The beginning of a text, at most that many bytes of it, cut between characters.
pub fn cut(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
