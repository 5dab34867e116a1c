//! All at once by channels, with a thread for each pipe and one for the end of the program.

use std::io;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Select};
use syncmgr_child::{Child, Reader, Watch, Writer};

use super::Kept;
use crate::abort::Aborted;

/// How long is waited for what a program said last, if something that it started holds the pipe.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What connects us with the program.
pub(super) struct Streams<'a> {
    watch: Watch,
    // Kept when it is closed: its thread writes what it has to.
    stdin: Option<Writer>,
    outputs: [Output; 2],
    /// Elsewhere the input is only borrowed.
    _input: PhantomData<&'a [u8]>,
}

/// One of the two outputs of a program.
struct Output {
    reader: Option<Reader>,
    kept: Kept,
}

impl<'a> Streams<'a> {
    pub(super) fn of(child: &mut Child, input: &'a [u8]) -> io::Result<Self> {
        let mut stdin = child.take_stdin().map(Writer::start).transpose()?;
        if let Some(stdin) = &mut stdin {
            stdin.write(input.to_vec());
            stdin.close();
        }
        let output = |pipe: Option<_>| -> io::Result<Output> {
            Ok(Output { reader: pipe.map(Reader::start).transpose()?, kept: Kept::default() })
        };
        let outputs = [output(child.take_stdout())?, output(child.take_stderr())?];
        Ok(Self { watch: Watch::start(child)?, stdin, outputs, _input: PhantomData })
    }

    /// Waits until there is something to do, and does it; tells whether that is to abort.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(super) fn serve(&mut self, left: Duration, aborted: Option<&Aborted>) -> io::Result<bool> {
        let mut select = Select::new();
        select.recv(self.watch.ended());
        for reader in self.outputs.iter().filter_map(|output| output.reader.as_ref()) {
            select.recv(reader.chunks());
        }
        let abort = aborted.map(|aborted| select.recv(aborted.channel()));
        let woken = select.ready_timeout(left).ok();
        if abort.is_some() && woken == abort {
            return Ok(true);
        }
        self.outputs.iter_mut().for_each(|output| output.read(Instant::now()));
        Ok(false)
    }

    /// Nothing is left to do: it is closed behind the input, as soon as that is written.
    pub(super) fn close_stdin(&mut self) {
        if let Some(stdin) = &mut self.stdin {
            stdin.close();
        }
    }

    /// Reads what is there, also what is still on its way.
    pub(super) fn read_rest(&mut self) {
        let until = Instant::now() + LAST_WORDS;
        self.outputs.iter_mut().for_each(|output| output.read(until));
    }

    /// What it said, its output first.
    pub(super) fn kept(&self) -> [&Kept; 2] {
        let [out, err] = &self.outputs;
        [&out.kept, &err.kept]
    }
}

impl Output {
    /// Reads what is there, and what comes by then.
    fn read(&mut self, until: Instant) {
        while let Some(reader) = &self.reader {
            match reader.chunks().recv_deadline(until) {
                Ok(bytes) => self.kept.add(&bytes),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => self.reader = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use syncmgr_child::clean_environment;

    use super::super::{End, run};
    use super::*;
    use crate::abort::abort;
    use crate::hook::{Command, Refusal};

    /// Longer than anything here takes.
    const LONG: Duration = Duration::from_secs(60);
    const ENDLESS: &str = ":again\r\ngoto again";

    fn command(folder: &Path, text: &str, limit: Duration) -> Command {
        let path = folder.join("hook.cmd");
        std::fs::write(&path, format!("@echo off\r\n{text}\r\n")).unwrap();
        let env = clean_environment(std::env::vars_os());
        let argv = vec![OsString::from(path)];
        Command { argv, env, directory: folder.into(), limit, refusal: Refusal::Ignored }
    }

    #[test]
    fn a_command_hears_its_input_and_is_heard() {
        let folder = tempfile::tempdir().unwrap();
        let text = "set /p line=\r\necho heard %line%\r\nexit 3";
        let (_abort, aborted) = abort().unwrap();
        let end = run(&command(folder.path(), text, LONG), String::new(), b"something\r\n", &aborted);
        let End::Exited { code: 3, said } = end else { panic!("{end:?}") };
        assert_eq!(said.as_deref(), Some("heard something"));
    }

    #[test]
    fn a_command_that_does_not_want_its_input_has_ended_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (_abort, aborted) = abort().unwrap();
        let end = run(&command(folder.path(), "exit 0", LONG), String::new(), &[b'x'; 1 << 20], &aborted);
        assert!(matches!(end, End::Exited { code: 0, said: None }), "{end:?}");
    }

    #[test]
    fn a_command_that_takes_too_long_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let (_abort, aborted) = abort().unwrap();
        let command = command(folder.path(), ENDLESS, Duration::from_millis(100));
        let end = run(&command, String::new(), b"", &aborted);
        assert!(matches!(end, End::TooLong), "{end:?}");
    }

    #[test]
    fn a_command_is_ended_by_an_abort() {
        let folder = tempfile::tempdir().unwrap();
        let (abort, aborted) = abort().unwrap();
        drop(abort);
        let end = run(&command(folder.path(), ENDLESS, LONG), String::new(), b"", &aborted);
        assert!(matches!(end, End::Aborted), "{end:?}");
    }
}
