//! Running child processes in the open, and timing the named steps that they make up.
//!
//! Children inherit the terminal, so their output appears as they write it. Only [`output`] captures, for the few
//! commands whose answer is parsed; their standard error is still shown.

mod report;

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

pub(crate) use report::Report;

/// Shows the command, runs it, and fails naming it unless it exits with 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = describe(command);
    println!("{}", dim(&format!("$ {shown}")));
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Like [`run`], but returns what the command wrote to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    println!("{}", dim(&format!("$ {}", describe(command))));
    quiet_output(command)
}

/// Like [`output`], for questions that are not worth a line of their own.
pub(crate) fn quiet_output(command: &mut Command) -> Result<String> {
    let shown = describe(command);
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed something other than UTF-8"))
}

/// The first line that `program arguments…` prints, or `None` if it is missing or fails. Never shown.
pub(crate) fn probe<const N: usize>(program: &str, arguments: [&str; N]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// The command as it would be typed: its folder, the variables set for it, program and arguments.
pub(crate) fn describe(command: &Command) -> String {
    let mut text = String::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            let _ = write!(text, "{}={} ", name.to_string_lossy(), quoted(&value.to_string_lossy()));
        }
    }
    text.push_str(&quoted(&command.get_program().to_string_lossy()));
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&quoted(&argument.to_string_lossy()));
    }
    match command.get_current_dir() {
        Some(folder) if std::env::current_dir().is_ok_and(|here| here != folder) => {
            format!("(cd {} && {text})", quoted(&folder.to_string_lossy()))
        }
        _ => text,
    }
}

pub(crate) fn red(text: &str) -> String {
    paint("31;1", text)
}

pub(crate) fn green(text: &str) -> String {
    paint("32;1", text)
}

pub(crate) fn bold(text: &str) -> String {
    paint("1", text)
}

pub(crate) fn dim(text: &str) -> String {
    paint("2", text)
}

fn paint(code: &str, text: &str) -> String {
    let plain = ["NO_COLOR", "CI"].iter().any(|name| std::env::var_os(name).is_some());
    if plain || !std::io::stdout().is_terminal() {
        text.to_owned()
    } else {
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:+,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_can_be_pasted_into_a_shell() {
        let mut command = Command::new("cargo");
        command.args(["doc", "it's", ""]).env("RUSTDOCFLAGS", "-D warnings").current_dir("/elsewhere");
        assert_eq!(
            describe(&command),
            r"(cd /elsewhere && RUSTDOCFLAGS='-D warnings' cargo doc 'it'\''s' '')"
        );
    }

    #[test]
    fn a_failure_names_the_command_and_its_exit_code() {
        let error = run(Command::new("sh").args(["-c", "exit 7"])).unwrap_err().to_string();
        assert_eq!(error, "`sh -c 'exit 7'` failed (exit status: 7)");
    }

    #[test]
    fn a_program_that_does_not_exist_is_named() {
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(format!("{error:#}").starts_with("cannot start `no-such-program-here`: "), "{error:#}");
    }

    #[test]
    fn a_probe_answers_with_the_first_line_or_nothing() {
        assert_eq!(probe("sh", ["-c", "echo one; echo two"]).as_deref(), Some("one"));
        assert_eq!(probe("sh", ["-c", "echo one; exit 1"]), None);
        assert_eq!(probe("no-such-program-here", []), None);
    }
}
