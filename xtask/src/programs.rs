//! The outside programs that chores need: one table, one way to get them.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::failure::Failure;
use crate::process;

/// A program that does not come with Rust, the Debian package it is in, and what is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) needed_by: &'static str,
}

/// What the tests need. A test that starts a program has a line here; none looks for a program and passes without it.
pub(crate) const FOR_TESTS: &[Program] = &[
    // Packages without a program of their own are known by a file.
    Program {
        name: "/usr/lib/python3/dist-packages/dbusmock/__init__.py",
        package: "python3-dbusmock",
        needed_by: "sources: NetworkManager, logind and UPower as others play them; cli: a desktop",
    },
    Program {
        name: "/usr/share/doc/python3-venv/copyright",
        package: "python3-venv",
        needed_by: "control, web: the environment for `schemathesis` and for what drives a browser",
    },
    Program {
        name: "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        package: "fonts-dejavu-core",
        needed_by: "web: a browser without letters shows nothing",
    },
    Program { name: "chromium", package: "chromium", needed_by: "web: the page in a real browser" },
    Program { name: "dbus-daemon", package: "dbus-daemon", needed_by: "sources, hooks, cli: a private bus" },
    Program { name: "diff", package: "diffutils", needed_by: "whole: both sides compared by somebody else" },
    Program { name: "dovecot", package: "dovecot-imapd", needed_by: "recipes: mbsync's server" },
    Program {
        name: "git",
        package: "git",
        needed_by: "recipes, cli: the real tool; scenarios: repositories",
    },
    Program { name: "ip", package: "iproute2", needed_by: "sources: links that go up and down" },
    Program { name: "mbsync", package: "isync", needed_by: "recipes: the real tool" },
    Program {
        name: "mount",
        package: "mount",
        needed_by: "full disks and other file systems in a namespace",
    },
    Program { name: "mypy", package: "mypy", needed_by: "sdk/python: its types" },
    Program { name: "pytest-3", package: "python3-pytest", needed_by: "sdk/python: its tests" },
    Program {
        name: "python3",
        package: "python3",
        needed_by: "engine, cli, kit, sdk/python: handlers in another language; scenarios: a database",
    },
    Program { name: "radicale", package: "radicale", needed_by: "recipes: vdirsyncer's server" },
    Program { name: "rclone", package: "rclone", needed_by: "recipes: the real tool" },
    Program { name: "restic", package: "restic", needed_by: "recipes: the real tool" },
    Program {
        name: "rsync",
        package: "rsync",
        needed_by: "whole: both sides compared; recipes: the real tool",
    },
    Program {
        name: "setpriv",
        package: "util-linux",
        needed_by: "unreadable folders, when the tests run as root; scenarios likewise",
    },
    Program { name: "setsid", package: "util-linux", needed_by: "child: programs that leave their session" },
    Program { name: "strace", package: "strace", needed_by: "whole: an unchanged pair is not written to" },
    Program { name: "tmux", package: "tmux", needed_by: "cli: keys, bars and the window on a real terminal" },
    Program { name: "umount", package: "mount", needed_by: "scenarios: a disk that goes away" },
    Program { name: "unison", package: "unison", needed_by: "recipes: the real tool" },
    Program {
        name: "unshare",
        package: "util-linux",
        needed_by: "full disks and other file systems in a namespace",
    },
    Program { name: "vdirsyncer", package: "vdirsyncer", needed_by: "recipes: the real tool" },
];

/// What `calls` measures besides us.
pub(crate) const FOR_CALLS: &[Program] =
    &[Program { name: "dbus-daemon", package: "dbus-daemon", needed_by: "calls: a private bus" }];

/// What `compare` measures besides us, and with.
pub(crate) const FOR_COMPARE: &[Program] = &[
    Program { name: "cp", package: "coreutils", needed_by: "compare: a plain copy" },
    Program { name: "df", package: "coreutils", needed_by: "compare: is there room?" },
    Program { name: "diff", package: "diffutils", needed_by: "compare: did everybody do the work?" },
    Program { name: "rclone", package: "rclone", needed_by: "compare: a mirror, and both ways" },
    Program { name: "rsync", package: "rsync", needed_by: "compare: a mirror" },
    Program { name: "time", package: "time", needed_by: "compare: peak memory" },
    Program { name: "unison", package: "unison", needed_by: "compare: a two-way synchronizer" },
];

/// What `windows-test` builds and runs with. Debian has several compilers of the same name: the newest is known by a file.
pub(crate) const FOR_WINDOWS: &[Program] = &[
    Program {
        name: "/usr/lib/wine/wine64",
        package: "wine64",
        needed_by: "windows-test: runs what is built for Windows",
    },
    Program {
        name: "/usr/share/doc/cargo-web/copyright",
        package: "cargo-web",
        needed_by: "windows-test: a Cargo of the same version as the compiler",
    },
    Program {
        name: "/usr/share/doc/rust-web-clippy/copyright",
        package: "rust-web-clippy",
        needed_by: "windows-test: lints of what is for Windows",
    },
    Program {
        name: "/usr/share/doc/rust-web-src/copyright",
        package: "rust-web-src",
        needed_by: "windows-test: the standard library, built for Windows",
    },
    Program {
        name: "/usr/share/doc/rustc-web/copyright",
        package: "rustc-web",
        needed_by: "windows-test: the compiler whose standard library is there as source",
    },
    Program {
        name: "x86_64-w64-mingw32-g++",
        package: "g++-mingw-w64-x86-64",
        needed_by: "windows-test: links, and builds classes in C++",
    },
];

/// Makes sure that all of them are there: installs what is missing where that is possible, and otherwise fails with the
/// command to run. Never goes on without.
pub(crate) fn ensure(programs: &[Program]) -> Result<(), Failure> {
    let missing = missing(programs, is_on_path);
    if missing.is_empty() {
        return Ok(());
    }
    for program in &missing {
        println!(
            "missing: `{}` (package `{}`), needed by {}",
            program.name, program.package, program.needed_by
        );
    }
    let packages = packages(&missing);
    let manual = format!("apt-get update && apt-get install --yes {}", packages.join(" "));
    if !is_on_path("apt-get") {
        let names: Vec<_> = missing.iter().map(|program| program.name).collect();
        return Err(Failure::new(format!("these programs are missing: {}", names.join(", ")))
            .hint(format!("install them with your system's package manager (Debian: `{manual}`)")));
    }
    if !is_root() {
        return Err(Failure::new("programs are missing and only root can install them")
            .hint(format!("run `sudo sh -c '{manual}'`")));
    }
    install(&packages)?;
    match self::missing(&missing, is_on_path).first() {
        None => Ok(()),
        Some(program) => Err(Failure::new(format!(
            "`{}` is still missing after package `{}` was installed",
            program.name, program.package
        ))),
    }
}

fn missing(programs: &[Program], is_there: impl Fn(&str) -> bool) -> Vec<Program> {
    programs.iter().copied().filter(|program| !is_there(program.name)).collect()
}

/// The packages of these programs, each once.
fn packages(programs: &[Program]) -> Vec<&'static str> {
    let mut packages: Vec<_> = programs.iter().map(|program| program.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn install(packages: &[&str]) -> Result<(), Failure> {
    let apt = |arguments: &[&str]| {
        let mut command = process::command("apt-get", arguments);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        process::run(command)
    };
    apt(&["update", "--quiet"])?;
    // A mail server that a test starts for itself must not run as a service of this machine from now on.
    let _no_services = NoServices::begin()?;
    let mut arguments = vec!["install", "--quiet", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

/// Where Debian asks whether an installation may start services.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// While it lives, installed packages start no services. A policy that is there already is the machine's own and stays.
#[derive(Debug)]
struct NoServices {
    is_ours: bool,
}

impl NoServices {
    fn begin() -> Result<Self, Failure> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(POLICY);
        let written = match made {
            Ok(mut file) => file.write_all(b"#!/bin/sh\nexit 101\n").map(|()| true),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        };
        let is_ours = written.map_err(|cause| Failure::while_doing(format!("write `{POLICY}`"), cause))?;
        Ok(Self { is_ours })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.is_ours {
            // What is left behind would keep services from starting; there is nobody here to tell.
            let _ = std::fs::remove_file(POLICY);
        }
    }
}

pub(crate) fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Some of the programs are the administrator's and lie outside a user's path on Debian.
    let system = ["/usr/sbin", "/sbin"].into_iter().map(Into::into);
    std::env::split_paths(&path).chain(system).any(|folder| folder.join(program).is_file())
}

/// Whether this process is root, as the kernel shows it.
fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_there_is_missing_and_its_package_is_named_once() {
        let missing = missing(FOR_TESTS, |name| name != "unshare" && name != "setpriv");
        assert_eq!(missing.len(), 2);
        assert_eq!(packages(&missing), ["util-linux"]);
    }

    #[test]
    fn a_program_nobody_has_is_not_on_the_path_and_the_shell_is() {
        assert!(is_on_path("sh"));
        assert!(!is_on_path("syncmgr-has-no-such-program"));
    }

    #[test]
    fn the_tables_are_sorted_and_name_no_program_twice() {
        for table in [FOR_TESTS, FOR_CALLS, FOR_COMPARE, FOR_WINDOWS] {
            assert!(table.windows(2).all(|pair| pair[0].name < pair[1].name), "{table:?}");
        }
    }
}
