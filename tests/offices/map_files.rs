//! The map's files while the edge runs.

use edge::Edge;
use http::StatusCode;

use super::{BERLIN, EDGES, MUNICH, Map, SITES, from};

const ROWS: &str = "spokecast_map_rows";

#[tokio::test]
async fn a_faulty_map_changes_nothing_and_says_what_is_wrong() {
    let map = Map::new(EDGES);
    let mut config = None;
    let mut world = map
        .world("hq", |used| {
            used.redirect.enabled = true;
            config = Some(used.clone());
        })
        .await;
    let config = config.expect("it was made");
    let munich = async |world: &crate::world::World| {
        from(MUNICH, world).get("/go/a.ts").await.header("location").to_owned()
    };
    assert_eq!(munich(&world).await, "http://munich-1.example/a.ts");
    let million = format!("{SITES}{}", "munich,10.0.0.1/8,,,,\n".repeat(1_000_000));
    let address = |row: u32| row.to_be_bytes().map(|byte| byte.to_string()).join(".");
    let too_many: Vec<String> = (0..2_000_000).map(|row| format!("m,{}", address(row))).collect();
    let faulty = [
        ("", "sites.csv"),
        ("site,internal\nmunich,\"10.0.0.0/8", "sites.csv:2"),
        (
            "site,internal\nmunich,10.0.0.1/8\n",
            "sites.csv:2: internal: `10.0.0.1/8` has bits beyond its length",
        ),
        (million.as_str(), "more"),
        (&format!("site,internal\n{}\n", too_many.join("\n")), "one too many"),
        ("s\0i\0t\0e\0", "sites.csv"),
        ("\u{feff}", "sites.csv"),
    ];
    for (text, said) in faulty {
        map.write("sites.csv", text);
        let error = world.edge.reload(config.clone()).await.expect_err(said);
        let shown = error.to_string();
        assert!(shown.contains(said), "{said}: {shown}");
        assert!(shown.len() < 64 * 1024, "{}", shown.len());
        assert_eq!(munich(&world).await, "http://munich-1.example/a.ts", "{said}");
    }
    map.write("sites.csv", &SITES.replace("127.1.0.0/16", "127.1.0.0/17"));
    let header = "edge,site,url\n";
    map.write("edges.csv", &format!("{header}{}", EDGES.replace("munich-1", "munich-2")));
    world.edge.reload(config).await.expect("a good map");
    assert_eq!(munich(&world).await, "http://munich-2.example/a.ts");
    assert!((world.metric(ROWS).await - 5.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn an_edge_does_not_start_in_a_place_that_the_map_does_not_have() {
    let map = Map::new(EDGES);
    let mut config = crate::world::config_for(([127, 0, 0, 1], 9).into());
    config.map.files = map.files();
    config.map.realm = Some("elsewhere".into());
    let said = |config: edge::Config| Edge::rehearse(config).expect_err("a fault").to_string();
    assert_eq!(said(config.clone()), "map.realm: the map has no `elsewhere`");
    config.map.realm = None;
    config.map.site = Some("elsewhere".into());
    assert_eq!(said(config.clone()), "map.site: the map has no `elsewhere`");
    config.map.files = vec![map.folder.path().join("missing.csv")];
    assert!(said(config).contains("missing.csv: cannot be read"));
}

#[tokio::test]
async fn without_a_map_nobody_is_anywhere() {
    let world = crate::world::World::new(|_| crate::world::origin::ok("", &[])).await;
    let told = from(BERLIN, &world).get("/self-test.json").await;
    assert_eq!((told.status, told.json()["location"]["state"].as_str()), (StatusCode::OK, Some("unmapped")));
}
