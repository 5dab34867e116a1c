//! [`Job`]: what the kernel keeps together.

use std::io;
use std::os::windows::io::AsRawHandle as _;
use std::os::windows::process::CommandExt as _;
use std::process::Command;
use std::sync::Arc;

use process_wrap::std::{ChildWrapper, CommandWrap, CommandWrapper};
use win32job::ExtendedLimitInfo;

/// Everything a child starts. Nothing leaves it, and it ends with its last handle, which is ours: also when we crash.
#[derive(Debug, Clone)]
pub(super) struct Job(Arc<win32job::Job>);

/// More processes than the list of a job holds.
pub(super) const TOO_MANY: usize = 1025;

impl Job {
    pub(super) fn new() -> io::Result<Self> {
        let mut limits = ExtendedLimitInfo::new();
        limits.limit_kill_on_job_close();
        Ok(Self(Arc::new(win32job::Job::create_with_limit_info(&limits)?)))
    }

    /// The numbers of its living processes; an error when there are too many to tell.
    pub(super) fn members(&self) -> io::Result<Vec<u32>> {
        let members = self.0.query_process_id_list()?;
        Ok(members.into_iter().filter_map(|id| u32::try_from(id).ok()).collect())
    }

    pub(super) fn n_members(&self) -> usize {
        self.members().map_or(TOO_MANY, |members| members.len())
    }
}

impl CommandWrapper for Job {
    /// Called while the process is still suspended: it has not done anything yet that could escape.
    fn wrap_child(
        &mut self,
        mut inner: Box<dyn ChildWrapper>,
        _core: &CommandWrap,
    ) -> io::Result<Box<dyn ChildWrapper>> {
        let handle = inner.process_handle().map(|handle| handle.as_raw_handle() as isize);
        let assigned = match handle {
            Some(handle) => self.0.assign_process(handle).map_err(io::Error::from),
            None => Err(io::Error::other("the process has no handle")),
        };
        match assigned {
            Ok(()) => Ok(inner),
            Err(error) => {
                // It would stay suspended for ever.
                let _ = inner.start_kill();
                Err(error)
            }
        }
    }
}

/// Starts a program suspended, as the wrapper for job objects expects it, and without a window.
#[derive(Debug)]
pub(super) struct NoWindow;

impl CommandWrapper for NoWindow {
    fn pre_spawn(&mut self, command: &mut Command, _core: &CommandWrap) -> io::Result<()> {
        const CREATE_SUSPENDED: u32 = 0x4;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        command.creation_flags(CREATE_SUSPENDED | CREATE_NO_WINDOW);
        Ok(())
    }
}
