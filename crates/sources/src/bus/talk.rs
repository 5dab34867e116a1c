//! [`Talk`]: a connection that is asked and listened to by one thread.

use std::collections::{HashMap, VecDeque};
use std::future::{Future as _, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures_core::Stream as _;
use zbus::message::{Message, Type};
use zbus::{Connection, DynamicType, MessageStream, OwnedVariant};

use super::Bus;

const DAEMON: &str = "org.freedesktop.DBus";
const DAEMON_PATH: &str = "/org/freedesktop/DBus";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// The part of a match rule that means changes of properties.
pub(crate) const PROPERTIES_CHANGED: &str =
    "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'";

/// Properties of one interface of an object, by name.
pub(crate) type Properties = HashMap<String, OwnedVariant>;

/// A property as a plain value, if it is there and of this type.
pub(crate) fn property<'p, T: TryFrom<&'p OwnedVariant>>(
    properties: &'p Properties,
    name: &str,
) -> Option<T> {
    T::try_from(properties.get(name)?).ok()
}

/// A connection with the signals that came while something was asked.
pub(crate) struct Talk {
    connection: Connection,
    stream: MessageStream,
    backlog: VecDeque<Message>,
}

impl Talk {
    /// Connects and asks for the signals that these match rules describe.
    pub(crate) async fn open(bus: &Bus, rules: &[String]) -> zbus::Result<Self> {
        let connection = bus.connect().await?;
        // One stream for all rules keeps the signals in the order in which they were sent.
        let stream = MessageStream::from(&connection);
        let mut talk = Self { connection, stream, backlog: VecDeque::new() };
        for rule in rules {
            talk.call(DAEMON, DAEMON_PATH, DAEMON, "AddMatch", rule).await?;
        }
        Ok(talk)
    }

    /// Asks something and waits for the answer. Signals that come meanwhile are kept.
    pub(crate) async fn call<B>(
        &mut self,
        service: &str,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> zbus::Result<Message>
    where
        B: serde::Serialize + DynamicType,
    {
        let connection = self.connection.clone();
        let mut call = pin!(connection.call_method(Some(service), path, Some(interface), method, body));
        poll_fn(|context| {
            // The connection stands still when nobody takes what it has read, the answer included.
            while let Poll::Ready(Some(message)) = self.poll(context) {
                self.backlog.push_back(message);
            }
            call.as_mut().poll(context)
        })
        .await
    }

    /// All properties of an interface of an object.
    pub(crate) async fn properties(
        &mut self,
        service: &str,
        path: &str,
        interface: &str,
    ) -> zbus::Result<Properties> {
        let answer = self.call(service, path, PROPERTIES, "GetAll", &interface).await?;
        answer.body().deserialize()
    }

    /// Who has the name of a service; it is started if the bus knows how.
    pub(crate) async fn owner(&mut self, service: &str) -> zbus::Result<String> {
        // Fails where it is not started by request, and then perhaps it runs anyway.
        let started = self.call(DAEMON, DAEMON_PATH, DAEMON, "StartServiceByName", &(service, 0_u32)).await;
        match self.call(DAEMON, DAEMON_PATH, DAEMON, "GetNameOwner", &service).await {
            Ok(answer) => answer.body().deserialize(),
            Err(error) => Err(started.err().unwrap_or(error)),
        }
    }

    /// The next signal; `None` when the connection is lost.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        match self.backlog.pop_front() {
            Some(message) => Some(message),
            None => poll_fn(|context| self.poll(context)).await,
        }
    }

    /// The next signal if it is there already.
    pub(crate) async fn ready(&mut self) -> Option<Message> {
        match self.backlog.pop_front() {
            Some(message) => Some(message),
            None => {
                poll_fn(|context| match self.poll(context) {
                    Poll::Ready(message) => Poll::Ready(message),
                    Poll::Pending => Poll::Ready(None),
                })
                .await
            }
        }
    }

    /// Signals only: answers have their own way.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Message>> {
        loop {
            match Pin::new(&mut self.stream).poll_next(context) {
                Poll::Ready(Some(Ok(message))) if message.message_type() == Type::Signal => {
                    return Poll::Ready(Some(message));
                }
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
