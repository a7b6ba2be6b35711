//! Other certificates while the edge runs: connections stay, and what is broken changes nothing.

use edge::Config;
use edge::config::Certificate;

use super::authority::{Authority, Files};
use super::visitor::Visitor;
use super::{SEGMENT, over_tls, world};
use crate::world::{World, config_for, loopback, ms};

const NAME: &str = "edge.example";

/// The configuration of `world` with other certificates.
fn with(world: &World, certificates: &[Certificate]) -> Config {
    let mut config = config_for(world.origin.address());
    config.viewers.header_timeout = ms(5000);
    // Any free port: the one that is there stays.
    config.tls.listen = vec![loopback()];
    config.tls.certificate = certificates.to_vec();
    config
}

async fn shown(world: &World, visitor: &Visitor) -> String {
    let visit = visitor.come(over_tls(world), NAME).await.expect("a visit");
    visit.shown().fingerprint
}

#[tokio::test]
async fn who_is_there_stays_and_who_comes_gets_the_new_one() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let certificate = files.put("edge", &authority.certify(&[NAME]));
    let mut world = world(vec![certificate.clone()], |_| {}).await;
    let visitor = Visitor::trusting(&authority);
    let mut open = visitor.come(over_tls(&world), NAME).await.expect("a visit");
    assert_eq!(open.get(SEGMENT).await.expect("an answer").0, 200);
    let first = open.shown().fingerprint;

    // Between the two files of a renewal they do not fit.
    let renewed = authority.certify(&[NAME]);
    files.write("edge.pem", &renewed.pem());
    let refused = world
        .edge
        .reload(with(&world, std::slice::from_ref(&certificate)))
        .await
        .expect_err("no pair")
        .to_string();
    let key_file = certificate.key_file.display().to_string();
    assert!(refused.starts_with(&key_file) && refused.contains("key of another certificate"), "{refused}");
    let stranger = Visitor::trusting(&authority);
    assert_eq!(shown(&world, &stranger).await, first);

    files.write("edge.key", &renewed.key_pem());
    let changes = world.edge.reload(with(&world, std::slice::from_ref(&certificate))).await.expect("a pair");
    assert_eq!(changes.to_string(), "certificates");
    let stranger = Visitor::trusting(&authority);
    let second = shown(&world, &stranger).await;
    assert_ne!(second, first);
    assert_eq!(open.get(SEGMENT).await.expect("an answer").0, 200, "the connection of before");
    let again = world.edge.reload(with(&world, &[certificate])).await.expect("the same");
    assert!(again.is_empty(), "{again}");
}

#[tokio::test]
async fn nothing_of_a_refused_configuration_is_shown() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let good = files.put("good", &authority.certify(&[NAME]));
    let mut world = world(vec![good.clone()], |_| {}).await;
    let visitor = Visitor::trusting(&authority);
    let first = shown(&world, &visitor).await;
    let other = files.put("other", &authority.certify(&[NAME]));
    for broken in ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    {
        let bad = Certificate { file: files.write("bad.pem", broken), key_file: good.key_file.clone() };
        let file = bad.file.display().to_string();
        let refused = world.edge.reload(with(&world, &[other.clone(), bad])).await.expect_err("broken");
        assert!(refused.to_string().starts_with(&file), "{refused}");
    }
    // An address that is taken comes after all certificates were read.
    let mut taken = with(&world, &[other]);
    taken.viewers.listen.push(world.origin.address());
    world.edge.reload(taken).await.expect_err("taken");
    assert_eq!(shown(&world, &Visitor::trusting(&authority)).await, first);
}

#[tokio::test]
async fn doors_over_tls_come_and_go() {
    let (authority, files) = (Authority::new("office"), Files::new());
    let certificate = files.put("edge", &authority.certify(&[NAME]));
    let mut world = world(vec![certificate.clone()], |_| {}).await;
    let visitor = Visitor::trusting(&authority);
    let mut open = visitor.come(over_tls(&world), NAME).await.expect("a visit");
    let address = over_tls(&world);
    let mut without = with(&world, &[]);
    without.tls.listen.clear();
    world.edge.reload(without).await.expect("no HTTPS");
    assert!(visitor.come(address, NAME).await.is_err());
    assert_eq!(open.get(SEGMENT).await.expect("an answer").0, 200, "who was there stays");
    world.edge.reload(with(&world, &[certificate])).await.expect("HTTPS again");
    visitor.come(over_tls(&world), NAME).await.expect("a visit");
}
