//! Putting the service into the user's system, and taking it out again.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::service::{ServiceCommand, UNIT, put_in_place, take_away, unit_file};
use crate::surroundings::{self, Surroundings};

/// The command of the service: this program, with what leads to these surroundings.
pub fn command(surroundings: &Surroundings) -> Result<ServiceCommand, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::ours("this program cannot be found on the disk").because(&error))?;
    Ok(ServiceCommand { program, arguments: surroundings.arguments() })
}

/// Writes the unit and has systemd start it, now and at every logon. Returns what was done.
pub fn install(surroundings: &Surroundings) -> Result<String, Failure> {
    let file = unit(surroundings)?;
    let service = command(surroundings)?;
    put_in_place(&file, &service.systemd_unit()).map_err(|error| cannot_write(&file, &error))?;
    let written = format!("written: {}", file.display());
    systemctl(&["daemon-reload"])?;
    systemctl(&["enable", "--now", UNIT])?;
    Ok(format!("{written}\nstarted, now and at every logon; `syncmgr daemon uninstall` takes it back"))
}

/// Has systemd stop it, and removes the unit. Returns what was done.
pub fn uninstall(surroundings: &Surroundings) -> Result<String, Failure> {
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

fn cannot_write(file: &Path, error: &std::io::Error) -> Failure {
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
