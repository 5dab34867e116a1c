//! [`Service`]: what a source wants of a service on a bus, and the loop that gets it.

use std::io;

use crossbeam_channel::Sender;
use zbus::message::Message;

use super::{Bus, Stop, Talk};
use crate::sign::{Sign, Source};
use crate::worker::{Over, Signs, Worker};

/// What a source makes of a signal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing of interest.
    Nothing,
    /// Something may differ: look again.
    Look,
    /// It says by itself what happened.
    Tell(Vec<Sign>),
}

/// A service as one source sees it. It remembers what it told, so that only what differs is told.
pub(crate) trait Service: Send + 'static {
    /// The source it is for.
    const SOURCE: Source;
    /// The service's name on the bus.
    const NAME: &'static str;

    /// Match rules for its signals, without the sender.
    fn rules(&self) -> Vec<String>;

    /// Asks for everything, and gives back what differs from what was told.
    async fn look(&mut self, talk: &mut Talk) -> zbus::Result<Vec<Sign>>;

    /// Takes a signal of the service.
    fn hear(&mut self, message: &Message) -> Heard;

    /// The service is gone: what was told counts no more.
    fn forget(&mut self);
}

/// Starts the thread of a source.
pub(crate) fn start<S: Service>(service: S, bus: Bus, signs: Sender<Sign>) -> io::Result<Worker> {
    let stop = Stop::default();
    let stopped = stop.clone();
    let name = S::SOURCE.to_string();
    Worker::spawn(
        &name,
        signs,
        move || stop.stop(),
        move |signs| {
            // What comes out is either "stopped" or "nobody listens": both are the end.
            let _ = zbus::block_on(stopped.or(listen(service, bus, &signs)));
        },
    )
}

async fn listen<S: Service>(service: S, bus: Bus, signs: &Signs) -> Result<(), Over> {
    let mut rules: Vec<String> = service
        .rules()
        .into_iter()
        .map(|rule| format!("type='signal',sender='{}',{rule}", S::NAME))
        .collect();
    rules.push(format!(
        "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{}'",
        S::NAME
    ));
    match Talk::open(&bus, &rules).await {
        Ok(talk) => {
            let mut listening = Listening { service, talk, signs, owner: None, absent: None };
            listening.run().await
        }
        Err(error) => {
            let why = format!("there is no message bus: {error}");
            signs.send(Sign::Absent { source: S::SOURCE, why })
        }
    }
}

struct Listening<'s, S> {
    service: S,
    talk: Talk,
    signs: &'s Signs,
    /// The connection that has the service's name; nobody else's signals count.
    owner: Option<String>,
    /// What was told last about the service not being there.
    absent: Option<String>,
}

impl<S: Service> Listening<'_, S> {
    async fn run(&mut self) -> Result<(), Over> {
        match self.talk.owner(S::NAME).await {
            Ok(owner) => self.owner = Some(owner),
            Err(error) => self.tell_absent(error.to_string())?,
        }
        let mut look = self.owner.is_some();
        loop {
            // All that is there is taken before looking, so that a burst of signals is one look.
            let message = if look { self.talk.ready().await } else { self.talk.next().await };
            match message {
                Some(message) => look |= self.take(&message)?,
                None if look => {
                    look = false;
                    self.look().await?;
                }
                None => {
                    let why = "the connection to the message bus has ended".into();
                    return self.signs.send(Sign::SourceLost { source: S::SOURCE, why });
                }
            }
        }
    }

    /// Takes a signal, and says whether to look.
    fn take(&mut self, message: &Message) -> Result<bool, Over> {
        let header = message.header();
        let sender = header.sender().map_or("", |sender| sender.as_str());
        if sender == "org.freedesktop.DBus" {
            return match message.body().deserialize::<(String, String, String)>() {
                Ok((name, _, owner)) if name == S::NAME => self.owned_by(owner),
                // The bus also says which name we have ourselves.
                Ok(_) | Err(_) => Ok(false),
            };
        }
        if self.owner.as_deref() != Some(sender) {
            return Ok(false);
        }
        match self.service.hear(message) {
            Heard::Nothing => Ok(false),
            Heard::Look => Ok(true),
            Heard::Tell(signs) => self.tell(signs).map(|()| false),
        }
    }

    fn owned_by(&mut self, owner: String) -> Result<bool, Over> {
        self.service.forget();
        if owner.is_empty() {
            self.owner = None;
            self.tell_absent("the service has ended".into())?;
            return Ok(false);
        }
        self.owner = Some(owner);
        Ok(true)
    }

    async fn look(&mut self) -> Result<(), Over> {
        if self.owner.is_none() {
            return Ok(());
        }
        match self.service.look(&mut self.talk).await {
            Ok(signs) => {
                self.absent = None;
                self.tell(signs)
            }
            Err(error) => {
                self.service.forget();
                self.tell_absent(format!("the service does not answer as expected: {error}"))
            }
        }
    }

    fn tell(&self, signs: Vec<Sign>) -> Result<(), Over> {
        signs.into_iter().try_for_each(|sign| self.signs.send(sign))
    }

    fn tell_absent(&mut self, why: String) -> Result<(), Over> {
        if self.absent.as_ref() == Some(&why) {
            return Ok(());
        }
        self.absent = Some(why.clone());
        self.signs.send(Sign::Absent { source: S::SOURCE, why })
    }
}
