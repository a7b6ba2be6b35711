//! The table against a list.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

fn entry(table: &DynamicTable, index: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let place = table.find(index)?;
    let (mut name, mut value) = (Vec::new(), Vec::new());
    table.copy_name(place, &mut name);
    table.copy_value(place, &mut value);
    assert_eq!((name.len(), value.len()), (place.name_length, place.value_length));
    Some((name, value))
}

#[test]
fn nothing_is_held_before_the_first_entry() {
    let mut table = DynamicTable::new(4096);
    assert_eq!(entry(&table, 0), None);
    table.resize(100);
    assert_eq!(table.bytes.capacity() + table.entries.capacity(), 0);
    table.insert(b"name", b"value");
    assert_eq!(entry(&table, 0), Some((b"name".to_vec(), b"value".to_vec())));
    assert_eq!(entry(&table, 1), None);
    assert_eq!(entry(&table, usize::MAX), None);
}

#[test]
fn an_entry_larger_than_the_table_empties_it() {
    let mut table = DynamicTable::new(100);
    table.insert(b"a", b"b");
    table.insert(&[b'n'; 60], &[b'v'; 9]);
    assert_eq!(entry(&table, 0), None);
    table.insert(&[b'n'; 60], &[b'v'; 8]);
    assert_eq!(entry(&table, 0), Some((vec![b'n'; 60], vec![b'v'; 8])));
    assert!(table.bytes.capacity() <= 100, "{}", table.bytes.capacity());
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<u8>, Vec<u8>),
    Resize(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let text = || prop::collection::vec(any::<u8>(), 0..70);
    let step = prop_oneof![
        8 => (text(), text()).prop_map(|(name, value)| Step::Insert(name, value)),
        1 => (0_usize..=400).prop_map(Step::Resize),
    ];
    prop::collection::vec(step, 0..100)
}

proptest! {
    #[test]
    fn the_table_is_a_list_that_drops_its_end(steps in steps()) {
        let mut table = DynamicTable::new(300);
        // Counted positions go round.
        table.dropped = usize::MAX - 500;
        let mut capacity = 300;
        let mut list: VecDeque<(Vec<u8>, Vec<u8>)> = VecDeque::new();
        for step in steps {
            match step {
                Step::Insert(name, value) => {
                    table.insert(&name, &value);
                    list.push_front((name, value));
                }
                Step::Resize(size) => {
                    table.resize(size);
                    capacity = size;
                }
            }
            while list.iter().map(|(name, value)| name.len() + value.len() + 32).sum::<usize>() > capacity {
                list.pop_back();
            }
            let held: Vec<_> = (0..).map_while(|index| entry(&table, index)).collect();
            prop_assert!(held.iter().eq(&list));
            prop_assert!(table.bytes.capacity() <= 400);
        }
    }
}
