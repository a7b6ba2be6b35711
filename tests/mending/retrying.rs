//! A pooled connection that closes just when it is used is no fault: the question is put once more. On a connection
//! that is new it is one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use edge::config::PassedMethod;
use http::{Method, StatusCode};

use crate::world::origin::ok;
use crate::world::{Script, Seen, Step, World};

/// An origin that answers, but for the questions of which `fails` holds, counted from 0: there it does `how`.
async fn failing(how: fn() -> Script, fails: fn(usize) -> bool) -> World {
    let count = Arc::new(AtomicUsize::new(0));
    let script = move |_: &Seen| {
        if fails(count.fetch_add(1, Ordering::Relaxed)) { how() } else { ok("0123456789", &[]) }
    };
    World::with(script, |config| config.origin[0].methods = vec![PassedMethod::Post, PassedMethod::Put]).await
}

const CLOSINGS: [fn() -> Script; 2] = [|| vec![Step::Close], || vec![Step::Reset]];

#[tokio::test]
async fn a_question_on_a_pooled_connection_is_put_once_more() {
    for how in CLOSINGS {
        let world = failing(how, |count| count == 1).await;
        assert_eq!(world.get("/a.ts").await.text(), "0123456789");
        world.settle().await;
        let response = world.get("/b.ts").await;
        assert_eq!((response.status, response.text().as_str()), (StatusCode::OK, "0123456789"));
        assert_eq!((world.origin.count_of("/b.ts"), world.origin.connections()), (2, 2));
    }
}

#[tokio::test]
async fn only_once_more() {
    for how in CLOSINGS {
        let world = failing(how, |count| count >= 1).await;
        assert_eq!(world.get("/a.ts").await.text(), "0123456789");
        world.settle().await;
        assert_eq!(world.get("/b.ts").await.status, StatusCode::BAD_GATEWAY);
        assert_eq!((world.origin.count_of("/b.ts"), world.origin.connections()), (2, 2));
    }
}

#[tokio::test]
async fn a_fault_on_a_new_connection_is_the_origins() {
    for how in CLOSINGS {
        let world = failing(how, |count| count == 0).await;
        assert_eq!(world.get("/a.ts").await.status, StatusCode::BAD_GATEWAY);
        assert_eq!((world.origin.count(), world.origin.connections()), (1, 1));
    }
}

/// Something came: the connection was not closing.
#[tokio::test]
async fn an_answer_that_breaks_off_in_its_head_is_not_asked_for_again() {
    let world =
        failing(|| vec![Step::Send(b"HTTP/1.1 200 OK\r\nX: ".to_vec()), Step::Close], |count| count == 1)
            .await;
    assert_eq!(world.get("/a.ts").await.text(), "0123456789");
    world.settle().await;
    let response = world.get("/b.ts").await;
    // The edge cannot tell, and may ask again: but never twice.
    assert!(world.origin.count_of("/b.ts") <= 2, "{}", response.status);
}

/// Nobody knows whether it was done.
#[tokio::test]
async fn what_does_something_each_time_is_never_repeated() {
    for how in CLOSINGS {
        let world = failing(how, |count| count == 1).await;
        assert_eq!(world.get("/a.ts").await.text(), "0123456789");
        world.settle().await;
        let response = world.viewer().request(Method::POST, "/b.ts", &[]).await;
        assert_eq!(response.status, StatusCode::BAD_GATEWAY);
        assert_eq!((world.origin.count_of("/b.ts"), world.origin.connections()), (1, 1), "POST");
    }
    // What can be done twice is.
    let world = failing(|| vec![Step::Close], |count| count == 1).await;
    assert_eq!(world.get("/a.ts").await.text(), "0123456789");
    world.settle().await;
    assert_eq!(world.viewer().request(Method::PUT, "/b.ts", &[]).await.status, StatusCode::OK);
    assert_eq!(world.origin.count_of("/b.ts"), 2);
}
