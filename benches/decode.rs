//! A page of tickets in memory into Arrow: 8 and 39 columns, against `serde_json` skipping the same bytes.
//!
//! `cargo bench --bench decode`; with `-- --test` every measurement is taken once. In a release build the
//! ratios have floors: the machine matters little to them, so a fall means the decoder got slower.

use std::error::Error;
use std::hint::black_box;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use serde::de::IgnoredAny;
use zuzen_engine::decode::{Column, PageDecoder, Shape, Type};

const TICKETS: u64 = 1000;

const EIGHT: &[(&str, &str)] = &[
    ("id", "int64"),
    ("subject", "text"),
    ("status", "text"),
    ("priority", "text"),
    ("requester_id", "int64"),
    ("organization_id", "int64"),
    ("created_at", "timestamp"),
    ("updated_at", "timestamp"),
];

const MORE: &[(&str, &str)] = &[
    ("url", "text"),
    ("external_id", "text"),
    ("via.channel", "text"),
    ("via.source", "json"),
    ("generated_timestamp", "int64"),
    ("type", "text"),
    ("raw_subject", "text"),
    ("description", "text"),
    ("recipient", "text"),
    ("submitter_id", "int64"),
    ("assignee_id", "int64"),
    ("group_id", "int64"),
    ("collaborator_ids", "list<int64>"),
    ("follower_ids", "list<int64>"),
    ("email_cc_ids", "list<int64>"),
    ("forum_topic_id", "int64"),
    ("problem_id", "int64"),
    ("has_incidents", "bool"),
    ("is_public", "bool"),
    ("due_at", "timestamp"),
    ("tags", "list<text>"),
    ("custom_fields", "json"),
    ("satisfaction_rating", "json"),
    ("sharing_agreement_ids", "list<int64>"),
    ("custom_status_id", "int64"),
    ("encoded_id", "text"),
    ("followup_ids", "list<int64>"),
    ("ticket_form_id", "int64"),
    ("brand_id", "int64"),
    ("allow_channelback", "bool"),
    ("allow_attachments", "bool"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let once = std::env::args().any(|argument| argument == "--test");
    let page = page();
    let mut eight = PageDecoder::new(&shape(EIGHT)?)?;
    let all: Vec<_> = EIGHT.iter().chain(MORE).copied().collect();
    let mut thirty_nine = PageDecoder::new(&shape(&all)?)?;
    let mut nothing = PageDecoder::new(&shape(&[])?)?;

    let (mut skim, mut few, mut many, mut none) = <(Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
    let start = Instant::now();
    // In turn, so that whatever else the machine does falls on all alike.
    while skim.is_empty() || (!once && start.elapsed() < Duration::from_secs(3)) {
        let begun = Instant::now();
        black_box(serde_json::from_slice::<IgnoredAny>(black_box(
            page.as_bytes(),
        ))?);
        skim.push(begun.elapsed());
        for (decoder, columns, times) in [
            (&mut eight, EIGHT.len(), &mut few),
            (&mut thirty_nine, all.len(), &mut many),
            (&mut nothing, 0, &mut none),
        ] {
            let begun = Instant::now();
            let batch = decoder.decode(black_box(page.as_bytes()), &[])?;
            times.push(begun.elapsed());
            let size = (batch.num_rows() as u64, batch.num_columns());
            if size != (TICKETS, columns) {
                return Err(
                    format!("{size:?} instead of {TICKETS} rows, {columns} columns").into(),
                );
            }
        }
    }

    let whole = median(&mut skim);
    let mut out = stdout().lock();
    writeln!(
        out,
        "{} tickets, {} bytes each",
        TICKETS,
        page.len() as u64 / TICKETS
    )?;
    let mut slow = Vec::new();
    for (what, times, floor) in [
        ("skim", &mut skim, 0.0),
        ("count", &mut none, 0.5),
        ("8 columns", &mut few, 0.5),
        ("39 columns", &mut many, 0.3),
    ] {
        let time = median(times).as_secs_f64();
        let ratio = whole.as_secs_f64() / time;
        let speed = page.len() as f64 / time / 1e6;
        writeln!(out, "{what:>10}  {speed:6.0} MB/s  {ratio:.2} x skim")?;
        if ratio < floor {
            slow.push(format!("{what}: {ratio:.2} x skim is under {floor}"));
        }
    }
    if slow.is_empty() || once || cfg!(debug_assertions) {
        return Ok(());
    }
    Err(slow.join("; ").into())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn shape(columns: &[(&str, &str)]) -> Result<Shape, String> {
    let column = |&(path, kind): &(&str, &str)| {
        Ok(Column {
            name: path.replace('.', "_"),
            kind: Type::parse(kind)?,
            path: path.split('.').map(str::to_owned).collect(),
            reference: None,
            values: Vec::new(),
            about: None,
            sideload: None,
            pseudo: false,
            custom: false,
            labels: Default::default(),
            search: None,
        })
    };
    Ok(Shape {
        columns: columns.iter().map(column).collect::<Result<_, String>>()?,
        items: vec!["tickets".to_owned()],
        ..Shape::default()
    })
}

/// A page as an incremental export sends it: about 3.6 KB a ticket, half of it custom fields, twice.
fn page() -> String {
    let tickets: Vec<_> = (0..TICKETS).map(ticket).collect();
    format!(
        r#"{{"tickets":[{}],"after_url":null,"after_cursor":"MTcwNDE2NDY0NS4wfHwxMDAwfA==","end_of_stream":true}}"#,
        tickets.join(",")
    )
}

fn ticket(number: u64) -> String {
    let id = 100_000 + number;
    let person = 360_001_234_000 + number * 7 % 991;
    let (day, second) = (1 + number % 28, number % 60);
    let status = ["new", "open", "pending", "hold", "solved", "closed"][number as usize % 6];
    let priority = ["null", "\"low\"", "\"normal\"", "\"urgent\""][number as usize % 4];
    let fields: Vec<_> = (0..24)
        .map(|field| {
            let value = match (number + field) % 5 {
                0 => "null".to_owned(),
                1 => format!("\"choice_{field}\""),
                2 => "false".to_owned(),
                3 => format!("\"{}\"", number * 31 + field),
                _ => "\"a few words of free text\"".to_owned(),
            };
            format!(r#"{{"id":{},"value":{value}}}"#, 360_011_112_000 + field)
        })
        .collect();
    let fields = fields.join(",");
    let text =
        "Hello,\\n\\nthe printer on floor 3 is \\\"offline\\\" again — restarting did not help.\\n"
            .repeat(5);
    format!(
        concat!(
            r#"{{"url":"https://example.zendesk.com/api/v2/tickets/{id}.json","id":{id},"external_id":null,"#,
            r#""via":{{"channel":"email","source":{{"from":{{"address":"person{number}@example.com","name":"Person {number}"}},"#,
            r#""to":{{"name":"Example","address":"support@example.com"}},"rel":null}}}},"#,
            r#""created_at":"2024-01-{day:02}T03:04:{second:02}Z","updated_at":"2024-02-{day:02}T13:14:{second:02}Z","#,
            r#""generated_timestamp":17041646{second:02},"type":"incident","subject":"Printer offline on floor {second}","#,
            r#""raw_subject":"Printer offline on floor {second}","description":"{text}","priority":{priority},"status":"{status}","#,
            r#""recipient":"support@example.com","requester_id":{person},"submitter_id":{person},"assignee_id":360001230000,"#,
            r#""organization_id":3600099{second:02},"group_id":360000555,"collaborator_ids":[],"follower_ids":[{person}],"#,
            r#""email_cc_ids":[],"forum_topic_id":null,"problem_id":null,"has_incidents":false,"is_public":true,"due_at":null,"#,
            r#""tags":["printer","floor_{second}","hardware"],"custom_fields":[{fields}],"#,
            r#""satisfaction_rating":{{"score":"unoffered"}},"sharing_agreement_ids":[],"custom_status_id":1500000000{second:02},"#,
            r#""encoded_id":"ABC{id}","fields":[{fields}],"followup_ids":[],"ticket_form_id":360000111,"brand_id":360000222,"#,
            r#""allow_channelback":false,"allow_attachments":true,"from_messaging_channel":false,"result_type":"ticket"}}"#,
        ),
        id = id,
        number = number,
        day = day,
        second = second,
        text = text,
        priority = priority,
        status = status,
        person = person,
        fields = fields,
    )
}
