//! With systemd.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::surroundings::{self, Surroundings};

/// The name of the unit.
const UNIT: &str = "syncmgr.service";

/// Writes the unit and has systemd start it, now and at every logon. Returns what was done.
pub(super) fn install(surroundings: &Surroundings) -> Result<String, Failure> {
    let file = unit(surroundings)?;
    let service = super::command(surroundings)?;
    put_in_place(&file, &service.systemd_unit()).map_err(|error| cannot_write(&file, &error))?;
    let written = format!("written: {}", file.display());
    systemctl(&["daemon-reload"])?;
    systemctl(&["enable", "--now", UNIT])?;
    Ok(format!("{written}\nstarted, now and at every logon; `syncmgr daemon uninstall` takes it back"))
}

/// Has systemd stop it, and removes the unit. Returns what was done.
pub(super) fn uninstall(surroundings: &Surroundings) -> Result<String, Failure> {
    let file = unit(surroundings)?;
    if !file.exists() {
        return Ok(format!("not installed: `{}` is not there", file.display()));
    }
    // Without a systemd that answers there is nothing to disable; the file goes all the same.
    let told = systemctl(&["disable", "--now", UNIT]);
    take_away(&file).map_err(|error| cannot_write(&file, &error))?;
    told.and_then(|()| systemctl(&["daemon-reload"]))?;
    Ok(format!("stopped, and removed: {}", file.display()))
}

fn unit(surroundings: &Surroundings) -> Result<PathBuf, Failure> {
    let home = surroundings.config_home.as_deref().ok_or_else(|| {
        Failure::usage("nothing says where the units of systemd are").hint("set `HOME` or `XDG_CONFIG_HOME`")
    })?;
    Ok(unit_file(home))
}

fn cannot_write(file: &Path, error: &io::Error) -> Failure {
    Failure::ours(format!("`{}` cannot be changed", file.display())).because(error)
}

fn systemctl(arguments: &[&str]) -> Result<(), Failure> {
    let shown = format!("systemctl --user {}", arguments.join(" "));
    let failed = || {
        Failure::ours(format!("`{shown}` failed"))
            .hint("without systemd, `syncmgr daemon start` at logon does the same; `daemon install --show` shows the unit")
    };
    let output = surroundings::program("systemctl")
        .arg("--user")
        .args(arguments)
        .output()
        .map_err(|error| failed().because(&error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let mut failure = failed();
    failure.causes.extend(said.lines().map(str::to_owned));
    Err(failure)
}

/// Where the unit lies, below the folder of the user's configuration.
fn unit_file(config_home: &Path) -> PathBuf {
    config_home.join("systemd/user").join(UNIT)
}

/// Writes a file of the service, whole or not at all.
fn put_in_place(file: &Path, text: &str) -> io::Result<()> {
    let dir = file.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(dir)?;
    let new = dir.join(format!(".{UNIT}.new"));
    fs::write(&new, text)?;
    fs::rename(&new, file)
}

/// Removes a file of the service. Returns whether it was there.
fn take_away(file: &Path) -> io::Result<bool> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_taken_away_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = unit_file(dir.path());
        put_in_place(&file, "[Unit]\n").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "[Unit]\n");
        assert!(take_away(&file).unwrap());
        assert!(!take_away(&file).unwrap());
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 0);
    }
}
