//! A home in which a handler called `notes` is registered: `handler.py`, whose items are named after what they do.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::home::{Home, Ran};

impl Home {
    /// Writes the handler's program beside the tests' folders.
    pub(crate) fn write_handler(&self) {
        self.write("handler.py", include_str!("handler.py"));
    }

    /// Registers the handler with these items, and does not trust it.
    pub(crate) fn register(&self, items: &[&str]) -> Ran {
        self.write_handler();
        let arguments = ["handlers", "register", "notes", "--", "python3", "handler.py"];
        self.run(&[&arguments[..], items].concat()).exit(0)
    }

    /// A home with the handler registered and trusted.
    pub(crate) fn with_notes(items: &[&str]) -> Self {
        let home = Self::new();
        let _ = home.register(items);
        let _ = home.run(&["handlers", "trust", "notes"]).exit(0);
        home
    }

    /// Where the handler keeps its own files.
    pub(crate) fn handler_dir(&self) -> PathBuf {
        self.state_dir().join("handlers/notes")
    }

    /// What the handler kept under this name, wherever in its directory; nothing if it did not.
    pub(crate) fn kept(&self, name: &str) -> Option<Value> {
        let mut folders = vec![self.handler_dir()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).ok()?.map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else if entry.file_name() == name {
                    return Some(serde_json::from_str(&fs::read_to_string(entry.path()).unwrap()).unwrap());
                }
            }
        }
        None
    }
}
