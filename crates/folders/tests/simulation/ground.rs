//! What a script is played on: simulated volumes, or the disk of this machine.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use syncmgr_folders::fs::real::RealFileSystem;
use syncmgr_folders::fs::{FileSystem, FileTime};
use syncmgr_handler::model::fact::Side;

use crate::disk::{Disk, Who};
use crate::machine;
use crate::memory::MemoryFileSystem;
use crate::random::Random;
use crate::script::Script;

pub(crate) trait Ground: Send + Sync + 'static {
    type Fs: FileSystem;

    /// The file system as the engine gets it.
    fn engine(&self) -> Self::Fs;
    /// The file system as the user has it.
    fn user(&self) -> &Self::Fs;
    fn root(&self, side: Side) -> PathBuf;
    fn state(&self) -> PathBuf;
    /// Nanoseconds since 1970.
    fn now(&self) -> u64;
    /// Lets time pass, where that can be had.
    fn wait(&self, nanos: u64);
    /// The time that what a user writes is given, where the clock would not tell two writes apart.
    fn stamp(&self) -> Option<FileTime>;
    fn make_special(&self, dir: &<Self::Fs as FileSystem>::Dir, name: &[u8]) -> io::Result<()>;
    /// The power fails on all volumes.
    fn lose_power(&self, seed: u64);
    /// The files that a power cut could not take any more: paths from the top of a volume, and content.
    fn durable_files(&self) -> Vec<(String, Vec<u8>)>;
}

pub(crate) struct Memory {
    disk: Arc<Mutex<Disk>>,
    user: MemoryFileSystem,
    places: [usize; 3],
}

/// When the simulated world begins.
const DAWN: u64 = 1_800_000_000_123_456_789;

impl Memory {
    pub(crate) fn new(script: &Script) -> io::Result<Self> {
        let disk = Arc::new(Mutex::new(Disk::new(DAWN, script.volumes.clone())));
        let user = MemoryFileSystem::new(&disk, Who::User);
        for (place, name) in script.places.iter().zip(["left", "right", "state"]) {
            let top = user.open_root(&PathBuf::from(format!("/{place}")))?;
            user.make_dir(&top, name.as_bytes(), 0o755)?;
        }
        Ok(Self { disk, user, places: script.places })
    }
}

impl Ground for Memory {
    type Fs = MemoryFileSystem;

    fn engine(&self) -> MemoryFileSystem {
        MemoryFileSystem::new(&self.disk, Who::Engine)
    }

    fn user(&self) -> &MemoryFileSystem {
        &self.user
    }

    fn root(&self, side: Side) -> PathBuf {
        format!("/{}/{side}", self.places[side as usize]).into()
    }

    fn state(&self) -> PathBuf {
        format!("/{}/state", self.places[2]).into()
    }

    fn now(&self) -> u64 {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner).now
    }

    fn wait(&self, nanos: u64) {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner).now += nanos;
    }

    fn stamp(&self) -> Option<FileTime> {
        None
    }

    fn make_special(&self, dir: &crate::memory::MemoryDir, name: &[u8]) -> io::Result<()> {
        self.user.make_special(dir, name)
    }

    fn lose_power(&self, seed: u64) {
        let mut random = Random::new(seed);
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        disk.volumes.iter_mut().for_each(|volume| volume.lose_power(&mut random));
    }

    fn durable_files(&self) -> Vec<(String, Vec<u8>)> {
        let disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        disk.volumes.iter().flat_map(|volume| volume.durable_files()).collect()
    }
}

/// A temporary folder.
pub(crate) struct Real {
    dir: tempfile::TempDir,
    n_stamps: AtomicI64,
}

impl Real {
    pub(crate) fn new() -> io::Result<Self> {
        let dir = tempfile::tempdir()?;
        for name in ["left", "right", "state"] {
            std::fs::create_dir(dir.path().join(name))?;
        }
        Ok(Self { dir, n_stamps: AtomicI64::new(0) })
    }
}

impl Ground for Real {
    type Fs = RealFileSystem;

    fn engine(&self) -> RealFileSystem {
        RealFileSystem
    }

    fn user(&self) -> &RealFileSystem {
        &RealFileSystem
    }

    fn root(&self, side: Side) -> PathBuf {
        self.dir.path().join(side.as_str())
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
    }

    fn wait(&self, _: u64) {}

    fn stamp(&self) -> Option<FileTime> {
        let number = self.n_stamps.fetch_add(1, Ordering::Relaxed);
        Some(FileTime { secs: 1_600_000_000 + number, nanos: 5 })
    }

    fn make_special(&self, dir: &<RealFileSystem as FileSystem>::Dir, name: &[u8]) -> io::Result<()> {
        machine::make_special(dir, name)
    }

    fn lose_power(&self, _: u64) {}

    fn durable_files(&self) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }
}
