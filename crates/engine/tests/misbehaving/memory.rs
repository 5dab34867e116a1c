//! The whole corpus in one manager, whose memory is measured.

use std::process::Command;

use crate::kinds::KINDS;

/// What the manager may have at its peak, in kilobytes.
const LIMIT: u64 = 200 << 10;
/// Set for the manager that is measured: this test in a process of its own, since other tests would be measured, too.
const MEASURED: &str = "SYNCMGR_TEST_MEASURED";

#[test]
fn the_whole_corpus_leaves_the_manager_below_two_hundred_megabytes() {
    if std::env::vars().any(|(name, _)| name == MEASURED) {
        KINDS.iter().for_each(crate::check);
        let peak = peak();
        println!("peak: {peak} kB");
        assert!(peak < LIMIT, "the manager took {peak} kB");
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "a manager of its own is what is measured")]
    let mut command = Command::new(std::env::current_exe().unwrap());
    let name = "memory::the_whole_corpus_leaves_the_manager_below_two_hundred_megabytes";
    let output = command.args([name, "--exact", "--nocapture"]).env(MEASURED, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("peak: "), "it was measured: {said}");
}

/// The most memory this process ever had, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
