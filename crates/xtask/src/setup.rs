//! Installing what a command needs and does not find.
//!
//! Each command names its [`Need`]s. What is there is left alone, whoever installed it; what is missing is
//! installed by its ordinary client, shown first. Running it again changes nothing.
//!
//! Deliberately absent: upgrades, and anything that asks a question.

mod aioquic;
mod debian;
mod node;
mod program;
mod rust;
mod version;

use anyhow::{Result, bail};

pub(crate) use aioquic::aioquic;
pub(crate) use node::npm_packages;
pub(crate) use program::chromium;

use crate::step;

/// Something that a command cannot work without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// `ffmpeg`, which makes the sample streams.
    Ffmpeg,
    /// Chromium, which plays them in tests.
    Chromium,
    /// Node.js and npm, which build the browser code.
    Node,
    /// nginx, which the benchmarks compare with.
    Nginx,
    /// Varnish, likewise.
    Varnish,
    /// hitch, which does TLS for Varnish.
    Hitch,
    /// Caddy, which the benchmarks compare with over HTTP/3.
    Caddy,
    /// curl, one of the clients that are not ours.
    Curl,
    /// OpenSSL's program, which speaks TLS by hand and makes certificates.
    Openssl,
    /// `h2load`, which asks over HTTP/2.
    H2load,
    /// Python with the means to make environments of its own.
    Python,
    /// `ip`, which makes the benchmarks' network.
    Iproute,
    /// `ip` and `nft`, with which tests make networks of their own.
    Namespaces,
    /// An authority for tests, from which the edge gets certificates.
    Pebble,
    /// Counts the instructions of the hot path.
    Valgrind,
    /// A C compiler and make, which build what the edge stands on: cryptography and the allocator.
    CBuild,
    /// A C++ compiler, for the fuzzing engine.
    CppCompiler,
    /// The formatter of the Rust toolchain.
    Rustfmt,
    /// The linter of the Rust toolchain.
    Clippy,
    /// Checks licences, bans, sources and advisories.
    CargoDeny,
    /// A nightly Rust toolchain, which fuzzing needs.
    Nightly,
    /// Builds and runs fuzz targets.
    CargoFuzz,
}

impl Need {
    /// The Debian packages that bring it; none if it is not Debian's to bring.
    fn debian_packages(self) -> &'static [&'static str] {
        match self {
            Need::Ffmpeg => &["ffmpeg"],
            Need::Chromium => &["chromium"],
            Need::Node => &["nodejs", "npm"],
            Need::Nginx => &["nginx"],
            Need::Varnish => &["varnish"],
            Need::Hitch => &["hitch"],
            Need::Caddy => &["caddy"],
            Need::Curl => &["curl"],
            Need::Openssl => &["openssl"],
            Need::H2load => &["nghttp2-client"],
            Need::Python => &["python3", "python3-venv"],
            Need::Iproute => &["iproute2"],
            Need::Namespaces => &["iproute2", "nftables"],
            Need::Pebble => &["pebble"],
            Need::Valgrind => &["valgrind"],
            Need::CBuild => &["gcc", "make"],
            Need::CppCompiler => &["g++"],
            Need::Rustfmt | Need::Clippy | Need::CargoDeny | Need::Nightly | Need::CargoFuzz => &[],
        }
    }

    fn is_met(self) -> bool {
        match self {
            Need::Ffmpeg => program::find("ffmpeg").is_some(),
            Need::Chromium => chromium().is_ok(),
            Need::Node => node::is_usable(),
            Need::Nginx => program::find("nginx").is_some(),
            Need::Varnish => program::find("varnishd").is_some(),
            Need::Hitch => program::find("hitch").is_some(),
            Need::Caddy => program::find("caddy").is_some(),
            Need::Curl => program::find("curl").is_some(),
            Need::Openssl => program::find("openssl").is_some(),
            Need::H2load => program::find("h2load").is_some(),
            Need::Python => step::probe("python3", ["-c", "import ensurepip, venv"]).is_some(),
            Need::Iproute => program::find("ip").is_some(),
            // Whoever may not make networks has no use for the programs, and the tests that need them say so.
            Need::Namespaces => {
                let has_programs = ["ip", "nft"].into_iter().all(|name| program::find(name).is_some());
                has_programs || !cfg!(target_os = "linux") || !debian::is_root()
            }
            Need::Pebble => program::find("pebble").is_some(),
            Need::Valgrind => program::find("valgrind").is_some(),
            Need::CBuild => program::find("cc").is_some() && program::find("make").is_some(),
            Need::CppCompiler => program::find("c++").is_some(),
            Need::Rustfmt => rust::has_component("fmt"),
            Need::Clippy => rust::has_component("clippy"),
            Need::CargoDeny => rust::CARGO_DENY.is_installed(),
            Need::Nightly => rust::has_nightly(),
            Need::CargoFuzz => rust::CARGO_FUZZ.is_installed(),
        }
    }

    /// Installs what is not Debian's to bring, or checks what Debian brought.
    fn install(self) -> Result<()> {
        match self {
            Need::Ffmpeg
            | Need::Chromium
            | Need::Nginx
            | Need::Varnish
            | Need::Hitch
            | Need::Caddy
            | Need::Curl
            | Need::Openssl
            | Need::H2load
            | Need::Python
            | Need::Iproute
            | Need::Namespaces
            | Need::Pebble
            | Need::Valgrind
            | Need::CBuild
            | Need::CppCompiler => Ok(()),
            Need::Node => node::require_usable(),
            Need::Rustfmt => rust::add_component("rustfmt"),
            Need::Clippy => rust::add_component("clippy"),
            Need::CargoDeny => rust::CARGO_DENY.install(),
            Need::Nightly => rust::add_nightly(),
            Need::CargoFuzz => rust::CARGO_FUZZ.install(),
        }
    }
}

/// The needs that are not met, in order and without repeats.
pub(crate) fn missing(needs: &[Need]) -> Vec<Need> {
    let mut missing = Vec::new();
    for need in needs {
        if !missing.contains(need) && !need.is_met() {
            missing.push(*need);
        }
    }
    missing
}

/// Installs what is missing: Debian packages all at once, then the rest one by one.
pub(crate) fn ensure(needs: &[Need]) -> Result<()> {
    let missing = missing(needs);
    debian::install(&packages(&missing))?;
    missing.iter().try_for_each(|need| need.install())?;
    match missing.iter().find(|need| !need.is_met()) {
        Some(need) => bail!("{need:?} is still missing after its installation; is its folder on PATH?"),
        None => Ok(()),
    }
}

fn packages(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().flat_map(|need| need.debian_packages()).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_those_of_the_missing_needs_alone() {
        assert_eq!(packages(&[Need::Node, Need::Clippy, Need::Ffmpeg]), ["nodejs", "npm", "ffmpeg"]);
        assert!(packages(&[Need::CargoDeny, Need::Nightly]).is_empty());
    }
}
