//! The same handlers through the manager's own side of the protocol: made into a `Handler` again, they keep the contract of a
//! handler in this process. So guest and host agree, whatever either of them says alone.

use std::path::Path;

use syncmgr_engine::process::{ProcessFactory, ProcessSpec};
use syncmgr_handler::conformance;
use syncmgr_kit::{Language, skeleton};

use crate::good::{THIRTY_THREE_LINES, rust_skeleton};
use crate::install;
use crate::tutorial::{home_with_notes, with_package};

fn keeps_the_contract(program: &Path) {
    let home = home_with_notes();
    let mut spec = ProcessSpec::new("notes", vec![program.into()], home.path().join("state"));
    spec.environment =
        vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()), ("HOME".into(), home.path().into())];
    let checked = conformance::check(&ProcessFactory::new(spec));
    assert!(checked.is_ok(), "{}", checked.unwrap_err());
}

fn text_keeps_the_contract(text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("handler");
    install(&program, text);
    keeps_the_contract(&program);
}

#[test]
fn a_guest_in_rust_keeps_the_contract_through_the_manager() {
    keeps_the_contract(&rust_skeleton());
}

#[test]
fn a_handler_of_the_python_package_keeps_the_contract_through_the_manager() {
    text_keeps_the_contract(&with_package());
}

#[test]
fn the_skeletons_of_one_file_keep_the_contract_through_the_manager() {
    for language in [Language::Python, Language::Shell] {
        text_keeps_the_contract(&skeleton(language, "notes", None).unwrap()[0].contents);
    }
}

#[test]
fn the_thirty_three_lines_keep_the_contract_through_the_manager() {
    text_keeps_the_contract(THIRTY_THREE_LINES);
}
