//! What a handler holds: the nine calls, for one instance of one session.
//!
//! Handlers leak references and use them late. So a callback keeps only the instance's lane alive (its rows, a few
//! hundred bytes an item) and finds the session through a weak reference: when that is gone, every call is unexpected.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::thread;

use syncmgr_handler::relay::{EntryDetail, Relay};
use syncmgr_handler::{FactSink, ModelessRequest, SyncCallback};
use syncmgr_model::entry::{LogErrorInfo, LogLevel};
use syncmgr_model::fact::Fact;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::session::{Answer, Called, Connecting, Input, InstanceIdx, Modeless, Phase, RowVerdict};
use syncmgr_model::verdict::Verdict;

use crate::request::Detail;
use crate::rows::Slot;
use crate::services::{ConnectError, Established};
use crate::shared::{Lane, Shared};

pub(crate) struct Callback {
    pub(crate) lane: Arc<Lane>,
    pub(crate) shared: Weak<Shared>,
    pub(crate) instance: InstanceIdx,
    detail: Detail,
}

impl Callback {
    pub(crate) fn new(shared: &Arc<Shared>, instance: InstanceIdx) -> Self {
        let lane = shared.lane(instance).clone();
        Self { lane, shared: Arc::downgrade(shared), instance, detail: shared.detail }
    }

    pub(crate) fn called(&self, called: Called) -> Answer {
        match self.shared.upgrade() {
            Some(shared) => shared.step(Input::Called { instance: self.instance, called }),
            None => Answer::Outcome(Outcome::UNEXPECTED),
        }
    }

    /// The slot of an item that is part of the current preparation.
    #[inline]
    pub(crate) fn slot(&self, item: ItemId) -> Option<&Slot> {
        let (_, slot) = self.lane.rows()?.find(item)?;
        (slot.verdict() != RowVerdict::Outside).then_some(slot)
    }

    /// Everything but the plain case: a final status, a row that is final, a pause or a stop.
    #[cold]
    #[inline(never)]
    fn progress_with_care(
        &self,
        slot: &Slot,
        phase: Phase,
        update: &ProgressUpdate<'_>,
    ) -> Result<Verdict, Outcome> {
        self.take_with_care(slot, phase, update)?;
        self.lane.bell.wait_for(|| match self.answer(slot, phase) {
            Ok(Verdict::Pause) => None,
            answer => Some(answer),
        })
    }

    /// Applies an update that is not the plain case.
    pub(crate) fn take_with_care(
        &self,
        slot: &Slot,
        phase: Phase,
        update: &ProgressUpdate<'_>,
    ) -> Result<(), Outcome> {
        let reported = update.status.filter(|status| status.is_final());
        // A final row takes nothing but a late failure.
        if !slot.is_final() || slot.status().after_report(reported.unwrap_or(slot.status())) != slot.status()
        {
            self.lane.touched(slot.write(update));
            if let Some(status) = reported {
                let outcome = self.called(Called::Ended { item: slot.item, status }).outcome();
                // A stop is answered in any case; otherwise the machine may have ended the run meanwhile.
                if outcome != Outcome::OK && phase != Phase::Stopping {
                    return Err(outcome);
                }
            }
        }
        Ok(())
    }

    /// What a call about a row is answered now; `phase` held when it was made.
    pub(crate) fn answer(&self, slot: &Slot, phase: Phase) -> Result<Verdict, Outcome> {
        match self.lane.phase() {
            Phase::Closed if phase == Phase::Stopping => Ok(Verdict::Stop),
            Phase::Closed => Err(Outcome::UNEXPECTED),
            Phase::Stopping => Ok(Verdict::Stop),
            Phase::Open | Phase::Paused if slot.is_final() => Ok(Verdict::Go),
            Phase::Open | Phase::Paused if slot.verdict() == RowVerdict::Skip => Ok(Verdict::Skip),
            Phase::Open => Ok(Verdict::Go),
            Phase::Paused => Ok(Verdict::Pause),
        }
    }

    /// Brings a connection up on a thread of its own, so that a stop ends the wait even where the connector does not
    /// come back.
    fn connect(&self, name: Option<String>) -> Outcome {
        let Some(shared) = self.shared.upgrade() else { return Outcome::UNEXPECTED };
        let n_breaks = self.lane.n_breaks();
        let result = Arc::new(AtomicU32::new(PENDING));
        let attempt = Attempt { shared, instance: self.instance, name, result: result.clone() };
        let Ok(_detached) = thread::Builder::new().name("connection".into()).spawn(|| attempt.make()) else {
            return Outcome::OUT_OF_MEMORY;
        };
        self.lane.bell.wait_for(|| match result.load(Ordering::Acquire) {
            PENDING if self.lane.n_breaks() == n_breaks => None,
            PENDING => Some(Outcome::FAIL),
            answer => Some(Outcome(answer)),
        })
    }
}

/// Stands for "no answer yet"; no outcome of an attempt has this code.
const PENDING: u32 = u32::MAX;

/// One attempt to bring a connection up. Nobody owns its thread: it ends by itself, and what it opened too late is
/// closed again.
struct Attempt {
    shared: Arc<Shared>,
    instance: InstanceIdx,
    name: Option<String>,
    result: Arc<AtomicU32>,
}

impl Attempt {
    fn make(self) {
        let Self { shared, instance, name, result: answer } = self;
        let result = match shared.services.connector.open(name.as_deref()) {
            Ok(Established::AlreadyUp) => Connecting::AlreadyUp,
            Ok(Established::Opened) => Connecting::Opened,
            Err(ConnectError::UnknownName) => Connecting::UnknownName,
            Err(ConnectError::CannotConnect) => Connecting::Failed,
        };
        let input = Input::ConnectionTried { instance, name: name.clone(), result };
        let outcome = match shared.step_unless_finished(input) {
            Some(outcome) => outcome.outcome(),
            None => {
                if result == Connecting::Opened {
                    shared.services.connector.close(name.as_deref());
                }
                Outcome::UNEXPECTED
            }
        };
        answer.store(outcome.0, Ordering::Release);
        shared.bell.ring();
    }
}

impl SyncCallback for Callback {
    fn show_properties_completed(&self, outcome: Outcome) -> Outcome {
        self.called(Called::PropertiesCompleted(outcome)).outcome()
    }

    fn prepare_for_sync_completed(&self, outcome: Outcome) -> Outcome {
        self.called(Called::PrepareCompleted(outcome)).outcome()
    }

    fn synchronize_completed(&self, outcome: Outcome) -> Outcome {
        self.called(Called::SynchronizeCompleted(outcome)).outcome()
    }

    fn show_error_completed(&self, outcome: Outcome, items: &[ItemId]) -> Outcome {
        let items = if outcome == Outcome::RETRY_SYNC { items.to_vec() } else { Vec::new() };
        self.called(Called::ErrorCompleted(outcome, items)).outcome()
    }

    fn enable_modeless(&self, request: ModelessRequest) -> Outcome {
        let request = match request {
            ModelessRequest::Ask => Modeless::Ask,
            ModelessRequest::Done => Modeless::Done,
        };
        self.called(Called::Modeless(request)).outcome()
    }

    #[inline]
    fn progress(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        let phase = self.lane.phase();
        if phase == Phase::Closed {
            return Err(Outcome::UNEXPECTED);
        }
        let Some(slot) = self.slot(*item) else {
            return if phase == Phase::Stopping { Ok(Verdict::Stop) } else { Err(Outcome::INVALID_ARGUMENT) };
        };
        let is_final = slot.is_final() || update.status.is_some_and(|status| status.is_final());
        if phase != Phase::Open || is_final {
            return self.progress_with_care(slot, phase, update);
        }
        self.lane.touched(slot.write(update));
        match slot.verdict() {
            RowVerdict::Go => Ok(Verdict::Go),
            RowVerdict::Skip => Ok(Verdict::Skip),
            // It ended between the two looks.
            RowVerdict::Outside => Err(Outcome::UNEXPECTED),
        }
    }

    fn log_error(&self, level: LogLevel, text: &str, info: Option<&LogErrorInfo>) -> Outcome {
        self.log_with_detail(level, text, info, EntryDetail::default())
    }

    fn delete_log_error(&self, error: Option<ErrorId>) -> Outcome {
        self.called(Called::LogDeleted(error)).outcome()
    }

    fn establish_connection(&self, name: Option<&str>) -> Outcome {
        let name = name.map(str::to_owned);
        match self.called(Called::ConnectionAsked(name.clone())) {
            Answer::Connect => self.connect(name),
            answer => answer.outcome(),
        }
    }

    fn facts(&self) -> Option<&dyn FactSink> {
        Some(self)
    }

    fn relay(&self) -> Option<&dyn Relay> {
        Some(self)
    }
}

impl FactSink for Callback {
    fn wants_changes(&self) -> bool {
        self.detail == Detail::Changes
    }

    fn report(&self, item: &ItemId, fact: Fact) {
        let Some(shared) = self.shared.upgrade() else { return };
        if self.lane.phase() == Phase::Closed {
            return;
        }
        let Some((row, slot)) = self.lane.rows().and_then(|rows| rows.find(*item)) else { return };
        if slot.verdict() == RowVerdict::Outside {
            return;
        }
        self.lane.count(row, &fact);
        match fact {
            Fact::Change { .. } if !self.wants_changes() => return,
            Fact::Halt { .. } => {
                shared.step(Input::Called { instance: self.instance, called: Called::Halted(*item) });
            }
            _ => {}
        }
        shared.tell_fact(*item, fact);
    }
}
