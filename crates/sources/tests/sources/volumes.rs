use std::path::PathBuf;

use crossbeam_channel::unbounded;
use syncmgr_sources::{Sign, Volumes};

use crate::namespace::{inside, run};
use crate::next;

#[test]
fn a_volume_that_is_mounted_and_unmounted_is_told() {
    inside(&["--mount"], "volumes::a_volume_that_is_mounted_and_unmounted_is_told", || {
        let folder = tempfile::tempdir().unwrap();
        let mount_point: PathBuf = folder.path().canonicalize().unwrap().join("my disk");
        std::fs::create_dir(&mount_point).unwrap();
        let (sender, signs) = unbounded();
        let source = Volumes::start(sender).unwrap();

        let mount = |source: &str| {
            let target = mount_point.as_os_str();
            let mut command = std::process::Command::new("mount");
            assert!(command.args(["-t", "tmpfs", source]).arg(target).status().unwrap().success());
        };
        mount("none");
        assert_eq!(next(&signs), Sign::VolumeAppeared { mount_point: mount_point.clone() });
        let mut umount = std::process::Command::new("umount");
        assert!(umount.arg(&mount_point).status().unwrap().success());
        assert_eq!(next(&signs), Sign::VolumeGone { mount_point: mount_point.clone() });
        mount("again");
        assert_eq!(next(&signs), Sign::VolumeAppeared { mount_point: mount_point.clone() });

        run(&format!("mount -t tmpfs none {}", folder.path().display()));
        let over: PathBuf = folder.path().canonicalize().unwrap();
        assert_eq!(next(&signs), Sign::VolumeAppeared { mount_point: over }, "one over the other");
        drop(source);
        assert!(signs.recv().is_err(), "the source has let go of the channel");
        run(&format!("umount {}", folder.path().display()));
        assert!(umount_all(&mount_point));
    });
}

fn umount_all(mount_point: &std::path::Path) -> bool {
    std::process::Command::new("umount").arg(mount_point).status().unwrap().success()
}
