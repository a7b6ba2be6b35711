//! How URLs are understood: rule sets for recognition, and relay paths.

use schemars::JsonSchema;
use serde::Deserialize;

/// Recognition of media URLs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Media {
    /// The built-in rule sets that are used, after your own: `kaltura`, `generic`.
    pub builtin: Vec<Builtin>,
    /// Your own rule sets; the first rule that matches counts.
    pub rules: Vec<RuleSet>,
}

/// A rule set that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Builtin {
    /// The URL shapes of a Kaltura origin.
    Kaltura,
    /// What common packagers write.
    Generic,
}

/// A named set of rules.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleSet {
    /// What messages call it.
    pub name: String,
    /// Where the entry stands in the path.
    #[serde(default)]
    pub entries: Vec<EntryRule>,
    /// What a file name says.
    #[serde(default)]
    pub files: Vec<FileRule>,
}

/// Finds the entry in a path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryRule {
    /// What messages call it.
    pub name: String,
    /// A regular expression with the group `entry`, and perhaps `rendition`.
    pub pattern: String,
    /// Whether such paths are live.
    #[serde(default)]
    pub live: bool,
}

/// Reads a file name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FileRule {
    /// What messages call it.
    pub name: String,
    /// A regular expression, perhaps with the groups `segment`, `shift`, `part` and `rendition`.
    pub pattern: String,
    /// The kind of object.
    pub kind: KindName,
}

/// A kind of object by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are those of media::url::Kind, documented there")]
pub enum KindName {
    MultivariantPlaylist,
    MediaPlaylist,
    Mpd,
    Init,
    Segment,
    Part,
    Key,
    Captions,
    Thumbnail,
    Other,
}

/// Paths of the form `/<app>/<host>/<path at that host>`, which may be nested. Which hosts they may name
/// stands with each origin (`relay-hosts`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Relay {
    /// The first components that make a path a relay path.
    pub apps: Vec<String>,
}

impl Default for Media {
    fn default() -> Self {
        Self { builtin: vec![Builtin::Kaltura, Builtin::Generic], rules: Vec::new() }
    }
}

impl Default for Relay {
    fn default() -> Self {
        Self { apps: ["kVOD", "kCache", "kAPI", "kThumbnail", "kMulticast"].map(String::from).into() }
    }
}

impl Media {
    /// The rules, compiled.
    ///
    /// # Errors
    /// The first rule that is not a valid pattern, by its name.
    pub fn compile(&self) -> Result<media::url::Rules, media::pattern::RuleError> {
        let own = self.rules.iter().map(RuleSet::to_data);
        let builtin = self.builtin.iter().map(|name| match name {
            Builtin::Kaltura => media::pattern::kaltura(),
            Builtin::Generic => media::pattern::generic(),
        });
        media::url::Rules::compile(&own.chain(builtin).collect::<Vec<_>>())
    }
}

impl RuleSet {
    fn to_data(&self) -> media::pattern::RuleSet {
        let entries = self.entries.iter().map(|rule| media::pattern::EntryRule {
            name: rule.name.clone(),
            pattern: rule.pattern.clone(),
            live: rule.live,
        });
        let files = self.files.iter().map(|rule| media::pattern::FileRule {
            name: rule.name.clone(),
            pattern: rule.pattern.clone(),
            kind: rule.kind.to_kind(),
        });
        media::pattern::RuleSet {
            name: self.name.clone(),
            entries: entries.collect(),
            files: files.collect(),
        }
    }
}

impl KindName {
    fn to_kind(self) -> media::url::Kind {
        use media::url::Kind;
        match self {
            Self::MultivariantPlaylist => Kind::MultivariantPlaylist,
            Self::MediaPlaylist => Kind::MediaPlaylist,
            Self::Mpd => Kind::Mpd,
            Self::Init => Kind::Init,
            Self::Segment => Kind::Segment,
            Self::Part => Kind::Part,
            Self::Key => Kind::Key,
            Self::Captions => Kind::Captions,
            Self::Thumbnail => Kind::Thumbnail,
            Self::Other => Kind::Other,
        }
    }
}
