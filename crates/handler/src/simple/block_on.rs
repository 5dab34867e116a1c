//! [`block_on`]: asynchronous code in a handler's thread.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Runs a future on this thread, which sleeps while the future waits.
///
/// Enough for futures that are woken from elsewhere (channels, timers of their own threads). A future that needs the
/// reactor of an async runtime is run by that runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut task = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut task) {
            Poll::Ready(output) => return output,
            // A wake between the poll and this line is kept by the thread, and the sleep ends at once.
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_future_that_is_woken_from_another_thread_is_driven_to_its_end() {
        let (wake_me, asked) = mpsc::channel::<Waker>();
        let mut n_polls = 0;
        let future = std::future::poll_fn(|task| {
            n_polls += 1;
            if n_polls == 3 {
                return Poll::Ready(7);
            }
            wake_me.send(task.waker().clone()).unwrap();
            Poll::Pending
        });
        thread::scope(|scope| {
            scope.spawn(move || {
                for _ in 0..2 {
                    asked.recv().unwrap().wake();
                }
            });
            assert_eq!(block_on(future), 7);
        });
    }
}
