//! One order, from the account to the certificate (RFC 8555 section 7.4).

use std::sync::Arc;
use std::time::Duration;

use instant_acme::{
    AccountBuilder, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder,
    Order, OrderStatus, Problem, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use zeroize::Zeroizing;

use super::Acme;
use super::answers::{AnswerError, Answers};
use super::certificate::{Acquired, CertificateError};
use super::client::Client;
use super::said::said;
use super::store::{Account, StoreError};
use crate::config::Challenge;

/// Time for the authority to look, and once more to sign. It says itself when to ask, or is asked ever less often.
const PATIENCE: RetryPolicy = RetryPolicy::new().timeout(Duration::from_mins(5));

/// Why there is no certificate.
#[derive(Debug)]
pub(super) struct Failure {
    /// In one line.
    pub(super) reason: String,
    /// How long the authority does not want to be asked.
    pub(super) asked: Option<Duration>,
}

#[derive(Debug, thiserror::Error)]
enum OrderError {
    #[error(transparent)]
    Acme(#[from] instant_acme::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("no request can be made: {0}")]
    Request(#[from] rcgen::Error),
    #[error("the authority does not offer {0} for {1}")]
    NotOffered(&'static str, String),
    #[error("the authority asks for more than the names of the order")]
    TooMuch,
    /// What became of each name.
    #[error("the authority did not find that the names are ours: {0}")]
    Invalid(String),
    #[error("the work broke off")]
    Ended,
}

/// Gets a certificate. What is shown meanwhile is for the caller to clear, however this ends.
pub(super) async fn run(acme: &Arc<Acme>, answers: &Answers) -> Result<Acquired, Failure> {
    get(acme, answers).await.map_err(|error| {
        // Another fault than one of asking has nothing to do with what the last answer asked for.
        let asked = matches!(error, OrderError::Acme(_)).then(|| acme.client.last().retry_after).flatten();
        Failure { reason: said(&reason(&error, &acme.client)), asked }
    })
}

async fn get(acme: &Arc<Acme>, answers: &Answers) -> Result<Acquired, OrderError> {
    let names: Vec<_> = acme.names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = match begin(acme, &names).await {
        Err(OrderError::Acme(instant_acme::Error::Api(problem))) if is_about_account(&problem) => {
            tracing::warn!(directory = acme.directory, "the authority does not know the account any more");
            new_account(acme).await?.new_order(&NewOrder::new(&names)).await?
        }
        begun => begun?,
    };
    if order.state().authorizations.len() > names.len() {
        return Err(OrderError::TooMuch);
    }
    if order.state().status == OrderStatus::Pending {
        show(acme, answers, &mut order).await?;
        let ready = order.poll_ready(&PATIENCE).await;
        if !matches!(ready, Ok(OrderStatus::Ready)) {
            return Err(not_ready(ready, &mut order).await);
        }
    }
    let (key, request) = request(&acme.names)?;
    order.finalize_csr(&request).await?;
    let chain = order.poll_certificate(&PATIENCE).await?;
    let acme = Arc::clone(acme);
    blocking(move || Ok(Acquired::keep(&acme.folder, &acme.directory, &acme.names, &key, &chain)?)).await
}

/// By the account that is kept, if there is one.
async fn begin(acme: &Arc<Acme>, names: &[Identifier]) -> Result<Order, OrderError> {
    Ok(account(acme).await?.new_order(&NewOrder::new(names)).await?)
}

fn is_about_account(problem: &Problem) -> bool {
    problem.r#type.as_deref() == Some("urn:ietf:params:acme:error:accountDoesNotExist")
}

/// The account that is kept, or a new one that is kept from now on.
async fn account(acme: &Arc<Acme>) -> Result<instant_acme::Account, OrderError> {
    let kept = {
        let acme = Arc::clone(acme);
        blocking(move || Ok(Account::load(&acme.folder)?)).await?
    };
    let Some(kept) = kept.filter(|kept| kept.directory == acme.directory) else {
        return new_account(acme).await;
    };
    let is_told = kept.contact == acme.config.contact;
    let account = builder(acme).from_credentials(kept.credentials).await?;
    if !is_told {
        account.update_contacts(&contact(acme)).await?;
        let acme = Arc::clone(acme);
        // Credentials go into an account and do not come back: those of the file are read again.
        blocking(move || {
            let kept = Account::load(&acme.folder)?;
            let told = kept.map(|kept| Account { contact: acme.config.contact.clone(), ..kept });
            Ok(told.map_or(Ok(()), |told| told.save(&acme.folder))?)
        })
        .await?;
    }
    Ok(account)
}

/// An account that takes the place of any that was kept.
async fn new_account(acme: &Arc<Acme>) -> Result<instant_acme::Account, OrderError> {
    let contact = contact(acme);
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) = builder(acme).create(&new, acme.directory.clone(), None).await?;
    tracing::info!(directory = acme.directory, "an account was made");
    let acme = Arc::clone(acme);
    blocking(move || Ok(kept(&acme, credentials).save(&acme.folder)?)).await?;
    Ok(account)
}

fn builder(acme: &Acme) -> AccountBuilder {
    instant_acme::Account::builder_with_http(Box::new(acme.client.clone()))
}

fn contact(acme: &Acme) -> Vec<&str> {
    acme.config.contact.iter().map(String::as_str).collect()
}

fn kept(acme: &Acme, credentials: AccountCredentials) -> Account {
    Account { directory: acme.directory.clone(), contact: acme.config.contact.clone(), credentials }
}

/// Shows for each name that it is ours, and lets the authority look.
async fn show(acme: &Acme, answers: &Answers, order: &mut Order) -> Result<(), OrderError> {
    let (challenge, kind) = match acme.config.challenge {
        Challenge::Http01 => (ChallengeType::Http01, "http-01"),
        Challenge::TlsAlpn01 => (ChallengeType::TlsAlpn01, "tls-alpn-01"),
        Challenge::Dns01 => (ChallengeType::Dns01, "dns-01"),
    };
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let Identifier::Dns(name) = authorization.identifier().identifier.clone() else {
            return Err(OrderError::TooMuch);
        };
        // The authority leaves `*.` out, and says no other name than one of the order.
        if !acme.names.iter().any(|known| known.strip_prefix("*.").unwrap_or(known) == name) {
            return Err(OrderError::TooMuch);
        }
        let Some(mut handle) = authorization.challenge(challenge.clone()) else {
            return Err(OrderError::NotOffered(kind, name));
        };
        answers.show(acme.config.challenge, &name, &handle.token, &handle.key_authorization()).await?;
        handle.set_ready().await?;
    }
    Ok(())
}

/// Why the order is not ready. What the authority saw stands in the authorizations.
async fn not_ready(ready: Result<OrderStatus, instant_acme::Error>, order: &mut Order) -> OrderError {
    let mut seen = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        // Where it cannot be asked for, the rest is enough.
        let Ok(state) = authorization.refresh().await else { break };
        let problems = state.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        seen.extend(problems.map(|problem| format!("{}: {}", state.identifier(), in_words(problem))));
    }
    match ready {
        _ if !seen.is_empty() => OrderError::Invalid(seen.join("; ")),
        Err(error) => error.into(),
        Ok(_) => OrderError::Invalid("it does not say why".into()),
    }
}

/// A key that nobody else has had, in PEM, and the request for its certificate.
fn request(names: &[String]) -> Result<(Zeroizing<String>, Vec<u8>), OrderError> {
    let key = KeyPair::generate()?;
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = DistinguishedName::new();
    let request = parameters.serialize_request(&key)?;
    Ok((Zeroizing::new(key.serialize_pem()), request.der().to_vec()))
}

fn reason(error: &OrderError, client: &Client) -> String {
    match (error, client.last().error) {
        (OrderError::Acme(instant_acme::Error::Api(problem)), _) => {
            format!("the authority says: {}", in_words(problem))
        }
        // What reads documents says of an answer that is none no more than where it ends.
        (OrderError::Acme(instant_acme::Error::Json(_)), Some(status)) => {
            format!("the authority answers with status {}, and without a word about it", status.as_u16())
        }
        (OrderError::Acme(instant_acme::Error::Json(_)), None) => {
            "the authority's answer is no document of ACME".into()
        }
        (OrderError::Acme(instant_acme::Error::Timeout(_)), _) => {
            "the authority did not come to an end in time".into()
        }
        (error, _) => error.to_string(),
    }
}

/// A problem as the authority tells it (RFC 7807).
fn in_words(problem: &Problem) -> String {
    let kind = problem.r#type.as_deref().unwrap_or("no kind");
    let kind = kind.strip_prefix("urn:ietf:params:acme:error:").unwrap_or(kind);
    let detail = problem.detail.as_deref().unwrap_or("no details");
    let parts: Vec<_> = problem.subproblems.iter().map(ToString::to_string).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join("; ")) };
    format!("{detail} ({kind}){parts}")
}

/// Does what waits for the disk off the threads that serve.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OrderError> + Send + 'static,
) -> Result<T, OrderError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(OrderError::Ended))
}
