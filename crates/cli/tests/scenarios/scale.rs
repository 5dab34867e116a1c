//! SC: many, deep and large. MG: several pairs, previews, stops. CN4: interrupted by a signal.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::FileExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::{FolderHandlerFactory, PairConfig};
use syncmgr_handler::model::event::Modifiers;
use syncmgr_handler::model::fact::Side::{Left, Right};
use syncmgr_handler::model::id::ItemId;
use syncmgr_handler::model::status::ItemStatus;
use syncmgr_handler::model::verdict::Verdict;
use syncmgr_testkit::Hermetic;

use crate::apart::{mount, with_own_mounts};
use crate::census;
use crate::world::{World, noise};

#[test]
fn sc1_in_a_folder_with_very_many_files_a_few_changes_are_a_few_changes() {
    let world = World::new();
    (0..3_000).for_each(|i| fs::write(world.left(&format!("f{i:05}")), format!("{i}")).unwrap());
    let _ = world.run().clean();
    world.write(Left, "f00007", "changed");
    world.remove(Left, "f01500");
    world.write(Right, "new", "1");
    let mut changes = world.run().clean().changes;
    changes.sort();
    assert_eq!(changes, ["L create new", "R delete f01500", "R update f00007"]);
    assert_eq!(world.differences(), Vec::<String>::new());
}

#[test]
fn sc2_a_very_deep_tree_is_made_and_deleted_without_a_deep_stack() {
    let world = World::synced(&[("rest", "1")]);
    let deep = vec!["d"; 500];
    for i in (0..500).step_by(50) {
        world.write(Left, &format!("{}/f", deep[..=i].join("/")), format!("depth {i}"));
    }
    fs::create_dir_all(world.left(&deep.join("/"))).unwrap();
    let _ = world.run().clean();
    assert_eq!(world.names(Right).len(), 1 + 500 + 10);
    world.remove(Left, "d");
    let _ = world.settle().clean();
    assert_eq!(world.names(Right), ["rest"]);
    assert_eq!(world.trash(Right).len(), 10);
}

#[test]
fn sc3_a_file_beyond_four_gigabytes_is_stopped_at_any_stage_and_arrives_whole() {
    const END: u64 = (4 << 30) + (2 << 20);
    let world = World::new();
    let file = fs::File::create(world.left("huge")).unwrap();
    file.set_len(END).unwrap();
    let places = [0, (4 << 30) - 4096, END - (1 << 20)];
    places.iter().for_each(|&place| file.write_all_at(&noise(1 << 20, place), place).unwrap());
    // A census would read four gigabytes of nothing each time; here the places with data are compared.
    let run = |stop_at: Option<u64>| {
        let options = world.options();
        let config = world.config().clone();
        let factory = FolderHandlerFactory::on(RealFileSystem, vec![config], options, world.surroundings());
        let stopped = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&stopped);
        let answer = move |update: &syncmgr_handler::model::progress::ProgressUpdate<'_>| {
            let is_far = |at| update.bytes.is_some_and(|bytes| bytes >= at);
            if stop_at.is_some_and(is_far) {
                noted.store(true, Ordering::SeqCst);
                return Verdict::Stop;
            }
            Verdict::Go
        };
        let report = crate::told::run(&factory, Modifiers::empty(), Arc::new(answer)).remove(0).1;
        assert_eq!(stopped.load(Ordering::SeqCst), stop_at.is_some());
        report
    };
    for stop_at in [1, (4 << 30) + 1] {
        let report = run(Some(stop_at));
        assert_eq!(report.status, Some(ItemStatus::Stopped), "{report:#?}");
        assert!(!world.is_there(Right, "huge"));
        world.nothing_is_staged();
    }
    let same = || {
        let [left, right] = [Left, Right].map(|side| fs::File::open(world.path(side, "huge")).unwrap());
        assert_eq!(right.metadata().unwrap().len(), END);
        for place in places.into_iter().chain([17 << 20]) {
            let [mut l, mut r] = [vec![0; 1 << 20], vec![1; 1 << 20]];
            left.read_exact_at(&mut l, place).unwrap();
            right.read_exact_at(&mut r, place).unwrap();
            assert!(l == r, "at {place}");
        }
    };
    file.write_all_at(b"!", (4 << 30) + 5000).unwrap();
    // Long enough ago for the next run to believe its time, and not to read it again.
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(60)).unwrap();
    let report = run(None).clean();
    assert_eq!(report.totals.bytes, END);
    same();
    assert!(run(None).clean().changes.is_empty());
}

#[test]
fn sc4_a_first_run_cut_off_half_way_is_gone_on_with_and_not_begun_again() {
    let world = World::new();
    (0..1_500).for_each(|i| fs::write(world.left(&format!("f{i:04}")), noise(100, i)).unwrap());
    let cut = Arc::new(AtomicBool::new(false));
    let is_cut = Arc::clone(&cut);
    let _cut_off = world.run_hooked(move |call, name| {
        let now = call == syncmgr_folders::fs::faulty::Call::Rename && name == b"f0750";
        if is_cut.fetch_or(now, Ordering::SeqCst) || now {
            Err(std::io::Error::other("cut off"))
        } else {
            Ok(())
        }
    });
    let there = world.names(Right).len();
    assert!((650..=850).contains(&there), "{there} are there");
    let report = world.run().clean();
    assert_eq!(report.changes.len(), 1_500 - there);
    assert_eq!(world.differences(), Vec::<String>::new());
}

#[test]
fn mg3_a_preview_touches_nothing_and_tells_what_the_run_then_does() {
    let world = World::synced(&[("a", "1"), ("b", "2"), ("c/d", "3"), ("e", "4"), ("x", "5"), ("skip", "6")]);
    world.write(Left, "a", "edited");
    world.remove(Right, "b");
    world.remove(Left, "x");
    world.fill(Left, &[("x/now", "a folder"), ("new/deep", "7")]);
    for side in [Left, Right] {
        world.write(side, "e", side.to_string());
    }
    world.config().ignore = vec!["skip".into()];
    let portraits = |world: &World| {
        let mut state = census::portrait(&world.state(""));
        // Others are kept out for a moment.
        state.retain(|path, _| path != "lock");
        (census::portrait(&world.root(Left)), census::portrait(&world.root(Right)), state)
    };
    let before = portraits(&world);
    let first = world.preview();
    let second = world.preview();
    assert_eq!(portraits(&world), before);
    let mut run = world.run();
    let [mut planned, mut again] = [first.changes, second.changes];
    for changes in [&mut planned, &mut again, &mut run.changes] {
        changes.sort();
    }
    assert_eq!((&planned, &again), (&run.changes, &run.changes));
    assert_eq!(first.conflicts, run.conflicts);
    let _ = world.settle().in_conflict(&["e"]);
}

#[test]
fn mg4_one_bad_pair_among_many_shows_its_own_error_and_the_others_are_in_step() {
    const THIS: &str = "scale::mg4_one_bad_pair_among_many_shows_its_own_error_and_the_others_are_in_step";
    with_own_mounts(THIS, || {
        let world = World::new();
        let at = |i: usize, side: &str| world.dir().join(format!("{side}{i}"));
        let pairs: Vec<PairConfig> = (0..20)
            .map(|i| {
                fs::create_dir(at(i, "l")).unwrap();
                fs::create_dir(at(i, "r")).unwrap();
                fs::write(at(i, "l").join("f"), noise(100_000, i as u64)).unwrap();
                PairConfig::new(
                    ItemId::from_u128(100 + i as u128),
                    format!("pair {i}"),
                    at(i, "l"),
                    at(i, "r"),
                )
            })
            .collect();
        let run = || {
            let factory = FolderHandlerFactory::new(pairs.clone(), world.options(), world.surroundings());
            crate::told::run(&factory, Modifiers::empty(), Arc::new(|_| Verdict::Go))
        };
        assert!(run().iter().all(|(_, report)| report.says_in_step()));
        for i in 0..20 {
            fs::write(at(i, "l").join("f"), noise(100_000, 1000 + i as u64)).unwrap();
        }
        // One with a damaged baseline, one on a full disk, one whose root is gone, one whose root cannot be listed.
        fs::write(world.dir().join("state").join(pairs[3].id.to_string()).join("baseline"), "rust").unwrap();
        mount(&["-t", "tmpfs", "-o", "size=16k", "tmpfs"], &at(5, "r"));
        fs::remove_dir_all(at(7, "r")).unwrap();
        let reports = run();
        for (i, pair) in pairs.iter().enumerate() {
            let report = &reports.iter().find(|(id, _)| *id == pair.id).unwrap().1;
            let same = fs::read(at(i, "l").join("f")).ok() == fs::read(at(i, "r").join("f")).ok();
            match i {
                3 => assert_eq!(report.conflicts.len(), 1, "{report:#?}"),
                5 => assert!(!report.says_in_step(), "{report:#?}"),
                7 => assert_eq!(report.halts, ["root-missing"]),
                _ => assert!(report.says_in_step() && same, "pair {i}: {report:#?}"),
            }
        }
    });
}

/// The command on two folders of its own, with files on the left.
struct Commanded {
    home: Hermetic,
}

impl Commanded {
    fn new(n: usize) -> Self {
        let home = Hermetic::new();
        ["left", "right"].iter().for_each(|name| fs::create_dir(home.work().join(name)).unwrap());
        (0..n).for_each(|i| {
            fs::write(home.work().join(format!("left/f{i:04}")), noise(300, i as u64)).unwrap()
        });
        Self { home }
    }

    fn sync(&self) -> Command {
        let mut command = self.home.command(env!("CARGO_BIN_EXE_syncmgr"));
        command.args(["sync", "./left", "./right", "--yes", "--json", "--durability", "none"]);
        command.stdin(Stdio::null());
        command
    }

    fn count(&self, side: &str) -> usize {
        census::tree(&self.home.work().join(side), census::Closeness::Attributes).len()
    }
}

#[test]
fn cn4_a_signal_ends_a_run_in_order_and_the_code_says_so() {
    for signal in ["INT", "TERM"] {
        let commanded = Commanded::new(1_500);
        // Both ways.
        (0..200).for_each(|i| {
            fs::write(commanded.home.work().join(format!("right/r{i}")), noise(300, i)).unwrap()
        });
        let mut child = commanded.sync().stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains(r#""type":"change""#) {
            line.clear();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "the run ended before it changed anything");
        }
        let script = format!("kill -{signal} \"$1\"");
        assert!(
            Command::new("sh")
                .args(["-c", &script, "sh", &child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
        stdout.read_to_string(&mut line).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(3), "{signal}: {line}");
        assert!(commanded.count("right") < 1_700, "{signal}: nothing was left to be stopped");
        assert_eq!(commanded.sync().output().unwrap().status.code(), Some(0));
        assert_eq!((commanded.count("left"), commanded.count("right")), (1_700, 1_700));
    }
}

#[test]
fn mg2_one_cycle_of_a_pair_that_cannot_run_returns_at_once_with_what_is_wrong() {
    let halted = Commanded::new(100);
    assert_eq!(halted.sync().output().unwrap().status.code(), Some(0));
    (0..100).for_each(|i| fs::remove_file(halted.home.work().join(format!("left/f{i:04}"))).unwrap());
    for _ in 0..2 {
        let output = halted.sync().output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        assert_eq!(halted.count("right"), 100, "asking again does not let it pass");
    }
    let missing = Commanded::new(3);
    assert_eq!(missing.sync().output().unwrap().status.code(), Some(0));
    fs::remove_dir_all(missing.home.work().join("right")).unwrap();
    let output = missing.sync().output().unwrap();
    assert!(matches!(output.status.code(), Some(2 | 4)), "{output:?}");
    assert_eq!(missing.count("left"), 3);
}

#[test]
fn ne3_what_the_manager_remembers_may_lie_in_a_root_and_takes_no_part() {
    let commanded = Commanded::new(20);
    let sync = || {
        let mut command = commanded.home.command(env!("CARGO_BIN_EXE_syncmgr"));
        command.args(["--state-dir", "./left/sub/.keep", "sync", "./left", "./right", "--yes", "--json"]);
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    sync();
    let work = commanded.home.work();
    (0..10).for_each(|i| fs::write(work.join(format!("left/f{i:04}")), "changed").unwrap());
    (10..20).for_each(|i| fs::remove_file(work.join(format!("left/f{i:04}"))).unwrap());
    sync();
    for _ in 0..3 {
        assert!(!sync().contains(r#""type":"change""#), "a quiet run has changes");
    }
    assert!(!work.join("right/sub/.keep").exists(), "what is remembered has travelled");
    let trashed = census::portrait(&work.join("right/.syncmgr/trash"));
    assert_eq!(trashed.keys().filter(|path| path.contains("/f00")).count(), 20);
}
