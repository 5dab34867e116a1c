//! `schema`: the handler protocol's schema and the tables of its page, as the types say.
//!
//! A test compares both with the types; this runs that test with its switch thrown.

use crate::failure::Failure;
use crate::process;

pub(crate) fn run() -> Result<(), Failure> {
    let arguments = ["test", "--quiet", "--package", "syncmgr-kit", "--test", "reference"];
    let mut command = process::command(&process::cargo(), &arguments);
    command.env("SYNCMGR_UPDATE_REFERENCE", "1");
    process::run(command)
}
