//! Our formats of maps: what is read is assembled or refused without a panic, and what is written is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapper::description::Attribute;
use mapper::import::{File, Options};
use mapper::{Description, Format, assemble, export, import};

fuzz_target!(|input: &[u8]| {
    let Some((first, bytes)) = input.split_first() else { return };
    let own = [Format::SitesCsv, Format::MapToml, Format::MapJson, Format::EdgesCsv];
    let format = own[usize::from(*first) % own.len()];
    let description = read(&[File { name: "a", bytes, format }]);
    let _may_be_refused = assemble(&description);
    if !description.faults.is_empty() {
        return;
    }
    let before = content(&description);
    let text = |format| {
        export::write(format, &description, &export::Options::default()).expect("without faults").text
    };
    let tables = [text(Format::SitesCsv), text(Format::EdgesCsv)];
    let [sites, edges] = [0, 1].map(|index| File {
        name: "b",
        bytes: tables[index].as_bytes(),
        format: [Format::SitesCsv, Format::EdgesCsv][index],
    });
    let mut again = content(&read(&[sites, edges]));
    // A realm of which nothing is said has no row in a table.
    again.realms.clone_from(&before.realms);
    assert_eq!(again, before, "{tables:?}");
    for format in [Format::MapToml, Format::MapJson] {
        let text = text(format);
        // Nothing at all is no file.
        if !text.trim().is_empty() {
            assert_eq!(
                content(&read(&[File { name: "b", bytes: text.as_bytes(), format }])),
                before,
                "{text}"
            );
        }
    }
    for format in Format::ALL.into_iter().filter(|format| format.is_written()) {
        let _may_be_refused = export::write(format, &description, &export::Options::default());
    }
});

fn read(files: &[File<'_>]) -> Description {
    let mut description = Description::default();
    import::read_all(&mut description, files, &Options::default());
    description
}

#[derive(Debug, PartialEq)]
struct Content {
    sites: Vec<String>,
    realms: Vec<String>,
    networks: Vec<String>,
    edges: Vec<String>,
}

/// Everything but places, in an order of its own.
fn content(description: &Description) -> Content {
    let sorted = |mut list: Vec<String>| {
        list.sort();
        list
    };
    let site = |site: &mapper::description::Site| {
        format!("{} {:?}", site.id, Attribute::ALL.map(|attribute| site.attribute(attribute)))
    };
    let networks = description.networks().iter().filter(|network| !network.only_declares()).map(|network| {
        let site = network.site.map(|site| description.site(site).id.clone());
        let realm = network.realm.map(|realm| description.realm(realm).clone());
        let (external, internal) = (network.external, network.internal);
        format!("{site:?} {realm:?} {external:?} {internal:?} {} {:?}", network.kind, network.policy)
    });
    let edges = description.edges().iter();
    let edges = edges.map(|edge| format!("{} {} {}", edge.id, description.site(edge.site).id, edge.url));
    Content {
        sites: sorted(description.sites().iter().map(site).collect()),
        realms: sorted(description.realms().iter().map(ToString::to_string).collect()),
        networks: sorted(networks.collect()),
        edges: sorted(edges.collect()),
    }
}
