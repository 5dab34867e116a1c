//! What can go wrong with the store.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::instance::Instance;
use crate::lease::LeaseHolder;

/// What a program decides on; people read the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoreErrorKind {
    /// Another process is writing and did not finish in time, or holds the lease. Trying later may help.
    Locked,
    /// The file is no database, or one whose pages contradict each other.
    Damaged,
    /// A newer version of the program wrote the file; it must not be touched.
    NewerVersion,
    /// There is no room left.
    DiskFull,
    /// The file cannot be opened or created, or may not be written.
    CannotOpen,
    /// A statement failed for a reason that none of the others covers: a fault of ours.
    Internal,
}

/// An operation on the store that failed. Nothing of it has been written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the lease.
    #[error(
        "the store is held by process `{}` on `{}`", .holder.owner.pid, .holder.owner.host
    )]
    Held {
        /// Who.
        holder: LeaseHolder,
    },
    /// Another process is the manager that stays, or has become it meanwhile.
    #[error(
        "process `{}` on `{}` is the manager of this store already",
        .instance.process.owner.pid, .instance.process.owner.host
    )]
    Managed {
        /// The manager.
        instance: Box<Instance>,
    },
    /// A newer program has been here.
    #[error("the store `{}` was written by schema version {found}, this program knows {known}", .path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// The version found in it.
        found: i64,
        /// The newest version this program can read.
        known: i64,
    },
    /// The state directory cannot be made.
    #[error("the state directory `{}` cannot be created", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite says no.
    #[error("{}", .doing)]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: rusqlite::Error,
    },
    /// A stored value is none that this version could have written.
    #[error("column `{column}` holds `{value}`, which no version has written")]
    Value {
        /// The column.
        column: &'static str,
        /// The value found.
        value: String,
    },
}

impl StoreError {
    /// The kind, for decisions.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Held { .. } | Self::Managed { .. } => StoreErrorKind::Locked,
            Self::NewerVersion { .. } => StoreErrorKind::NewerVersion,
            Self::Directory { source, .. } => match source.kind() {
                std::io::ErrorKind::StorageFull => StoreErrorKind::DiskFull,
                _ => StoreErrorKind::CannotOpen,
            },
            Self::Sqlite { source, .. } => kind_of(source),
            Self::Value { .. } => StoreErrorKind::Damaged,
        }
    }

    /// Names what was being done when SQLite refused.
    pub(crate) fn doing(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Sqlite { doing, source }
    }
}

fn kind_of(error: &rusqlite::Error) -> StoreErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreErrorKind::Locked,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Damaged,
        Some(ErrorCode::DiskFull) => StoreErrorKind::DiskFull,
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::SystemIoFailure
            | ErrorCode::FileLockingProtocolFailed,
        ) => StoreErrorKind::CannotOpen,
        _ => StoreErrorKind::Internal,
    }
}
