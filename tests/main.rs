//! The tests of the whole: real sockets, real players, the real program. One binary, themes in files, from
//! simple to complex.

mod telemetry;
mod tidy;
mod world;

mod serving;

mod secure;

mod freshness;
mod manifests;
mod numbers;
mod origins;
mod relays;
mod requests;
mod rules;

mod addresses;
mod broken_origins;
mod canaries;
mod certificates;
mod fairness;
mod faults;
mod hostile;
mod http2;
mod http3;
mod killed;
mod limits;
mod mending;
mod non_interference;
mod offices;
mod operator_pages;
mod operators;
mod privacy;
mod promises;
mod proxies;
mod slices;

mod acme;
mod clients;
mod collector;
mod configuration;
mod crowd;
mod live;
mod maps;
mod players;
mod program;
mod redirected_players;
mod reload;
mod reports;
mod self_test;
mod topology;
