//! Each format by examples, good and bad. What is compared is a line per row: realm, external, internal, site, kind, policy.

mod examples;
mod foreign;
mod own;

use super::*;
use crate::description::{Attribute, MOST_NETWORKS, Network};

fn file(format: Format, text: &str) -> File<'_> {
    File { name: "a", bytes: text.as_bytes(), format }
}

fn import(format: Format, text: &str, options: &Options) -> Description {
    let mut description = Description::default();
    read(&mut description, file(format, text), options);
    description
}

fn own(format: Format, text: &str) -> Description {
    import(format, text, &Options::default())
}

fn realm(name: &str) -> Options {
    Options { outside: Some(Outside::Realm(name.parse().unwrap())), ..Options::default() }
}

fn behind(external: &str) -> Options {
    Options { outside: Some(Outside::External(vec![external.parse().unwrap()])), ..Options::default() }
}

fn direct() -> Options {
    Options { outside: Some(Outside::Direct), ..Options::default() }
}

/// `line realm external internal site kind policy`, `-` for what is not stated.
fn rows(description: &Description) -> Vec<String> {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let row = |network: &Network| {
        let Network { realm, external, internal, site, kind, policy, place } = network;
        format!(
            "{} {} {} {} {} {kind} {}",
            place.line,
            or_none(realm.map(|realm| description.realm(realm).to_string())),
            or_none(external.map(|network| network.to_string())),
            or_none(internal.map(|network| network.to_string())),
            or_none(site.map(|site| description.site(site).id.to_string())),
            or_none(policy.map(|policy| policy.to_string())),
        )
    };
    description.networks().iter().map(row).collect()
}

/// The rows of a file without faults.
#[track_caller]
fn good(description: &Description) -> Vec<String> {
    assert!(description.faults.is_empty(), "{}", description.faults.display(description.files()));
    rows(description)
}

/// `line code column`, of each fault.
fn faults(description: &Description) -> Vec<String> {
    brief(&description.faults)
}

fn warnings(description: &Description) -> Vec<String> {
    brief(&description.warnings)
}

fn brief(faults: &crate::Faults) -> Vec<String> {
    let brief = |fault: &Fault| format!("{} {} {}", fault.at.line, fault.code.as_str(), fault.column);
    faults.kept().iter().map(|fault| brief(fault).trim_end().to_owned()).collect()
}

/// The only fault, in words.
#[track_caller]
fn message(description: &Description) -> &str {
    assert_eq!(description.faults.total(), 1, "{}", description.faults.display(description.files()));
    &description.faults.kept()[0].message
}

#[test]
fn what_is_only_written_is_not_read() {
    assert!(message(&own(Format::Geofeed, "x")).contains("not read"));
}

#[test]
fn no_format_is_read_from_nothing_or_from_noise() {
    for format in Format::ALL {
        for text in ["", "\u{feff}\n", "\"", "{", "[[", ",,,,\n", "\0\0", "{\"a\":", "é"] {
            let description = import(format, text, &realm("r"));
            let is_blank = text == ",,,,\n" && format == Format::CqdBuildings;
            assert!(is_blank || !description.faults.is_empty(), "{format} {text:?}");
            assert!(rows(&description).is_empty(), "{format} {text:?}");
        }
        let mut description = Description::default();
        let bytes = b"site\xff\n";
        read(&mut description, File { name: "a", bytes, format }, &Options::default());
        assert_eq!(faults(&description), ["1 unreadable"], "{format}");
    }
}

#[test]
fn reading_ends_where_a_map_is_full() {
    let cell = |first: u8| -> String {
        let networks: Vec<String> =
            (0..1024).map(|low| format!("{first}.{}.{}.0", low / 256, low % 256)).collect();
        networks.join(" ")
    };
    // 1024 external times 1024 internal networks fill it exactly.
    let head = format!("site,external,internal\nmunich,{},{}\n", cell(11), cell(10));
    let description = own(Format::SitesCsv, &head);
    assert_eq!((description.networks().len(), description.faults.total()), (MOST_NETWORKS, 0));
    let description = own(Format::SitesCsv, &(head + "munich,12.0.0.0,\nmunich,x,\n"));
    assert_eq!(faults(&description), ["3 too-much"]);
}

#[test]
fn a_hundred_thousand_faulty_rows_are_counted() {
    let text = "site,internal\n".to_owned() + &"munich,here\n".repeat(100_000);
    let description = own(Format::SitesCsv, &text);
    assert_eq!((description.faults.total(), description.faults.kept().len()), (100_000, 100));
    assert_eq!(description.faults.kept()[99].at.line, 101);
}
