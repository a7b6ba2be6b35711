//! The rules for a request one by one, each over the whole list.

type Field = (Vec<u8>, Vec<u8>);

pub(crate) fn is_sound(list: &[Field]) -> bool {
    let all = |name: &str| {
        let those = list.iter().filter(move |field| field.0 == name.as_bytes());
        those.map(|field| String::from_utf8_lossy(&field.1).into_owned()).collect::<Vec<_>>()
    };
    let one = |name| <[String; 1]>::try_from(all(name)).ok().map(|[value]| value);
    let (Some(method), Some(scheme), Some(path)) = (one(":method"), one(":scheme"), one(":path")) else {
        return false;
    };
    let hosts = [all(":authority"), all("host")];
    let is_one_host = hosts.iter().all(|hosts| hosts.len() < 2)
        && !hosts.concat().is_empty()
        && hosts.concat().windows(2).all(|two| two[0].eq_ignore_ascii_case(&two[1]));
    let is_host = |host: &String| {
        !host.is_empty() && host.chars().all(|c| c.is_ascii_graphic() && !"@/?#\\\"<>^`{|}".contains(c))
    };
    let is_first = |list: &[Field]| list.iter().all(|field| !field.0.starts_with(b":"));
    let count = list.iter().take_while(|field| field.0.starts_with(b":")).count();
    let is_known = |field: &Field| {
        [":method", ":scheme", ":authority", ":path"].iter().any(|name| name.as_bytes() == field.0)
    };
    let is_token = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
    };
    is_one_host
        && hosts.concat().iter().all(is_host)
        && is_first(&list[count..])
        && list[..count].iter().all(is_known)
        && list[count..].iter().all(is_field)
        && is_token(&method)
        && method != "CONNECT"
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && path.chars().all(|c| c.is_ascii_graphic() && c != '#')
        && (path.starts_with('/') || path == "*" && method == "OPTIONS")
}

fn is_field((name, value): &Field) -> bool {
    let Ok(name) = str::from_utf8(name) else { return false };
    let is_name = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase() || "!#$%&'*+-.^_`|~".contains(c);
    let is_of_connection =
        ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"].contains(&name);
    !name.is_empty()
        && name.chars().all(is_name)
        && !is_of_connection
        && (name != "te" || value.eq_ignore_ascii_case(b"trailers"))
        && value.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control())
        && value.trim_ascii().len() == value.len()
}
