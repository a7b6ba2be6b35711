//! Numbers that look drawn and are the same in every run.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The generator that is known as `SplitMix64`.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `limit`, which is far below the numbers that are drawn: what is uneven does not show.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("below a usize")
    }

    pub(crate) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub(crate) fn pick<'t, T>(&mut self, among: &'t [T]) -> &'t T {
        &among[self.below(among.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }

    fn wide(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }

    /// Some address of the network.
    pub(crate) fn address_in(&mut self, network: &IpNet) -> IpAddr {
        let drawn = self.wide();
        match network {
            IpNet::V4(network) => {
                let hosts = network.hostmask().to_bits();
                let drawn = u32::try_from(drawn >> 96).expect("32 bits are left");
                Ipv4Addr::from_bits(network.network().to_bits() | drawn & hosts).into()
            }
            IpNet::V6(network) => {
                let hosts = network.hostmask().to_bits();
                Ipv6Addr::from_bits(network.network().to_bits() | drawn & hosts).into()
            }
        }
    }

    /// Any address of the family of `like`.
    pub(crate) fn address_like(&mut self, like: IpAddr) -> IpAddr {
        let all = if like.is_ipv4() {
            IpNet::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
        } else {
            IpNet::from(IpAddr::V6(Ipv6Addr::UNSPECIFIED))
        };
        let all = IpNet::new(all.addr(), 0).expect("a length of 0 fits");
        self.address_in(&all)
    }
}
