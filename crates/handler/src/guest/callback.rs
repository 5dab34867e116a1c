//! The nine calls, as lines.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use syncmgr_model::entry::{EntryDetail, LogErrorInfo, LogLevel};
use syncmgr_model::event::Modifiers;
use syncmgr_model::fact::Fact;
use syncmgr_model::id::{ErrorId, ItemId};
use syncmgr_model::outcome::Outcome;
use syncmgr_model::progress::ProgressUpdate;
use syncmgr_model::status::ItemStatus;
use syncmgr_model::verdict::Verdict;
use syncmgr_wire::protocol::handler::{
    AskParams, AskResult, CheckpointParams, Choice as WireChoice, ConflictParams, ConnectParams,
    ConnectResult, DialogParams, DialogResult, LogDeleteParams, LogParams, PlanParams, PlannedChange,
    VerdictResult,
};
use syncmgr_wire::protocol::limits::{DETAIL_MAX, TEXT_MAX, cut};
use syncmgr_wire::protocol::words::{ConflictWord, NoAnswer, PlanAction, PlanSide};
use syncmgr_wire::protocol::{Class, QuestionKind as WireKind, code, method};

use super::host::{Host, Reply};
use super::rows::Row;
use super::show::{self, Credit};
use super::stage::{Doing, Turn};
use crate::relay::{Answer, Question, QuestionKind, Relay};
use crate::{FactSink, ModelessRequest, SyncCallback};

/// What a handler gets as its callback.
pub(super) struct Callback(pub(super) Arc<Host>);

impl Callback {
    /// Records a completion and wakes the thread that acts on it.
    fn completed(&self, doing: Doing, outcome: Outcome, items: &[ItemId]) -> Outcome {
        if self.0.stage.complete(doing, outcome, items) {
            let _ = self.0.turns.send(Turn::Completed);
            Outcome::OK
        } else {
            Outcome::UNEXPECTED
        }
    }

    /// Asks the manager for the place of a dialog, which is one for all handlers.
    fn dialog_wanted(&self) -> Outcome {
        let host = &*self.0;
        if !host.has_cap("dialog") {
            // An older manager keeps nobody apart, and grants what it would have questions asked for.
            return if host.has_cap("ask") { Outcome::OK } else { Outcome::FALSE };
        }
        match host.call::<DialogResult>(method::DIALOG, &DialogParams { open: true }) {
            Some(Ok(DialogResult { granted: true, .. })) => {
                host.n_dialogs.fetch_add(1, Ordering::AcqRel);
                Outcome::OK
            }
            Some(_) => Outcome::FALSE,
            None => Outcome::UNEXPECTED,
        }
    }

    /// Gives a place back, and waits until the manager knows. One too many is given back to nobody.
    fn dialog_gone(&self) -> Outcome {
        let host = &*self.0;
        let one_less = |count: u32| count.checked_sub(1);
        if host.n_dialogs.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less).is_ok() {
            let _ = host.call::<DialogResult>(method::DIALOG, &DialogParams { open: false });
        }
        Outcome::OK
    }

    /// The first progress on an item in a run waits for its own answer. So no item is begun that was skipped or stopped by
    /// then; from there on the verdict is as old as the manager's last line.
    fn first(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Option<Verdict> {
        let host = &*self.0;
        let is_final = update.status.is_some_and(ItemStatus::is_final);
        let row =
            host.mailbox.row(item).filter(|row| !is_final && host.stage.is_in_run() && row.is_first())?;
        let answer = if *update == ProgressUpdate::POLL {
            // Who says nothing has not begun: a report would show the item as being worked on.
            let params = CheckpointParams { item: Some(row.name.clone()) };
            host.call::<VerdictResult>(method::CHECKPOINT, &params)
        } else {
            row.store(update);
            host.call::<VerdictResult>(method::PROGRESS, &row.take(None)?)
        };
        let answer = match answer {
            Some(Ok(answer)) => answer.v.into(),
            _ => Verdict::Stop,
        };
        host.mailbox.take_answer(row, answer);
        Some(host.mailbox.of(row))
    }

    /// Stores what is said of an item. The verdict may be to pause.
    fn report(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<(Verdict, Option<&Row>), Outcome> {
        let host = &*self.0;
        if !host.stage.is_in_run() {
            return Err(Outcome::UNEXPECTED);
        }
        let Some(row) = host.mailbox.row(item) else {
            // A stop is answered before the arguments are looked at.
            return match host.mailbox.all() {
                Verdict::Stop => Ok((Verdict::Stop, None)),
                _ => Err(Outcome::INVALID_ARGUMENT),
            };
        };
        let verdict = host.mailbox.of(row);
        if *update == ProgressUpdate::POLL {
            return Ok((verdict, Some(row)));
        }
        if update.status == Some(ItemStatus::Stopped) && verdict == Verdict::Yield {
            row.defer();
        } else {
            let was_written = row.store(update);
            if update.status.is_some_and(ItemStatus::is_final) {
                show::write(host, row, Credit::Awaited);
            } else if was_written {
                let index = host.mailbox.rows().and_then(|rows| rows.index(item));
                host.mailbox.change(|state| state.waiting.extend(index));
            }
        }
        Ok((host.mailbox.of(row), Some(row)))
    }
}

impl SyncCallback for Callback {
    fn show_properties_completed(&self, outcome: Outcome) -> Outcome {
        self.completed(Doing::ShowingProperties, outcome, &[])
    }

    fn prepare_for_sync_completed(&self, outcome: Outcome) -> Outcome {
        self.completed(Doing::Preparing, outcome, &[])
    }

    fn synchronize_completed(&self, outcome: Outcome) -> Outcome {
        self.completed(Doing::Syncing, outcome, &[])
    }

    fn show_error_completed(&self, outcome: Outcome, items: &[ItemId]) -> Outcome {
        if outcome != Outcome::RETRY_SYNC || !items.is_empty() {
            return self.completed(Doing::ShowingError, outcome, items);
        }
        // A retry of nothing is refused, and what was shown is gone all the same.
        match self.completed(Doing::ShowingError, Outcome::OK, &[]) {
            Outcome::OK => Outcome::INVALID_ARGUMENT,
            refused => refused,
        }
    }

    fn enable_modeless(&self, request: ModelessRequest) -> Outcome {
        let host = &*self.0;
        if host.mailbox.is_gone() {
            return Outcome::UNEXPECTED;
        }
        if request == ModelessRequest::Done {
            return self.dialog_gone();
        }
        let may_bother = host.session.get().is_some_and(|session| session.may_bother_user);
        let is_allowed = match host.stage.doing() {
            Doing::Preparing | Doing::Prepared | Doing::Syncing => {
                may_bother && host.mailbox.all() < Verdict::Yield
            }
            Doing::ShowingError => true,
            _ => false,
        };
        if is_allowed { self.dialog_wanted() } else { Outcome::FALSE }
    }

    fn progress(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        if let Some(verdict) = self.first(item, update) {
            return Ok(verdict);
        }
        let (verdict, row) = self.report(item, update)?;
        let Some(row) = row else { return Ok(verdict) };
        if verdict == Verdict::Go && !self.0.mailbox.is_held() {
            return Ok(verdict);
        }
        self.0.mailbox.wait_while_held(row);
        Ok(self.0.mailbox.of(row))
    }

    fn log_error(&self, level: LogLevel, text: &str, info: Option<&LogErrorInfo>) -> Outcome {
        self.log_with_detail(level, text, info, EntryDetail::default())
    }

    fn delete_log_error(&self, error: Option<ErrorId>) -> Outcome {
        let host = &*self.0;
        if host.mailbox.is_gone() {
            return Outcome::UNEXPECTED;
        }
        let mut logged = host.logged.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            None => {
                logged.clear();
                host.notify(method::LOG_DELETE, &LogDeleteParams { log_id: None, all: true });
            }
            Some(error) if logged.remove(&error) => {
                let params = LogDeleteParams { log_id: Some(error.to_string()), all: false };
                host.notify(method::LOG_DELETE, &params);
            }
            Some(_) => return Outcome::INVALID_ARGUMENT,
        }
        Outcome::OK
    }

    fn establish_connection(&self, name: Option<&str>) -> Outcome {
        let host = &*self.0;
        if !host.stage.is_in_run() && host.stage.doing() != Doing::ShowingError {
            return Outcome::UNEXPECTED;
        }
        let params = ConnectParams { name: name.map(str::to_owned) };
        match host.call::<ConnectResult>(method::CONNECT, &params) {
            Some(Ok(ConnectResult { connected: true, .. })) => Outcome::OK,
            Some(Err(refusal)) if refusal.code == code::BAD_PARAMS => Outcome::INVALID_ARGUMENT,
            Some(_) => Outcome::FAIL,
            None => Outcome::UNEXPECTED,
        }
    }

    fn facts(&self) -> Option<&dyn FactSink> {
        Some(self)
    }

    fn relay(&self) -> Option<&dyn Relay> {
        Some(self)
    }
}

impl Relay for Callback {
    fn progress_at_once(&self, item: &ItemId, update: &ProgressUpdate<'_>) -> Result<Verdict, Outcome> {
        self.report(item, update).map(|(verdict, _)| verdict)
    }

    fn verdict(&self, item: Option<&ItemId>) -> Verdict {
        let mailbox = &self.0.mailbox;
        let row = item.and_then(|item| mailbox.row(item));
        row.map_or_else(|| mailbox.all(), |row| mailbox.of(row))
    }

    fn on_change(&self, bell: Box<dyn Fn() + Send + Sync>) {
        self.0.mailbox.set_bell(bell);
    }

    fn log_with_detail(
        &self,
        level: LogLevel,
        text: &str,
        info: Option<&LogErrorInfo>,
        detail: EntryDetail,
    ) -> Outcome {
        let host = &*self.0;
        if host.mailbox.is_gone() {
            return Outcome::UNEXPECTED;
        }
        let error = info.and_then(LogErrorInfo::error_id);
        host.logged.lock().unwrap_or_else(PoisonError::into_inner).extend(error);
        let params = LogParams {
            text: cut(text, TEXT_MAX).to_owned(),
            level: level.into(),
            item: info.and_then(|info| info.item).map(|item| item.to_string()),
            detail: detail.detail.map(|detail| cut(&detail, DETAIL_MAX).to_owned()),
            class: detail.class.as_deref().and_then(Class::from_text),
            code: detail.code,
            log_id: error.map(|error| error.to_string()),
            jump: info.is_some_and(LogErrorInfo::can_jump),
            actions: Vec::new(),
        };
        host.notify(method::LOG, &params);
        Outcome::OK
    }

    fn ask(&self, question: Question, answered: Box<dyn FnOnce(Answer) + Send>) {
        if !self.0.has_cap("ask") {
            return answered(Answer::Unattended);
        }
        let params = AskParams {
            text: question.text,
            item: question.item.map(|item| item.to_string()),
            detail: question.detail,
            kind: match question.kind {
                QuestionKind::Choice => WireKind::Choice,
                QuestionKind::Text => WireKind::Text,
                QuestionKind::Password => WireKind::Password,
            },
            choices: question
                .choices
                .into_iter()
                .map(|choice| WireChoice { id: choice.id, label: choice.label })
                .collect(),
            default: question.default,
        };
        self.0.ask(method::ASK, &params, move |reply| answered(answer(reply)));
    }
}

fn answer(reply: Reply) -> Answer {
    let Some(Ok(result)) = reply else { return Answer::Stopped };
    let result: Option<AskResult> = syncmgr_wire::protocol::read::result_text(&result).ok();
    match result {
        Some(AskResult { answer: Some(answer), .. }) => Answer::Given(answer),
        Some(AskResult { reason: Some(NoAnswer::Stopped), .. }) => Answer::Stopped,
        Some(AskResult { reason: Some(NoAnswer::Dismissed), .. }) => Answer::Dismissed,
        // Busy, too: nobody can be asked now.
        _ => Answer::Unattended,
    }
}

impl FactSink for Callback {
    fn wants_changes(&self) -> bool {
        let is_preview = |modifiers: Modifiers| modifiers.contains(Modifiers::DRY_RUN);
        self.0.session.get().is_some_and(|session| is_preview(super::life::modifiers(session)))
    }

    fn report(&self, item: &ItemId, fact: Fact) {
        let host = &*self.0;
        let item_text = item.to_string();
        let say = |level, text: &str| {
            let _ = self.log_error(level, text, Some(&LogErrorInfo::about(*item)));
        };
        match fact {
            Fact::Change { side, action, path, from } if self.wants_changes() => {
                let change = PlannedChange {
                    side: PlanSide::from_text(side.as_str()).unwrap_or(PlanSide::Right),
                    action: PlanAction::from_text(action.as_str()).unwrap_or(PlanAction::Update),
                    path: String::from_utf8_lossy(&path).into_owned(),
                    from: from.map(|from| String::from_utf8_lossy(&from).into_owned()),
                };
                host.notify(method::PLAN, &PlanParams { item: item_text, changes: vec![change] });
            }
            Fact::Conflict { path, kind } if host.has_cap("conflict") => {
                let params = ConflictParams {
                    item: item_text,
                    key: String::from_utf8_lossy(&path).into_owned(),
                    kind: ConflictWord::from_text(kind.as_str()).unwrap_or(ConflictWord::EditEdit),
                    base: None,
                    left: None,
                    right: None,
                    choices: Vec::new(),
                    default: None,
                };
                host.notify(method::CONFLICT, &params);
            }
            Fact::Conflict { path, kind } => {
                say(LogLevel::Warning, &format!("conflict: {} ({kind})", String::from_utf8_lossy(&path)));
            }
            Fact::Problem { path, reason, .. } => {
                say(LogLevel::Warning, &format!("{}: {reason}", String::from_utf8_lossy(&path)));
            }
            Fact::Halt { text, .. } => say(LogLevel::Error, &text),
            // The protocol has no words for these outside of a preview.
            Fact::Change { .. } | Fact::Totals(_) => {}
        }
    }
}
