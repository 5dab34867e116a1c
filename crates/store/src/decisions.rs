//! The ledger of trigger decisions: why something was started, and why not.
//!
//! Words of triggers, verdicts and conditions are the caller's; here they are text. A decision is kept with the values its
//! conditions had, because nobody can ask the network of last Tuesday.

use rusqlite::{Params, Row};
use serde::{Deserialize, Serialize};
use syncmgr_model::id::{ItemId, SessionId};
use syncmgr_model::time::Timestamp;

use crate::columns::{Id, count, read_count, time};
use crate::error::StoreError;
use crate::lease::Writer;
use crate::open::Store;

/// A decision about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// When.
    pub at: Timestamp,
    /// About which item.
    pub item: ItemId,
    /// What made somebody decide.
    pub trigger: String,
    /// What was decided.
    pub verdict: String,
    /// What there is to say besides, for people.
    pub text: Option<String>,
    /// Until when that holds, where that is known.
    pub until: Option<Timestamp>,
    /// The session that came of it.
    pub session: Option<SessionId>,
    /// What was looked at.
    pub conditions: Vec<ConditionRecord>,
}

/// A condition as it was when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionRecord {
    /// Its name.
    pub name: String,
    /// What was found.
    pub value: String,
    /// What was wanted.
    pub wanted: String,
    /// Whether the one is enough for the other.
    pub holds: bool,
}

/// A decision with its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedDecision {
    /// Its number: larger than that of every earlier one, never given twice.
    pub number: u64,
    /// The decision.
    pub decision: DecisionRecord,
}

/// How much of the ledger is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionLimits {
    /// Older ones go.
    pub age_millis: i64,
    /// The newest so many stay.
    pub n_rows: u32,
}

impl DecisionLimits {
    /// Ninety days, and two hundred thousand.
    pub const DEFAULT: Self = Self { age_millis: 90 * 24 * 60 * 60 * 1_000, n_rows: 200_000 };
}

impl Default for DecisionLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A condition in its column, a JSON array of these. Members are only ever added.
#[derive(Serialize, Deserialize)]
struct ConditionColumn<'a> {
    name: std::borrow::Cow<'a, str>,
    value: std::borrow::Cow<'a, str>,
    wanted: std::borrow::Cow<'a, str>,
    holds: bool,
}

fn to_column(conditions: &[ConditionRecord]) -> Result<String, StoreError> {
    let columns: Vec<_> = conditions
        .iter()
        .map(|condition| ConditionColumn {
            name: condition.name.as_str().into(),
            value: condition.value.as_str().into(),
            wanted: condition.wanted.as_str().into(),
            holds: condition.holds,
        })
        .collect();
    serde_json::to_string(&columns)
        .map_err(|error| StoreError::Value { column: "conditions", value: error.to_string() })
}

fn from_column(text: &str) -> Result<Vec<ConditionRecord>, StoreError> {
    let columns: Vec<ConditionColumn<'_>> = serde_json::from_str(text)
        .map_err(|_| StoreError::Value { column: "conditions", value: text.to_owned() })?;
    let record = |column: ConditionColumn<'_>| ConditionRecord {
        name: column.name.into_owned(),
        value: column.value.into_owned(),
        wanted: column.wanted.into_owned(),
        holds: column.holds,
    };
    Ok(columns.into_iter().map(record).collect())
}

const DOING_READ: &str = "the ledger of decisions cannot be read";
const DOING_WRITE: &str = "the ledger of decisions cannot be written";

impl Store {
    /// The last `limit` decisions about an item, or about all of them, newest first.
    pub fn decisions(&self, item: Option<ItemId>, limit: u32) -> Result<Vec<NumberedDecision>, StoreError> {
        // Two statements: one for both would not find the index.
        match item {
            Some(item) => self.read_decisions(
                "SELECT number, at, item, trigger, verdict, text, until, session, conditions FROM decisions
                 WHERE item = ?1 ORDER BY number DESC LIMIT ?2",
                (Id(item), limit),
            ),
            None => self.read_decisions(
                "SELECT number, at, item, trigger, verdict, text, until, session, conditions FROM decisions
                 ORDER BY number DESC LIMIT ?1",
                [limit],
            ),
        }
    }

    /// At most `limit` decisions after the one with this number, oldest first: for whoever reads the ledger in parts. 0 is
    /// the beginning.
    pub fn decisions_after(&self, number: u64, limit: u32) -> Result<Vec<NumberedDecision>, StoreError> {
        self.read_decisions(
            "SELECT number, at, item, trigger, verdict, text, until, session, conditions FROM decisions
             WHERE number > ?1 ORDER BY number LIMIT ?2",
            (count(number), limit),
        )
    }

    /// The decisions that a session came of, oldest first.
    pub fn decisions_of_session(&self, session: SessionId) -> Result<Vec<NumberedDecision>, StoreError> {
        self.read_decisions(
            "SELECT number, at, item, trigger, verdict, text, until, session, conditions FROM decisions
             WHERE session = ?1 ORDER BY number",
            [Id(session)],
        )
    }

    /// The last decision about an item from which a session came.
    pub fn last_start_decision(&self, item: ItemId) -> Result<Option<NumberedDecision>, StoreError> {
        let last = self.read_decisions(
            "SELECT number, at, item, trigger, verdict, text, until, session, conditions FROM decisions
             WHERE item = ?1 AND session IS NOT NULL ORDER BY number DESC LIMIT 1",
            [Id(item)],
        )?;
        Ok(last.into_iter().next())
    }

    fn read_decisions(
        &self,
        statement: &'static str,
        params: impl Params,
    ) -> Result<Vec<NumberedDecision>, StoreError> {
        let doing = || StoreError::doing(DOING_READ);
        let mut statement = self.db.prepare_cached(statement).map_err(doing())?;
        let mut rows = statement.query(params).map_err(doing())?;
        let mut decisions = Vec::new();
        while let Some(row) = rows.next().map_err(doing())? {
            let conditions: String = row.get(8).map_err(doing())?;
            decisions.push(read(row, from_column(&conditions)?).map_err(doing())?);
        }
        Ok(decisions)
    }
}

fn read(row: &Row<'_>, conditions: Vec<ConditionRecord>) -> rusqlite::Result<NumberedDecision> {
    let decision = DecisionRecord {
        at: time(row, 1)?,
        item: row.get::<_, Id<ItemId>>(2)?.0,
        trigger: row.get(3)?,
        verdict: row.get(4)?,
        text: row.get(5)?,
        until: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
        session: row.get::<_, Option<Id<SessionId>>>(7)?.map(|id| id.0),
        conditions,
    };
    Ok(NumberedDecision { number: read_count(row, 0)?, decision })
}

impl Writer<'_> {
    /// Writes decisions into the ledger, in their order, and tells the number of the last; 0 if there are none.
    pub fn record_decisions(&self, decisions: &[DecisionRecord]) -> Result<u64, StoreError> {
        let doing = || StoreError::doing(DOING_WRITE);
        let mut add = self
            .tx
            .prepare_cached(
                "INSERT INTO decisions (at, item, trigger, verdict, text, until, session, conditions)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )
            .map_err(doing())?;
        let mut number = 0;
        for decision in decisions {
            let conditions = to_column(&decision.conditions)?;
            number = add
                .insert((
                    decision.at.as_millis(),
                    Id(decision.item),
                    &decision.trigger,
                    &decision.verdict,
                    &decision.text,
                    decision.until.map(Timestamp::as_millis),
                    decision.session.map(Id),
                    conditions,
                ))
                .map_err(doing())?;
        }
        Ok(u64::try_from(number).unwrap_or(0))
    }

    /// Lets go of what is beyond the limits, and tells how many decisions that were. Reads the whole ledger: for once a day.
    pub fn prune_decisions(&self, limits: DecisionLimits, now: Timestamp) -> Result<usize, StoreError> {
        let doing = || StoreError::doing("old decisions cannot be removed");
        let oldest = now.plus_millis(limits.age_millis.saturating_neg()).as_millis();
        let n_old = self.tx.execute("DELETE FROM decisions WHERE at < ?1", [oldest]).map_err(doing())?;
        let n_more = self
            .tx
            .execute(
                "DELETE FROM decisions WHERE number <=
                    (SELECT number FROM decisions ORDER BY number DESC LIMIT 1 OFFSET ?1)",
                [limits.n_rows],
            )
            .map_err(doing())?;
        Ok(n_old + n_more)
    }
}
