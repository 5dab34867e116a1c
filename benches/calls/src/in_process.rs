//! Ours, in the same process: the callback of a session at work, with a display that samples it sixty times a second.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use syncmgr_engine::{Engine, HandlerEntry, Services, Session, SessionRequest};
use syncmgr_handler::SyncCallback;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::outcome::Outcome as Code;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;
use syncmgr_testkit::{Latch, Scripted};

use crate::{Contender, ITEM, Outcome, TEXT};

pub(crate) struct Caller {
    text: Option<&'static str>,
    item: ItemId,
    session: Session,
    callback: Arc<dyn SyncCallback>,
    end: Latch,
    is_over: Arc<AtomicBool>,
    display: Option<JoinHandle<()>>,
}

impl Caller {
    pub(crate) fn numbers_only() -> Self {
        Self::start(None)
    }

    pub(crate) fn with_text() -> Self {
        Self::start(Some(TEXT))
    }

    fn start(text: Option<&'static str>) -> Self {
        let item: ItemId = ITEM.parse().expect("a UUID");
        let (tell, told) = mpsc::channel();
        let tell = Mutex::new(tell);
        let end = Latch::new();
        let wait = end.clone();
        let handler = Scripted::new("bench", &[item]).on_synchronize(move |play| {
            let sent = tell.lock().map(|tell| tell.send(play.callback.clone()));
            assert!(matches!(sent, Ok(Ok(()))));
            let wait = wait.clone();
            play.elsewhere(move |play| {
                wait.wait();
                play.end_all(ItemStatus::Succeeded);
                play.synchronized(Code::OK);
            })
        });
        let entry = HandlerEntry::new(HandlerId::named("bench"), "bench", Arc::new(handler));
        let flags = InitializeFlags::new(Event::Manual, Modifiers::empty());
        let session =
            Engine::new(Services::system()).start(SessionRequest::new(SessionId::NIL, flags, vec![entry]));
        session.ignore_events();
        let callback = told.recv().expect("the handler is asked to synchronize");
        let is_over = Arc::new(AtomicBool::new(false));
        let (watched, over) = (session.clone(), is_over.clone());
        let display = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                std::hint::black_box(watched.rows());
                watched.wait_for_rows(Duration::from_millis(20));
                thread::park_timeout(Duration::from_millis(16));
            }
        });
        Self { text, item, session, callback, end, is_over, display: Some(display) }
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.end.open();
        self.session.wait();
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(display) = self.display.take() {
            display.thread().unpark();
            let _ = display.join();
        }
    }
}

impl Contender for Caller {
    fn name(&self) -> &'static str {
        match self.text {
            Some(_) => "progress in process, with 40 bytes of text",
            None => "progress in process, numbers only",
        }
    }

    fn n_calls(&self) -> u32 {
        5_000_000
    }

    fn round(&mut self) -> Outcome<Duration> {
        let start = Instant::now();
        for value in 0..i64::from(self.n_calls()) {
            let update = ProgressUpdate { value: Some(value), text: self.text, ..ProgressUpdate::default() };
            let verdict = self.callback.progress(&self.item, std::hint::black_box(&update));
            assert_eq!(verdict, Ok(Verdict::Go));
        }
        Ok(start.elapsed())
    }
}
