//! Every fault is found, and said where it is.

use super::*;

fn faults(text: &str) -> Vec<String> {
    match Config::parse("edge.toml", text) {
        Ok(config) => panic!("accepted: {config:?}"),
        Err(faults) => faults
            .as_slice()
            .iter()
            .map(|fault| fault.to_string().lines().next().unwrap().to_owned())
            .collect(),
    }
}

const ORIGIN: &str = "[[origin]]\nurl = \"https://cdn.example.com\"\n";

#[test]
fn one_origin_is_enough() {
    let config = Config::parse("edge.toml", ORIGIN).unwrap();
    assert_eq!(config, Config::for_origin("https://cdn.example.com".parse().unwrap()));
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest_known_one() {
    let text = format!("{ORIGIN}\n[cache]\nmemmory = \"1 GiB\"\n");
    let faults = faults(&text);
    assert_eq!(faults.len(), 1);
    assert!(
        faults[0].starts_with("edge.toml:5:1: unknown key `memmory`; did you mean `memory`?"),
        "{}",
        faults[0]
    );
}

#[test]
fn every_fault_is_reported_at_once_in_the_order_of_the_file() {
    let text = "[cache]\nmemory = \"lots\"\nnegative = 5\n[nonsense]\n[[origin]]\nurl = \"ftp://a\"\nnmae = \"x\"\n\
                [viewers]\nlisten = [\"127.0.0.1:80\", \"here\"]\n";
    let faults = faults(text);
    let places: Vec<&str> = faults.as_slice().iter().map(|fault| fault.split(": ").next().unwrap()).collect();
    assert_eq!(
        places,
        [
            "edge.toml:2:10",
            "edge.toml:3:12",
            "edge.toml:4:2",
            "edge.toml:6:7",
            "edge.toml:7:1",
            "edge.toml:9:27"
        ],
        "{faults:#?}"
    );
}

#[test]
fn a_missing_url_and_broken_syntax_have_a_place() {
    assert!(faults("[[origin]]\nname = \"a\"\n")[0].contains("missing field `url`"));
    assert!(faults("[cache\n")[0].starts_with("edge.toml:1:"));
    assert!(faults("")[0].contains("names no origin"));
}

#[test]
fn parts_that_do_not_fit_together_are_found_at_their_key() {
    let twice =
        format!("{ORIGIN}name = \"a\"\nrelay-hosts = [\"x\"]\n{ORIGIN}name = \"a\"\nrelay-hosts = [\"X\"]\n");
    let found = faults(&twice);
    assert!(found[0].starts_with("edge.toml:7:8: origin[1].name"), "{found:#?}");
    assert!(found[1].starts_with("edge.toml:8:15: origin[1].relay-hosts"), "{found:#?}");
    let leaky = format!("{ORIGIN}query = [\"_HLS_msn\", \"ks\"]\n");
    assert!(
        faults(&leaky)[0].starts_with("edge.toml:3:9: origin[0].query: `ks` tells"),
        "{:?}",
        faults(&leaky)
    );
    let certain = format!("{ORIGIN}[cache]\nheuristic-percent = 101\n");
    assert!(faults(&certain)[0].starts_with("edge.toml:4:21: cache.heuristic-percent: must be at most 100"));
    let small = format!("{ORIGIN}[cache]\nmemory = \"1 MiB\"\n");
    assert!(faults(&small)[0].starts_with("edge.toml:4:10: cache.memory: must be at least 16 MiB"));
    let nobody =
        format!("{ORIGIN}[viewers]\nmax-connections-per-address = 0\nunlimited = [\"::1\", \"office\"]\n");
    assert!(
        faults(&nobody)[0].starts_with("edge.toml:5:13: `office` is not a network"),
        "{:?}",
        faults(&nobody)
    );
    let nobody = format!("{ORIGIN}[viewers]\nmax-connections-per-address = 0\n");
    assert!(
        faults(&nobody)[0]
            .starts_with("edge.toml:4:31: viewers.max-connections-per-address: must be at least 1")
    );
    let rules = format!(
        "{ORIGIN}[[media.rules]]\nname = \"mine\"\n[[media.rules.files]]\nname = \"s\"\npattern = \"(\"\nkind = \"segment\"\n"
    );
    assert!(faults(&rules)[0].contains("mine"), "{:?}", faults(&rules));
    let watch =
        format!("{ORIGIN}[[watch.stream]]\ntitle = \"a\"\nurl = \"//elsewhere/a\"\nformat = \"hls\"\n");
    assert!(faults(&watch)[0].starts_with("edge.toml:5:7: watch.stream[0].url"), "{:?}", faults(&watch));
}

#[test]
fn proxies_are_named_before_their_word_is_taken() {
    let text = format!(
        "{ORIGIN}[proxies]\nheader = \"forwarded\"\nprotocol = \"proxy\"\ninternal-address = \"X-Internal-Address\"\n"
    );
    let found = faults(&text);
    for (line, place) in found.iter().zip([
        "edge.toml:4:10: proxies.header: nobody's word is taken",
        "edge.toml:5:12: proxies.protocol: nobody's word is taken",
        "edge.toml:6:20: proxies.internal-address: nobody's word is taken",
    ]) {
        assert!(line.starts_with(place), "{found:#?}");
    }
    assert_eq!(found.len(), 3);
    let config = Config::parse("edge.toml", &format!("{text}trusted = [\"10.0.0.7\", \"2001:db8::/64\"]\n"));
    let proxies = config.unwrap().proxies;
    assert!(
        proxies.trusts("::ffff:10.0.0.7".parse().unwrap())
            && proxies.introduces("2001:db8::1".parse().unwrap())
    );
    assert!(!proxies.trusts("10.0.0.8".parse().unwrap()));

    let found = faults(&format!("{ORIGIN}[proxies]\ntrusted = [\"10.0.0.7\", \"0.0.0.0/0\", \"::/0\"]\n"));
    assert!(
        found[0].starts_with("edge.toml:4:24: proxies.trusted[1]: `0.0.0.0/0` is everybody"),
        "{found:#?}"
    );
    assert!(found[1].starts_with("edge.toml:4:37: proxies.trusted[2]: `::/0` is everybody"), "{found:#?}");

    let found = faults(&format!("{ORIGIN}[proxies]\ninternal-address = \"Host\"\nheader = \"x-real-ip\"\n"));
    assert!(
        found[0].starts_with("edge.toml:4:20: `Host` is a header field with another meaning"),
        "{found:#?}"
    );
    assert!(found[1].starts_with("edge.toml:5:10: unknown variant `x-real-ip`"), "{found:#?}");
}

#[test]
fn errors_to_remember_are_statuses_of_errors() {
    let config = |table: &str| Config::parse("edge.toml", &format!("{ORIGIN}[cache]\nnegative = {table}\n"));
    let negative = config("{ 404 = \"2s\", \"503\" = \"1s\" }").unwrap().cache.negative;
    let written: Vec<_> =
        negative.by_status().iter().map(|(status, time)| (status.as_u16(), time.as_secs())).collect();
    assert_eq!(written, [(404, 2), (503, 1)]);
    assert!(config("{}").unwrap().cache.negative.by_status().is_empty(), "nothing of the default stays");

    for bad in ["200", "399", "600", "4040", "gone", "40x"] {
        let faults = faults(&format!("{ORIGIN}[cache.negative]\n404 = \"1s\"\n{bad} = \"1s\"\n"));
        let expected = format!("edge.toml:5:1: `{bad}` is not the status of an error");
        assert!(faults.len() == 1 && faults[0].starts_with(&expected), "{faults:?}");
    }
    let faults = faults(&format!("{ORIGIN}[cache.negative]\n404 = \"soon\"\n"));
    assert!(
        faults.len() == 1 && faults[0].starts_with("edge.toml:4:7: `soon` is not a period"),
        "{faults:?}"
    );
}

#[test]
fn the_excerpt_marks_the_value() {
    let text = format!("{ORIGIN}[cache]\nmemory = \"lots\"\n");
    let shown = Config::parse("edge.toml", &text).unwrap_err().to_string();
    assert!(shown.ends_with("\n 4 | memory = \"lots\"\n   |          ^^^^^^"), "{shown}");
}

#[test]
fn an_unreadable_file_is_one_clear_line() {
    let error = Config::load(Path::new("/nonexistent/edge.toml")).unwrap_err().to_string();
    assert!(error.starts_with("/nonexistent/edge.toml: cannot be read: "), "{error}");
    assert_eq!(error.lines().count(), 1);
}
