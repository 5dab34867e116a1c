//! `schemathesis` asks what the description allows and what it does not, and compares the answers with it.
//!
//! The program is in the Python environment that `cargo xtask test` prepares in the target folder.

#[path = "control/scripted.rs"]
mod scripted;

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use syncmgr_control::{Bus, BusLimits, Server, Settings, Tcp, Token};
use syncmgr_model::time::Timestamp;

/// How many requests are made up for each path, in each way of making them up.
const EXAMPLES: &str = "25";

fn program() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../python/bin/schemathesis")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a program of others judges here")]
fn what_is_answered_is_what_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let bus = Arc::new(Bus::new(BusLimits::default(), 1));
    let token = Token::random().unwrap();
    let clock = Arc::new(|| Timestamp::from_millis(0));
    let mut settings = Settings::new(folder.path().join("run").join("control.sock"), bus, clock);
    settings.tcp = Some(Tcp { address: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0, token: token.clone() });
    let server = Server::start(settings, scripted::Scripted::new()).unwrap();
    let url = format!("http://{}", server.tcp_address().unwrap());
    let output = Command::new(program())
        .args(["run", &format!("{url}/openapi.json"), "--url", &url])
        .args(["--header", &format!("Authorization: Bearer {}", token.as_text())])
        // The stream of events has no end that a program could wait for; it has tests of its own.
        .args(["--exclude-path", "/v1/events"])
        .args(["--checks", "all", "--max-examples", EXAMPLES, "--seed", "1", "--no-color"])
        .current_dir(folder.path())
        .output()
        .expect("`cargo xtask test` prepares `schemathesis`");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}
