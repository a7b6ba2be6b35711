//! Two companies and the internet, each machine in a network namespace of its own: real routes, real NAT, the real
//! program. Both companies use 10.0.0.0/8 inside, down to the addresses of their viewers.
//!
//! ```text
//!                                the internet
//!   origin 203.0.113.10   cloud edge 203.0.113.250   outsider 203.0.113.200
//!        │                        │                        │
//!  ──┬───┴────────────────────────┴─────┬──────────────────┴───┬──────────
//!    │ NAT 203.0.113.1                  │ NAT 198.51.100.7     │ NAT 192.0.2.1
//!  hub-a ─ edge, proxy 10.0.0.0/16      │                    hub-b ─ edge, proxy 10.0.0.0/16
//!    ├─ a1  10.1.0.0/16                 │                      ├─ b1  10.1.0.0/16
//!    ├─ a2  10.2.0.0/16                 │                      └─ b2  10.2.0.0/16
//!    ├─ VPN 10.99.0.0/16                │
//!    └───────── a leased line ──────── a3  192.168.7.0/24
//! ```
//!
//! Each office has an edge and a viewer. The tests need root's rights, `ip`, `nft` and a system that does NAT; elsewhere
//! they say that they were skipped.

mod companies;
mod edges;
mod egress;
mod leaving;
mod proxy;

use std::net::IpAddr;
use std::time::Duration;

use control::key::SigningKey;
use control::statement;
use edges::{Companies, PROXY, network};
use http::StatusCode;
use tokio::net::TcpStream;

use crate::world::network::Network;
use crate::world::{Response, within};

const SEGMENT: &str = "/vod/0_meadow01/hls/720p/seg-1-v1-a1.ts";
const ORIGIN: &str = "http://203.0.113.10";
const CLOUD: &str = "http://203.0.113.250:8080";
const HUB_A: &str = "http://10.0.0.2:8080";
const HUB_B: &str = "http://10.0.0.4:8080";

/// A viewer in each office, their company's hub, the office, and its edge.
const OFFICES: [(&str, &str, &str, &str); 5] = [
    ("a1-viewer", HUB_A, "a1", "http://10.1.0.2:8080"),
    ("a2-viewer", HUB_A, "a2", "http://10.2.0.2:8080"),
    ("a3-viewer", HUB_A, "a3", "http://192.168.7.2:8080"),
    ("b1-viewer", HUB_B, "b1", "http://10.1.0.3:8080"),
    ("b2-viewer", HUB_B, "b2", "http://10.2.0.3:8080"),
];

/// The address under which `from` is seen by a host.
async fn seen_as(network: &Network, from: &str, host: &str) -> IpAddr {
    let listener = network.listen(host, 0);
    let address = listener.local_addr().expect("bound");
    let listener = tokio::net::TcpListener::from_std(listener).expect("a runtime");
    let _call = network.start(from, async move {
        let _stream = TcpStream::connect(address).await.expect("a way there");
        std::future::pending::<()>().await;
    });
    within("a call", listener.accept()).await.expect("a call").1.ip()
}

/// Where an answer leads; it has to be a redirect.
fn led_to(response: &Response) -> &str {
    assert_eq!(response.status, StatusCode::FOUND, "{}", response.text());
    response.header("location")
}

impl Companies {
    /// The site in a statement that one of the companies' locators signed, for this nonce.
    fn stated_site(&self, key: &str, text: &str, nonce: &str) -> Option<String> {
        let pem = std::fs::read(self.folder.path().join(key)).expect("the key is there");
        let key = SigningKey::from_pem(&pem).expect("a key");
        let now = edge::Clock::system().wall();
        let statement = statement::verify(text, &[key.verifying_key().clone()], now, Duration::ZERO);
        let statement = statement.unwrap_or_else(|refusal| panic!("{refusal}: {text}"));
        assert_eq!(statement.nonce().as_str(), nonce);
        statement.site().map(str::to_owned)
    }

    /// Follows a redirect to the bytes.
    async fn follow(&self, from: &str, answer: &Response) -> Response {
        self.network.get(from, led_to(answer)).await
    }
}

#[tokio::test]
async fn every_office_is_seen_as_it_would_be() {
    let Some(network) = network("every_office_is_seen_as_it_would_be") else { return };
    for (from, host, address) in [
        ("a1-viewer", "cloud", "203.0.113.1"),
        ("a2-viewer", "cloud", "203.0.113.1"),
        ("vpn-a", "cloud", "203.0.113.1"),
        ("a3-viewer", "cloud", "198.51.100.7"),
        ("b1-viewer", "cloud", "192.0.2.1"),
        ("outsider", "cloud", "203.0.113.200"),
        ("a1-viewer", "hub-a-edge", "10.1.0.77"),
        ("a3-viewer", "hub-a-edge", "192.168.7.77"),
        ("a3-viewer", "a1-edge", "192.168.7.77"),
        ("a2-viewer", "a1-edge", "10.2.0.77"),
        ("b1-viewer", "hub-b-edge", "10.1.0.77"),
    ] {
        assert_eq!(seen_as(&network, from, host).await.to_string(), address, "{from} by {host}");
    }
}

#[tokio::test]
async fn the_locator_in_the_hub_names_each_viewers_office() {
    let Some(companies) = Companies::start("the_locator_in_the_hub_names_each_viewers_office").await else {
        return;
    };
    for (viewer, hub, site, edge) in OFFICES {
        let key = if hub == HUB_A { "a.key" } else { "b.key" };
        let nonce = format!("{viewer}-by-redirect");
        let question = format!("{hub}/where?nonce={nonce}&return=http://portal.example/back");
        let answer = companies.network.get(viewer, &question).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{viewer}: {}", answer.text());
        let statement = answer.header("location").strip_prefix("http://portal.example/back?statement=");
        let stated = companies.stated_site(key, statement.expect("back to the portal"), &nonce);
        assert_eq!(stated.as_deref(), Some(site), "{viewer}");

        let nonce = format!("{viewer}-by-script");
        let answer = companies.network.get(viewer, &format!("{hub}/where.json?nonce={nonce}")).await.json();
        assert_eq!(
            (&answer["site"], &answer["edges"][0]),
            (&site.into(), &edge.into()),
            "{viewer}: {answer}"
        );
        let stated = companies.stated_site(key, answer["statement"].as_str().expect("text"), &nonce);
        assert_eq!(stated.as_deref(), Some(site), "{viewer}");
    }
}

#[tokio::test]
async fn the_redirect_in_the_hub_leads_to_each_viewers_office() {
    let Some(companies) = Companies::start("the_redirect_in_the_hub_leads_to_each_viewers_office").await
    else {
        return;
    };
    for (viewer, hub, _, edge) in OFFICES {
        let answer = companies.network.get(viewer, &format!("{hub}/go{SEGMENT}")).await;
        assert_eq!(led_to(&answer), format!("{edge}{SEGMENT}"), "{viewer}");
        for _ in 0..2 {
            let bytes = companies.follow(viewer, &answer).await;
            assert_eq!((bytes.status, bytes.text().as_str()), (StatusCode::OK, SEGMENT), "{viewer}");
        }
    }
    assert_eq!(companies.origin.count(), OFFICES.len(), "once per office");
}

#[tokio::test]
async fn the_hub_serves_an_office_whose_edge_is_gone() {
    let Some(mut companies) = Companies::start("the_hub_serves_an_office_whose_edge_is_gone").await else {
        return;
    };
    companies.stop("a2-edge").await;
    let question = format!("{HUB_A}/go{SEGMENT}");
    let noticed = async {
        loop {
            let answer = companies.network.get("a2-viewer", &question).await;
            if led_to(&answer) == format!("{HUB_A}{SEGMENT}") {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let answer = within("the hub's notice", noticed).await;
    let bytes = companies.follow("a2-viewer", &answer).await;
    assert_eq!((bytes.status, bytes.text().as_str()), (StatusCode::OK, SEGMENT));
    // The edge that serves its own viewers alone was asked as often, and is there.
    let answer = companies.network.get("a1-viewer", &question).await;
    assert_eq!(led_to(&answer), format!("http://10.1.0.2:8080{SEGMENT}"));
}

#[tokio::test]
async fn outside_a_proxys_word_tells_which_office_it_is() {
    let Some(companies) = Companies::start("outside_a_proxys_word_tells_which_office_it_is").await else {
        return;
    };
    let question = format!("{CLOUD}/go{SEGMENT}");
    for (viewer, _, site, edge) in OFFICES {
        // The office with a link of its own is known by the link.
        let answer = match site {
            "a3" => companies.network.get(viewer, &question).await,
            _ => companies.network.ask_through(PROXY, viewer, &question, &[]).await,
        };
        assert_eq!(led_to(&answer), format!("{edge}{SEGMENT}"), "{viewer}");
        let bytes = companies.follow(viewer, &answer).await;
        assert_eq!((bytes.status, bytes.text().as_str()), (StatusCode::OK, SEGMENT), "{viewer}");
    }
    // Past the proxy, no more is seen of an office behind the hub than the hub.
    let answer = companies.network.get("a1-viewer", &question).await;
    assert_eq!(led_to(&answer), format!("{HUB_A}{SEGMENT}"));
}

#[tokio::test]
async fn who_is_in_no_office_goes_to_the_origin() {
    let Some(companies) = Companies::start("who_is_in_no_office_goes_to_the_origin").await else { return };
    let (hub, cloud) = (format!("{HUB_A}/go{SEGMENT}"), format!("{CLOUD}/go{SEGMENT}"));
    let network = &companies.network;
    let spoofed = [(proxy::FIELD, "10.1.0.77")];
    for (who, from, answer) in [
        ("VPN, asks the hub", "vpn-a", network.get("vpn-a", &hub).await),
        ("VPN, through the proxy", "vpn-a", network.ask_through(PROXY, "vpn-a", &cloud, &[]).await),
        ("outsider", "outsider", network.get("outsider", &cloud).await),
        ("outsider who lies", "outsider", network.ask("outsider", &cloud, &spoofed).await),
    ] {
        assert_eq!(led_to(&answer), format!("{ORIGIN}{SEGMENT}"), "{who}");
        let bytes = companies.follow(from, &answer).await;
        assert_eq!((bytes.status, bytes.text().as_str()), (StatusCode::OK, SEGMENT), "{who}");
    }
    // An office's link is not trusted to say more than that it is the office's.
    let lie = network.ask("a3-viewer", &cloud, &spoofed).await;
    assert_eq!(led_to(&lie), format!("http://192.168.7.2:8080{SEGMENT}"));
    // The proxy's word takes the place of what a viewer states.
    let lie = network.ask_through(PROXY, "a2-viewer", &cloud, &spoofed).await;
    assert_eq!(led_to(&lie), format!("http://10.2.0.2:8080{SEGMENT}"));
}

#[tokio::test]
async fn an_office_serves_its_own_viewers_alone() {
    let Some(companies) = Companies::start("an_office_serves_its_own_viewers_alone").await else { return };
    let network = &companies.network;
    for (edge, own, others) in [
        // By its networks.
        ("http://10.1.0.2:8080", "a1-viewer", ["a2-viewer", "a3-viewer", "vpn-a"]),
        // By the map.
        ("http://10.2.0.2:8080", "a2-viewer", ["a1-viewer", "a3-viewer", "vpn-a"]),
    ] {
        let url = format!("{edge}{SEGMENT}");
        // First those who are refused: nothing may be asked for them.
        let asked = companies.origin.count();
        for other in others {
            let answer = network.get(other, &url).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{other} at {edge}");
            assert!(!answer.text().contains(SEGMENT), "{other} at {edge}");
        }
        assert_eq!(companies.origin.count(), asked);
        let answer = network.get(own, &url).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, SEGMENT), "{own} at {edge}");
    }
}
