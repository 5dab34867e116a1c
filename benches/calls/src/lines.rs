//! Ours, over the handler protocol: a process that reports line by line, and what its calls cost it.
//!
//! The handler measures itself, from its first call to the answer that covers its last one, and logs the result.

use std::ffi::OsString;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use syncmgr_engine::process::{ProcessFactory, ProcessSpec};
use syncmgr_engine::{Engine, HandlerEntry, Services, SessionRequest};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{HandlerId, SessionId};

use crate::{Contender, ITEM, Outcome, TEXT};

/// How a handler makes its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One line a call, and wait for the reply.
    Replied,
    /// One line a call, answered by cumulative verdicts within the window.
    Pipelined,
    /// Through the crate's own `guest`, which sends what somebody could read.
    Guest,
}

impl Form {
    const fn word(self) -> &'static str {
        match self {
            Self::Replied => "replied",
            Self::Pipelined => "pipelined",
            Self::Guest => "guest",
        }
    }
}

pub(crate) struct Caller {
    form: Form,
    state: tempfile::TempDir,
}

impl Caller {
    pub(crate) fn new(form: Form) -> Outcome<Self> {
        Ok(Self { form, state: tempfile::tempdir()? })
    }
}

impl Contender for Caller {
    fn name(&self) -> &'static str {
        match self.form {
            Form::Replied => "handler protocol, one line and one reply a call",
            Form::Pipelined => "handler protocol, pipelined, one line a call",
            Form::Guest => "handler protocol, through `guest`",
        }
    }

    fn n_calls(&self) -> u32 {
        match self.form {
            Form::Replied => 5_000,
            Form::Pipelined => 100_000,
            Form::Guest => 2_000_000,
        }
    }

    fn round(&mut self) -> Outcome<Duration> {
        let argv: Vec<OsString> = vec![
            std::env::current_exe()?.into(),
            "handler".into(),
            self.form.word().into(),
            self.n_calls().to_string().into(),
        ];
        let spec = ProcessSpec::new("bench", argv, self.state.path().to_owned());
        let entry =
            HandlerEntry::new(HandlerId::named("bench"), "bench", Arc::new(ProcessFactory::new(spec)));
        let flags = InitializeFlags::new(Event::Manual, Modifiers::empty());
        let session =
            Engine::new(Services::system()).start(SessionRequest::new(SessionId::NIL, flags, vec![entry]));
        session.ignore_events();
        let report = session.wait();
        let nanos =
            report.entries.iter().find_map(|entry| entry.text.strip_prefix("nanoseconds: ")?.parse().ok());
        let nanos = nanos.ok_or_else(|| format!("the handler did not measure: {:?}", report.entries))?;
        Ok(Duration::from_nanos(nanos))
    }
}

/// The handler: as somebody would write it without any library.
pub(crate) fn handler(form: &str, n_calls: u32) -> Outcome<()> {
    if form == "guest" {
        crate::guest::serve(n_calls);
        return Ok(());
    }
    let mut host = std::io::stdin().lock();
    // The standard library would write each line by itself, a full window or not.
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut line = String::new();
    loop {
        line.clear();
        if host.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let reply = match text_of(&line, "\"method\":\"") {
            Some("initialize") => r#"{"protocol":1,"name":"bench","version":"1","caps":[]}"#.to_owned(),
            Some("enumerate") => format!(r#"{{"items":[{{"id":"{ITEM}","name":"bench"}}]}}"#),
            Some("prepare" | "shutdown") => "{}".to_owned(),
            Some("sync") => {
                let start = Instant::now();
                if form == "replied" {
                    replied(&mut host, &mut out, n_calls)?;
                } else {
                    pipelined(&mut host, &mut out, n_calls)?;
                }
                let nanos = start.elapsed().as_nanos();
                writeln!(
                    out,
                    r#"{{"jsonrpc":"2.0","method":"log","params":{{"level":"information","text":"nanoseconds: {nanos}"}}}}"#
                )?;
                "{}".to_owned()
            }
            Some("exit") => return Ok(()),
            _ => continue,
        };
        let id = number_of(&line, "\"id\":").ok_or("a request without a number")?;
        writeln!(out, r#"{{"jsonrpc":"2.0","id":{id},"result":{reply}}}"#)?;
        out.flush()?;
    }
}

fn replied(host: &mut impl BufRead, out: &mut impl Write, n_calls: u32) -> Outcome<()> {
    let mut line = String::new();
    for value in 0..n_calls {
        writeln!(
            out,
            r#"{{"jsonrpc":"2.0","id":"p{value}","method":"progress","params":{{"item":"{ITEM}","text":"{TEXT}","done":{{"items":{value}}},"total":{{"items":{n_calls}}}}}}}"#
        )?;
        out.flush()?;
        loop {
            line.clear();
            host.read_line(&mut line)?;
            if line.contains("\"result\"") {
                break;
            }
        }
        assert!(line.contains("\"v\":\"go\""), "{line}");
    }
    Ok(())
}

/// How many lines may be under way; the window of the host.
const WINDOW: u64 = 64;

fn pipelined(host: &mut impl BufRead, out: &mut impl Write, n_calls: u32) -> Outcome<()> {
    let mut acknowledged = 0;
    let mut line = String::new();
    for seq in 1..=u64::from(n_calls) {
        writeln!(
            out,
            r#"{{"jsonrpc":"2.0","method":"progress","params":{{"seq":{seq},"item":"{ITEM}","text":"{TEXT}","done":{{"items":{seq}}},"total":{{"items":{n_calls}}}}}}}"#
        )?;
        while seq - acknowledged >= WINDOW {
            out.flush()?;
            line.clear();
            host.read_line(&mut line)?;
            acknowledged = number_of(&line, "\"upto\":").unwrap_or(acknowledged);
        }
    }
    out.flush()?;
    while acknowledged < u64::from(n_calls) {
        line.clear();
        host.read_line(&mut line)?;
        acknowledged = number_of(&line, "\"upto\":").unwrap_or(acknowledged);
    }
    Ok(())
}

fn text_of<'a>(line: &'a str, before: &str) -> Option<&'a str> {
    let rest = &line[line.find(before)? + before.len()..];
    rest.split('"').next()
}

fn number_of(line: &str, before: &str) -> Option<u64> {
    let rest = &line[line.find(before)? + before.len()..];
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}
