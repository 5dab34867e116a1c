//! A process of the handler, and the lines exchanged with it.

use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::ExitStatus;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use syncmgr_child::{Child, Pipe, Program};
use syncmgr_wire::protocol::host::Nothing;
use syncmgr_wire::protocol::limits::{LINE_MAX, STDERR_MAX};
use syncmgr_wire::protocol::write::{Refusal, notification, request};
use syncmgr_wire::protocol::{Line, Message, read, text};

use super::Limits;
use super::desk::{Desk, Rule, SECRET};
use super::transcript::{Speaker, Transcript};

/// So many lines of the handler wait to be read; then its pipe fills, as a manager's would.
const WAITING_LINES: usize = 256;
/// How long nothing may come before numbered progress is acknowledged late.
const SILENCE: Duration = Duration::from_millis(200);

/// Why a conversation ended before it was through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Broken {
    /// It could not be started.
    NotStarted(String),
    /// It ended, or closed its standard output.
    Ended { waiting_for: String, how: String },
    /// Nothing came in time.
    Late { waiting_for: String, patience: Duration },
    /// We killed it, as intended.
    Killed,
    /// What it said makes going on impossible.
    Nonsense(String),
}

impl Broken {
    /// Says what was waited for.
    fn before(self, name: &str) -> Self {
        match self {
            Self::Ended { how, .. } => Self::Ended { waiting_for: name.to_owned(), how },
            other => other,
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(text) | Self::Nonsense(text) => f.write_str(text),
            Self::Ended { waiting_for, how } => write!(f, "{how} before it answered `{waiting_for}`"),
            Self::Late { waiting_for, patience } => {
                write!(f, "no answer to `{waiting_for}` within {} s", patience.as_secs_f64())
            }
            Self::Killed => f.write_str("killed by the suite"),
        }
    }
}

/// What came from the process.
enum Heard {
    Line(Vec<u8>),
    TooLong,
    End,
}

/// What was told about the exchange: a broken rule with the lines up to it.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) rule: Rule,
    pub(super) text: String,
    pub(super) exchange: Vec<String>,
}

/// A handler's process. Dropping it kills it with everything it started.
pub(super) struct Talk {
    pub(super) desk: Desk,
    pub(super) notes: Vec<Note>,
    child: Child,
    to: Option<Sender<Vec<u8>>>,
    from: Receiver<Heard>,
    log: Receiver<Vec<u8>>,
    transcript: Transcript,
    limits: Limits,
    n_requests: u64,
    /// The request that has no reply yet; 0 if there is none.
    open: u64,
    /// How many more messages it may send before it is killed.
    messages_to_live: Option<usize>,
    resume_at: Option<Instant>,
    /// How many messages it has sent.
    pub(super) n_heard: usize,
}

impl Talk {
    pub(super) fn start(program: &Program, limits: Limits, desk: Desk) -> Result<Self, Broken> {
        let not_started =
            |error: &dyn fmt::Display| Broken::NotStarted(format!("cannot be started: {error}"));
        let mut child = Child::spawn(program).map_err(|error| not_started(&error))?;
        let pipes = (child.take_stdin(), child.take_stdout(), child.take_stderr());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(Broken::NotStarted("its standard streams are missing".to_owned()));
        };
        let (to, lines) = mpsc::channel();
        let (heard, from) = mpsc::sync_channel(WAITING_LINES);
        let (logged, log) = mpsc::channel();
        spawn(move || write_lines(stdin, &lines)).map_err(|error| not_started(&error))?;
        spawn(move || read_lines(stdout, &heard)).map_err(|error| not_started(&error))?;
        spawn(move || read_log(stderr, &logged)).map_err(|error| not_started(&error))?;
        Ok(Self {
            desk,
            notes: Vec::new(),
            child,
            to: Some(to),
            from,
            log,
            transcript: Transcript::default(),
            limits,
            n_requests: 0,
            open: 0,
            messages_to_live: None,
            resume_at: None,
            n_heard: 0,
        })
    }

    /// Everything said so far.
    pub(super) fn exchange(&mut self) -> Vec<String> {
        for line in self.log.try_iter() {
            self.transcript.add(Speaker::Log, &line);
            if line.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()) {
                self.desk.complain(Rule::Secret, "a secret is on standard error");
            }
        }
        self.transcript.lines()
    }

    /// Lets it live for so many more messages.
    pub(super) fn kill_after(&mut self, n_messages: usize) {
        self.messages_to_live = Some(n_messages);
    }

    pub(super) fn send(&mut self, line: Vec<u8>) {
        self.transcript.add(Speaker::Host, &line);
        if let Some(to) = &self.to {
            // Fails when the process has closed its end, which the next read tells in words.
            let _ = to.send(line);
        }
    }

    fn send_all(&mut self, lines: Vec<Vec<u8>>) {
        for line in lines {
            self.send(line);
        }
    }

    pub(super) fn notify(&mut self, name: &str, params: &impl Serialize) {
        self.send(notification(name, params));
    }

    /// Asks, and answers what comes in between, until the reply is there.
    pub(super) fn ask<T: DeserializeOwned>(
        &mut self,
        name: &str,
        params: &impl Serialize,
    ) -> Result<Result<T, Refusal>, Broken> {
        let id = self.request(name, params);
        self.answer(name, id)
    }

    pub(super) fn request(&mut self, name: &str, params: &impl Serialize) -> u64 {
        self.n_requests += 1;
        self.open = self.n_requests;
        self.send(request(self.n_requests, name, params));
        self.n_requests
    }

    /// Waits for the reply to a request.
    pub(super) fn answer<T: DeserializeOwned>(
        &mut self,
        name: &str,
        id: u64,
    ) -> Result<Result<T, Refusal>, Broken> {
        let mut deadline = Instant::now() + self.limits.patience;
        loop {
            let line = self.hear(deadline).map_err(|broken| broken.before(name))?;
            match line {
                Some(line) => {
                    let answer = self.take(name, id, &line);
                    self.note_broken();
                    if let Some(answer) = answer? {
                        return Ok(answer);
                    }
                }
                None if self.resume_at.is_some() => {}
                None => {
                    let patience = self.limits.patience;
                    return Err(Broken::Late { waiting_for: name.to_owned(), patience });
                }
            }
            if let Some(moment) = self.play_pause() {
                deadline = moment + self.limits.patience;
            }
        }
    }

    /// Begins and ends a pause when it is time; tells when it ended or will end.
    fn play_pause(&mut self) -> Option<Instant> {
        match self.resume_at {
            None if self.desk.is_paused() => {
                let moment = Instant::now() + self.limits.pause;
                self.transcript.add(Speaker::Event, b"paused");
                self.resume_at = Some(moment);
                Some(moment)
            }
            Some(moment) if Instant::now() >= moment => {
                self.transcript.add(Speaker::Event, b"resumed");
                self.resume_at = None;
                let lines = self.desk.resume();
                self.send_all(lines);
                Some(Instant::now())
            }
            _ => None,
        }
    }

    /// The next line; `None` if none came by the deadline, or it is time to go on after a pause.
    fn hear(&mut self, deadline: Instant) -> Result<Option<Vec<u8>>, Broken> {
        loop {
            let until = self.resume_at.map_or(deadline, |moment| moment.min(deadline));
            let left = until.saturating_duration_since(Instant::now());
            match self.from.recv_timeout(left.min(SILENCE)) {
                Ok(Heard::Line(line)) => {
                    self.transcript.add(Speaker::Handler, &line);
                    self.n_heard += 1;
                    self.count_down()?;
                    return Ok(Some(line));
                }
                Ok(Heard::TooLong) => {
                    return Err(Broken::Nonsense(format!("a line is longer than {LINE_MAX} bytes")));
                }
                Ok(Heard::End) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(Broken::Ended { waiting_for: String::new(), how: self.how_it_ended() });
                }
                Err(RecvTimeoutError::Timeout) if left <= SILENCE => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    let line = self.desk.acknowledge();
                    self.send_all(line.into_iter().collect());
                }
            }
        }
    }

    fn count_down(&mut self) -> Result<(), Broken> {
        match &mut self.messages_to_live {
            Some(0) | None => Ok(()),
            Some(left) => {
                *left -= 1;
                if *left > 0 {
                    return Ok(());
                }
                self.transcript.add(Speaker::Event, b"killed");
                self.child.kill_all();
                Err(Broken::Killed)
            }
        }
    }

    /// Takes a line. `Some` is the reply that is waited for.
    fn take<T: DeserializeOwned>(
        &mut self,
        name: &str,
        id: u64,
        line: &[u8],
    ) -> Result<Option<Result<T, Refusal>>, Broken> {
        if line.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()) {
            self.desk.complain(Rule::Secret, "a secret is in this line");
        }
        let line = text(line);
        let message = match Line::read(&line) {
            Line::Empty => return Ok(None),
            Line::Stray => {
                self.desk.complain(Rule::Stray, "this line is no message");
                return Ok(None);
            }
            Line::Message { message, before } => {
                if let Some(before) = before {
                    self.desk.complain(Rule::Stray, format!("`{before}` stands before a message"));
                }
                message
            }
        };
        match message {
            Message::Request { id, method, params } => {
                let lines = self.desk.asked(id.get(), &method, params);
                self.send_all(lines);
                Ok(None)
            }
            Message::Notification { method, params } => {
                let lines = self.desk.told(&method, params);
                self.send_all(lines);
                Ok(None)
            }
            Message::Reply { id: theirs, result } if theirs.get() == id.to_string() => {
                self.open = 0;
                let result = match result {
                    Err(refusal) => return Ok(Some(Err(refusal))),
                    Ok(result) => result,
                };
                read::result(result).map(|result| Some(Ok(result))).map_err(|error| {
                    let text = format!("the result of `{name}` is not what it promises: {error}");
                    self.desk.complain(Rule::Shape, &text);
                    Broken::Nonsense(text)
                })
            }
            Message::Reply { id: theirs, .. } | Message::BrokenReply { id: theirs } => {
                let text =
                    format!("a reply with id {}, but the open request is {id} (`{name}`)", theirs.get());
                self.desk.complain(Rule::Answers, &text);
                Err(Broken::Nonsense(text))
            }
        }
    }

    /// Keeps the rules that were broken with the lines that led to it.
    fn note_broken(&mut self) {
        for (rule, text) in self.desk.take_broken() {
            let exchange = self.transcript.lines();
            self.notes.push(Note { rule, text, exchange });
        }
    }

    /// The notes, with what was said on standard error up to now.
    pub(super) fn take_notes(&mut self) -> Vec<Note> {
        self.exchange();
        self.note_broken();
        std::mem::take(&mut self.notes)
    }

    /// Reads on until the run is paused: the handler is in the middle of it.
    pub(super) fn read_to_pause(&mut self, name: &str, id: u64) -> Result<(), Broken> {
        let deadline = Instant::now() + self.limits.patience;
        while !self.desk.is_paused() {
            let Some(line) = self.hear(deadline).map_err(|broken| broken.before(name))? else {
                let patience = self.limits.patience;
                return Err(Broken::Late { waiting_for: "progress".to_owned(), patience });
            };
            let answer = self.take::<Nothing>(name, id, &line);
            self.note_broken();
            if answer?.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Reads on until the handler closes its standard output: whether it does in time.
    pub(super) fn read_to_end(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            match self.hear(deadline) {
                Ok(Some(line)) => {
                    // Whatever it still says is looked at; a request may be open that it answers now.
                    let _ = self.take::<Nothing>("exit", self.open, &line);
                    self.note_broken();
                }
                Ok(None) => return false,
                Err(_ended) => return true,
            }
        }
    }

    pub(super) fn close_stdin(&mut self) {
        self.transcript.add(Speaker::Event, b"standard input closed");
        self.to = None;
    }

    /// How the process ended, if it does in time.
    pub(super) fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        self.child.wait_for(patience).ok().flatten()
    }

    /// How many processes of it are there.
    pub(super) fn n_processes(&self) -> usize {
        self.child.usage().processes
    }

    fn how_it_ended(&mut self) -> String {
        match self.wait(Duration::from_secs(1)) {
            Some(status) => format!("it ended ({status})"),
            None => "it closed its standard output".to_owned(),
        }
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    // Ends with the process: its pipes close then, and `Talk` kills it when dropped.
    thread::Builder::new().name("kit".to_owned()).spawn(work).map(drop)
}

fn write_lines(stdin: Pipe, lines: &Receiver<Vec<u8>>) {
    let mut stdin = File::from(stdin);
    for line in lines {
        if stdin.write_all(&line).is_err() {
            return;
        }
    }
}

fn read_lines(stdout: Pipe, heard: &SyncSender<Heard>) {
    let mut stdout = BufReader::new(File::from(stdout));
    loop {
        let mut line = Vec::new();
        let read = (&mut stdout).take(LINE_MAX as u64).read_until(b'\n', &mut line);
        let next = match read {
            Ok(0) | Err(_) => Heard::End,
            Ok(LINE_MAX) if line.last() != Some(&b'\n') => Heard::TooLong,
            Ok(_) => Heard::Line(line),
        };
        let is_over = !matches!(next, Heard::Line(_));
        if heard.send(next).is_err() || is_over {
            return;
        }
    }
}

/// Everything is taken, so that the handler is never held up; only the first part is kept.
fn read_log(stderr: Pipe, logged: &Sender<Vec<u8>>) {
    let mut left = STDERR_MAX;
    let mut stderr = BufReader::new(File::from(stderr));
    loop {
        let mut line = Vec::new();
        match (&mut stderr).take(STDERR_MAX as u64).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(length) if length <= left => {
                left -= length;
                if logged.send(line).is_err() {
                    return;
                }
            }
            Ok(_) => left = 0,
        }
    }
}
