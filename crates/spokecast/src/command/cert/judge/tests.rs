//! Chains that are whole, and chains that are not.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::*;

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn parameters(name: &str, is_ca: bool) -> CertificateParams {
    let names = if is_ca { Vec::new() } else { vec![name.to_owned()] };
    let mut parameters = CertificateParams::new(names).unwrap();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.not_before = rcgen::date_time_ymd(2026, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2026, 4, 1);
    if is_ca {
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    parameters
}

fn root(name: &str) -> Issuer {
    CertifiedIssuer::self_signed(parameters(name, true), KeyPair::generate().unwrap()).unwrap()
}

fn between(root: &Issuer) -> Issuer {
    CertifiedIssuer::signed_by(parameters("between", true), KeyPair::generate().unwrap(), root).unwrap()
}

fn leaf(issuer: &Issuer) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    parameters("edge.example", false).signed_by(&key, issuer).unwrap().der().clone()
}

fn at(text: &str) -> SystemTime {
    humantime::parse_rfc3339(text).unwrap()
}

fn judged(trusted: Option<&Issuer>, chain: &[CertificateDer<'static>]) -> Chain {
    let mut roots = RootCertStore::empty();
    if let Some(trusted) = trusted {
        roots.add(trusted.der().clone()).unwrap();
    }
    let facts: Vec<_> = chain.iter().map(|one| Facts::read(one).unwrap()).collect();
    // Long over: what a chain is has nothing to do with time.
    let now = at("2030-01-01T00:00:00Z");
    Authorities { roots: Arc::new(roots), whose: "nobody".into() }.judge(chain, &facts, now)
}

#[test]
fn a_chain_leads_to_a_root_or_is_missing_one() {
    let (root, other) = (root("root"), root("other"));
    let between = between(&root);
    let leaf = leaf(&between);
    let whole = [leaf.clone(), between.der().clone()];
    assert_eq!(judged(Some(&root), &whole), Chain::Trusted);
    let with_root = [&whole[..], &[root.der().clone()]].concat();
    assert_eq!(judged(Some(&other), &with_root), Chain::OwnRoot);
    assert_eq!(judged(None, &with_root), Chain::OwnRoot);
    let Chain::Incomplete { missing } = judged(Some(&other), &whole) else { panic!("whose root is it?") };
    assert!(missing.contains("root"), "{missing}");
    assert!(
        matches!(judged(Some(&root), &whole[..1]), Chain::Incomplete { missing } if missing.contains("between"))
    );
    let crossed = [leaf, other.der().clone()];
    assert_eq!(judged(Some(&root), &crossed), Chain::Broken { at: 1 });
    let Chain::Broken { .. } = judged(None, &crossed) else { panic!("nobody vouches") };
}

#[test]
fn days_and_faults_follow_the_time() {
    let facts = Facts::read(&leaf(&root("root"))).unwrap();
    let soon = Duration::from_hours(72);
    for (now, days, fault) in [
        ("2025-12-31T23:59:59Z", 90, Some("does not hold yet")),
        ("2026-01-01T00:00:00Z", 90, None),
        ("2026-03-28T23:59:59Z", 3, None),
        ("2026-03-29T00:00:00Z", 3, Some("is about to end")),
        ("2026-03-31T12:00:00Z", 0, Some("is about to end")),
        ("2026-04-01T00:00:01Z", -1, Some("has ended")),
        ("2026-04-03T00:00:00Z", -3, Some("has ended")),
    ] {
        let now = at(now);
        assert_eq!((facts.days_left(now), time_fault(&facts, soon, now)), (days, fault), "{now:?}");
    }
}
