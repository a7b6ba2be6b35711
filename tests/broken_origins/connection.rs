//! Bytes that belong to no answer: after a whole one, or on a connection that nobody asks on.

use http::StatusCode;

use super::{RIGHT, Ward};
use crate::world::origin::ok;
use crate::world::{Gate, Step, World};

const POISON: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ncanary";

/// Every path has a body of its own, so that an answer to another request is seen.
fn own(target: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{target}", target.len())
}

async fn answers_are_their_own(world: &World, rounds: u32) {
    let viewer = world.viewer();
    for number in 0..rounds {
        let path = format!("/vod/a/{number}");
        let response = viewer.get(&path).await;
        // An origin that says more than it announced may cost an answer, never give a wrong one.
        let right = response.status == StatusCode::OK && response.text() == path;
        assert!(right || response.status == StatusCode::BAD_GATEWAY, "{path}: {response:?}");
        world.settle().await;
    }
    let stored = world.stored().await;
    for object in stored {
        let length = object["target"].as_str().map(str::len);
        assert_eq!(object["bytes"].as_u64(), length.map(|length| length as u64), "{object}");
    }
}

/// In the same packet as the answer, and later.
#[tokio::test]
async fn what_follows_a_whole_answer_is_not_the_next_one() {
    for garbage in [POISON, "garbage", "\r\n", "\0"] {
        let world =
            World::new(move |seen| vec![Step::Send(format!("{}{garbage}", own(&seen.target)).into_bytes())])
                .await;
        answers_are_their_own(&world, 20).await;
        let world = World::new(move |seen| {
            let later = Step::Send(garbage.into());
            vec![Step::Send(own(&seen.target).into_bytes()), later]
        })
        .await;
        answers_are_their_own(&world, 20).await;
    }
}

/// The same while nobody asks: the poison waits on an idle connection of the pool.
#[tokio::test]
async fn what_comes_on_an_idle_connection_is_not_the_next_answer() {
    for garbage in [POISON, "garbage", "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"] {
        let gate = Gate::new();
        let opened = gate.clone();
        let world = World::new(move |seen| {
            let answer = Step::Send(own(&seen.target).into_bytes());
            if seen.target == "/vod/a/first" {
                return vec![answer, Step::Wait(gate.clone()), Step::Send(garbage.into())];
            }
            vec![answer]
        })
        .await;
        assert_eq!(world.get("/vod/a/first").await.text(), "/vod/a/first");
        world.settle().await;
        opened.open();
        answers_are_their_own(&world, 5).await;
    }
}

/// No body may follow these, whatever their head says (RFC 9112 section 6.3).
#[tokio::test]
async fn a_body_where_none_may_be_is_not_the_next_answer() {
    for status in ["204 No Content", "304 Not Modified", "101 Switching Protocols"] {
        let world = World::new(move |seen| {
            if seen.target.ends_with("first") {
                let bytes = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{POISON}", POISON.len());
                return vec![Step::Send(bytes.into_bytes())];
            }
            vec![Step::Send(own(&seen.target).into_bytes())]
        })
        .await;
        for _ in 0..3 {
            let first = world.get("/vod/a/first").await;
            assert!(first.status != StatusCode::OK && !first.text().contains("canary"), "{first:?}");
            answers_are_their_own(&world, 3).await;
            world.hand.advance(std::time::Duration::from_secs(1000));
        }
    }
}

/// A reset at each place of an answer.
#[tokio::test]
async fn a_connection_that_is_reset_is_an_error_and_no_more() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234";
    for cut in [0, 1, 12, 17, 30, answer.len() - 5] {
        let fault = vec![Step::Send(answer[..cut].into()), Step::Reset];
        Ward::is_cut_off(fault).await;
    }
    Ward::is_cut_off(vec![Step::Send(answer.into()), Step::Reset]).await;
    assert_eq!(World::new(|_| ok(RIGHT, &[])).await.get("/a").await.text(), RIGHT);
}
