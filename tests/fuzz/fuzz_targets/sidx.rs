//! An index tells of no more segments than its bytes can, in order and behind itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media::timeline::sidx;

fuzz_target!(|input: (u64, &[u8])| {
    let (at, index) = input;
    let Ok(found) = sidx(index, at) else { return };
    assert!(found.len() * 12 <= index.len());
    assert!(found.is_sorted() && found.first().is_none_or(|first| *first > at));
    // What follows the index, and where it stands, changes nothing else.
    assert_eq!(sidx(&[index, b"more"].concat(), at), Ok(found.clone()));
    if let Ok(moved) = sidx(index, 0) {
        assert!(found.iter().map(|byte| byte - at).eq(moved));
    }
});
