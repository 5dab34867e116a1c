//! What belongs to a child, as the kernel shows it in /proc.

use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::time::Duration;
use std::{fs, io};

use crate::program::MARK;
use crate::usage::Usage;

/// What makes a process belong to a child.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Membership<'a> {
    /// The number of the session, which is that of the child.
    pub(crate) session: i32,
    /// The value of [`MARK`]; empty if there is none.
    pub(crate) mark: &'a str,
}

/// Looks for the processes that belong to a child, again and again.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    membership: Membership<'a>,
    /// Everything that was ever found to belong.
    known: HashSet<i32>,
    /// The newest process when the last look began, if nothing was found in that look: then only younger ones are news.
    none_until: Option<i32>,
    /// Those whose environment was empty at the last look, and where it is.
    empty: HashSet<(i32, u64)>,
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) n_members: usize,
    /// No process began on this machine meanwhile and none changed its program, so that none can have been overlooked.
    pub(crate) is_sure: bool,
}

impl<'a> Search<'a> {
    pub(crate) fn new(membership: Membership<'a>) -> Self {
        Self { membership, known: HashSet::new(), none_until: None, empty: HashSet::new() }
    }

    /// Hands over each living process that belongs to the child, as soon as it is seen: those who try to get away by
    /// starting the next one are young and do not live long.
    ///
    /// After a look that found nothing, the next one is only at what began since, and therefore quick: on a machine where
    /// others start processes all the time, one of them soon sees that none began meanwhile.
    pub(crate) fn look(&mut self, mut seen: impl FnMut(Process)) -> Look {
        let newest = newest();
        let ids = match (self.none_until, newest) {
            (Some(until), Some(newest)) if (until..until.saturating_add(MAX_YOUNGER)).contains(&newest) => {
                // Numbers are given out in ascending order.
                (until + 1..=newest).rev().collect()
            }
            _ => ids_newest_first(),
        };
        let Found { members, is_sure } = self.among(&ids, &mut seen);
        self.none_until = newest.filter(|_| members.is_empty() && is_sure);
        let n_members = members.len();
        self.known.extend(members);
        Look { n_members, is_sure: is_sure && newest == self::newest() }
    }

    fn among(&mut self, ids: &[i32], mut seen: impl FnMut(Process)) -> Found {
        let Membership { session, mark } = self.membership;
        let mut found = HashSet::new();
        let (mut others, mut blank) = (Vec::new(), Vec::new());
        for process in ids.iter().filter_map(|id| Process::read(*id)).filter(may_belong) {
            let its_mark = Mark::of(process.id, mark);
            if process.session == session || its_mark == Mark::Carried {
                found.insert(process.id);
                seen(process);
                continue;
            }
            if its_mark == Mark::Blank {
                blank.push(process);
            }
            others.push(process);
        }
        // By now most programs that took the place of others are there, with their environment.
        let (late, still_blank): (Vec<_>, Vec<_>) = blank
            .iter()
            .map(|process| (process.id, Mark::of(process.id, mark)))
            .filter(|(_, its_mark)| *its_mark != Mark::Other)
            .partition(|(_, its_mark)| *its_mark == Mark::Carried);
        let late = late.into_iter().map(|(id, _)| id);
        let ancestors = self.known.union(&found).copied().chain(late).collect();
        for process in belonging(&others, ancestors) {
            found.insert(process.id);
            seen(*process);
        }
        let places = still_blank.into_iter().filter_map(|(id, _)| Some((id, Environment::of(id)?)));
        let (settled, between): (Vec<_>, Vec<_>) =
            places.partition(|(id, it)| it.is_empty_for_good() || self.empty.contains(&(*id, it.begin)));
        self.empty = settled
            .iter()
            .chain(&between)
            .filter(|(_, it)| it.is_empty())
            .map(|(id, it)| (*id, it.begin))
            .collect();
        Found { members: found, is_sure: between.is_empty() }
    }
}

/// The members among some processes.
struct Found {
    members: HashSet<i32>,
    /// None of the others was between two programs, where it cannot be seen what it is.
    is_sure: bool,
}

/// A gap of more numbers than this is looked at like everything else.
const MAX_YOUNGER: i32 = 1000;

impl Membership<'_> {
    pub(crate) fn usage(&self) -> Usage {
        let processes: Vec<_> = ids_newest_first().into_iter().filter_map(Process::read).collect();
        // The mark is left out: this is asked often, and reading all environments is what makes a look expensive.
        let of_session =
            processes.iter().filter(|process| process.session == self.session && may_belong(process));
        let belonging: Vec<_> =
            belonging(&processes, of_session.map(|process| process.id).collect()).collect();
        let ticks: u64 = belonging.iter().map(|process| process.ticks).sum();
        Usage {
            processes: belonging.len(),
            cpu: Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second().max(1)),
            io_bytes: belonging.iter().map(|process| io_bytes(process.id)).sum(),
        }
    }
}

/// A process, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) id: i32,
    /// When it began, in the kernel's ticks: with its number, this is its identity.
    began: u64,
    parent: i32,
    session: i32,
    ticks: u64,
}

impl Process {
    /// Whether the number is still this process's and it lives.
    pub(crate) fn is_still_there(&self) -> bool {
        Self::read(self.id).is_some_and(|now| now.began == self.began)
    }

    /// The living process with this number; one that only waits to be reaped does not live.
    fn read(id: i32) -> Option<Self> {
        let stat = fs::read(format!("/proc/{id}/stat")).ok()?;
        Self::parse(id, &String::from_utf8_lossy(&stat))
    }

    fn parse(id: i32, stat: &str) -> Option<Self> {
        let fields = fields_of_living(stat)?;
        // Own times, and those of children that were waited for.
        let ticks = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
        Some(Self {
            id,
            began: fields.get(19)?.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            session: fields.get(3)?.parse().ok()?,
            ticks,
        })
    }
}

/// Where the kernel says that the environment of a process is, after it was seen to be empty.
#[derive(Debug, Clone, Copy)]
struct Environment {
    begin: u64,
    end: u64,
    /// It waits for something.
    sleeps: bool,
}

impl Environment {
    /// Nothing for what ended meanwhile, and for threads of the kernel, which never have one.
    fn of(id: i32) -> Option<Self> {
        let stat = fs::read(format!("/proc/{id}/stat")).ok()?;
        Self::parse(&String::from_utf8_lossy(&stat))
    }

    fn parse(stat: &str) -> Option<Self> {
        // Counted from the one behind the name (proc(5)).
        const FLAGS: usize = 6;
        const BEGIN: usize = 47;
        /// `PF_KTHREAD`.
        const OF_KERNEL: u64 = 0x0020_0000;
        let fields = fields_of_living(stat)?;
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        let sleeps = matches!(fields.first(), Some(&("S" | "T" | "t")));
        (number(FLAGS)? & OF_KERNEL == 0).then_some(Self {
            begin: number(BEGIN)?,
            end: number(BEGIN + 1)?,
            sleeps,
        })
    }

    /// While one program takes the place of another, and at its end, a process has no place for one; then, for an
    /// instant in which it runs, an empty one.
    fn is_empty(self) -> bool {
        self.begin == self.end && self.end != 0
    }

    fn is_empty_for_good(self) -> bool {
        self.is_empty() && self.sleeps
    }
}

/// What stands behind the name in the line of a process, if it lives.
fn fields_of_living(stat: &str) -> Option<Vec<&str>> {
    // The name stands in parentheses and may itself contain some.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<_> = fields.split_ascii_whitespace().collect();
    (!matches!(*fields.first()?, "Z" | "X")).then_some(fields)
}

/// The number of the process that began last.
fn newest() -> Option<i32> {
    let load = fs::read_to_string("/proc/loadavg").ok()?;
    load.split_ascii_whitespace().nth(4)?.parse().ok()
}

fn ids_newest_first() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut ids: Vec<i32> = ids.collect();
    // Numbers are given out in ascending order, but for the rare wrap.
    ids.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
    ids
}

/// Never the first process, never ourselves.
fn may_belong(process: &Process) -> bool {
    process.id != 1 && process.id != rustix::process::getpid().as_raw_nonzero().get()
}

/// The processes with these ids, and whatever any of them started.
fn belonging(processes: &[Process], mut ids: HashSet<i32>) -> impl Iterator<Item = &Process> {
    let candidates = || processes.iter().filter(|process| may_belong(process));
    loop {
        let children = candidates().filter(|process| ids.contains(&process.parent)).map(|process| process.id);
        let found: Vec<_> = children.filter(|id| !ids.contains(id)).collect();
        if found.is_empty() {
            break;
        }
        ids.extend(found);
    }
    candidates().filter(move |process| ids.contains(&process.id))
}

/// Whether a process carries the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Carried,
    Other,
    /// It has no environment: perhaps only for the moment in which one program takes the place of another.
    Blank,
}

impl Mark {
    /// Only processes of our own user are asked.
    fn of(id: i32, mark: &str) -> Self {
        let ours = rustix::process::geteuid().as_raw();
        if mark.is_empty() || !fs::metadata(format!("/proc/{id}")).is_ok_and(|process| process.uid() == ours)
        {
            return Self::Other;
        }
        let wanted = OsString::from(format!("{MARK}={mark}")).into_vec();
        match environment(id) {
            Ok(environment) if environment.is_empty() => Self::Blank,
            Ok(environment) if environment.split(|byte| *byte == 0).any(|it| it == wanted) => Self::Carried,
            _ => Self::Other,
        }
    }
}

/// In one go: between two reads another program may have taken the place of the process, and the rest would be gone.
fn environment(id: i32) -> io::Result<Vec<u8>> {
    let file = fs::File::open(format!("/proc/{id}/environ"))?;
    let mut room = vec![0; 64 << 10];
    loop {
        let n_read = file.read_at(&mut room, 0)?;
        if n_read < room.len() {
            room.truncate(n_read);
            return Ok(room);
        }
        room.resize(room.len() * 2, 0);
    }
}

fn io_bytes(id: i32) -> u64 {
    let io = fs::read_to_string(format!("/proc/{id}/io")).unwrap_or_default();
    let counters = io.lines().filter_map(|line| line.split_once(": "));
    counters
        .filter(|(name, _)| matches!(*name, "rchar" | "wchar"))
        .filter_map(|(_, number)| number.trim().parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_move_the_fields() {
        let stat = "7 (a) b (c)) S 3 7 5 0 -1 4194560 1 0 0 0 10 20 30 40 20 0 1 0 99 1 1";
        assert_eq!(
            Process::parse(7, stat),
            Some(Process { id: 7, began: 99, parent: 3, session: 5, ticks: 100 })
        );
        assert_eq!(Process::parse(7, &stat.replace(") S", ") Z")), None);
    }

    fn process(id: i32, parent: i32, session: i32) -> Process {
        Process { id, began: 0, parent, session, ticks: 0 }
    }

    /// Programs that are not started as a child, to look at.
    #[expect(clippy::disallowed_methods, reason = "nothing of ours would start a program that gets away")]
    fn command(program: &str) -> std::process::Command {
        std::process::Command::new(program)
    }

    /// It was, while it was between two programs and the machine was busy, and outlived its hook.
    #[test]
    fn a_process_that_changes_its_program_all_the_time_is_never_overlooked() {
        let mark = format!("changing-{}", std::process::id());
        let again = r#"exec sh -c "$0" "$0""#;
        let mut changing =
            command("setsid").args(["sh", "-c", again, again]).env(MARK, &mark).spawn().unwrap();
        let looks =
            std::iter::repeat_with(|| Search::new(Membership { session: -1, mark: &mark }).look(drop));
        let overlooked =
            looks.filter(|look| look.is_sure).take(100).filter(|look| look.n_members == 0).count();
        changing.kill().unwrap();
        changing.wait().unwrap();
        assert_eq!(overlooked, 0);
    }

    #[test]
    fn a_process_that_has_no_environment_is_no_reason_to_look_on() {
        let mut without: Vec<_> = ["exec sleep 1000", "while :; do :; done"]
            .map(|text| command("sh").args(["-c", text]).env_clear().spawn().unwrap())
            .into();
        let mut search = Search::new(Membership { session: -1, mark: "nobody" });
        while !search.look(drop).is_sure {}
        for child in &mut without {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    #[test]
    fn where_an_environment_is_says_whether_it_is_empty() {
        let stat = |state: &str, flags: u64, begin: u64, end: u64| {
            let zeros = |n| "0 ".repeat(n);
            let line = format!("7 (a) {state} {}{flags} {}{begin} {end} 0", zeros(5), zeros(40));
            Environment::parse(&line).map(|it| (it.is_empty(), it.is_empty_for_good()))
        };
        assert_eq!(stat("S", 0x0020_8040, 0, 0), None, "of the kernel");
        assert_eq!(stat("Z", 0, 0, 0), None);
        assert_eq!(stat("R", 0, 0, 0), Some((false, false)), "between two programs");
        assert_eq!(stat("R", 0, 10, 10), Some((true, false)));
        assert_eq!(stat("S", 0, 10, 10), Some((true, true)));
        assert_eq!(stat("S", 0, 10, 20), Some((false, false)), "it has come since");
    }

    #[test]
    fn whatever_a_member_started_belongs_too_and_strangers_do_not() {
        let tree = [
            process(1, 0, 1),
            process(50, 1, 50),
            process(51, 50, 51),
            process(52, 51, 51),
            process(60, 1, 60),
            process(61, 60, 60),
            process(70, 1, 70),
        ];
        let ids: Vec<_> = belonging(&tree, [50, 60].into()).map(|process| process.id).collect();
        assert_eq!(ids, [50, 51, 52, 60, 61]);
    }

    #[test]
    fn the_first_process_and_ourselves_never_belong() {
        let ourselves = i32::try_from(std::process::id()).unwrap();
        let tree = [process(1, 0, 50), process(ourselves, 50, 50)];
        assert_eq!(belonging(&tree, [50, 1, ourselves].into()).count(), 0);
    }

    #[test]
    fn the_newest_process_is_known_to_the_kernel() {
        assert!(newest().unwrap() > 0);
    }
}
