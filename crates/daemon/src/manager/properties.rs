//! Properties: a handler shows what can be set about an item, or about itself, in its own way.

use syncmgr_engine::{Answers, Choosing, Engine, Services, Session, SessionEvent, SessionRequest};
use syncmgr_model::event::{Event, InitializeFlags, Modifiers};
use syncmgr_model::id::{HandlerId, ItemId, SessionId};
use syncmgr_model::session::Refusal;
use syncmgr_wire::{control, line};

use super::handlers::KnownHandler;
use super::items::AnyItem;
use super::teller::{HandlerNames, Teller};
use super::{Face, Manager};
use crate::exit::Exit;
use crate::failure::Failure;

/// How it went.
#[derive(Default)]
struct Shown {
    refusal: Option<Refusal>,
    is_shown: bool,
    /// What the handler or the manager had to say.
    problem: Option<String>,
}

impl Manager {
    pub(super) fn properties(&mut self, typed: &str, face: &mut dyn Face) -> Result<Exit, Failure> {
        let (handler, item) = self.with_properties(typed)?;
        handler.check_trusted()?;
        let flags = InitializeFlags::new(Event::Manual, Modifiers::MAY_BOTHER_USER);
        let mut request = SessionRequest::new(SessionId::NIL, flags, vec![self.entry(&handler)?]);
        // The list of a choice is where properties are shown; nothing is begun.
        request.choosing = Choosing::ByHand;
        request.answers = Answers::Events;
        let session = Engine::new(Services::system()).start(request);
        let connected = self.controls.connect(&session);
        let mut teller = Teller::new(face, HandlerNames::new([&handler]));
        let shown = show(&session, handler.id, item, &mut teller);
        drop(connected);
        let refused = |why: String| Failure::usage(format!("`{typed}` shows no properties: {why}"));
        match shown {
            Shown { refusal: Some(refusal), .. } => Err(refused(refusal.to_string()).hint(format!(
                "what can be set about it is in `[handlers.{}]` of the configuration",
                handler.name
            ))),
            Shown { is_shown: true, problem: None, .. } => {
                let text = format!("`{typed}` showed its properties");
                face.hear(&control::Event::Done(line::Done { text, item }));
                Ok(Exit::InStep)
            }
            Shown { problem, .. } => {
                Err(refused(problem.unwrap_or_else(|| "its handler does not answer".to_owned())))
            }
        }
    }

    /// The handler, and the item unless it is about the handler itself.
    fn with_properties(&mut self, typed: &str) -> Result<(KnownHandler, Option<ItemId>), Failure> {
        if let Some(handler) = self.handler(typed)? {
            return Ok((handler, None));
        }
        match self.find_any(typed)? {
            AnyItem::Folder(_) => {
                Err(Failure::usage(format!("what can be set about `{typed}` is in the configuration"))
                    .hint(format!("edit `{}`", self.surroundings.config_file.display())))
            }
            AnyItem::Other(item) => {
                let handler = self.handler(&item.of)?;
                let handler =
                    handler.ok_or_else(|| Failure::usage(format!("no handler is called `{}`", item.of)))?;
                Ok((handler, Some(item.info.id)))
            }
        }
    }
}

/// Waits for the list, has the properties shown, and closes the list when they are gone.
fn show(session: &Session, handler: HandlerId, item: Option<ItemId>, teller: &mut Teller<'_>) -> Shown {
    let mut shown = Shown::default();
    let mut is_asked = false;
    while let Ok(event) = session.events().recv() {
        match event {
            SessionEvent::Listed { listing, .. } if !is_asked => {
                is_asked = true;
                shown.problem = listing.problem.or(listing.declined);
                if let Err(refusal) = session.show_properties(handler, item) {
                    shown.refusal = Some(refusal).filter(|_| shown.problem.is_none());
                    session.close();
                }
            }
            SessionEvent::PropertiesGone { .. } => {
                shown.is_shown = true;
                session.close();
            }
            SessionEvent::Entry(entry) => shown.problem = Some(entry.text),
            SessionEvent::Finished(_) => break,
            SessionEvent::Listed { .. } => {}
            other => teller.tell(other),
        }
    }
    shown
}
