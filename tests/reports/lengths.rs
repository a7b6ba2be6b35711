//! A collector that takes short reports alone.

use std::collections::{BTreeSet, HashSet};

use super::collector::{Received, received, status, url};
use super::site::{Site, report, waiting_in};
use crate::world::Origin;

/// A collector that takes so many cells at a time.
async fn narrow(cells: usize) -> Origin {
    Origin::start(move |seen| {
        let is_long = Received::of(seen).report().cells.len() > cells;
        status(if is_long { "413 Too Large" } else { "201 Created" })
    })
    .await
}

#[tokio::test]
async fn a_report_is_cut_until_it_fits_and_each_cell_counts_once() {
    let collector = narrow(3).await;
    let whole = report(0, 25);
    let (site, _) = Site::new(&[whole.clone(), report(1, 2)], &url(&collector));
    // 25 are halved three times until none has more than 3, and some of 4 once more: 8 + 1 pieces, and the other report.
    let pieces = 9;
    site.became("delivered", pieces + 1).await;
    let received = received(&collector);
    let taken: Vec<_> =
        received.iter().filter(|received| received.report().cells.len() <= 3).map(Received::report).collect();
    let of_first: Vec<_> = taken.iter().filter(|report| report.bucket == whole.bucket).collect();
    assert_eq!(of_first.len(), usize::try_from(pieces).expect("small"));
    let cells: Vec<_> = of_first.iter().flat_map(|report| report.cells.clone()).collect();
    assert_eq!(cells, whole.cells, "each cell once, in order");
    let keys: BTreeSet<_> = received.iter().map(|received| &received.key).collect();
    assert_eq!(keys.len(), received.len(), "no key stands for two texts");
    let texts: HashSet<_> = received.iter().map(|received| &received.bytes).collect();
    assert_eq!(texts.len(), received.len(), "no text is sent twice");
    assert_eq!(taken.last().map(|report| report.bucket), Some(report(1, 2).bucket), "oldest first");
    assert_eq!(waiting_in(site.end().await.path()), []);
}

#[tokio::test]
async fn a_single_cell_that_is_too_long_is_set_aside() {
    let collector = narrow(0).await;
    let (site, _) = Site::new(&[report(0, 2)], &url(&collector));
    site.became("set-aside", 2).await;
    assert_eq!(collector.count(), 3, "whole, and each half");
    assert_eq!(waiting_in(site.end().await.path()), []);
}
