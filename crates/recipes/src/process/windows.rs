//! Pipes with a thread each, that are waited for by their channels.

use std::io;
use std::time::Duration;

use crossbeam_channel::{Select, TryRecvError};
use syncmgr_child::{Pipe, Reader};

use super::Got;

/// Where output comes from.
pub(super) struct Source(Reader);

impl Source {
    pub(super) fn of(pipe: Pipe) -> io::Result<Self> {
        Reader::start(pipe).map(Self)
    }

    /// Hands over what is there.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(super) fn read(&self, take: &mut dyn FnMut(&[u8])) -> io::Result<Got> {
        match self.0.chunks().try_recv() {
            Ok(bytes) => take(&bytes),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Ok(Got::End),
        }
        Ok(Got::Something)
    }
}

/// Waits until something has come from one of them or the time is over, and says from which.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn ready(sources: &[&Source], time: Duration) -> io::Result<Vec<bool>> {
    let mut select = Select::new();
    for source in sources {
        select.recv(source.0.chunks());
    }
    let woken = select.ready_timeout(time).ok();
    Ok((0..sources.len()).map(|place| woken == Some(place)).collect())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use syncmgr_child::{Program, clean_environment};
    use syncmgr_handler::simple::Canceled;

    use super::super::{Cancel, Listener, run};
    use super::*;
    use crate::file::{Signal, Stream};

    /// Hears everything, and cancels at a line.
    #[derive(Default)]
    struct Ear {
        lines: Vec<(Stream, String)>,
        cancels_at: Option<&'static str>,
    }

    impl Listener for Ear {
        fn heard(&mut self, stream: Stream, line: &str) {
            self.lines.push((stream, line.trim_end().to_owned()));
        }

        fn check(&mut self) -> Result<(), Canceled> {
            let is_canceled = self.lines.iter().any(|(_, line)| Some(line.as_str()) == self.cancels_at);
            if is_canceled { Err(Canceled::Skip) } else { Ok(()) }
        }
    }

    const CANCEL: Cancel = Cancel { signal: Signal::Terminate, grace: Duration::from_secs(60) };

    fn script(folder: &Path, text: &str) -> Program {
        let path = folder.join("script.cmd");
        std::fs::write(&path, format!("@echo off\r\n{text}\r\n")).unwrap();
        let env = clean_environment(std::env::vars_os());
        Program { argv: vec![OsString::from(path)], env, directory: folder.into(), mark: String::new() }
    }

    #[test]
    fn a_tool_is_heard_to_its_end_on_both_pipes() {
        let folder = tempfile::tempdir().unwrap();
        let program = script(folder.path(), "echo one\r\necho two 1>&2\r\nexit 4");
        let mut ear = Ear::default();
        let ended = run(&program, CANCEL, &mut ear).unwrap();
        assert_eq!((ended.status.code(), ended.canceled), (Some(4), None));
        ear.lines.sort_by_key(|(_, line)| line.clone());
        assert_eq!(ear.lines, [(Stream::Output, "one".to_owned()), (Stream::Error, "two".to_owned())]);
    }

    #[test]
    fn a_tool_that_goes_on_for_ever_is_ended_at_a_cancellation() {
        let folder = tempfile::tempdir().unwrap();
        let program = script(folder.path(), "echo begun\r\n:again\r\ngoto again");
        let mut ear = Ear { cancels_at: Some("begun"), ..Ear::default() };
        let ended = run(&program, CANCEL, &mut ear).unwrap();
        assert_eq!((ended.status.success(), ended.canceled), (false, Some(Canceled::Skip)));
    }
}
