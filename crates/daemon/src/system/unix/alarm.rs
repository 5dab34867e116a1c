//! One alarm: a thread that sleeps until a moment of the wall clock, also through a suspend and a clock that is set.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use syncmgr_model::time::Timestamp;

/// Rings at the moment it was set to last; and whenever the clock is set, because moments are then elsewhere.
#[derive(Debug)]
pub(crate) struct Alarm {
    timer: Arc<OwnedFd>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Alarm {
    /// An alarm that is not set. `ring` is called on its thread.
    pub(crate) fn new(ring: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let timer = Arc::new(timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::CLOEXEC)?);
        let is_over = Arc::new(AtomicBool::new(false));
        let (waited, over) = (Arc::clone(&timer), Arc::clone(&is_over));
        let thread = std::thread::Builder::new().name("alarm".into()).spawn(move || {
            loop {
                // Blocks until the moment; canceled when the clock is set to another time.
                match rustix::io::read(&*waited, &mut [0_u8; 8]) {
                    Ok(_) | Err(Errno::CANCELED) if over.load(Ordering::Acquire) => return,
                    Ok(_) | Err(Errno::CANCELED) => ring(),
                    Err(Errno::INTR) => {}
                    Err(_) => return,
                }
            }
        })?;
        let alarm = Self { timer, is_over, thread: Some(thread) };
        alarm.set(None);
        Ok(alarm)
    }

    /// Sets it to a moment, or to none. A moment that has passed rings at once.
    pub(crate) fn set(&self, at: Option<Timestamp>) {
        // Without a moment it is set to one that never comes, so that it still hears of the clock.
        let millis = at.map_or(i64::MAX / 2_000_000, Timestamp::as_millis).max(1);
        let value =
            Timespec { tv_sec: millis.div_euclid(1000), tv_nsec: millis.rem_euclid(1000) * 1_000_000 };
        let once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
        let spec = Itimerspec { it_interval: once, it_value: value };
        // It fails for times out of range only, and this one is not.
        let _set = timerfd_settime(&*self.timer, flags, &spec);
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        self.set(Some(Timestamp::from_millis(1)));
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told by its hook.
            let _told = thread.join();
        }
    }
}
