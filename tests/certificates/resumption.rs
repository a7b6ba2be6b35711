//! Sessions go on without a handshake in full, also when certificates change; and do not when those who vouch for
//! clients do.

use tokio_rustls::rustls::HandshakeKind::{Full, Resumed};

use super::authority::{Authority, Files};
use super::visitor::{NEW, OLD, Visitor};
use super::{SEGMENT, over_tls, world};
use crate::world::{config_for, loopback};

const NAME: &str = "edge.example";

#[tokio::test]
async fn a_session_goes_on_and_survives_another_certificate() {
    for versions in [NEW, OLD] {
        let (authority, files) = (Authority::new("office"), Files::new());
        let first = files.put("edge", &authority.certify(&[NAME]));
        let mut world = world(vec![first.clone()], |_| {}).await;
        let visitor = Visitor::with(&authority, versions, &["http/1.1"], None);
        let first_visit = visitor.ask(over_tls(&world), NAME, SEGMENT).await.expect("a visit");
        assert_eq!(first_visit.kind(), Full);
        let second = visitor.ask(over_tls(&world), NAME, SEGMENT).await.expect("a visit");
        assert_eq!(second.kind(), Resumed);
        if versions == NEW {
            assert_eq!((first_visit.tickets(), second.tickets()), (1, 1));
        }

        // A renewal: another certificate in the same files.
        files.put("edge", &authority.certify(&[NAME]));
        let mut config = config_for(world.origin.address());
        config.tls.listen = vec![loopback()];
        config.tls.certificate = vec![first];
        let changes = world.edge.reload(config).await.expect("a good configuration");
        assert!(changes.iter().any(|change| change == "certificates"), "{changes}");
        let third = visitor.ask(over_tls(&world), NAME, SEGMENT).await.expect("a visit");
        assert_eq!(third.kind(), Resumed);
        let stranger = Visitor::with(&authority, versions, &["http/1.1"], None);
        assert_eq!(stranger.ask(over_tls(&world), NAME, SEGMENT).await.expect("a visit").kind(), Full);
    }
}

#[tokio::test]
async fn a_session_ends_with_the_authorities_that_let_it_in() {
    for versions in [NEW, OLD] {
        let (authority, edges, others) =
            (Authority::new("office"), Authority::new("edges"), Authority::new("others"));
        let files = Files::new();
        let certificate = files.put("edge", &authority.certify(&[NAME]));
        let ca_file = files.write("ca.pem", &edges.pem());
        let mut world = world(vec![certificate.clone()], |config| {
            config.tls.client_ca_file = Some(ca_file.clone());
        })
        .await;
        let own = edges.certify(&["spoke.example"]);
        let visitor = Visitor::with(&authority, versions, &["http/1.1"], Some(&own));
        for kind in [Full, Resumed] {
            let visit = visitor.ask(over_tls(&world), NAME, SEGMENT).await.expect("of that authority");
            assert_eq!(visit.kind(), kind);
        }
        let mut config = config_for(world.origin.address());
        config.tls.listen = vec![loopback()];
        config.tls.certificate = vec![certificate];
        config.tls.client_ca_file = Some(ca_file.clone());

        // The same authority in other words.
        files.write("ca.pem", &format!("# the edges\n{}", edges.pem()));
        world.edge.reload(config.clone()).await.expect("a good configuration");
        let visit = visitor.ask(over_tls(&world), NAME, SEGMENT).await.expect("of that authority");
        assert_eq!(visit.kind(), Resumed);

        files.write("ca.pem", &others.pem());
        world.edge.reload(config).await.expect("a good configuration");
        assert!(visitor.ask(over_tls(&world), NAME, SEGMENT).await.is_err(), "its ticket counts no more");
    }
}
