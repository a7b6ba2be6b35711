//! What is peeled off a path puts the path together again, and names only hosts that are hosts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media::relay::{APPS, MAX_HOPS, peel};
use media::uri::Absolute;
use media::{authority, relay};

fuzz_target!(|path: &str| {
    let Ok(found) = peel(path, &APPS) else { return };
    let mut again = String::new();
    for relay::Hop { app, host } in found.hops() {
        assert!(APPS.contains(&app));
        check_host(host);
        again.extend(["/", app, "/", host]);
    }
    assert!(found.hops().count() <= MAX_HOPS);
    assert!(found.rest.starts_with('/'));
    again.push_str(found.rest);
    assert_eq!(again, path);

    // A host that may stand in a path may stand in a URI, and the other way round.
    if let Some(origin) = found.origin() {
        let uri = format!("https://{}{}", origin.host, found.rest);
        let absolute = Absolute::split(&uri).expect("an absolute URI");
        assert_eq!((absolute.authority, absolute.path_and_query), (origin.host, found.rest));
    }
});

fn check_host(authority: &str) {
    let (host, port) = authority::split(authority);
    assert!(!host.is_empty() && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0)));
    assert!(!authority.contains(['/', '@', '%', '\\', '?', '#', ' ']) && authority.is_ascii());
    assert!(authority::eq(authority, &authority::lower(authority)));
    assert!(authority::is_valid(&authority::lower(authority)));
}
