//! The token reaches the collector and nobody else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use edge::Edge;

use super::collector::{status, url};
use super::site::{config, report, wait_in};
use crate::world::origin::answer;
use crate::world::program::Program;
use crate::world::{Origin, Viewer, within};

const TOKEN: &str = "s3cret-t0ken";

fn write_token(path: &Path, mode: u32) {
    fs::write(path, TOKEN).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// All text in a folder, whatever lies below.
fn text_below(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let texts = entries.map(|entry| {
        if entry.file_type().expect("a type").is_dir() {
            return text_below(&entry.path());
        }
        String::from_utf8_lossy(&fs::read(entry.path()).expect("readable")).into_owned()
    });
    texts.collect()
}

#[tokio::test]
async fn the_token_stands_in_no_log_no_record_and_no_metric() {
    // The collector throws it back, too.
    let collector = Origin::start(|_| answer("401 Who", TOKEN, &[("WWW-Authenticate", TOKEN)])).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let secrets = tempfile::tempdir().expect("a temporary folder");
    let token = secrets.path().join("token");
    write_token(&token, 0o600);
    wait_in(folder.path(), &[report(0, 3)]);
    let file = secrets.path().join("edge.toml");
    let text = format!(
        "[viewers]\nlisten = [\"127.0.0.1:0\"]\n[admin]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n\
         level = \"trace\"\n[[origin]]\nurl = \"http://127.0.0.1:9\"\n[telemetry]\nsite = \"munich\"\nfolder = {:?}\n\
         [telemetry.upstream]\nto = \"{}\"\ntoken-file = {token:?}\nspread = \"0s\"\n",
        folder.path(),
        url(&collector)
    );
    fs::write(&file, text).expect("written");
    let mut program =
        Program::start(&["edge", "--config", file.to_str().expect("text"), "--memory", "64MiB"]);
    let (_, admin) = program.listening().await;
    collector.wait_for(1).await;
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(collector.seen()[0].header("authorization"), Some(&*bearer), "it does reach the collector");
    let told = async {
        while !Viewer::of(admin).get("/metrics").await.text().contains("result=\"misdirected\"} 1") {
            tokio::task::yield_now().await;
        }
    };
    within("the answer", told).await;
    let metrics = Viewer::of(admin).get("/metrics").await.text();
    program.terminate();
    let ended = program.ended().await;
    let kept = text_below(folder.path());
    assert!(kept.contains("(secret)") && ended.log.contains("reports cannot be delivered"), "{}", ended.log);
    for (place, text) in [("metrics", metrics), ("log", ended.log + &ended.output), ("folder", kept)] {
        assert!(!text.contains(TOKEN), "in the {place}");
    }
}

#[tokio::test]
async fn a_token_that_others_may_read_is_refused_without_a_word_of_it() {
    let collector = Origin::start(|_| status("201 Created")).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let token = folder.path().join("token");
    write_token(&token, 0o644);
    let mut config = config(&folder.path().join("state"), &url(&collector));
    config.telemetry.upstream.token_file = Some(token.clone());
    for result in
        [Edge::rehearse(config.clone()), Edge::start(config.clone(), edge::Clock::system()).map(drop)]
    {
        let said = result.expect_err("it is refused").to_string();
        assert!(said.contains("0644") && said.contains("token-file") && !said.contains(TOKEN), "{said}");
    }
    assert!(!folder.path().join("state").exists(), "nothing has begun");
    assert_eq!(collector.connections(), 0);
}
