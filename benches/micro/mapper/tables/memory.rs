use std::time::Duration;

use mapper::import::{File, Options, read};
use mapper::{Description, Format};

use super::{Table, grouped};
use crate::clock::now;
use crate::shape::{Shape, built};
use crate::statistics::{median, milliseconds, real};
use crate::{SIZES, yardstick};

const ROUNDS: usize = 3;

pub(super) fn table() -> Table {
    let mut table = Table::new([
        "rows",
        "shape",
        "bytes per row",
        "bare, bytes per prefix",
        "build, ms",
        "bare, ms",
        "× bare",
        "read sites.csv and build, ms",
    ]);
    for count in SIZES {
        for shape in Shape::ALL {
            add(&mut table, count, shape);
        }
    }
    table
}

fn add(table: &mut Table, count: usize, shape: Shape) {
    let rows = shape.rows(count);
    // From the rows to the map, and the description dropped.
    let (map, of_map) = held(|| built(&rows.describe()));
    drop(map);
    let networks = rows.internals();
    let (bare, of_bare) = held(|| yardstick::bare(&networks));
    let (v4, v6) = bare.len();
    let description = rows.describe();
    let csv = rows.csv();
    let (mut build, mut build_bare, mut read_and_build) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        build.push(milliseconds(timed(|| built(&description))));
        build_bare.push(milliseconds(timed(|| yardstick::bare(&networks))));
        read_and_build.push(milliseconds(timed(|| {
            let mut description = Description::default();
            let file = File { name: "sites.csv", bytes: csv.as_bytes(), format: Format::SitesCsv };
            read(&mut description, file, &Options::default());
            built(&description)
        })));
    }
    let middle = |figures: &[f64]| median(figures).unwrap_or(f64::NAN);
    table.row([
        grouped(real(rows.len() as u64), 0),
        shape.as_str().to_owned(),
        grouped(of_map / real(rows.len() as u64), 1),
        grouped(of_bare / real((v4 + v6) as u64), 1),
        grouped(middle(&build), 1),
        grouped(middle(&build_bare), 1),
        grouped(middle(&build) / middle(&build_bare), 2),
        grouped(middle(&read_and_build), 1),
    ]);
}

/// What is made, and the bytes that are held for it when everything else is gone.
#[expect(clippy::cast_precision_loss, reason = "bytes of a map stay far below 2^53")]
pub(super) fn held<T>(make: impl FnOnce() -> T) -> (T, f64) {
    let mut result = None;
    let counted = allocation_counter::measure(|| result = Some(make()));
    (result.expect("it was made just now"), counted.bytes_current as f64)
}

fn timed<T>(make: impl FnOnce() -> T) -> Duration {
    let start = now();
    let result = make();
    let taken = start.elapsed();
    drop(result);
    taken
}
