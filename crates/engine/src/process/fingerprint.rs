//! [`Fingerprint`]: what exactly was trusted.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A program as it was when somebody trusted it: where it is, and what is in it and in the files it is started with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// The program, links followed.
    pub program: PathBuf,
    /// Of its content, and of each argument that is the absolute path of a file, in order.
    pub hash: [u8; 32],
}

/// Why a program has no fingerprint.
#[derive(Debug)]
pub enum FingerprintError {
    /// There is nothing to start.
    NoProgram,
    /// The program is not where it was looked for.
    NotFound {
        /// As it was named.
        program: PathBuf,
    },
    /// A file cannot be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl fmt::Display for FingerprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProgram => f.write_str("there is no program to start"),
            Self::NotFound { program } => write!(f, "`{}` is not there", program.display()),
            Self::Unreadable { path, source } => write!(f, "`{}` cannot be read: {source}", path.display()),
        }
    }
}

impl std::error::Error for FingerprintError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            Self::NoProgram | Self::NotFound { .. } => None,
        }
    }
}

impl Fingerprint {
    /// Looks at a program: found through the PATH of `environment` if it is a bare name.
    ///
    /// # Errors
    ///
    /// When it is not there, or a file cannot be read.
    pub fn of(argv: &[OsString], environment: &[(OsString, OsString)]) -> Result<Self, FingerprintError> {
        let name = argv.first().ok_or(FingerprintError::NoProgram)?;
        let not_found = || FingerprintError::NotFound { program: name.into() };
        let found = syncmgr_child::find(name, environment).ok_or_else(not_found)?;
        let program = found.canonicalize().map(as_written).map_err(|_| not_found())?;
        let mut hasher = blake3::Hasher::new();
        add(&mut hasher, 0, &program)?;
        for (number, argument) in (1u64..).zip(&argv[1..]) {
            let path = Path::new(argument);
            // A relative one would be another file in each directory, and the program runs in one of its own.
            if path.is_absolute() && path.is_file() {
                add(&mut hasher, number, path)?;
            }
        }
        Ok(Self { program, hash: *hasher.finalize().as_bytes() })
    }

    /// The first digits of the hash, for people.
    pub fn short(&self) -> String {
        self.hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// As people write it.
#[cfg(unix)]
fn as_written(path: PathBuf) -> PathBuf {
    path
}

/// As people write it: without the prefix that only means that nothing in it is to be interpreted.
#[cfg(windows)]
fn as_written(path: PathBuf) -> PathBuf {
    let plain = path.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
    match plain {
        Some(plain) if plain.as_bytes().get(1) == Some(&b':') => plain.into(),
        _ => path,
    }
}

/// Adds a file with its place, so that no content can stand for that of two files.
fn add(hasher: &mut blake3::Hasher, place: u64, path: &Path) -> Result<(), FingerprintError> {
    let unreadable = |source| FingerprintError::Unreadable { path: path.to_owned(), source };
    let content = File::open(path).and_then(|file| {
        let mut content = blake3::Hasher::new();
        content.update_reader(file)?;
        Ok(content.finalize())
    });
    hasher.update(&place.to_le_bytes());
    hasher.update(content.map_err(unreadable)?.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Two programs of the system, found by their whole paths.
    #[cfg(unix)]
    const PROGRAMS: [&str; 2] = ["/bin/sh", "/bin/cat"];
    #[cfg(windows)]
    const PROGRAMS: [&str; 2] = [r"C:\windows\system32\cmd.exe", r"C:\windows\system32\reg.exe"];

    #[test]
    fn a_fingerprint_changes_with_the_program_and_with_its_files_and_with_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("notes.py");
        fs::write(&script, "one").unwrap();
        let argv =
            |last: &str| vec![PROGRAMS[0].into(), script.clone().into_os_string(), OsString::from(last)];
        let first = Fingerprint::of(&argv("a"), &[]).unwrap();
        assert_eq!(Fingerprint::of(&argv("b"), &[]).unwrap(), first, "a word is no file");
        assert!(first.program.is_absolute() && !first.program.is_symlink());
        assert!(!first.program.to_string_lossy().starts_with(r"\\?\"), "{first:?}");

        fs::write(&script, "two").unwrap();
        assert_ne!(Fingerprint::of(&argv("a"), &[]).unwrap().hash, first.hash);
        assert_ne!(Fingerprint::of(&[PROGRAMS[1].into(), script.into()], &[]).unwrap().hash, first.hash);
    }

    #[test]
    fn the_order_of_the_files_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = folder.path().join(name);
            fs::write(&path, name).unwrap();
            path.into_os_string()
        };
        let (a, b) = (file("a"), file("b"));
        let of = |first: &OsString, second: &OsString| {
            Fingerprint::of(&[PROGRAMS[0].into(), first.clone(), second.clone()], &[]).unwrap().hash
        };
        assert_ne!(of(&a, &b), of(&b, &a));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = Fingerprint::of(&["/nowhere/notes".into()], &[]).unwrap_err();
        assert_eq!(error.to_string(), "`/nowhere/notes` is not there");
        assert!(matches!(Fingerprint::of(&[], &[]), Err(FingerprintError::NoProgram)));
    }
}
