//! Against an oracle that keeps a list, and in floods.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::clock::Clock;

const MOST_CONNECTIONS: usize = 3;
const MOST_REQUESTS: u32 = 4;

/// Some of them are one address, written in other ways, or one network.
const ADDRESSES: [&str; 7] = [
    "192.0.2.1",
    "192.0.2.2",
    "::ffff:192.0.2.1",
    "2001:db8::1",
    "2001:db8::ffff:1",
    "2001:db8:0:1::1",
    "::c000:201",
];

fn address(index: usize) -> IpAddr {
    ADDRESSES[index % ADDRESSES.len()].parse().unwrap()
}

/// How people would write down what is counted as one.
fn name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => format!("{:?}", &address.segments()[..4]),
        },
    }
}

/// How many addresses are remembered.
fn remembered(addresses: &Addresses) -> usize {
    addresses.shards.iter().map(|shard| shard.lock().unwrap().len()).sum()
}

/// Connections, and the requests of the second that began then.
#[derive(Debug, Default)]
struct Entry {
    connections: usize,
    requests: Option<(u64, u32)>,
}

impl Entry {
    fn admits(&mut self, now_ms: u64) -> bool {
        match &mut self.requests {
            Some((start, count)) if now_ms < *start + 1000 => {
                *count += 1;
                *count <= MOST_REQUESTS
            }
            _ => {
                self.requests = Some((now_ms, 1));
                true
            }
        }
    }

    fn counts(&self, now_ms: u64) -> bool {
        self.connections > 0 || self.requests.is_some_and(|(start, _)| now_ms < start + 1000)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Enter(usize),
    Leave(usize),
    Ask(usize),
    Wait(u64),
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..ADDRESSES.len()).prop_map(Step::Enter),
        2 => (0..16_usize).prop_map(Step::Leave),
        8 => (0..16_usize).prop_map(Step::Ask),
        2 => (0..700_u64).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ]
}

proptest! {
    #[test]
    fn it_agrees_with_a_list(steps in prop::collection::vec(step(), 0..300)) {
        let began = Clock::system().now();
        let (addresses, mut now_ms) = (Addresses::new(began), 0);
        let mut list: HashMap<String, Entry> = HashMap::new();
        let mut open: Vec<(String, Visit)> = Vec::new();
        for step in steps {
            let now = began + Duration::from_millis(now_ms);
            match step {
                Step::Enter(index) => {
                    let address = address(index);
                    let entry = list.entry(name(address)).or_default();
                    let visit = addresses.enter(address, now, MOST_CONNECTIONS);
                    prop_assert_eq!(visit.is_some(), entry.connections < MOST_CONNECTIONS);
                    entry.connections += usize::from(visit.is_some());
                    open.extend(visit.map(|visit| (name(address), visit)));
                }
                Step::Leave(index) if index < open.len() => {
                    let (name, _visit) = open.swap_remove(index);
                    list.get_mut(&name).unwrap().connections -= 1;
                }
                Step::Ask(index) if index < open.len() => {
                    let (name, visit) = &open[index];
                    let expected = list.get_mut(name).unwrap().admits(now_ms);
                    prop_assert_eq!(visit.admits(now, MOST_REQUESTS), expected);
                }
                Step::Leave(_) | Step::Ask(_) => {}
                Step::Wait(ms) => now_ms += ms,
                Step::Sweep => {
                    addresses.sweep(now);
                    list.retain(|_, entry| entry.counts(now_ms));
                    prop_assert_eq!(remembered(&addresses), list.len());
                }
            }
        }
        drop(open);
        addresses.sweep(began + Duration::from_millis(now_ms + 1000));
        prop_assert_eq!(remembered(&addresses), 0, "nothing is left of anybody");
    }
}

/// More addresses than there are places to remember them, each with one request.
#[test]
fn a_flood_of_addresses_finds_a_bounded_table_and_moves_nobody_who_is_there() {
    let began = Clock::system().now();
    let addresses = Addresses::new(began);
    let (resident, flood) = (address(0), SHARDS * IDLE_PER_SHARD * 2);
    let visit = addresses.enter(resident, began, 1).unwrap();
    assert!(visit.admits(began, 1));
    for index in 0..flood {
        let network = u128::try_from(index).unwrap() << 64;
        let passing = addresses.enter(IpAddr::V6(Ipv6Addr::from_bits(network)), began, 1).unwrap();
        assert!(passing.admits(began, 1));
    }
    assert!(remembered(&addresses) <= SHARDS * IDLE_PER_SHARD);
    assert!(addresses.enter(resident, began, 1).is_none(), "its connection still counts");
    assert!(!visit.admits(began, 1), "and so do its requests");
}

#[test]
fn requests_from_many_threads_are_counted_once_each() {
    let began = Clock::system().now();
    let addresses = Addresses::new(began);
    let admitted: usize = std::thread::scope(|scope| {
        let asking = || {
            let visit = addresses.enter(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)), began, 8).unwrap();
            (0..1000).filter(|_| visit.admits(began, 1500)).count()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(asking)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(admitted, 1500);
}
