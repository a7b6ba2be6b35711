use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::*;
use crate::disk::RealDisk;

const LIMITS: Limits = Limits { max_bytes: 1 << 20 };

fn open(folder: &Path) -> (Spool, Opened) {
    Spool::open(Arc::new(RealDisk), folder, LIMITS).unwrap()
}

fn sealed(number: u8, bytes: &[u8]) -> Sealed {
    Sealed { key: Key::from([number; 16]), bytes: bytes.into() }
}

fn waiting(spool: &Spool) -> Vec<u8> {
    spool.waiting().map(|waiting| waiting.key.as_bytes()[0]).collect()
}

#[test]
fn what_was_committed_waits_until_it_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("a/b");
    let (mut spool, opened) = open(&folder);
    assert_eq!(opened, Opened::default());
    let committed = spool.commit(&[sealed(1, b"one"), sealed(2, b"")]).unwrap();
    assert!(committed.fault.is_none() && committed.dropped == 0);
    let _committed = spool.commit(&[sealed(3, b"three")]).unwrap();
    for _ in 0..2 {
        assert_eq!((waiting(&spool), spool.reports(), spool.bytes()), (vec![1, 2, 3], 3, 8192));
        assert_eq!(spool.read(&Key::from([1; 16])).unwrap(), sealed(1, b"one"));
        assert_eq!(spool.read(&Key::from([2; 16])).unwrap(), sealed(2, b""));
        assert!(matches!(spool.read(&Key::from([4; 16])), Err(SpoolError::Unknown { .. })));
        drop(spool);
        let (again, opened) = open(&folder);
        assert_eq!(opened, Opened { reports: 3, ..Opened::default() });
        spool = again;
    }
    spool.acknowledge(&Key::from([2; 16])).unwrap();
    spool.replace(&Key::from([1; 16]), &[sealed(4, b"o"), sealed(5, b"ne")]).unwrap();
    spool.set_aside(&Key::from([5; 16])).unwrap();
    assert_eq!(waiting(&spool), [4, 3]);
    drop(spool);
    let (mut spool, _) = open(&folder);
    assert_eq!(waiting(&spool), [4, 3], "what is set aside is not offered again");
    for number in [3, 4] {
        spool.acknowledge(&Key::from([number; 16])).unwrap();
    }
    assert_eq!((spool.reports(), spool.bytes()), (0, 0));
    drop(spool);
    assert_eq!(open(&folder).1, Opened::default());
    let kept = std::fs::read(folder.join(format!("refused/{:016}-{}.json", 1, Key::from([5; 16])))).unwrap();
    assert_eq!(kept, b"ne");
}

#[test]
fn one_process_has_the_folder_and_nobody_else_writes_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spool");
    let (mut spool, _) = open(&path);
    let _committed = spool.commit(&[sealed(1, b"one")]).unwrap();
    for (name, mode) in
        [("", 0o700), ("refused", 0o700), ("lock", 0o600), ("window-0000000000000001.spool", 0o600)]
    {
        let metadata = path.join(name).metadata().unwrap();
        assert_eq!(metadata.mode() & 0o777, mode, "{name}");
    }
    let error = Spool::open(Arc::new(RealDisk), &path, LIMITS).unwrap_err().to_string();
    assert_eq!(error, format!("another process uses the folder {}", path.display()));
    drop(spool);
    for mode in [0o720, 0o702, 0o777] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = Spool::open(Arc::new(RealDisk), &path, LIMITS).unwrap_err().to_string();
        assert!(error.contains(&format!("others can write into the folder {}", path.display())), "{error}");
        assert_eq!(path.metadata().unwrap().mode() & 0o777, mode, "nothing is mended in silence");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(open(&path).1.reports, 1);
}
