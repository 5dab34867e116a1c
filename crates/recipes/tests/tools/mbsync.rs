//! mbsync, with a Dovecot of the test's own.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use syncmgr_handler::model::status::ItemStatus::{Failed, Stopped, Succeeded};
use syncmgr_handler::model::verdict::Verdict;

use crate::home::{Home, lives};
use crate::manager::{Report, Run};
use crate::server::{Server, free_port};

/// Nobody: Dovecot delivers no mail for root.
const NOBODY: u32 = 65534;

fn dovecot(home: &Home) -> Server {
    let port = free_port();
    home.write("dovecot/users", "ann:{PLAIN}right\n");
    fs::create_dir_all(home.at("dovecot/mail")).unwrap();
    let owner = fs::metadata(home.at("dovecot")).unwrap();
    let (mut user, mut group) = (owner.uid(), owner.gid());
    let mut users = String::new();
    if user == 0 {
        (user, group) = (NOBODY, NOBODY);
        chown(home.at("dovecot/mail"), Some(user), Some(group)).unwrap();
        // Its processes run as users of their own and have to get there.
        for folder in home.at("dovecot").ancestors().take(3) {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
    } else {
        let name = home.run(&["id", "-un"]);
        users = format!("default_internal_user = {0}default_login_user = {0}", name);
    }
    let at = home.text("dovecot");
    let config = format!(
        r#"base_dir = {at}/run
state_dir = {at}/state
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
log_path = {at}/log
mail_location = maildir:{at}/mail/%u
{users}
passdb {{
  driver = passwd-file
  args = {at}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={at}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"#
    );
    let config = home.write("dovecot/dovecot.conf", config);
    let mut command = home.command("dovecot");
    command.arg("-F").arg("-c").arg(config);
    Server::start(command, port)
}

/// A configuration with two channels and a group of both.
fn configure(home: &Home, port: u16, password: &str) {
    let store = |channel: &str, patterns: &str| {
        format!(
            "Channel {channel}\nFar :far:\nNear :near:\nPatterns {patterns}\nCreate Both\nSyncState *\n\n"
        )
    };
    let near = home.text("Mail/");
    let config = format!(
        "IMAPStore far\nHost 127.0.0.1\nPort {port}\nUser ann\n{password}\nSSLType None\nAuthMechs LOGIN\n\nMaildirStore near\nPath {near}\nInbox {near}INBOX\n\n{}{}Group all\nChannel inbox\nChannel lists\n",
        store("inbox", "INBOX"),
        store("lists", "Lists"),
    );
    home.write(".mbsyncrc", config);
}

fn home() -> (Home, Server) {
    let home = Home::new();
    let server = dovecot(&home);
    configure(&home, server.port, "Pass right");
    fs::create_dir(home.at("Mail")).unwrap();
    (home, server)
}

fn run(home: &Home) -> Report {
    Run::builtin("mbsync", home).with("only", "inbox").run()
}

fn n_messages(folder: &Path) -> usize {
    let count = |part: &str| fs::read_dir(folder.join(part)).map_or(0, Iterator::count);
    count("new") + count("cur")
}

#[test]
fn mail_goes_both_ways_and_channels_are_items() {
    let (home, _server) = home();
    let report = Run::builtin("mbsync", &home).run();
    assert_eq!(report.names(), ["inbox", "lists"]);
    let inbox = report.item("inbox").is(Succeeded, &[]);
    assert!(inbox.texts.contains(&"INBOX".into()), "{inbox:?}");
    home.write("Mail/INBOX/new/1.a.b", "From: a@example.org\r\nSubject: x\r\n\r\nhello\r\n");
    run(&home).only().is(Succeeded, &[]);
    assert_eq!(n_messages(&home.at("dovecot/mail/ann")), 1);
    run(&home).only().is(Succeeded, &[]);
    assert_eq!((n_messages(&home.at("dovecot/mail/ann")), n_messages(&home.at("Mail/INBOX"))), (1, 1));
}

#[test]
fn groups_can_be_items_instead() {
    let (home, _server) = home();
    let report = Run::builtin("mbsync", &home).with("items", "groups").run();
    assert_eq!(report.names(), ["all"]);
    assert_eq!(report.only().status, Some(Succeeded), "{report:?}");
}

#[test]
fn a_dry_run_moves_no_mail() {
    let (home, _server) = home();
    run(&home).only().is(Succeeded, &[]);
    home.write("Mail/INBOX/new/1.a.b", "From: a@example.org\r\nSubject: x\r\n\r\nhello\r\n");
    let report = Run::builtin("mbsync", &home).with("only", "inbox").dry().run();
    assert_eq!(report.only().entries, Vec::<String>::new(), "{report:?}");
    assert_eq!(n_messages(&home.at("dovecot/mail/ann")), 0);
}

#[test]
fn a_refused_password_and_a_server_out_of_reach_are_told_apart() {
    let (home, server) = home();
    configure(&home, server.port, "Pass wrong");
    run(&home).only().is(Failed, &["error: the password was refused"]);
    drop(server);
    run(&home).only().is(Failed, &["error: the server cannot be reached: Connection refused"]);
}

#[test]
fn a_stop_reaches_it_while_it_waits_for_a_password() {
    let (home, server) = home();
    let started = home.at("started");
    let slow = home.hanging();
    configure(&home, server.port, &format!("PassCmd {}", slow.display()));
    let report =
        Run::builtin("mbsync", &home).with("only", "inbox").once(started.clone(), Verdict::Stop).run();
    report.only().is(Stopped, &[]);
    assert!(!lives(&started));
}
