//! A network of the benchmark's own, where the system lets us make one.
//!
//! Loopback as it is distorts: its MTU of 65,536 makes one segment of what are many on a real link, and a machine
//! whose congestion control is BBR paces loopback to a half. Changing either for the whole machine is not ours to
//! do, so the benchmark starts itself again in a network namespace: with nothing but a loopback of MTU 1500, cubic,
//! and every port free.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

const MTU: &str = "1500";
const CONGESTION: &str = "cubic";
const SETTINGS: [(&str, &str); 3] = [
    ("/proc/sys/net/ipv4/tcp_congestion_control", CONGESTION),
    ("/proc/sys/net/ipv4/ip_local_port_range", "10000 65000"),
    ("/proc/sys/net/core/somaxconn", "8192"),
];

/// The variable that tells this program that it is in its namespace already.
const MARK: &str = "SPOKECAST_BENCH_NAMESPACE";

/// The network that is measured in, in words, with what is wrong with it.
///
/// Where a namespace can be made, the first call does not return: this program starts again inside of it.
pub(crate) fn enter() -> Result<String> {
    if std::env::var_os(MARK).is_some() {
        return arrange();
    }
    let can = Command::new("unshare").args(["--net", "true"]).stderr(Stdio::null()).status();
    if can.is_ok_and(|status| status.success()) {
        let mut again = Command::new("unshare");
        again.args(["--net", "--"]).arg(std::env::current_exe()?).args(std::env::args_os().skip(1));
        let error = again.env(MARK, "1").exec();
        return Err(error).context("cannot start in a network namespace");
    }
    Ok(format!(
        "the machine's own loopback (no namespace without root): MTU {}, {}; ratios may differ from those on a real link",
        read("/sys/class/net/lo/mtu"),
        read(SETTINGS[0].0)
    ))
}

fn arrange() -> Result<String> {
    let status = Command::new("ip").args(["link", "set", "lo", "mtu", MTU, "up"]).status();
    if !status.context("cannot start ip (iproute2)")?.success() {
        bail!("ip could not bring loopback up in the namespace");
    }
    let mut faults = String::new();
    for (file, value) in SETTINGS {
        if let Err(error) = fs::write(file, value) {
            let _ = write!(faults, "; {file} could not be set: {error}");
        }
    }
    Ok(format!("namespace, loopback MTU {MTU}, {}{faults}", read(SETTINGS[0].0)))
}

fn read(file: &str) -> String {
    fs::read_to_string(file).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}
