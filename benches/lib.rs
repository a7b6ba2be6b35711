//! Measurements. The benches stand in `micro/`, one file per crate; `README.md` has the figures and how they were
//! taken. The library itself is empty: a package needs a target that always builds.
