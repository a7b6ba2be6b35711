//! A network of the test's own: namespaces with cables between them, routes, and NAT.
//!
//! A [`Place`] is a machine with one cable to the place above it. What stands above knows the way down to it and to the
//! network that it [carries](Place::carries), unless it hides that network behind its own address. So a table of
//! places is a tree of routers, as offices, data centres and the internet are one. A [`Line`] is a second cable.
//!
//! Invariants:
//! - Nothing leaves: no place has a way to the machine's own network.
//! - Names hold this process's id and a number, so tests that run at the same time do not meet.
//! - Namespaces go with the [`Network`], also in a panic. What a killed process left, the next one ends and removes.
//!
//! Deliberately absent: IPv6, delays and losses.

mod inside;

use std::fs;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use inside::{Running, exchange, host};

/// The name of the cable to the place above, as the place itself sees it.
const UP: &str = "uplink";

/// A machine: a host, or a router when others stand below it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// At most 15 letters: the cable has this name at its upper end.
    pub(crate) name: &'static str,
    pub(crate) address: [u8; 4],
    /// The place above; only the first one of a table has none.
    pub(crate) above: Option<&'static str>,
    /// The network below it.
    pub(crate) carries: Option<&'static str>,
    /// Whether what is below goes out under the place's own address.
    pub(crate) hides: bool,
}

/// A second cable, between two places that stand anywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// The two ends, each with the network to which the line leads from there.
    pub(crate) ends: [(&'static str, &'static str); 2],
}

/// Places that are there. They go when it is dropped.
#[derive(Debug)]
pub(crate) struct Network {
    /// What their names begin with.
    prefix: String,
    places: Vec<Place>,
}

impl Place {
    /// Below another one.
    pub(crate) const fn below(above: &'static str, name: &'static str, address: [u8; 4]) -> Self {
        Self { name, address, above: Some(above), carries: None, hides: false }
    }

    /// With a network that is known above.
    pub(crate) const fn carrying(self, network: &'static str) -> Self {
        Self { carries: Some(network), ..self }
    }

    /// With a network that is not known above: NAT.
    pub(crate) const fn hiding(self, network: &'static str) -> Self {
        Self { carries: Some(network), hides: true, ..self }
    }
}

impl Network {
    /// What the names of all our namespaces begin with; then follow process, number and place.
    pub(crate) const PREFIX: &str = "spokecast-test";

    /// Why networks cannot be made here, if so: that needs root's rights, `ip`, `nft`, and NAT in the system's core.
    pub(crate) fn obstacle() -> Option<String> {
        let router = Place { above: None, ..Place::below("", "router", [10, 0, 0, 1]) }.hiding("10.0.0.0/8");
        Self::try_to_lay(&[router], &[]).err()
    }

    /// Makes the places.
    pub(crate) fn lay(places: &[Place], lines: &[Line]) -> Self {
        Self::try_to_lay(places, lines).unwrap_or_else(|fault| panic!("the network cannot be made: {fault}"))
    }

    fn try_to_lay(places: &[Place], lines: &[Line]) -> Result<Self, String> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        remove_leftovers();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("{}-{}-{number}", Self::PREFIX, std::process::id());
        // From here on, what was made goes with `network`.
        let network = Self { prefix, places: places.to_vec() };
        let mut script = Script::default();
        for place in places {
            script.add(format!("netns add {}", network.namespace(place.name)));
        }
        script.run(&["-batch", "-"])?;
        network.connect(lines)?;
        for place in places {
            network.arrange(place, lines)?;
        }
        Ok(network)
    }

    /// The name of a place's namespace.
    pub(crate) fn namespace(&self, place: &str) -> String {
        format!("{}-{}", self.prefix, self.place(place).name)
    }

    fn place(&self, name: &str) -> &Place {
        let place = self.places.iter().find(|place| place.name == name);
        place.unwrap_or_else(|| panic!("no place is called {name}"))
    }

    fn cable(&self, [(one, seen_by_one), (other, seen_by_other)]: [(&str, &str); 2]) -> String {
        let (one, other) = (self.namespace(one), self.namespace(other));
        format!("link add {seen_by_one} netns {one} type veth peer name {seen_by_other} netns {other}")
    }

    fn connect(&self, lines: &[Line]) -> Result<(), String> {
        let mut script = Script::default();
        for place in &self.places {
            script.extend(place.above.map(|above| self.cable([(place.name, UP), (above, place.name)])));
        }
        for Line { ends: [(one, _), (other, _)] } in lines {
            script.add(self.cable([(one, other), (other, one)]));
        }
        script.run(&["-batch", "-"])
    }

    /// Cables have no networks of their own: each place has one address, and routes name the neighbour's.
    fn arrange(&self, place: &Place, lines: &[Line]) -> Result<(), String> {
        let mut script = Script::default();
        script.add("link set lo up".to_owned());
        script.add(format!("address add {}/32 dev lo", Ipv4Addr::from(place.address)));
        // What a router does not know below it must not go out above it.
        script.extend(place.carries.map(|network| format!("route add unreachable {network} metric 9999")));
        if let Some(above) = place.above {
            script.way("default", UP, self.place(above));
        }
        for below in self.places.iter().filter(|below| below.above == Some(place.name)) {
            script.way(&format!("{}/32", Ipv4Addr::from(below.address)), below.name, below);
            if let Some(network) = below.carries.filter(|_| !below.hides) {
                script.way(network, below.name, below);
            }
        }
        for Line { ends: [one, other] } in lines {
            for ((here, leads_to), (there, _)) in [(one, other), (other, one)] {
                if *here == place.name {
                    script.way(leads_to, there, self.place(there));
                }
            }
        }
        let namespace = self.namespace(place.name);
        script.run(&["-n", &namespace, "-batch", "-"])?;
        if place.carries.is_some() || place.above.is_none() {
            let forward = || fs::write("/proc/sys/net/ipv4/ip_forward", "1");
            self.in_thread(place.name, forward).map_err(|error| format!("no forwarding: {error}"))?;
        }
        if place.hides {
            let rule = format!("type nat hook postrouting priority 100; oifname \"{UP}\" masquerade;");
            let table = format!("table ip nat {{\nchain out {{ {rule} }}\n}}\n");
            run(Command::new("ip").args(["netns", "exec", &namespace, "nft", "-f", "-"]), &table)?;
        }
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for place in &self.places {
            remove(&self.namespace(place.name));
        }
    }
}

/// Lines for `ip -batch`.
#[derive(Default)]
struct Script {
    lines: Vec<String>,
}

impl Script {
    fn add(&mut self, line: String) {
        self.lines.push(line);
    }

    fn extend(&mut self, line: Option<String>) {
        self.lines.extend(line);
    }

    /// Brings a cable up, and leads a network over it to the neighbour at its end.
    fn way(&mut self, network: &str, cable: &str, neighbour: &Place) {
        self.add(format!("link set {cable} up"));
        let neighbour = Ipv4Addr::from(neighbour.address);
        self.add(format!("route replace {network} via {neighbour} dev {cable} onlink"));
    }

    fn run(&self, arguments: &[&str]) -> Result<(), String> {
        let lines = self.lines.join("\n") + "\n";
        run(Command::new("ip").args(arguments), &lines)
    }
}

/// Runs a program of the system to its end; or tells what it said.
fn run(command: &mut Command, input: &str) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |error: std::io::Error| format!("{name}: {error}");
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = piped.spawn().map_err(failed)?;
    // A program that ended before it read has said why.
    let _ended = child.stdin.take().expect("piped").write_all(input.as_bytes());
    let ended = child.wait_with_output().map_err(failed)?;
    let told = String::from_utf8_lossy(&ended.stderr);
    let first = told.lines().next().unwrap_or("failed without a word");
    if ended.status.success() { Ok(()) } else { Err(format!("{name}: {first}")) }
}

/// Removes one namespace, if it is there, and first ends what a killed test may have left running in it.
fn remove(namespace: &str) {
    let ip = |command: &str| Command::new("ip").args(["netns", command, namespace]).output();
    let running = ip("pids").map(|ended| String::from_utf8_lossy(&ended.stdout).into_owned());
    for id in running.unwrap_or_default().split_whitespace() {
        let _gone = Command::new("kill").args(["-s", "KILL", id]).output();
    }
    let _gone = ip("delete");
}

/// Removes the namespaces of processes that are no more.
fn remove_leftovers() {
    let Ok(folder) = fs::read_dir(inside::NAMESPACES) else { return };
    for name in folder.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
        let of =
            name.strip_prefix(Network::PREFIX).and_then(|rest| rest.strip_prefix('-')?.split('-').next());
        if of.is_some_and(|process| !fs::exists(format!("/proc/{process}")).unwrap_or(true)) {
            remove(&name);
        }
    }
}
