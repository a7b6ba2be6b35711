use super::*;

fn locator() -> Locator {
    Locator {
        key: SigningKey::generate().unwrap(),
        portals: vec!["https://portal.example".parse().unwrap(), "http://localhost:3000".parse().unwrap()],
        nonces: Arc::new(Nonces::new(1, crate::Clock::system().now())),
    }
}

#[test]
fn viewers_are_sent_to_portals_alone() {
    let locator = locator();
    for good in [
        "https://portal.example",
        "https://portal.example/",
        "https://portal.example/after?a=b&c=%20",
        "https://PORTAL.example/x",
        "http://localhost:3000?x",
    ] {
        assert!(is_return(&locator, good), "{good}");
    }
    for bad in [
        "",
        "/after",
        "//portal.example/",
        "http://portal.example/",
        "https://portal.example:8443/",
        "https://portal.example.evil.example/",
        "https://evil.example/https://portal.example/",
        "https://portal.example@evil.example/",
        "https://user@portal.example/",
        "https://evil.example\\@portal.example/",
        "https:\\\\portal.example/",
        "https:///portal.example/",
        "https://portal.example/#fragment",
        "https://portal.example/\r\nSet-Cookie: a=b",
        "https://portal.example/ü",
        "javascript:alert(1)//https://portal.example/",
        "https://",
    ] {
        assert!(!is_return(&locator, bad), "{bad}");
    }
    assert!(!is_return(&locator, &format!("https://portal.example/{}", "a".repeat(LONGEST_RETURN))));
}

#[test]
fn a_parameter_is_there_once_and_decoded() {
    assert_eq!(parameter("a=1&return=https%3A%2F%2Fx%3Fy%3Dz", "return"), Ok(Some("https://x?y=z".into())));
    assert_eq!(parameter("a=1", "return"), Ok(None));
    assert!(parameter("a=1&a=2", "a").is_err() && parameter("a=%ff", "a").is_err());
}

#[test]
fn the_key_is_not_shown() {
    assert_eq!(format!("{:?}", Locator { portals: Vec::new(), ..locator() }), "Locator { portals: [], .. }");
}
