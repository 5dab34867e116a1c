//! A manager over two pipes: says lines, and reads what the guest says.

use std::io::{BufRead as _, BufReader, PipeReader, PipeWriter, Write as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use syncmgr_handler::guest::{self, Make};
use syncmgr_wire::protocol::{Line, Message};

/// How long a line may take before it is missing. Nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Manager {
    to: Option<PipeWriter>,
    from: Receiver<String>,
    guest: Option<JoinHandle<()>>,
    n_requests: u64,
    pub(crate) window: u64,
    /// What the manager offers.
    pub(crate) caps: &'static str,
    /// What is answered to the first progress on an item.
    all: String,
    /// The ids of those that wait for the end of a pause.
    withheld: Vec<String>,
}

impl Manager {
    /// Starts a guest on a thread.
    pub(crate) fn start(make: impl FnOnce() -> Box<Make<'static>> + Send + 'static) -> Self {
        let (input, to) = std::io::pipe().unwrap();
        let (from, output) = std::io::pipe().unwrap();
        let guest = thread::spawn(move || guest::serve_on(BufReader::new(input), output, &*make()));
        Self {
            to: Some(to),
            from: lines(from),
            guest: Some(guest),
            n_requests: 0,
            window: 64,
            caps: r#""ask","connect","secret","state""#,
            all: "go".to_owned(),
            withheld: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, line: &str) {
        let to = self.to.as_mut().unwrap();
        to.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    pub(crate) fn notify(&mut self, method: &str, params: &str) {
        self.send(&format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#));
    }

    pub(crate) fn request(&mut self, method: &str, params: &str) -> u64 {
        self.n_requests += 1;
        let id = self.n_requests;
        self.send(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#));
        id
    }

    /// What all is go, acknowledged up to a number.
    pub(crate) fn verdict(&mut self, all: &str, upto: u64, items: &str) {
        self.all = all.to_owned();
        for id in std::mem::take(&mut self.withheld) {
            self.answer_progress(&id);
        }
        self.notify("verdict", &format!(r#"{{"upto":{upto},"gen":1,"all":"{all}","items":{items}}}"#));
    }

    /// From now on the first progress on an item is answered with this.
    pub(crate) fn answer_with(&mut self, verdict: &str) {
        self.all = verdict.to_owned();
    }

    fn answer_progress(&mut self, id: &str) {
        match self.all.as_str() {
            "pause" => self.withheld.push(id.to_owned()),
            verdict => self.send(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"v":"{verdict}"}}}}"#)),
        }
    }

    /// The next line; the first progress on an item, which waits for its answer, is answered and passed over.
    fn hear(&mut self, patience: Duration) -> Result<String, RecvTimeoutError> {
        loop {
            let line = self.from.recv_timeout(patience)?;
            match Line::read(&line) {
                Line::Message { message: Message::Request { id, method, .. }, .. }
                    if method == "progress" =>
                {
                    let id = id.get().to_owned();
                    self.answer_progress(&id);
                }
                _ => return Ok(line),
            }
        }
    }

    pub(crate) fn next(&mut self) -> String {
        self.hear(PATIENCE).expect("the guest says something")
    }

    /// Whether the guest says nothing as long as something else has time to happen.
    pub(crate) fn says_nothing(&mut self) -> bool {
        self.hear(Duration::from_millis(150)) == Err(RecvTimeoutError::Timeout)
    }

    /// Reads on to the reply to a request and acknowledges progress; all other lines are returned with it.
    pub(crate) fn reply(&mut self, id: u64) -> (String, Vec<String>) {
        let mut before = Vec::new();
        loop {
            let line = self.next();
            if line.starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"#)) {
                return (line, before);
            }
            if let Some(seq) = seq(&line) {
                self.verdict("go", seq, "{}");
            }
            before.push(line);
        }
    }

    pub(crate) fn ask(&mut self, method: &str, params: &str) -> String {
        let id = self.request(method, params);
        self.reply(id).0
    }

    pub(crate) fn initialize(&mut self, more: &str) -> String {
        let (window, caps) = (self.window, self.caps);
        let params = format!(
            r#"{{"protocol":{{"min":1,"max":1}},"reason":"manual","may_bother_user":true,"dry_run":false,"settings_only":false,"locale":"en","window":{{"messages":{window},"bytes":262144}},"caps":[{caps}]{more}}}"#
        );
        self.ask("initialize", &params)
    }

    /// Everything up to the request `sync`, whose number is returned.
    pub(crate) fn begin(&mut self, items: &str) -> u64 {
        self.initialize("");
        self.ask("enumerate", "{}");
        self.run(items)
    }

    pub(crate) fn run(&mut self, items: &str) -> u64 {
        let run = format!(r#"{{"run":"r1","epoch":1,"items":{items}}}"#);
        let prepared = self.ask("prepare", &run);
        assert!(prepared.contains(r#""result":{"#), "{prepared}");
        self.request("sync", &run)
    }

    /// Closes the input; returns when the guest has left.
    pub(crate) fn close(&mut self) {
        self.to = None;
        self.guest.take().unwrap().join().unwrap();
    }
}

fn lines(from: PipeReader) -> Receiver<String> {
    let (said, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            if said.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    lines
}

/// The number of a progress line.
pub(crate) fn seq(line: &str) -> Option<u64> {
    match Line::read(line) {
        Line::Message { message: Message::Notification { method, .. }, .. } if method == "progress" => {
            let (_, rest) = line.split_once(r#""seq":"#)?;
            rest.split_once(',')?.0.parse().ok()
        }
        _ => None,
    }
}
