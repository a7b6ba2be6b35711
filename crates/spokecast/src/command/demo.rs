//! `spokecast demo`: a sample origin, an edge before it, and the page to watch.

use std::io::{self, IsTerminal};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context;
use edge::config::{Certificate, Config, Origin as OriginConfig, Stream as ConfigStream, StreamFormat};
use edge::{Clock, Edge};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::runtime;
use super::stop::StopSignal;
use crate::arguments::DemoArguments;
use crate::demo::certificate::DemoCertificate;
use crate::demo::origin::{Origin, Pace};
use crate::demo::sample::{self, Progress};
use crate::demo::stream::{Format, Stream, streams};
use crate::descriptors::{self, Shortage};
use crate::logging;
use crate::output::{print, say};

pub(super) fn run(arguments: DemoArguments) -> anyhow::Result<()> {
    let folder = match &arguments.media {
        Some(folder) => folder.clone(),
        None => sample::default_folder()?,
    };
    make_sample(&folder)?;
    runtime()?.block_on(play(arguments, folder))
}

async fn play(arguments: DemoArguments, folder: PathBuf) -> anyhow::Result<()> {
    let stop = StopSignal::catch()?;
    let clock = Clock::system();
    let pace = Pace { latency: arguments.latency.get(), ..Pace::default() };
    let wall = clock.clone();
    let on_the_air = move || wall.wall().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let origin = Origin::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), &folder, pace, on_the_air)
        .await
        .context("the sample origin cannot start")?;
    let certificate = DemoCertificate::ensure(&folder, clock.wall())?;
    let mut config = configuration(&arguments, &origin, &certificate)?;
    logging::start(&config.log);
    let shortage = descriptors::provide(&mut config);
    let edge = Edge::start(config, clock)?;
    announce(&arguments, &edge, &origin, &certificate)?;
    shortage.into_iter().for_each(Shortage::warn);
    stop.came().await;
    edge.drain().await;
    origin.shutdown().await;
    Ok(())
}

fn configuration(
    arguments: &DemoArguments,
    origin: &Origin,
    certificate: &DemoCertificate,
) -> anyhow::Result<Config> {
    let url = format!("http://{}", origin.address()).parse().map_err(anyhow::Error::msg)?;
    let mut config = Config { origin: vec![OriginConfig::new(url)], ..Config::default() };
    config.viewers.listen = vec![arguments.listen];
    config.viewers.cache_status = true;
    config.tls.listen = vec![arguments.tls_listen];
    let DemoCertificate { file, key_file, .. } = certificate.clone();
    config.tls.certificate = vec![Certificate { file, key_file }];
    config.admin.listen = arguments.admin;
    config.cache.memory = arguments.memory;
    config.drain.timeout = edge::config::Period::of(Duration::from_secs(2));
    config.watch.enabled = true;
    config.watch.activity = true;
    config.watch.stream = streams().into_iter().map(offered).collect();
    // Whoever lets the demo listen wider wants others to watch.
    config.admission.open = true;
    config.check()?;
    Ok(config)
}

fn offered(stream: Stream) -> ConfigStream {
    let format = match stream.format {
        Format::Hls => StreamFormat::Hls,
        Format::Dash => StreamFormat::Dash,
    };
    ConfigStream { title: stream.title.into(), url: stream.url, format, live: stream.live }
}

/// Makes the sample if it is not there, and shows how far it is.
fn make_sample(folder: &std::path::Path) -> anyhow::Result<()> {
    let bar = ProgressBar::new(1000).with_style(
        ProgressStyle::with_template("{msg:40} [{bar:30}] {percent:>3} %  {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> "),
    );
    bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    let mut said = 0;
    sample::ensure(folder, &mut |progress| match progress {
        Progress::Waiting => say("another demo is making the sample video; waiting for it"),
        Progress::Making { step, steps, doing, fraction } => {
            if bar.is_hidden() && io::stderr().is_terminal() {
                bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            }
            if step != said {
                said = step;
                bar.println("");
                if bar.is_hidden() {
                    say(format_args!("making the sample video, step {step} of {steps}: {doing}"));
                }
            }
            bar.set_message(format!("{step}/{steps} {doing}"));
            bar.set_position(thousandths(fraction));
        }
    })?;
    bar.finish_and_clear();
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a fraction is clamped to 0..=1 first"
)]
fn thousandths(fraction: f64) -> u64 {
    (fraction.clamp(0.0, 1.0) * 1000.0) as u64
}

fn announce(
    arguments: &DemoArguments,
    edge: &Edge,
    origin: &Origin,
    certificate: &DemoCertificate,
) -> io::Result<()> {
    let viewers = edge.viewers().first().copied().unwrap_or(arguments.listen);
    let over_tls = edge.viewers_over_tls().first().copied().unwrap_or(arguments.tls_listen);
    let https = format!("https://{over_tls}");
    let (base, admin) = (format!("http://{viewers}"), format!("http://{}", edge.admin()));
    if arguments.json {
        return print(json!({
            "watch": format!("{base}/watch"),
            "edge": base,
            "https": https,
            "ca_file": certificate.ca_file,
            "admin": admin,
            "counts": format!("{admin}/telemetry"),
            "origin": format!("http://{}", origin.address()),
            "streams": streams().into_iter().map(offered).collect::<Vec<_>>(),
        }));
    }
    print(format_args!(
        "\nSpokecast is running: an origin that looks {} away, and an edge before it.\n",
        arguments.latency
    ))?;
    print(format_args!("  watch    {base}/watch"))?;
    print(format_args!("  https    {https}/watch"))?;
    print(format_args!("  counts   {admin}/telemetry"))?;
    print(format_args!("  metrics  {admin}/metrics"))?;
    print(format_args!("  cache    {admin}/cache\n"))?;
    print("Streams, for a player of your own:")?;
    for stream in streams() {
        print(format_args!("  {:<38} {base}{}", stream.title, stream.url))?;
    }
    print("\nHTTPS has a certificate for this machine; browsers that trust this authority show no warning:")?;
    print(format_args!("  {}", certificate.ca_file.display()))?;
    print("\nOpen the page in two windows and see the second one served from the office. Ctrl-C ends it.")
}
