//! [`Lines`]: a response that is written while it comes into being.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

/// A body made of what is sent through a channel. It ends when the sender is dropped.
#[derive(Debug)]
pub(crate) struct Lines(mpsc::Receiver<Bytes>);

impl Lines {
    /// A body and the way to fill it; so many pieces wait for a reader that is slow.
    pub(crate) fn channel(pieces: usize) -> (mpsc::Sender<Bytes>, axum::body::Body) {
        let (tx, rx) = mpsc::channel(pieces);
        (tx, axum::body::Body::new(Self(rx)))
    }
}

impl Body for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}
