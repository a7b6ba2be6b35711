//! `spokecast collect query`.

use std::process::ExitCode;

use collector::store::{Count, Question, Reader};
use telemetry::report::Segments;

use super::BUSY;
use crate::arguments::QueryArguments;
use crate::command::map::Columns;
use crate::command::runtime;
use crate::output::print;
use crate::paint::Paint;

pub(super) fn run(arguments: &QueryArguments) -> anyhow::Result<ExitCode> {
    let mut question = Question {
        site: arguments.site.clone(),
        entry: arguments.entry.clone(),
        from: arguments.from,
        to: arguments.to,
        segments: arguments.segments,
        ..Question::default()
    };
    runtime()?.block_on(async {
        let reader = Reader::open(&arguments.database, BUSY).await?;
        let paint = Paint::of(arguments.color);
        // Page by page: what is printed is not held.
        let mut is_first = true;
        loop {
            let page = reader.sums(&question, None).await?;
            if arguments.json {
                print_json(&page.counts, is_first, page.next.is_none())?;
            } else {
                print_table(&page.counts, is_first, arguments.segments, paint)?;
            }
            is_first = false;
            question.after = page.next;
            if question.after.is_none() {
                return Ok(ExitCode::SUCCESS);
            }
        }
    })
}

/// One page of a list that goes over all of them.
fn print_json(counts: &[Count], is_first: bool, is_last: bool) -> anyhow::Result<()> {
    if is_first {
        print("{ \"counts\": [")?;
    }
    let lines = counts.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    // Before the page, not behind the last: what was to come may be forgotten meanwhile.
    let begin = if is_first { " " } else { "," };
    if !lines.is_empty() {
        print(format_args!("{begin} {}", lines.join(",\n  ")))?;
    }
    if is_last { Ok(print("] }")?) } else { Ok(()) }
}

fn print_table(counts: &[Count], is_first: bool, told_apart: bool, paint: Paint) -> anyhow::Result<()> {
    if is_first && counts.is_empty() {
        return Ok(print(paint.doubtful("nothing was reported"))?);
    }
    let head = if told_apart { &["requests", "entry", "segments"][..] } else { &["requests", "entry"] };
    let head = head.iter().map(|name| paint.label(name)).collect();
    // Numbers end where the others of the page do.
    let digits = counts.iter().map(|count| count.count.to_string().len()).max().unwrap_or_default().max(8);
    let rows = counts.iter().map(|count| {
        let mut row = vec![paint.strong(format_args!("{:>digits$}", count.count)), count.entry.to_string()];
        row.extend(count.segments.map(words));
        row
    });
    Ok(print(Columns(is_first.then_some(head).into_iter().chain(rows).collect()))?)
}

fn words(segments: Segments) -> String {
    match segments {
        Segments::One(number) => number.to_string(),
        Segments::Range { first, last } => format!("others of {first} to {last}"),
        Segments::Entry => "others".into(),
    }
}
