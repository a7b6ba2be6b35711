//! Maps through the real program: read, written, checked, compared, explained.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::program::{Ended, Program};

const ECDN: &str = "Group Id,Subnets,P2P,WAN,Label\nBerlin HQ,10.1.0.0/16 10.2.0.0/16,On,Off,\nmunich,10.3.0.0/16,Off,Off,x\n";

/// The shipped examples.
fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config").join(name).to_str().expect("text").to_owned()
}

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        for (name, text) in files {
            fs::write(folder.path(name), text).expect("writable");
        }
        folder
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("text").to_owned()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn names(&self) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.expect("an entry").file_name().into_string().expect("text")
        };
        let mut names: Vec<String> = fs::read_dir(&self.0).expect("a folder").map(name).collect();
        names.sort();
        names
    }
}

async fn run(arguments: &[&str]) -> Ended {
    Program::run(arguments).await
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

#[tokio::test]
async fn the_examples_are_good_and_one_map() {
    let (folder, file) = (example(""), example("map.toml"));
    let checked = run(&["map", "check", &folder]).await;
    assert_eq!((checked.code, checked.log.as_str()), (Some(0), ""), "{checked:?}");
    assert!(checked.output.ends_with("edges.csv: good (5 sites, 13 networks, 4 edges)\n"), "{checked:?}");
    let diff = run(&["map", "diff", &folder, &file]).await;
    assert_eq!((diff.code, diff.output.as_str()), (Some(0), "nothing moves\n"));
    let both = run(&["check", &example("edge.toml"), &file]).await;
    let good: Vec<&str> = both.output.lines().collect();
    assert!(both.code == Some(0) && good[0].ends_with("edge.toml: good"), "{both:?}");
    assert!(good[1].ends_with("map.toml: good (5 sites, 13 networks, 4 edges)"), "{both:?}");
}

#[tokio::test]
async fn an_address_is_found_and_the_exit_code_tells_how() {
    let (sites, edges) = (example("sites.csv"), example("edges.csv"));
    let locate = ["locate", "--json", "--map", &sites, "--map", &edges];
    for (addresses, code, expected) in [
        (&["203.0.113.7"][..], 0, json!({ "status": "found", "site": "munich", "decision": "external" })),
        (
            &["198.51.100.7", "10.1.2.3"],
            0,
            json!({ "site": "berlin", "internal": "10.1.0.0/16", "kind": "lan" }),
        ),
        (&["198.51.100.7", "10.250.2.3"], 0, json!({ "site": "berlin", "policy": "bypass", "edges": [] })),
        (&["::ffff:198.51.100.7", "::ffff:10.1.201.1"], 0, json!({ "site": "berlin", "kind": "wifi" })),
        (&["--realm", "plant", "10.9.9.9"], 0, json!({ "site": "plant-1", "decision": "realm-default" })),
        (&["198.51.100.7"], 3, json!({ "status": "ambiguous", "external": "198.51.100.0/24" })),
        (&["8.8.8.8"], 4, json!({ "status": "unknown", "external": null })),
    ] {
        let ended = run(&[&locate[..], addresses].concat()).await;
        assert_eq!((ended.code, ended.log.as_str()), (Some(code), ""), "{addresses:?}");
        let found = json(&ended);
        for (key, value) in expected.as_object().expect("an object") {
            assert_eq!(found[key], *value, "{addresses:?} {key}: {found}");
        }
        // Networks and rows are told, addresses are not.
        let last = addresses.last().expect("an address");
        assert!(!ended.output.contains(last.trim_start_matches("::ffff:")), "{}", ended.output);
    }
    let berlin = run(&["locate", "--map", &sites, "--map", &edges, "198.51.100.7", "10.1.2.3"]).await;
    let labels: Vec<&str> = berlin.output.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(labels, ["site", "policy", "kind", "by", "external", "edges"]);
    assert!(berlin.output.contains("hub-1 https://edge.hub.example:8443 in hub"), "{}", berlin.output);
}

#[tokio::test]
async fn every_step_is_explained() {
    let file = example("map.toml");
    let ended = run(&["map", "explain", "--map", &file, "198.51.100.7", "10.1.201.1"]).await;
    assert_eq!((ended.code, ended.log.as_str()), (Some(0), ""));
    let lines: Vec<&str> = ended.output.lines().collect();
    assert_eq!(lines.len(), 4, "{}", ended.output);
    assert!(
        lines[1].contains("10.1.0.0/16 holds the internal address, but 10.1.200.0/22 is longer"),
        "{}",
        lines[1]
    );
    assert!(lines[3].contains("site `berlin`") && !ended.output.contains('\x1b'), "{}", ended.output);
    let coloured = run(&["map", "explain", "--color", "always", "--map", &file, "8.8.8.8"]).await;
    assert!(coloured.code == Some(4) && coloured.output.contains("\x1b["), "{coloured:?}");
    let steps = json(&run(&["map", "explain", "--json", "--map", &file, "198.51.100.7"]).await);
    assert_eq!(steps["location"]["status"], "ambiguous");
    assert_eq!(steps["steps"][0]["what"], "matched");
}

#[tokio::test]
async fn what_moves_is_shown() {
    let old = "site,internal\nmunich,10.0.0.0/8\nberlin,192.168.0.0/16\n";
    let new = "site,internal\nmunich,10.0.0.0/8\nberlin,10.1.0.0/16\nparis,192.168.0.0/16\n";
    let folder = Folder::new(&[("old.csv", old), ("new.csv", new)]);
    let (old, new) = (folder.path("old.csv"), folder.path("new.csv"));
    let ended = run(&["map", "diff", &old, &new]).await;
    assert_eq!((ended.code, ended.log.as_str()), (Some(3), ""));
    let lines: Vec<Vec<&str>> = ended.output.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["new:", "paris"]);
    assert_eq!(lines[2], ["berlin", "paris", "local", "65536", "addresses", "192.168.0.0/16"]);
    assert_eq!(lines[3], ["munich", "berlin", "local", "65536", "addresses", "10.1.0.0/16"]);
    let found = json(&run(&["map", "diff", "--json", &old, &new]).await);
    assert_eq!(found["sites-added"], json!(["paris"]));
    assert_eq!(found["moves"][1]["to"], json!({ "site": "berlin" }));
}

#[tokio::test]
async fn a_list_of_another_program_becomes_a_map() {
    let folder = Folder::new(&[("subnets.csv", ECDN)]);
    let list = folder.path("subnets.csv");
    let import = ["map", "import", "--from", "ecdn-csv", &list];

    let ended = run(&import).await;
    assert_eq!((ended.code, ended.output.as_str()), (Some(1), ""));
    assert!(ended.log.starts_with(&format!("{list}: the file does not say how")), "{}", ended.log);

    let ended = run(&[&import[..], &["--external", "192.0.2.0/24,198.51.100.0/24"]].concat()).await;
    assert_eq!((ended.code, ended.log.as_str()), (Some(0), ""));
    assert!(ended.output.contains("id = \"Berlin-HQ\"\nname = \"Berlin HQ\"\n"), "{}", ended.output);
    assert!(ended.output.contains("external = \"198.51.100.0/24\""), "{}", ended.output);

    // The same map, whichever its files are; the format is guessed.
    let (pair, toml, csv) = (folder.path("pair/"), folder.path("map.toml"), folder.path("map.csv"));
    for out in [&pair, &toml, &folder.path("map.json"), &csv] {
        let ended = run(&["map", "import", &list, "--realm", "acme", "--out", out]).await;
        assert_eq!((ended.code, ended.output.as_str()), (Some(0), ""), "{ended:?}");
        assert!(ended.log.contains("no external network leads to realm `acme`"), "{}", ended.log);
    }
    for other in [&pair, &csv] {
        assert_eq!(run(&["map", "diff", other, &toml]).await.code, Some(0));
    }
    assert_eq!(folder.names(), ["map.csv", "map.json", "map.toml", "pair", "subnets.csv"]);

    let ended = run(&["map", "export", "--to", "ecdn-csv", "--map", &pair, "--realm", "acme"]).await;
    assert_eq!(ended.code, Some(0));
    assert!(ended.output.contains("munich,10.3.0.0/16,Off,Off,x,,\n"), "{}", ended.output);
}

#[tokio::test]
async fn nothing_is_written_over_by_what_is_faulty() {
    let faulty = "Group Id,Subnets\nmunich,10.1.0.0/16\nberlin,10.1.0.0/16\nparis,x\n";
    let folder = Folder::new(&[("subnets.csv", faulty), ("map.toml", "mine")]);
    let (list, out) = (folder.path("subnets.csv"), folder.path("map.toml"));
    let ended = run(&["map", "import", &list, "--realm", "acme", "--out", &out]).await;
    assert_eq!((ended.code, ended.output.as_str()), (Some(1), ""));
    let log: Vec<&str> = ended.log.lines().collect();
    assert!(
        log[0].starts_with(&format!("{list}:3: internal: ")) && log[0].ends_with("(the other is line 2)"),
        "{}",
        log[0]
    );
    assert!(log[1].starts_with(&format!("{list}:4: Subnets: `x` is no network")), "{}", log[1]);
    assert_eq!(log[2], "2 faults");
    assert_eq!((folder.text("map.toml").as_str(), folder.names().len()), ("mine", 2));
}

#[tokio::test]
async fn check_finds_every_fault_of_every_map() {
    let sites = "site,internal,hub\nmunich,10.1.0.1/16,paris\n\u{fc},10.2,\n";
    let folder = Folder::new(&[("sites.csv", sites), ("zones.json", "{\"coverageZones\":{}}")]);
    let (sites, zones) = (folder.path("sites.csv"), folder.path("zones.json"));
    let ended = run(&["map", "check", "--json", &sites, &zones, "nowhere.csv"]).await;
    assert_eq!((ended.code, ended.log.as_str()), (Some(1), ""));
    let report = json(&ended);
    let faults: Vec<_> = report["faults"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|fault| (fault["line"].as_u64(), fault["key"].as_str(), fault["code"].as_str().expect("a code")))
        .collect();
    assert_eq!(
        faults,
        [
            (None, None, "unreadable"),
            (None, None, "unreadable"),
            (Some(2), Some("internal"), "host-bits"),
            (Some(2), Some("hub"), "unknown-site"),
            (Some(3), Some("site"), "value"),
            (Some(3), Some("internal"), "value"),
        ]
    );
    let text = run(&["map", "check", &zones]).await;
    assert!(text.output.contains("spokecast map import --from coverage-zones"), "{}", text.output);
    assert!(text.output.ends_with("1 fault\n"));

    // The general check has the same, beside configurations.
    let ended = run(&["check", "--json", &sites, "nowhere.toml"]).await;
    let report = json(&ended);
    assert_eq!((ended.code, report["faults"].as_array().map(Vec::len)), (Some(1), Some(5)));
    assert!(report["faults"][0]["message"].as_str().expect("text").starts_with("cannot be read"));
    assert_eq!((&report["faults"][1]["file"], &report["faults"][1]["column"]), (&json!(sites), &Value::Null));
}

#[tokio::test]
async fn a_wrong_use_says_what_would_be_right() {
    let file = example("map.toml");
    let folder = Folder::new(&[("list.txt", "10.1.0.0/16\n")]);
    let list = folder.path("list.txt");
    for (arguments, code, word) in [
        (&["locate", "8.8.8.8"][..], 2, "--map <FILE>"),
        (&["locate", "--map", &file, "here"], 2, "invalid IP address"),
        (&["locate", "--map", &file, "--realm", "acme", "10.1.2.3"], 2, "no such realm"),
        (&["locate", "--map", "nowhere.csv", "8.8.8.8"], 1, "nowhere.csv: cannot be read"),
        (&["map", "import", "--external", "10.0.0.0/33", &list], 2, "such as `10.1.0.0/16`"),
        (&["map", "import", "--direct", "--realm", "a", &list], 2, "cannot be used with"),
        (&["map", "import", "--from", "geofeed", &list], 2, "[possible values: sites-csv"),
        (&["map", "import", &list], 1, "name it with --from"),
        (&["map", "import", &list, "--out", &list], 2, "none of .toml, .json and .csv"),
        (&["map", "export", "--to", "geofeed", "--map", &file, "--realm", "x"], 2, "no such realm"),
        (&["map", "export", "--to", "coverage-zones", "--map", &file], 1, "choose one realm"),
    ] {
        let ended = run(arguments).await;
        assert_eq!((ended.code, ended.output.as_str()), (Some(code), ""), "{arguments:?}: {}", ended.log);
        assert!(ended.log.contains(word), "{arguments:?} lacks `{word}`: {}", ended.log);
    }
    for (command, words) in [
        (&["map", "--help"][..], &["import", "export", "check", "diff", "explain"][..]),
        (&["locate", "--help"], &["Examples:", "3 ambiguous", "4 unknown"]),
        (&["map", "import", "--help"], &["--external", "--realm", "--direct", "infoblox-csv", "EA-Site"]),
        (&["map", "diff", "--help"], &["3 something does"]),
    ] {
        let ended = run(command).await;
        for word in words {
            assert!(ended.code == Some(0) && ended.output.contains(word), "{command:?} lacks `{word}`");
        }
    }
}
