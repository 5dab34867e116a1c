//! [`Apartment`]: the one thread on which a class lives.

use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::{self, JoinHandle};

use windows::Win32::Foundation::HANDLE;
use windows::Win32::System::Com::{COINIT_APARTMENTTHREADED, CoInitializeEx, CoUninitialize};
use windows::Win32::System::Threading::{CreateEventW, INFINITE, SetEvent};
use windows::Win32::UI::Shell::ISyncMgrSynchronize;
use windows::Win32::UI::WindowsAndMessaging::{
    DispatchMessageW, MSG, MWMO_INPUTAVAILABLE, MsgWaitForMultipleObjectsEx, PM_REMOVE, PeekMessageW,
    QS_ALLINPUT, TranslateMessage,
};

type Job = Box<dyn FnOnce(&ISyncMgrSynchronize) + Send>;

/// A thread in a single-threaded apartment of its own, with the class it has made. Between calls it dispatches messages, as
/// classes with windows and calls from other apartments need it. Dropping it releases the class and waits for the thread.
pub(super) struct Apartment {
    jobs: Option<Sender<Job>>,
    wake: Arc<OwnedHandle>,
    thread: Option<JoinHandle<()>>,
}

impl Apartment {
    /// Starts the thread; there, `make` makes the class. Fails with the text of `make`, for people.
    pub(super) fn start(
        make: impl FnOnce() -> Result<ISyncMgrSynchronize, String> + Send + 'static,
    ) -> Result<Self, String> {
        // An event, and no thread message: a loop of a dialog would take that away.
        // SAFETY: without attributes and name there is nothing to be valid.
        let event = unsafe { CreateEventW(None, false, false, None) }.map_err(|error| error.message())?;
        // SAFETY: the handle was made just now and nobody else owns it.
        let wake = Arc::new(unsafe { OwnedHandle::from_raw_handle(event.0) });
        let (jobs, waiting) = mpsc::channel();
        let (made, is_made) = mpsc::channel();
        let woken = wake.clone();
        let thread = thread::Builder::new()
            .name("apartment".to_owned())
            .spawn(move || live(make, &made, &waiting, &woken))
            .map_err(|error| error.to_string())?;
        let apartment = Self { jobs: Some(jobs), wake, thread: Some(thread) };
        match is_made.recv() {
            Ok(Ok(())) => Ok(apartment),
            Ok(Err(text)) => Err(text),
            Err(_gone) => Err("its thread has ended".to_owned()),
        }
    }

    /// Has something done to the class there, and waits for it. `None` if the thread is gone.
    pub(super) fn with<T: Send + 'static>(
        &self,
        job: impl FnOnce(&ISyncMgrSynchronize) -> T + Send + 'static,
    ) -> Option<T> {
        let (done, is_done) = mpsc::channel();
        let job: Job = Box::new(move |object| drop(done.send(job(object))));
        self.jobs.as_ref()?.send(job).ok()?;
        self.wake();
        is_done.recv().ok()
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
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Entered, until it is dropped.
struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        // SAFETY: made on this thread after it was entered, and every object of the apartment is released before.
        unsafe { CoUninitialize() };
    }
}

fn live(
    make: impl FnOnce() -> Result<ISyncMgrSynchronize, String>,
    made: &Sender<Result<(), String>>,
    jobs: &Receiver<Job>,
    wake: &OwnedHandle,
) {
    // SAFETY: the thread is ours and new, so that no other apartment was entered.
    let entered = unsafe { CoInitializeEx(None, COINIT_APARTMENTTHREADED) };
    if entered.is_err() {
        let _ = made.send(Err(entered.message()));
        return;
    }
    let _entered = Entered;
    match make() {
        Ok(object) => {
            let _ = made.send(Ok(()));
            serve(&object, jobs, wake);
        }
        Err(text) => drop(made.send(Err(text))),
    }
}

/// Does jobs and dispatches messages until there will be no more jobs.
fn serve(object: &ISyncMgrSynchronize, jobs: &Receiver<Job>, wake: &OwnedHandle) {
    loop {
        match jobs.try_recv() {
            Ok(job) => {
                job(object);
                continue;
            }
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {}
        }
        let wake = [HANDLE(wake.as_raw_handle())];
        // SAFETY: the handle is valid while it is borrowed.
        unsafe { MsgWaitForMultipleObjectsEx(Some(&wake), INFINITE, QS_ALLINPUT, MWMO_INPUTAVAILABLE) };
        let mut message = MSG::default();
        // SAFETY: the message is written by the first call and only read by the others.
        while unsafe { PeekMessageW(&mut message, None, 0, 0, PM_REMOVE) }.as_bool() {
            // SAFETY: as above; window procedures of the class run in here.
            unsafe {
                let _ = TranslateMessage(&message);
                DispatchMessageW(&message);
            }
        }
    }
}
