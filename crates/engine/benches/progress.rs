//! What a progress call costs with a display attached, and a session with many handlers.
//!
//! `cargo bench -p syncmgr-engine`. The display is a thread that samples all rows again and again with a short rest in
//! between, far more often than any real one.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use syncmgr_engine::{Engine, HandlerEntry, Services, Session, SessionRequest};
use syncmgr_handler::SyncCallback;
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;
use syncmgr_testkit::{Latch, Scripted};

const TEXT: &str = "photos/2026/summer/at the lake/0412.jpeg";
/// Calls in one measured sample: a single one is far below what a clock can tell.
const N_CALLS: i64 = 1_000;
const UNATTENDED: InitializeFlags = InitializeFlags::new(Event::Manual, Modifiers::empty());

fn main() {
    assert_eq!(TEXT.len(), 40);
    divan::main();
}

/// A session at work that nobody but the benchmark drives, and a display that samples it.
struct Watched {
    session: Session,
    callback: Arc<dyn SyncCallback>,
    end: Latch,
    is_over: Arc<AtomicBool>,
    display: Option<JoinHandle<()>>,
}

impl Watched {
    fn with_items(items: &[ItemId]) -> Self {
        let (tell, told) = mpsc::channel();
        let tell = Mutex::new(tell);
        let end = Latch::new();
        let wait = end.clone();
        let handler = Scripted::new("bench", items).on_synchronize(move |play| {
            let sent = tell.lock().map(|tell| tell.send(play.callback.clone()));
            assert!(matches!(sent, Ok(Ok(()))));
            let wait = wait.clone();
            play.elsewhere(move |play| {
                wait.wait();
                play.end_all(ItemStatus::Succeeded);
                play.synchronized(Outcome::OK);
            })
        });
        let session = Engine::new(Services::system()).start(request(vec![handler]));
        let callback = told.recv().expect("the handler is asked to synchronize");
        let is_over = Arc::new(AtomicBool::new(false));
        let (watched, over) = (session.clone(), is_over.clone());
        let display = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                divan::black_box(watched.rows());
                watched.wait_for_rows(Duration::from_millis(20));
                // 60 times a second.
                thread::park_timeout(Duration::from_millis(16));
            }
        });
        Self { session, callback, end, is_over, display: Some(display) }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.end.open();
        self.session.wait();
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(display) = self.display.take() {
            display.thread().unpark();
            assert!(display.join().is_ok());
        }
    }
}

fn request(handlers: Vec<Scripted>) -> SessionRequest {
    let entries = handlers
        .into_iter()
        .zip(1..)
        .map(|(handler, number)| HandlerEntry::new(HandlerId::from_u128(number), "bench", Arc::new(handler)));
    SessionRequest::new(SessionId::NIL, UNATTENDED, entries.collect())
}

fn item(number: usize) -> ItemId {
    // Spread like real ids.
    ItemId::from_u128((number as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
}

fn items(n_items: usize) -> Vec<ItemId> {
    (0..n_items).map(item).collect()
}

/// The time of [`N_CALLS`] calls on one row.
#[divan::bench(args = [1, 1000])]
fn numbers_only(bencher: Bencher<'_, '_>, n_rows: usize) {
    let watched = Watched::with_items(&items(n_rows));
    bencher.counter(ItemsCount::new(N_CALLS as u64)).bench_local(|| {
        call(watched.callback.as_ref(), item(0), None);
    });
}

/// What the measurement itself costs: an atomic store behind the same kind of call.
#[divan::bench]
fn an_empty_call(bencher: Bencher<'_, '_>) {
    let value = AtomicI64::new(0);
    let target: &dyn Target = &value;
    bencher.counter(ItemsCount::new(N_CALLS as u64)).bench_local(|| {
        for number in 0..N_CALLS {
            let update = ProgressUpdate::value(number);
            let verdict = target.take(divan::black_box(&item(0)), divan::black_box(&update));
            assert!(verdict.is_ok_and(|verdict| verdict.is_go()));
        }
    });
}

trait Target {
    fn take(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome>;
}

impl Target for AtomicI64 {
    fn take(&self, _item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        self.store(update.value.unwrap_or(0), Ordering::Relaxed);
        Ok(Verdict::Go)
    }
}

/// The same with a text of 40 bytes.
#[divan::bench]
fn with_text(bencher: Bencher<'_, '_>) {
    let watched = Watched::with_items(&items(1));
    bencher.counter(ItemsCount::new(N_CALLS as u64)).bench_local(|| {
        call(watched.callback.as_ref(), item(0), Some(TEXT));
    });
}

/// The time of [`N_CALLS`] calls on each of as many rows as threads.
#[divan::bench(args = [1, 2, 8])]
fn numbers_only_on_threads(bencher: Bencher<'_, '_>, n_threads: usize) {
    on_threads(bencher, n_threads, None);
}

/// The same with a text of 40 bytes.
#[divan::bench(args = [1, 2, 8])]
fn with_text_on_threads(bencher: Bencher<'_, '_>, n_threads: usize) {
    on_threads(bencher, n_threads, Some(TEXT));
}

/// Many more calls a thread here, so that starting the threads does not count.
const N_ROUNDS: usize = 200;

fn on_threads(bencher: Bencher<'_, '_>, n_threads: usize, text: Option<&str>) {
    let watched = Watched::with_items(&items(n_threads));
    let n_calls = N_ROUNDS * n_threads * N_CALLS as usize;
    bencher.counter(ItemsCount::new(n_calls)).bench_local(|| {
        thread::scope(|scope| {
            for row in 0..n_threads {
                let callback = watched.callback.as_ref();
                scope.spawn(move || (0..N_ROUNDS).for_each(|_| call(callback, item(row), text)));
            }
        });
    });
}

fn call(callback: &dyn SyncCallback, item: ItemId, text: Option<&str>) {
    for value in 0..N_CALLS {
        let update = ProgressUpdate { text, ..ProgressUpdate::value(value) };
        let verdict = callback.progress(divan::black_box(&item), divan::black_box(&update));
        assert!(verdict.is_ok_and(|verdict| verdict.is_go()));
    }
}

/// A whole session: 1,000 handlers with 10 items each, which report, succeed and complete at once.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn thousand_handlers_ten_thousand_items(bencher: Bencher<'_, '_>) {
    let handlers: Vec<_> = (0..1_000)
        .map(|handler| {
            let items: Vec<_> = (0..10).map(|number| item(handler * 10 + number)).collect();
            Scripted::new("bench", &items)
        })
        .collect();
    let request = request(handlers);
    let engine = Engine::new(Services::system());
    bencher.counter(ItemsCount::new(10_000u32)).bench_local(|| {
        let session = engine.start(request.clone());
        session.ignore_events();
        let report = session.wait();
        assert_eq!(report.items.len(), 10_000);
        assert!(report.items.iter().all(|item| item.status == ItemStatus::Succeeded));
    });
}
