//! What holds of every list of networks.

use mapper::import::{File, Options, Outside};
use mapper::{Description, Format, assemble, export, import};

/// The first byte of `input` chooses how the networks are seen; the rest is the file.
pub(crate) fn check(format: Format, input: &[u8]) {
    let Some((first, bytes)) = input.split_first() else { return };
    let outside = match first % 4 {
        0 => Some(Outside::Realm("acme".parse().expect("a name"))),
        1 => Some(Outside::External(vec!["192.0.2.0/24".parse().expect("a network")])),
        2 => Some(Outside::Direct),
        _ => None,
    };
    let site = (first & 4 != 0).then(|| "elsewhere".to_owned());
    let mut description = Description::default();
    let options = Options { outside, site, site_column: None };
    import::read(&mut description, File { name: "a", bytes, format }, &options);
    if description.faults.is_empty() {
        for network in description.networks() {
            assert!(network.site.is_some(), "a network of a list has a site");
        }
    }
    let _may_be_refused = assemble(&description);
    for format in Format::ALL.into_iter().filter(|format| format.is_written()) {
        let _may_be_refused = export::write(format, &description, &export::Options::default());
    }
}
