//! aioquic, over HTTP/3: `http3.py` carries out a plan and tells what came of it.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use tokio::process::Command;

use super::{LARGE, LARGE_SIZE, TAG, body, output, segment, world};
use crate::world::secure::Secure;
use crate::world::skip::skipped;

/// A Python that has aioquic, which `cargo xtask test` sees to.
const PYTHON: &str = "SPOKECAST_AIOQUIC";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/http3.py");

/// The first version that everybody speaks (RFC 9000 section 15).
const VERSION_1: u32 = 1;

/// An edge and a client.
struct Aioquic {
    world: Secure,
    python: std::ffi::OsString,
}

impl Aioquic {
    /// `None` where there is no aioquic.
    async fn new(test: &str) -> Option<Self> {
        let Some(python) = std::env::var_os(PYTHON) else {
            skipped(&format!("clients::http3::{test}"), &format!("{PYTHON} names no Python with aioquic"));
            return None;
        };
        Some(Self { world: world().await, python })
    }

    /// Carries out a plan.
    async fn run(&self, mut plan: Value) -> Value {
        plan["port"] = self.world.secure_address().port().into();
        plan["ca"] = self.world.authority.ca_file().to_str().expect("text").into();
        let mut client = Command::new(&self.python);
        let told = output(client.arg(SCRIPT), plan.to_string().as_bytes()).await;
        serde_json::from_str(&told).expect("JSON")
    }
}

/// An answer with that body, whole.
fn assert_is(answer: &Value, status: u16, body: &[u8], what: &str) {
    assert_eq!((&answer["status"], &answer["whole"]), (&json!(status), &json!(true)), "{what}: {answer}");
    assert_eq!(answer["length"], body.len(), "{what}: {answer}");
    let hash = digest(&SHA256, body);
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(answer["sha256"], hash, "{what}: other bytes than those of the origin");
}

#[tokio::test]
async fn bodies_come_byte_for_byte() {
    let Some(client) = Aioquic::new("bodies_come_byte_for_byte").await else { return };
    let whole = body(LARGE);
    for _ in 0..2 {
        let told = client
            .run(json!({"requests": [
                {"path": segment(1)},
                {"path": LARGE},
                {"path": LARGE, "method": "HEAD"},
                {"path": LARGE, "fields": {"range": "bytes=1000-2000000"}},
                {"path": LARGE, "fields": {"range": "bytes=-7"}},
                {"path": LARGE, "fields": {"range": "bytes=99999999-"}},
                {"path": LARGE, "fields": {"if-none-match": TAG}},
                {"path": segment(2), "method": "POST", "body": "something"},
            ], "together": false, "change_keys": true}))
            .await;
        let answers = told["answers"].as_array().expect("a list");
        assert_is(&answers[0], 200, &body(&segment(1)), "a small one");
        assert_is(&answers[1], 200, &whole, "a large one");
        assert_is(&answers[2], 200, b"", "a head");
        assert_eq!(answers[2]["fields"]["content-length"], LARGE_SIZE.to_string());
        assert_is(&answers[3], 206, &whole[1_000..=2_000_000], "a part");
        assert_is(&answers[4], 206, &whole[LARGE_SIZE - 7..], "the end");
        assert_eq!(answers[5]["status"], 416);
        assert_is(&answers[6], 304, b"", "nothing new");
        assert_eq!(answers[7]["status"], 405);
        assert_eq!((&told["version"], &told["ended"]), (&json!(VERSION_1), &Value::Null), "{told}");
    }
    assert_eq!(client.world.origin.count_of(&segment(1)), 1);
    assert_eq!(client.world.origin.count_of(&segment(2)), 0);
}

#[tokio::test]
async fn many_streams_at_a_time_are_answered() {
    const COUNT: usize = 100;
    let Some(client) = Aioquic::new("many_streams_at_a_time_are_answered").await else { return };
    let requests: Vec<_> = (1..=COUNT).map(|number| json!({"path": segment(number)})).collect();
    let told = client.run(json!({"requests": requests})).await;
    let answers = told["answers"].as_array().expect("a list");
    for (number, answer) in (1..=COUNT).zip(answers) {
        assert_is(answer, 200, &body(&segment(number)), &segment(number));
    }
    assert_eq!((answers.len(), &told["ended"]), (COUNT, &Value::Null));
}

/// With little that may be under way, on a stream and on the connection.
#[tokio::test]
async fn small_windows_are_obeyed() {
    let Some(client) = Aioquic::new("small_windows_are_obeyed").await else { return };
    let told =
        client.run(json!({"requests": [{"path": segment(1)}, {"path": LARGE}], "window": 16_384})).await;
    assert_is(&told["answers"][0], 200, &body(&segment(1)), "a small one");
    assert_is(&told["answers"][1], 200, &body(LARGE), "a large one");
}

/// As when a laptop leaves its cable for the air: what is under way goes on at another address (RFC 9000 section 9).
#[tokio::test]
async fn a_viewer_who_moves_goes_on() {
    /// `H3_REQUEST_REJECTED`: it may be asked again (RFC 9114 section 8.1).
    const REJECTED: u32 = 0x10b;
    let Some(client) = Aioquic::new("a_viewer_who_moves_goes_on").await else { return };
    // Another port is what address translators give; another address may be another site's, which is asked anew.
    for (to, goes_on) in [("127.0.0.1", true), ("127.0.0.2", false)] {
        let plan = json!({
            "requests": [{"path": LARGE}, {"path": segment(1)}],
            "move_after": 500_000,
            "move_to": to,
            "afterwards": [{"path": segment(2)}],
        });
        let told = client.run(plan).await;
        assert_is(&told["answers"][0], 200, &body(LARGE), to);
        assert_is(&told["answers"][1], 200, &body(&segment(1)), to);
        let addresses = told["addresses"].as_array().expect("a list");
        assert_eq!((addresses.len(), &addresses[1][0]), (2, &json!(to)));
        assert_ne!(addresses[0][1], addresses[1][1], "another port");
        let afterwards = &told["answers"][2];
        if goes_on {
            assert_is(afterwards, 200, &body(&segment(2)), to);
        } else {
            assert_eq!(
                (&afterwards["status"], &afterwards["reset"]),
                (&json!(0), &json!(REJECTED)),
                "{told}"
            );
        }
    }
}

/// Many who begin a handshake and are not heard of again may have lied about where they are: whoever comes then has to
/// show that they did not (Retry, RFC 9000 section 8.1.2), and is served.
#[tokio::test]
async fn among_many_half_handshakes_a_viewer_shows_an_address_first() {
    let test = "among_many_half_handshakes_a_viewer_shows_an_address_first";
    let Some(client) = Aioquic::new(test).await else { return };
    for (crowd, retries) in [(0, 0), (200, 1)] {
        let told = client.run(json!({"requests": [{"path": segment(1)}], "crowd": crowd})).await;
        assert_eq!(told["retries"], retries, "{crowd}: {told}");
        assert_is(&told["answers"][0], 200, &body(&segment(1)), "a small one");
    }
}

#[tokio::test]
async fn a_version_that_nobody_has_is_answered_with_one_that_there_is() {
    let test = "a_version_that_nobody_has_is_answered_with_one_that_there_is";
    let Some(client) = Aioquic::new(test).await else { return };
    let told = client.run(json!({"requests": [{"path": segment(1)}], "unknown_version_first": true})).await;
    assert_eq!((&told["negotiated"], &told["version"]), (&json!(true), &json!(VERSION_1)), "{told}");
    assert_is(&told["answers"][0], 200, &body(&segment(1)), "a small one");
}

#[tokio::test]
async fn what_is_urgent_comes_first() {
    let Some(client) = Aioquic::new("what_is_urgent_comes_first").await else { return };
    // Held by the edge, so that only its order counts.
    client.world.get(LARGE).await;
    client.world.get(&segment(1)).await;
    let large = json!({"path": LARGE, "fields": {"priority": "u=5"}});
    let urgent = json!({"path": segment(1), "fields": {"priority": "u=1"}});
    // Little may be under way, so that nothing is in the network already when the urgent one comes.
    let plan = json!({"requests": [large, large, urgent], "window": 32_768});
    let told = client.run(plan).await;
    assert_eq!(told["order"][0], 2, "the urgent one is whole first: {}", told["order"]);
    let plan = json!({"requests": [large, large, large], "reprioritise": [2, "u=0"], "window": 32_768});
    let told = client.run(plan).await;
    assert_eq!(told["order"][0], 2, "the one that became urgent is whole first: {}", told["order"]);
    for answer in told["answers"].as_array().expect("a list") {
        assert_is(answer, 200, &body(LARGE), "whatever the order");
    }
}

/// Whoever has seen enough of one cancels it; the others go on.
#[tokio::test]
async fn a_stream_that_is_cancelled_takes_nothing_from_the_others() {
    let test = "a_stream_that_is_cancelled_takes_nothing_from_the_others";
    let Some(client) = Aioquic::new(test).await else { return };
    let plan = json!({"requests": [{"path": LARGE}, {"path": LARGE}], "cancel_first_after": 200_000});
    let told = client.run(plan).await;
    assert_eq!(told["answers"][0]["whole"], false, "{told}");
    assert!(told["answers"][0]["reset"].is_u64(), "{told}");
    assert_is(&told["answers"][1], 200, &body(LARGE), "the other");
    assert_eq!(told["ended"], Value::Null);
}

/// A viewer who leaves with a word is gone at once.
#[tokio::test]
async fn whoever_leaves_is_not_counted_any_more() {
    let Some(client) = Aioquic::new("whoever_leaves_is_not_counted_any_more").await else { return };
    let told = client.run(json!({"requests": [{"path": segment(1)}]})).await;
    assert_is(&told["answers"][0], 200, &body(&segment(1)), "a small one");
    let gone = async { while client.world.metric("spokecast_connections ").await > 0.0 {} };
    crate::world::within("the connection to be gone", gone).await;
}
