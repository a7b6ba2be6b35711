//! `spokecast key`: the keys with which an edge signs where a viewer is.
//!
//! Only public parts are printed. The private one is in its file, and nowhere else.

use std::fmt;

use edge::locate::key;
use serde_json::json;

use crate::arguments::{KeyCommand, KeyFileArguments};
use crate::output::print;

pub(super) fn run(command: &KeyCommand) -> anyhow::Result<()> {
    let (key, KeyFileArguments { json, .. }) = match command {
        KeyCommand::New(arguments) => (key::create(&arguments.file)?, arguments),
        KeyCommand::Show(arguments) => (key::load(&arguments.file)?, arguments),
    };
    let key = key.verifying_key();
    let public = Public { id: key.id().to_string(), pem: key.to_pem(), base64url: key.to_base64url() };
    let printed = if *json { print(format_args!("{:#}", public.json())) } else { print(public) };
    Ok(printed?)
}

/// What portals get, in each form.
struct Public {
    id: String,
    pem: String,
    base64url: String,
}

impl Public {
    fn json(&self) -> serde_json::Value {
        json!({ "id": self.id, "public": { "pem": self.pem, "base64url": self.base64url } })
    }
}

impl fmt::Display for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key id: {}\n{}", self.id, self.pem.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let pem = "-----BEGIN PUBLIC KEY-----\nMC\n-----END PUBLIC KEY-----\n".to_owned();
        let public = Public { id: "0123456789abcdef".into(), pem: pem.clone(), base64url: "QQ".into() };
        assert_eq!(format!("{public}\n"), format!("Key id: 0123456789abcdef\n{pem}"));
        let json = public.json();
        assert_eq!((&json["id"], &json["public"]["base64url"]), (&"0123456789abcdef".into(), &"QQ".into()));
        assert_eq!(json["public"]["pem"], pem);
    }
}
