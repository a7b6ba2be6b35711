//! DASH MPDs: what is rewritten, what is read, and that every other byte stays.

use std::borrow::Cow;
use std::time::Duration;

use media::dash::{DashError, MAX_ATTRIBUTES, MAX_DEPTH, MAX_SIZE, Survey, rewrite, survey};
use media::uri::Absolute;
use proptest::prelude::*;

/// Points absolute URIs of one origin at the edge, as the edge itself would.
fn to_edge(uri: &str) -> Option<String> {
    let absolute = Absolute::split(uri).filter(|absolute| absolute.authority == "cdn.example")?;
    Some(format!("/edge{}", absolute.path_and_query))
}

fn rewritten(mpd: &str) -> String {
    let new = rewrite(mpd.as_bytes(), to_edge).expect("a manifest").into_owned();
    String::from_utf8(new).expect("text")
}

#[test]
fn live_mpd() {
    let mpd = include_str!("fixtures/live.mpd");
    assert_eq!(rewritten(mpd), include_str!("fixtures/live.edge.mpd"));
    assert!(matches!(rewrite(mpd.as_bytes(), |_| None), Ok(Cow::Borrowed(same)) if same == mpd.as_bytes()));
    let expected = Survey { dynamic: true, minimum_update_period: Some(Duration::from_secs(2)) };
    assert_eq!(survey(mpd.as_bytes()), Ok(expected));
}

#[test]
fn every_uri_is_asked_about_once_and_unescaped() {
    let mut asked = Vec::new();
    let mpd = include_bytes!("fixtures/live.mpd");
    rewrite(mpd, |uri| {
        asked.push(uri.to_owned());
        None
    })
    .unwrap();
    let expected = [
        "https://cdn.example/live/?a=1&b=2",
        "https://cdn.example/live/?c=<>",
        "https://other.example/live/",
        "relative/",
        "https://cdn.example/live/manifest.mpd?x=1",
        "https://cdn.example/live/patch.mpp",
        "https://cdn.example/time",
        "https://other.example/time",
        "https://cdn.example/period.xml?a&b",
        "https://cdn.example/live/$RepresentationID$/$Number%05d$.m4s",
        "https://cdn.example/live/$RepresentationID$/init.mp4",
        "index.sidx",
        "https://cdn.example/live/init.mp4",
        "https://cdn.example/live/1.m4s",
        "1.sidx",
        "https://cdn.example/steer",
    ];
    assert_eq!(asked, expected);
}

#[test]
fn prefixes_marks_and_quotation_marks() {
    let mpd = "\u{feff}<d:MPD xmlns:d='urn:mpeg:DASH:schema:MPD:2011'><d:BaseURL>https://cdn.example/a</d:BaseURL></d:MPD>";
    assert_eq!(rewritten(mpd), mpd.replace("https://cdn.example", "/edge"));
    let new = rewrite(b"<MPD><BaseURL>a</BaseURL></MPD>", |_| Some("\"<&'>".into())).unwrap().into_owned();
    assert_eq!(String::from_utf8(new).unwrap(), "<MPD><BaseURL>&quot;&lt;&amp;&apos;&gt;</BaseURL></MPD>");
}

#[test]
fn malformed_documents_are_refused() {
    for mpd in [
        "",
        " ",
        "<MPD>",
        "<MPD",
        "<MPD/><MPD/>",
        "<MPD/>x",
        "x<MPD/>",
        "&amp;<MPD/>",
        "<MPD/><![CDATA[x]]>",
        "<MPD></MPDX>",
        "<MPD></MPD></MPD>",
        "<MPD><BaseURL></MPD></BaseURL>",
        "<MPD a='1' a='2'/>",
        "<MPD a=1/>",
        "<MPD a='1/>",
        "<MPD><!-- a -- b --></MPD>",
        "<MPD>&amp</MPD>",
        "<MPD><?xml version='1.0'?></MPD>",
        "<MPD><!DOCTYPE MPD></MPD>",
        "<MPD><![CDATA[x]]</MPD>",
    ] {
        let refused = rewrite(mpd.as_bytes(), |_| None);
        assert!(matches!(refused, Err(DashError::Malformed { .. })), "{mpd}: {refused:?}");
    }
    assert_eq!(rewrite(b"\xef\xbb\xbf<smil/>", |_| None), Err(DashError::NotAnMpd { at: 3 }));
    assert_eq!(survey(b"<x:MPD xmlns:x='urn:other'/>"), Err(DashError::NotAnMpd { at: 0 }));
    assert_eq!(rewrite(b"<MPD>\xff</MPD>", |_| None), Err(DashError::NotUtf8 { at: 5 }));
    assert_eq!(
        rewrite(b"\xef\xbb\xbf<MPD><Location> a</Location></MPD>", |_| Some("a\nb".into())),
        Err(DashError::BadReplacement { at: 19 })
    );
}

#[test]
fn bounds() {
    let nested = |depth: usize| format!("<MPD>{}{}</MPD>", "<a>".repeat(depth - 1), "</a>".repeat(depth - 1));
    assert!(rewrite(nested(MAX_DEPTH).as_bytes(), |_| None).is_ok());
    let at = 5 + 3 * (MAX_DEPTH - 1);
    assert_eq!(rewrite(nested(MAX_DEPTH + 1).as_bytes(), |_| None), Err(DashError::TooDeep { at }));

    let wide = |count: usize| {
        let attributes: Vec<String> = (0..count).map(|number| format!("a{number}=''")).collect();
        format!("<MPD {}/>", attributes.join(" "))
    };
    assert!(rewrite(wide(MAX_ATTRIBUTES).as_bytes(), |_| None).is_ok());
    assert_eq!(
        rewrite(wide(MAX_ATTRIBUTES + 1).as_bytes(), |_| None),
        Err(DashError::TooManyAttributes { at: 0 })
    );

    let size = MAX_SIZE + 1;
    assert_eq!(survey(&vec![b' '; size]), Err(DashError::TooLarge { size }));
}

#[test]
fn entities_are_never_expanded() {
    let mpd = "<!DOCTYPE MPD [<!ENTITY a 'https://cdn.example/'><!ENTITY b '&a;&a;&a;'>]>\
               <MPD><BaseURL>&b;</BaseURL><Period xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='&a;'/></MPD>";
    let asked = rewrite(mpd.as_bytes(), |uri| panic!("asked about {uri}")).unwrap();
    assert_eq!(asked, mpd.as_bytes());
}

#[test]
fn a_static_mpd() {
    let found = survey(b"<MPD type='static' minimumUpdatePeriod='soon'><BaseURL>").unwrap();
    assert_eq!(found, Survey::default());
}

/// An element or a text, as (text, text with its URIs changed).
fn node() -> impl Strategy<Value = (String, String)> {
    let text = prop::sample::select(vec![
        "",
        " ",
        "plain",
        "&amp;&#x26;",
        "<![CDATA[<BaseURL>]]>",
        "<!-- <a> -->",
        "<?p q?>",
    ]);
    let uri = "[a-z0-9/.?=]{0,12}";
    let space = prop::sample::select(vec!["", " ", "\n\t"]);
    let leaf = prop_oneof![
        text.prop_map(|text| (text.to_owned(), text.to_owned())),
        (uri, space.clone()).prop_map(|(uri, space)| {
            let node = |base: &str| format!("<BaseURL a='1'{space}>{space}{base}{uri}&amp;x{space}</BaseURL >");
            (node("https://cdn.example/"), node("/edge/"))
        }),
        (uri, space.clone()).prop_map(|(uri, space)| {
            let node = |base: &str| {
                format!("<SegmentTemplate b=\"https://cdn.example/\" media{space}={space}'{base}{uri}'{space}/>")
            };
            (node("https://cdn.example/"), node("/edge/"))
        }),
        (uri, space).prop_map(|(uri, space)| {
            let node = format!("<u:BaseURL xmlns:u='urn:u' media='https://cdn.example/'{space}>https://cdn.example/{uri}</u:BaseURL>");
            (node.clone(), node)
        }),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        ("[A-Z][a-z]{2,6}", prop::collection::vec(inner, 0..5)).prop_map(|(name, nodes)| {
            let join = |pick: fn(&(String, String)) -> &str| {
                let inside: String = nodes.iter().map(pick).collect();
                format!("<{name} x=\"1 > 0\">{inside}</{name}>")
            };
            (join(|node| &node.0), join(|node| &node.1))
        })
    })
}

proptest! {
    #[test]
    fn only_uris_change(nodes in prop::collection::vec(node(), 0..6)) {
        let old: String = nodes.iter().map(|node| node.0.as_str()).collect();
        let new: String = nodes.iter().map(|node| node.1.as_str()).collect();
        let (old, new) = (format!("<MPD>{old}</MPD>\n"), format!("<MPD>{new}</MPD>\n"));
        prop_assert_eq!(rewritten(&old), new);
        prop_assert!(matches!(rewrite(old.as_bytes(), |_| None), Ok(Cow::Borrowed(same)) if same == old.as_bytes()));
        prop_assert!(matches!(rewrite(old.as_bytes(), |uri| Some(uri.into())), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn any_text_is_read_without_panic(inside in "([<>&;/'\"=! -]|BaseURL|<MPD>|</MPD>|<!\\[CDATA\\[|\\]\\]>|<!--|-->|<\\?|\\?>|é){0,30}") {
        let mpd = format!("<MPD>{inside}</MPD>");
        if let Ok(same) = rewrite(mpd.as_bytes(), |_| None) {
            prop_assert_eq!(same, mpd.as_bytes());
        }
        let _ = rewrite(mpd.as_bytes(), |_| Some("x".into()));
        let _ = survey(mpd.as_bytes());
    }
}
