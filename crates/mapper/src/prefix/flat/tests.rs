use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Plans of both ends of a family and of what lies between, with places where several begin.
fn plans() -> impl Strategy<Value = Vec<Vec<(u32, u8)>>> {
    let bits = prop_oneof![any::<u32>(), 0..200u32, (0..200u32).prop_map(|bits| !bits)];
    vec(vec((bits, 0..=32u8), 0..150), 1..5)
}

proptest! {
    #[test]
    fn the_guide_leads_to_where_a_search_without_it_ends(plans in plans()) {
        let mut flat = Flat::default();
        let add = |plan: &Vec<(u32, u8)>| {
            let mut plan: Vec<_> = plan.iter().map(|(bits, length)| Entry::new(*bits, *length, 0)).collect();
            plan.sort_by_key(|entry| (entry.bits, entry.length()));
            flat.add(&plan)
        };
        let spans: Vec<Span> = plans.iter().map(add).collect();
        let probes = plans.iter().flatten().flat_map(|(bits, _)| [bits.wrapping_sub(1), *bits, bits.wrapping_add(1)]);
        for probe in probes.chain([0, u32::MAX]) {
            for span in &spans {
                prop_assert_eq!(flat.guided(*span, probe), behind(flat.plan(*span), probe), "{} {:?}", probe, span);
            }
        }
    }
}

#[test]
fn an_entry_keeps_its_length_beside_its_parent() {
    let mut entry = Entry::new(7_u32, 128, 3);
    assert_eq!((entry.length(), entry.parent()), (128, NONE));
    entry.set_parent(MOST_NETWORKS);
    assert_eq!((entry.length(), entry.parent() as usize), (128, MOST_NETWORKS));
    assert_eq!(size_of::<Entry<u32>>(), 12);
    assert_eq!(size_of::<Entry<Wide>>(), 24);
}
