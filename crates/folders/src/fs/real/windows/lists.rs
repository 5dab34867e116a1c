//! Access lists: what is put in place has that of what it replaces, or the one that its folder gives to what is made in it.
//!
//! A file keeps its list when it is renamed, and what is staged was made in a folder of ours.

use std::io;
use std::path::Path;

use syncmgr_winfs::{self as winfs, AccessList};

use super::entry::{Access, DIRECTORY, open_entry};

/// Gives what is at `staged` the list of what is at `replaces`, or the one that `dir` gives. Where there are no lists, nothing
/// is done.
pub(super) fn fit_in(staged: &Path, dir: &Path, replaces: Option<&Path>) -> io::Result<()> {
    let wanted = match replaces {
        Some(old) => read(old).map(Some),
        None => given(staged, dir),
    };
    match wanted {
        Ok(Some(wanted)) => give(staged, &wanted),
        Ok(None) => Ok(()),
        Err(error) if is_unknown(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether an error says that there are no access lists here.
fn is_unknown(error: &io::Error) -> bool {
    const INVALID_FUNCTION: i32 = 1;
    error.kind() == io::ErrorKind::Unsupported || error.raw_os_error() == Some(INVALID_FUNCTION)
}

fn read(path: &Path) -> io::Result<AccessList> {
    winfs::access_list(&open_entry(path, Access::Judge)?)
}

/// The list that a folder gives; `None` if what was staged has that already, or the system does not tell.
fn given(staged: &Path, dir: &Path) -> io::Result<Option<AccessList>> {
    let gives = read(dir)?;
    if let Some(above) = staged.parent()
        && read(above)? == gives
    {
        return Ok(None);
    }
    let is_dir = winfs::attributes(staged)? & DIRECTORY != 0;
    winfs::given_list(&gives, is_dir)
}

fn give(path: &Path, wanted: &AccessList) -> io::Result<()> {
    let file = open_entry(path, Access::Entitle)?;
    if winfs::access_list(&file)? == *wanted {
        return Ok(());
    }
    let marks = winfs::nature(&file)?.attributes;
    winfs::set_access_list(&file, wanted)?;
    // To some systems "read-only" is a part of the list.
    if winfs::nature(&file)?.attributes != marks {
        winfs::set_basic(&file, None, Some(marks))?;
    }
    Ok(())
}
