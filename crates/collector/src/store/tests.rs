use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;
use telemetry::report::Cell;
use tempfile::TempDir;

use super::*;

const BUSY: Duration = Duration::from_millis(20);

/// A store in a folder of its own.
async fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("reports.sqlite"), BUSY).await.unwrap();
    (folder, store)
}

fn key(number: u128) -> Key {
    format!("{number:032x}").parse().unwrap()
}

fn cell(entry: &str, segments: Segments, count: u64) -> Cell {
    Cell { entry: entry.parse().unwrap(), segments, count }
}

fn report(site: &str, bucket: &str, cells: Vec<Cell>) -> Report {
    let width = telemetry::bucket::Width::DEFAULT;
    Report { site: site.parse().unwrap(), bucket: bucket.parse().unwrap(), width, cells }
}

fn small(count: u64) -> Report {
    report(
        "s1",
        "2026-11-21T10:15Z",
        vec![cell("1_a", Segments::One(7), count), cell("1_a", Segments::Entry, 2)],
    )
}

async fn total(store: &Store) -> u128 {
    let page = store.reader().sums(&Question::default(), None).await.unwrap();
    page.counts.iter().map(|count| count.count).sum()
}

#[tokio::test]
async fn a_report_is_there_once() {
    let (folder, store) = store().await;
    assert_eq!(store.store(key(1), &small(5), 10).await.unwrap(), Stored::New);
    assert_eq!(store.store(key(1), &small(5), 11).await.unwrap(), Stored::Known);
    assert_eq!(store.store(key(1), &small(6), 11).await.unwrap(), Stored::Conflict);
    assert_eq!(total(&store).await, 7);
    assert_eq!(store.store(key(2), &small(6), 11).await.unwrap(), Stored::New);
    assert_eq!(total(&store).await, 15);
    store.close().await;
    let path = folder.path().join("reports.sqlite");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    let store = Store::open(&path, BUSY).await.unwrap();
    assert_eq!(store.store(key(1), &small(5), 12).await.unwrap(), Stored::Known);
    assert_eq!(total(&store).await, 15);
}

#[tokio::test]
async fn the_journal_is_its_owners_too_and_waits_for_the_disk() {
    let (folder, store) = store().await;
    store.store(key(1), &small(5), 10).await.unwrap();
    let mut files = 0;
    for file in folder.path().read_dir().unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        files += 1;
    }
    assert_eq!(files, 3, "the file, its journal and the journal's index");
    let setting: (i64,) = sqlx::query_as("PRAGMA synchronous").fetch_one(&store.writer).await.unwrap();
    assert_eq!(setting.0, 2, "FULL");
    let mode: (String,) = sqlx::query_as("PRAGMA journal_mode").fetch_one(&store.writer).await.unwrap();
    assert_eq!(mode.0, "wal");
}

#[tokio::test]
async fn what_the_disk_did_not_take_is_taken_later() {
    let (_folder, store) = store().await;
    let cells = (0..9000).map(|number| cell("1_a", Segments::One(number), 1)).collect();
    let large = report("s1", "2026-11-21T10:15Z", cells);
    sqlx::query("PRAGMA max_page_count = 12").execute(&store.writer).await.unwrap();
    let error = store.store(key(1), &large, 10).await.unwrap_err();
    assert!(error.to_string().contains("full"), "{error}");
    assert_eq!(
        store.store(key(2), &small(1), 10).await.unwrap(),
        Stored::New,
        "there is room for a small one"
    );
    assert_eq!(total(&store).await, 3);
    sqlx::query("PRAGMA max_page_count = 1000").execute(&store.writer).await.unwrap();
    assert_eq!(store.store(key(1), &large, 10).await.unwrap(), Stored::New);
    assert_eq!(total(&store).await, 9003);

    sqlx::query("PRAGMA query_only = ON").execute(&store.writer).await.unwrap();
    assert!(store.store(key(3), &small(1), 10).await.is_err());
    sqlx::query("PRAGMA query_only = OFF").execute(&store.writer).await.unwrap();
    assert_eq!(store.store(key(3), &small(1), 10).await.unwrap(), Stored::New);
    assert_eq!(total(&store).await, 9006);
}

#[tokio::test]
async fn another_process_is_waited_for_up_to_a_bound() {
    let (folder, store) = store().await;
    let other = Store::open(&folder.path().join("reports.sqlite"), BUSY).await.unwrap();
    let held = other.writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let error = store.store(key(1), &small(1), 10).await.unwrap_err();
    assert!(error.to_string().contains("locked"), "{error}");
    held.rollback().await.unwrap();
    assert_eq!(store.store(key(1), &small(1), 10).await.unwrap(), Stored::New);
    assert_eq!(other.store(key(1), &small(1), 10).await.unwrap(), Stored::Known);
    assert_eq!(total(&other).await, 3);
}

#[tokio::test]
async fn reports_are_forgotten_by_the_day_they_came() {
    let (_folder, store) = store().await;
    for number in 0..200 {
        store.store(key(number), &small(1), 10 + i64::from(number >= 150)).await.unwrap();
    }
    assert_eq!(store.forget_before(10).await.unwrap(), 0);
    assert_eq!(store.forget_before(11).await.unwrap(), 150);
    assert_eq!(total(&store).await, 150);
    let left: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM cells").fetch_one(&store.writer).await.unwrap();
    assert_eq!(left.0, 100);
}

#[tokio::test]
async fn a_question_is_narrowed_and_cut_into_pages() {
    let (_folder, store) = store().await;
    let range = Segments::Range { first: 10, last: 19 };
    let cells = || {
        vec![
            cell("1_a", Segments::One(10), 3),
            cell("1_a", range, 4),
            cell("1_a", Segments::Entry, 5),
            cell("1_b", Segments::One(0), LARGEST),
        ]
    };
    for (number, (site, bucket)) in
        [("s1", "2026-11-21T10:15Z"), ("s1", "2026-11-21T10:30Z"), ("s2", "2026-11-21T10:30Z")]
            .iter()
            .enumerate()
    {
        store.store(key(number as u128), &report(site, bucket, cells()), 1).await.unwrap();
    }
    let sums = async |question: Question| {
        let page = store.reader().sums(&question, None).await.unwrap();
        assert_eq!(page.next, None);
        page.counts
            .iter()
            .map(|count| (count.entry.to_string(), count.segments, count.count))
            .collect::<Vec<_>>()
    };
    let largest = u128::from(LARGEST);
    let both =
        |times: u128| vec![("1_a".to_owned(), None, 12 * times), ("1_b".to_owned(), None, largest * times)];
    assert_eq!(sums(Question::default()).await, both(3));
    let site = Some("s1".parse().unwrap());
    assert_eq!(sums(Question { site, ..Question::default() }).await, both(2));
    let later = Some("2026-11-21T10:30Z".parse().unwrap());
    assert_eq!(sums(Question { from: later, ..Question::default() }).await, both(2));
    assert_eq!(sums(Question { to: later, ..Question::default() }).await, both(1));
    assert_eq!(sums(Question { from: later, to: later, ..Question::default() }).await, []);
    let entry = Some("1_a".parse().unwrap());
    let apart = sums(Question { entry, segments: true, ..Question::default() }).await;
    let expected = [(Segments::One(10), 9), (range, 12), (Segments::Entry, 15)];
    assert_eq!(apart, expected.map(|(segments, count)| ("1_a".to_owned(), Some(segments), count)));

    let mut question = Question { segments: true, limit: 1, ..Question::default() };
    let mut seen = Vec::new();
    loop {
        let page = store.reader().sums(&question, None).await.unwrap();
        seen.extend(page.counts.iter().map(|count| count.segments.unwrap()));
        let Some(next) = page.next else { break };
        question.after = Some(next.to_string().parse().unwrap());
    }
    assert_eq!(seen, [Segments::One(10), range, Segments::Entry, Segments::One(0)]);
}

#[tokio::test]
async fn sums_of_the_largest_counts_are_exact() {
    const REPORTS: u128 = 8;
    let (_folder, store) = store().await;
    let cells: Vec<_> = (0..1000).map(|number| cell("1_a", Segments::One(number), LARGEST)).collect();
    for number in 0..REPORTS {
        store.store(key(number), &report("s1", "2026-11-21T10:15Z", cells.clone()), 1).await.unwrap();
    }
    let expected = REPORTS * 1000 * u128::from(LARGEST);
    assert!(expected > u128::from(u64::MAX) / 2);
    assert_eq!(total(&store).await, expected);
}

#[tokio::test]
async fn a_question_that_costs_too_much_is_ended() {
    let (_folder, store) = store().await;
    let cells: Vec<_> = (0..10_000).map(|number| cell("1_a", Segments::One(number), 1)).collect();
    for number in 0..4 {
        store.store(key(number), &report("s1", "2026-11-21T10:15Z", cells.clone()), 1).await.unwrap();
    }
    let question = Question { segments: true, ..Question::default() };
    let ended = store.reader().sums(&question, Some(1)).await;
    assert!(matches!(ended, Err(StoreError::TooMuch)), "{ended:?}");
    assert_eq!(store.reader().sums(&question, Some(1000)).await.unwrap().counts[0].count, 4);
}

#[tokio::test]
async fn a_file_of_another_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    assert!(matches!(Reader::open(&path, BUSY).await, Err(OpenError::File(_))));
    assert!(!path.exists());
    private_file::provide(&path).unwrap();
    assert!(matches!(Reader::open(&path, BUSY).await, Err(OpenError::Foreign(_))));
    let other = pool(1, BUSY).connect_with(options(&path, BUSY)).await.unwrap();
    sqlx::raw_sql("CREATE TABLE theirs (a)").execute(&other).await.unwrap();
    assert!(matches!(Store::open(&path, BUSY).await, Err(OpenError::Foreign(_))));
    sqlx::raw_sql("DROP TABLE theirs").execute(&other).await.unwrap();
    Store::open(&path, BUSY).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 99").execute(&other).await.unwrap();
    assert!(matches!(Store::open(&path, BUSY).await, Err(OpenError::Newer(_, 99))));
    std::fs::write(&path, "a text that is no database, but is long enough to be taken for one").unwrap();
    assert!(Store::open(&path, BUSY).await.is_err());
}

/// Reports in any order, some of them twice, against sums that are added up one by one.
fn any_report() -> impl Strategy<Value = Report> {
    let segments = prop_oneof![
        (0..30_u64).prop_map(Segments::One),
        (0..3_u64).prop_map(|block| Segments::Range { first: block * 10, last: block * 10 + 9 }),
        Just(Segments::Entry),
    ];
    let count = prop_oneof![1..100_u64, Just(LARGEST)];
    let cells = prop::collection::vec((0..3_u8, segments, count), 0..20);
    (0..3_u8, 0..4_u8, cells).prop_map(|(site, window, cells)| {
        let mut cells: Vec<_> = cells
            .into_iter()
            .map(|(entry, segments, count)| cell(&format!("1_{entry}"), segments, count))
            .collect();
        cells.sort_by(|a, b| a.place().cmp(&b.place()));
        cells.dedup_by(|a, b| a.place() == b.place());
        report(&format!("s{site}"), &format!("2026-11-21T1{window}:00Z"), cells)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn sums_are_those_of_an_oracle(
        reports in prop::collection::vec((any_report(), 1..3_u8), 0..12),
        site in prop::option::of(0..3_u8),
        window in 0..4_u8,
        limit in 1..5_u32,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let from = format!("2026-11-21T1{window}:00Z").parse().unwrap();
        let site: Option<mapper::Id> = site.map(|site| format!("s{site}").parse().unwrap());
        let mut expected = BTreeMap::new();
        for (report, _) in &reports {
            if report.bucket >= from && site.as_ref().is_none_or(|site| *site == report.site) {
                for Cell { entry, segments, count } in &report.cells {
                    *expected.entry((entry.clone(), *segments)).or_insert(0_u128) += u128::from(*count);
                }
            }
        }
        let found = runtime.block_on(async {
            let (_folder, store) = store().await;
            for (number, (report, times)) in reports.iter().enumerate() {
                for time in 0..*times {
                    let stored = store.store(key(number as u128), report, 1).await.unwrap();
                    assert_eq!(stored, if time == 0 { Stored::New } else { Stored::Known });
                }
            }
            let mut question = Question { site, from: Some(from), segments: true, limit, ..Question::default() };
            let mut found = BTreeMap::new();
            loop {
                let page = store.reader().sums(&question, None).await.unwrap();
                for Count { entry, segments, count } in page.counts {
                    assert!(found.insert((entry, segments.unwrap()), count).is_none());
                }
                let Some(next) = page.next else { break found };
                question.after = Some(next);
            }
        });
        prop_assert_eq!(found, expected);
    }
}
