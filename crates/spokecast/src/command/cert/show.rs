//! `spokecast cert show`.

use std::fmt::{self, Write as _};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context as _;
use edge::Clock;
use edge::tls::facts::Facts;
use edge::tls::{read_chain, read_pair};
use humantime::format_rfc3339_seconds;
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};

use super::judge::{Authorities, Chain, time_fault};
use super::served;
use crate::arguments::ShowArguments;
use crate::command::runtime;
use crate::output::print;

pub(super) fn run(arguments: &ShowArguments) -> anyhow::Result<ExitCode> {
    let now = Clock::system().wall();
    let authorities = Authorities::load(arguments.ca_file.as_deref())?;
    let mut shown = Vec::new();
    if let Some(place) = &arguments.connect {
        let served = runtime()?.block_on(served::ask(place, arguments.name.as_deref()))?;
        let mut one = Shown::new(place.clone(), &served.chain, &authorities, arguments, now)?;
        if !one.facts.is_for(&served.name) {
            one.faults.push(format!("is not for `{}`", served.name));
        }
        one.protocol = Some(served.protocol);
        shown.push(one);
    }
    for file in &arguments.files {
        let mut one =
            Shown::new(file.display().to_string(), &read_chain(file)?, &authorities, arguments, now)?;
        if let Some(key) = &arguments.key {
            let pair = read_pair(file, key);
            one.key_fits = Some(pair.is_ok());
            one.faults.extend(pair.err().map(|error| error.to_string()));
        }
        shown.push(one);
    }
    if arguments.json {
        let each: Vec<_> = shown.iter().map(Shown::json).collect();
        print(format_args!("{:#}", json!({ "certificates": each })))?;
    } else {
        let each: Vec<_> = shown.iter().map(ToString::to_string).collect();
        print(each.join("\n\n"))?;
    }
    let is_good = shown.iter().all(|one| one.faults.is_empty());
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is said of one certificate.
struct Shown {
    source: String,
    facts: Facts,
    /// How many certificates stand there.
    count: usize,
    chain: Chain,
    /// Who trusts the authorities.
    whose: String,
    days_left: i64,
    protocol: Option<String>,
    key_fits: Option<bool>,
    faults: Vec<String>,
}

impl Shown {
    fn new(
        source: String,
        chain: &[CertificateDer<'static>],
        authorities: &Authorities,
        arguments: &ShowArguments,
        now: SystemTime,
    ) -> anyhow::Result<Self> {
        let facts = chain.iter().map(|one| Facts::read(one)).collect::<Result<Vec<_>, _>>();
        let all = facts.with_context(|| source.clone())?;
        let facts = all.first().cloned().with_context(|| format!("{source}: shows no certificate"))?;
        let warn_before = arguments.warn_before.get();
        let mut faults: Vec<_> = time_fault(&facts, warn_before, now).map(String::from).into_iter().collect();
        let judged = authorities.judge(chain, &all, now);
        if let Chain::Broken { .. } = judged {
            faults.push(judged.describe(authorities.whose()));
        }
        Ok(Self {
            source,
            days_left: facts.days_left(now),
            facts,
            count: all.len(),
            chain: judged,
            whose: authorities.whose().into(),
            protocol: None,
            key_fits: None,
            faults,
        })
    }

    fn json(&self) -> Value {
        let facts = &self.facts;
        json!({
            "source": self.source,
            "names": facts.names,
            "subject": facts.subject,
            "issuer": facts.issuer,
            "not_before": format_rfc3339_seconds(facts.not_before).to_string(),
            "not_after": format_rfc3339_seconds(facts.not_after).to_string(),
            "days_left": self.days_left,
            "key": facts.key_kind,
            "sha256": facts.fingerprint,
            "chain": {
                "certificates": self.count,
                "complete": self.chain.is_complete(),
                "trusted": self.chain == Chain::Trusted,
            },
            "protocol": self.protocol,
            "key_fits": self.key_fits,
            "faults": self.faults,
        })
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = &self.facts;
        let names = if facts.names.is_empty() { "none".into() } else { facts.names.join(", ") };
        writeln!(f, "{}", self.source)?;
        writeln!(f, "  names    {names}")?;
        writeln!(f, "  subject  {}", facts.subject)?;
        writeln!(f, "  issuer   {}", facts.issuer)?;
        writeln!(f, "  from     {}", format_rfc3339_seconds(facts.not_before))?;
        writeln!(f, "  until    {}, {}", format_rfc3339_seconds(facts.not_after), Days(self.days_left))?;
        writeln!(
            f,
            "  key      {}{}",
            facts.key_kind,
            match self.key_fits {
                Some(true) => "; the key file belongs to it",
                Some(false) | None => "",
            }
        )?;
        writeln!(f, "  sha256   {}", facts.fingerprint)?;
        if let Some(protocol) = &self.protocol {
            writeln!(f, "  over     {protocol}")?;
        }
        write!(f, "  chain    {} of {}", self.chain.describe(&self.whose), Certificates(self.count))?;
        for fault in &self.faults {
            f.write_char('\n')?;
            write!(f, "  FAULT    {fault}")?;
        }
        Ok(())
    }
}

/// Days in words.
struct Days(i64);

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 day left"),
            days if days >= 0 => write!(f, "{days} days left"),
            days => write!(f, "over since {} days", -days - 1),
        }
    }
}

/// How many, in words.
struct Certificates(usize);

impl fmt::Display for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 1 { f.write_str("1 certificate") } else { write!(f, "{} certificates", self.0) }
    }
}
