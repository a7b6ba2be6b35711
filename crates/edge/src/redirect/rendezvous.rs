//! Which of a site's edges holds an entry: rendezvous hashing.
//!
//! Each member gets a score for the entry, and the highest wins. So each entry lives on one of them, entries are spread
//! evenly, and when a member goes, only what lived there moves. All edges that redirect have to agree, in every
//! version and on every machine: the hash is fixed (FNV-1a, and the finalizer of `SplitMix64`), and takes no key.

/// What a member named `member` scores for `entry`.
pub(super) fn score(entry: &str, member: &str) -> u64 {
    // A byte that no name has keeps the two apart.
    mix(fnv1a(fnv1a(fnv1a(FNV_OFFSET, entry.as_bytes()), &[0xff]), member.as_bytes()))
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

fn fnv1a(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME))
}

/// Spreads what differs in the last bytes over all bits.
fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best<'m>(entry: &str, members: &[&'m str]) -> &'m str {
        members.iter().max_by_key(|member| score(entry, member)).unwrap()
    }

    #[test]
    fn the_scores_never_change() {
        assert_eq!(score("1_abcdefgh", "munich-1"), 0xd4ff_5d62_cbb9_4d8a);
        assert_ne!(score("a", "bc"), score("ab", "c"));
    }

    #[test]
    fn entries_are_spread_and_stay_when_another_member_goes() {
        let members = ["munich-1", "munich-2", "munich-3", "munich-4"];
        let entries: Vec<String> = (0..4000).map(|number| format!("1_{number:08}")).collect();
        let mut counts = std::collections::HashMap::new();
        for entry in &entries {
            let at = best(entry, &members);
            *counts.entry(at).or_insert(0) += 1;
            let left: Vec<&str> = members.into_iter().filter(|member| *member != "munich-2").collect();
            if at != "munich-2" {
                assert_eq!(best(entry, &left), at);
            }
        }
        assert!(counts.len() == 4 && counts.values().all(|count| (900..1100).contains(count)), "{counts:?}");
    }
}
