//! Calls of procedures that only tests know: what they are told, what they answer, and how often they are called.

mod errors;
mod forms;
mod once;
mod secrets;

use std::sync::Mutex;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::dataframe::DataFrame;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::arguments::Arguments;
use super::declared::{Gives, Holds, Parameter, Procedure, Required, ResultColumn};
use super::run::Answer;
use crate::connection::Connection;
use crate::{Engine, Error, Kind};

/// The labels of all calls that were made.
static CALLS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// How often a call of this label was made.
fn calls(label: &str) -> usize {
    let calls = CALLS.lock().unwrap();
    calls.iter().filter(|known| *known == label).count()
}

const fn parameter(name: &'static str, holds: Holds, required: Required) -> Parameter {
    Parameter {
        name,
        holds,
        required,
        default: None,
        about: "Something.",
    }
}

const fn result(name: &'static str, holds: Gives) -> ResultColumn {
    ResultColumn {
        name,
        holds,
        sensitive: false,
        about: "Something.",
    }
}

/// `EchoBack` answers what it was told, `TakeToken` wants a token, `OnlyThere` belongs to another connector.
static PROCEDURES: &[Procedure] = &[
    Procedure {
        name: "EchoBack",
        about: "Answers what it was told.",
        connectors: &["zendesk"],
        parameters: &[
            parameter("Label", Holds::Text, Required::Never),
            Parameter {
                default: Some("APP"),
                ..parameter("AuthMode", Holds::Word(&["APP", "WEB"]), Required::Never)
            },
            parameter("Code", Holds::Secret, Required::With("AuthMode", "WEB")),
            parameter("Loud", Holds::Flag, Required::Never),
            parameter("CallbackURL", Holds::Address, Required::Never),
        ],
        results: &[
            result("Label", Gives::Text),
            result("AuthMode", Gives::Text),
            result("HasCode", Gives::Flag),
            result("Loud", Gives::Text),
            result("CallbackURL", Gives::Text),
            result("Length", Gives::Number),
        ],
        body: echo,
    },
    Procedure {
        name: "TakeToken",
        about: "Wants a token and fails.",
        connectors: &["zendesk"],
        parameters: &[parameter("Token", Holds::Secret, Required::Always)],
        results: &[result("Done", Gives::Flag)],
        body: take,
    },
    Procedure {
        name: "OnlyThere",
        about: "Belongs to another connector.",
        connectors: &["zuora"],
        parameters: &[],
        results: &[result("Done", Gives::Flag)],
        body: take,
    },
];

fn echo<'a>(_: &'a Connection, told: &'a Arguments) -> BoxFuture<'a, Result<Answer, Error>> {
    let owned = |name| told.text(name).map(str::to_owned);
    let label = owned("Label");
    let length = label.as_ref().map(|label| label.len() as i64);
    let answer = Answer::default()
        .text("Label", label.clone())
        .text("AuthMode", owned("AuthMode"))
        .flag("HasCode", told.secret("Code").is_some())
        .text("Loud", told.flag("Loud").map(|flag| flag.to_string()))
        .text("CallbackURL", owned("CallbackURL"))
        .number("Length", length);
    async move {
        // A reader that polls meanwhile must not call again.
        tokio::task::yield_now().await;
        CALLS.lock().unwrap().push(label.unwrap_or_default());
        Ok(answer)
    }
    .boxed()
}

fn take<'a>(_: &'a Connection, told: &'a Arguments) -> BoxFuture<'a, Result<Answer, Error>> {
    let message = format!("the token {:?} is not good", told.secret("Token"));
    async move { Err(Error::new(Kind::Auth, message)) }.boxed()
}

const URL: &str = "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret";

/// An engine with these connections, all of them to Zendesk.
fn engine(names: &[&str]) -> Engine {
    let builder = names.iter().fold(Engine::builder(), |builder, name| {
        builder.connection(*name, URL)
    });
    builder.build_with(PROCEDURES).unwrap()
}

/// The rows as text, columns separated by `|`.
fn table(batches: &[RecordBatch]) -> Vec<String> {
    let text = pretty_format_batches(batches).unwrap().to_string();
    let lines = text.lines().filter(|line| line.starts_with('|')).skip(1);
    let cells = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        cells.join("|")
    };
    lines.map(cells).collect()
}

async fn fetched(rows: Result<DataFrame, Error>) -> Result<Vec<String>, Error> {
    Ok(table(&rows?.collect().await?))
}

async fn rows(engine: &Engine, sql: &str) -> Vec<String> {
    let rows = fetched(engine.sql(sql).await).await;
    rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn failure(engine: &Engine, sql: &str) -> Error {
    match fetched(engine.sql(sql).await).await {
        Ok(rows) => panic!("{sql}: {rows:?}"),
        Err(error) => error,
    }
}
