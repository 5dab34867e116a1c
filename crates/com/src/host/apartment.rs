//! [`Apartment`]: the one thread on which a class lives.
//!
//! Nearly all classes are for a single-threaded apartment, or for any. One that is only for the multithreaded apartment would be
//! reached through a proxy, for which nobody need have the code: it gets a thread in that apartment instead.

use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread;

use windows::Win32::Foundation::{E_NOINTERFACE, E_UNEXPECTED, HANDLE, REGDB_E_IIDNOTREG};
use windows::Win32::System::Com::{
    COINIT, COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED, CoInitializeEx, CoUninitialize,
};
use windows::Win32::System::Threading::{CreateEventW, INFINITE, SetEvent};
use windows::Win32::UI::Shell::ISyncMgrSynchronize;
use windows::Win32::UI::WindowsAndMessaging::{
    DispatchMessageW, MSG, MWMO_INPUTAVAILABLE, MsgWaitForMultipleObjectsEx, PM_REMOVE, PeekMessageW,
    QS_ALLINPUT, TranslateMessage,
};
use windows::core::Result;

use super::ends::{self, NothingThrown};

type Job = Box<dyn FnOnce(&ISyncMgrSynchronize) + Send>;

/// A thread in an apartment, its own as a rule, with the class it has made. Between calls it dispatches messages, as
/// classes with windows and calls from other apartments need it. Dropping it releases the class and waits for that; the thread goes on
/// with messages until the process ends. To leave the apartment could unload the class, of which threads may still be at work.
pub(super) struct Apartment {
    jobs: Option<Sender<Job>>,
    wake: Arc<OwnedHandle>,
    is_released: Receiver<()>,
}

impl Apartment {
    /// Starts the thread, in the multithreaded apartment or in one of its own. There, `make` makes the class, and is tried again
    /// where an apartment of another kind may help.
    pub(super) fn start(
        is_free_threaded: bool,
        make: impl Fn() -> Result<ISyncMgrSynchronize> + Send + 'static,
    ) -> Result<Self> {
        // An event, and no thread message: a loop of a dialog would take that away.
        // SAFETY: without attributes and name there is nothing to be valid.
        let event = unsafe { CreateEventW(None, false, false, None) }?;
        // SAFETY: the handle was made just now and nobody else owns it.
        let wake = Arc::new(unsafe { OwnedHandle::from_raw_handle(event.0) });
        let (jobs, waiting) = mpsc::channel();
        let (made, is_made) = mpsc::channel();
        let (released, is_released) = mpsc::channel();
        let woken = wake.clone();
        thread::Builder::new().name("apartment".to_owned()).spawn(move || {
            let Some(object) = enter(is_free_threaded, make, &made) else { return };
            let thrown = NothingThrown;
            serve(&object, &waiting, &woken);
            drop(object);
            let _ = released.send(());
            pump(&woken);
            thrown.indeed();
        })?;
        let apartment = Self { jobs: Some(jobs), wake, is_released };
        // A thread that has ended without a word has panicked.
        is_made.recv().unwrap_or_else(|_gone| Err(E_UNEXPECTED.into())).map(|()| apartment)
    }

    /// Has something done to the class there, and waits for it. The process ends if the class throws something out of that.
    pub(super) fn with<T: Send + 'static>(
        &self,
        job: impl FnOnce(&ISyncMgrSynchronize) -> T + Send + 'static,
    ) -> T {
        let (done, is_done) = mpsc::channel();
        let job: Job = Box::new(move |object| drop(done.send(job(object))));
        // The channel is there until this is dropped, and the thread answers as long as it lives.
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(job);
        }
        self.wake();
        is_done.recv().unwrap_or_else(|_gone| ends::thrown())
    }

    fn wake(&self) {
        // SAFETY: the event lives as long as `self.wake`.
        let _ = unsafe { SetEvent(HANDLE(self.wake.as_raw_handle())) };
    }
}

impl Drop for Apartment {
    fn drop(&mut self) {
        self.jobs = None;
        self.wake();
        let _ = self.is_released.recv();
    }
}

/// Entered, until it is dropped.
struct Entered;

impl Entered {
    fn enter(kind: COINIT) -> Result<Self> {
        // SAFETY: the thread is ours, and no other apartment is entered at that time.
        unsafe { CoInitializeEx(None, kind) }.ok().map(|()| Self)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // SAFETY: made on this thread after it was entered, and every object of the apartment is released before.
        unsafe { CoUninitialize() };
    }
}

/// Makes the class in the apartment that is right for it, and tells whether that went well.
fn enter(
    is_free_threaded: bool,
    make: impl Fn() -> Result<ISyncMgrSynchronize>,
    made: &Sender<Result<()>>,
) -> Option<ISyncMgrSynchronize> {
    let attempt = |kind| {
        let entered = Entered::enter(kind)?;
        let thrown = NothingThrown;
        let object = make();
        thrown.indeed();
        ends::be_short();
        // Left again only where the class could not be made.
        object.inspect(|_object| std::mem::forget(entered))
    };
    let needs_another =
        |error: &windows::core::Error| [E_NOINTERFACE, REGDB_E_IIDNOTREG].contains(&error.code());
    let kind = if is_free_threaded { COINIT_MULTITHREADED } else { COINIT_APARTMENTTHREADED };
    let result = match attempt(kind) {
        Err(error) if needs_another(&error) => attempt(COINIT_MULTITHREADED),
        result => result,
    };
    let (object, told) = match result {
        Ok(object) => (Some(object), Ok(())),
        Err(error) => (None, Err(error)),
    };
    let _ = made.send(told);
    object
}

/// Does jobs and dispatches messages until there will be no more jobs.
fn serve(object: &ISyncMgrSynchronize, jobs: &Receiver<Job>, wake: &OwnedHandle) {
    loop {
        match jobs.try_recv() {
            Ok(job) => {
                job(object);
                // What the class has loaded meanwhile may have put itself there.
                ends::be_short();
                continue;
            }
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {}
        }
        dispatch_one(wake);
    }
}

/// Dispatches messages as long as the process lives.
fn pump(wake: &OwnedHandle) {
    loop {
        dispatch_one(wake);
    }
}

/// Waits for a message or to be woken, and dispatches that message. One at a time: a class that works in small steps posts itself the
/// next one, and jobs have to get in between.
fn dispatch_one(wake: &OwnedHandle) {
    let wake = [HANDLE(wake.as_raw_handle())];
    // SAFETY: the handle is valid while it is borrowed.
    unsafe { MsgWaitForMultipleObjectsEx(Some(&wake), INFINITE, QS_ALLINPUT, MWMO_INPUTAVAILABLE) };
    let mut message = MSG::default();
    // SAFETY: the message is written by the first call and only read by the others; window procedures of the class run in
    // here.
    unsafe {
        if PeekMessageW(&mut message, None, 0, 0, PM_REMOVE).as_bool() {
            let _ = TranslateMessage(&message);
            DispatchMessageW(&message);
        }
    }
}
