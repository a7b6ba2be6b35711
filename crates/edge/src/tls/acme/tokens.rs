//! `/.well-known/acme-challenge/<token>`: what shows an authority over HTTP that a name is ours (RFC 8555 section 8.3).
//!
//! Everybody may ask, for an authority asks from wherever it likes: what is answered is a token that it gave us and the
//! thumbprint of a public key. A token that is not ours is a path like any other: who asks has to be served here, and the
//! origin answers, which may have challenges of its own. So nothing changes for anybody but while an order is under way.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderValue, Method, Response};

use crate::body::Body;

/// What paths begin with that an authority asks for.
const PATH: &str = "/.well-known/acme-challenge/";

/// More tokens than an order has names never are there.
const MOST: usize = 128;

/// The tokens of the order that is under way.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<Vec<Token>>);

#[derive(Debug)]
struct Token {
    token: String,
    /// What is answered: token and thumbprint.
    authorization: String,
}

impl Tokens {
    /// Answers a GET or HEAD for a token that is ours; `None` for everything else.
    pub(crate) fn answer(&self, request: &Parts) -> Option<Response<Body>> {
        if request.method != Method::GET && request.method != Method::HEAD || request.uri.query().is_some() {
            return None;
        }
        let token = request.uri.path().strip_prefix(PATH)?;
        let authorization = self.all().iter().find(|known| known.token == token)?.authorization.clone();
        let body = if request.method == Method::HEAD { Body::empty() } else { Body::fixed(authorization) };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Some(response)
    }

    /// Whether [`Self::answer`] may answer a request for this target, which is a path and perhaps a query.
    pub(crate) fn may_answer(&self, target: &str) -> bool {
        // Most requests are for media, whose paths do not begin like this.
        target.as_bytes().get(1) == Some(&b'.') && target.starts_with(PATH) && !self.all().is_empty()
    }

    /// Answers with `authorization` for `token` from now on; no when there are too many.
    pub(super) fn set(&self, token: &str, authorization: &str) -> bool {
        let mut all = self.all();
        if all.len() >= MOST {
            return false;
        }
        all.push(Token { token: token.into(), authorization: authorization.into() });
        true
    }

    /// Nothing is answered for `token` any more.
    pub(super) fn remove(&self, token: &str) {
        self.all().retain(|known| known.token != token);
    }

    fn all(&self) -> MutexGuard<'_, Vec<Token>> {
        // Each change is one step: there is no half of it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn asked(tokens: &Tokens, method: Method, target: &str) -> Option<Response<Body>> {
        let request = Request::builder().method(method).uri(target).body(()).unwrap();
        tokens.answer(&request.into_parts().0)
    }

    #[test]
    fn only_a_token_that_is_ours_is_answered_and_only_while_it_is() {
        let tokens = Tokens::default();
        let target = format!("{PATH}abc");
        assert!(!tokens.may_answer(&target));
        assert!(tokens.set("abc", "abc.thumb"));
        assert!(tokens.may_answer(&target));
        assert!(asked(&tokens, Method::GET, &target).is_some());
        assert!(asked(&tokens, Method::HEAD, &target).is_some());
        assert!(asked(&tokens, Method::POST, &target).is_none());
        for other in ["/.well-known/acme-challenge/", "/.well-known/acme-challenge/ab", "/abc", "/"] {
            assert!(asked(&tokens, Method::GET, other).is_none(), "{other}");
        }
        assert!(asked(&tokens, Method::GET, &format!("{target}/")).is_none());
        assert!(asked(&tokens, Method::GET, &format!("{target}?a")).is_none());
        tokens.remove("abc");
        assert!(asked(&tokens, Method::GET, &target).is_none());
        assert!(!tokens.may_answer(&target));
    }

    #[test]
    fn there_is_a_bound_on_tokens() {
        let tokens = Tokens::default();
        assert!((0..MOST).all(|number| tokens.set(&number.to_string(), "")));
        assert!(!tokens.set("one more", ""));
    }
}
