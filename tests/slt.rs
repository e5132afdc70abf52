//! SQL suites over the simulator: each file under `tests/slt` runs with pushdown on, with pushdown off, and over the
//! oracle's in-memory tables; all three must give what the file says.
//!
//! Lines at the head of a file decide how it runs:
//!
//! - `# pushdown: on` runs it once, for files about EXPLAIN, request counts or errors;
//! - `# use: NAME` chooses the default schema, `zendesk` otherwise;
//! - `# costs: shown` keeps the estimates and the reads not taken in plans, left out otherwise;
//! - `# time_zone: NAME` and `# connect: PROPERTIES` configure the engine, `# now: INSTANT` stops its clock.
//!
//! A line `-- plainly: SQL` at the end of a statement says it in words that every engine knows: the oracle runs that.
//!
//! Connections to Zuora are named by what reads it: `zuora` is Data Query, `zuora_aqua` the exports, `zuora_auto` both.
//!
//! Each file has an engine of its own, so that `system.requests` starts empty and nothing has been learnt. A connection
//! exists if the file names it. `--complete` rewrites expectations: those of files that run in all modes from the oracle,
//! never from what the engine printed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[path = "it/oracle.rs"]
#[expect(dead_code, reason = "the other test target uses the rest")]
mod oracle;
#[path = "it/render.rs"]
mod render;
#[path = "it/stage.rs"]
#[expect(dead_code, reason = "the other test target uses the rest")]
mod stage;
#[path = "it/zuora"]
#[expect(dead_code, reason = "the other test target uses the rest")]
mod zuora {
    pub(crate) mod oracle;
    pub(crate) mod stage;
}

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::prelude::SessionContext;
use libtest_mimic::{Arguments, Failed, Trial};
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner, strict_column_validator};
use tokio::runtime::Runtime;
use zuzen_engine::{Engine, Error};

fn main() -> ExitCode {
    let complete = std::env::args().any(|argument| argument == "--complete");
    let arguments =
        Arguments::from_iter(std::env::args().filter(|argument| argument != "--complete"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let mut trials = Vec::new();
    for file in files(&folder) {
        let name = file.strip_prefix(&folder).unwrap().display().to_string();
        let script = Script::read(&file);
        let modes = match (script.once, complete) {
            (true, _) => vec![Mode::On],
            (false, true) => vec![Mode::Oracle],
            (false, false) => vec![Mode::Oracle, Mode::On, Mode::Off],
        };
        for mode in modes {
            let script = script.clone();
            let name = format!("{name} {}", mode.name());
            trials.push(Trial::test(name, move || script.run(mode, complete)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "slt") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    On,
    Off,
    Oracle,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Oracle => "oracle",
        }
    }
}

/// A file and what its head asks for.
#[derive(Debug, Clone)]
struct Script {
    path: PathBuf,
    once: bool,
    default_schema: String,
    time_zone: Option<String>,
    now: Option<String>,
    costs: bool,
    connect: String,
    connections: Vec<String>,
}

impl Script {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let told = |name: &str| {
            text.lines()
                .take_while(|line| line.starts_with('#'))
                .find_map(|line| line.strip_prefix(&format!("# {name}: ")))
                .map(|value| value.trim().to_owned())
        };
        let default_schema = told("use").unwrap_or_else(|| "zendesk".to_owned());
        let mut connections = vec![default_schema.clone()];
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for word in words {
            let known = matches!(word, "zendesk" | "live" | "live_agent")
                || is_scenario(word)
                || service(word).is_some();
            if known && !connections.iter().any(|name| name == word) {
                connections.push(word.to_owned());
            }
        }
        Self {
            path: path.to_owned(),
            once: told("pushdown").is_some_and(|mode| mode == "on"),
            default_schema,
            time_zone: told("time_zone"),
            now: told("now"),
            costs: told("costs").is_some_and(|what| what == "shown"),
            connect: told("connect").unwrap_or_default(),
            connections,
        }
    }

    fn run(&self, mode: Mode, complete: bool) -> Result<(), Failed> {
        let names = self.connections.iter().map(String::as_str);
        let (tenants, names): (Vec<&str>, Vec<&str>) =
            names.partition(|name| service(name).is_some());
        let stage = stage::Stage::with(names.iter().copied(), &self.connect);
        let mut builder = stage.builder();
        let served = (!tenants.is_empty()).then(zuora::stage::Served::frozen);
        for name in &tenants {
            if let (Some(served), Some(service)) = (&served, service(name)) {
                builder = builder.connection(*name, served.connection(service, &self.connect));
            }
        }
        if let Some(zone) = &self.time_zone {
            builder = builder.time_zone(zone);
        }
        if let Some(now) = self.now.clone() {
            builder = builder.clock(move || now.parse().unwrap());
        }
        let engine = builder.build()?;
        let house = if mode == Mode::Oracle {
            let schemas = if names.is_empty() { &tenants } else { &names };
            let context = oracle::session(oracle::frozen(), schemas);
            for name in &tenants {
                let exact = zuora::oracle::frozen();
                match service(name) {
                    Some(zuora::stage::DATA_QUERY) => zuora::oracle::add(&context, name, exact),
                    // Exports tell times to the second.
                    _ => {
                        zuora::oracle::add(&context, name, &zuora::oracle::in_seconds(exact));
                    }
                }
            }
            House::Oracle(context)
        } else {
            House::Engine(Box::new(engine))
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let mut session = Some(Session {
            house,
            runtime,
            costs: self.costs,
        });
        if let Some(session) = &mut session {
            session.run(&format!("USE {}", self.default_schema))?;
            if mode == Mode::Off {
                session.run("SET zuzen.pushdown = off")?;
            }
        }
        let mut runner = Runner::new(|| {
            let session = session.take();
            async move {
                session
                    .ok_or_else(|| Error::new(zuzen_engine::Kind::Internal, "one session a file"))
            }
        });
        runner.with_column_validator(strict_column_validator);
        if complete {
            let done = runner.update_test_file(
                &self.path,
                " ",
                sqllogictest::default_validator,
                sqllogictest::default_normalizer,
                strict_column_validator,
            );
            return futures::executor::block_on(done).map_err(|error| error.to_string().into());
        }
        runner
            .run_file(&self.path)
            .map_err(|error| format!("{}", error.display(false)).into())
    }
}

/// What reads a connection to Zuora of this name.
fn service(name: &str) -> Option<&'static str> {
    match name {
        "zuora" => Some(zuora::stage::DATA_QUERY),
        "zuora_aqua" => Some(zuora::stage::EXPORT),
        "zuora_auto" => Some(zuora::stage::AUTO),
        _ => None,
    }
}

fn is_scenario(word: &str) -> bool {
    word.strip_prefix("zendesk_").is_some_and(|scenario| {
        scenario == "agent" || zuzen_simulator::Faults::SCENARIOS.contains(&scenario)
    })
}

enum House {
    Engine(Box<Engine>),
    Oracle(SessionContext),
}

/// What the runner talks to.
struct Session {
    house: House,
    runtime: Runtime,
    costs: bool,
}

impl Session {
    async fn rows(house: &House, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        let sql = match (house, sql.split_once("-- plainly: ")) {
            (House::Oracle(_), Some((_, plainly))) => plainly,
            _ => sql,
        };
        let rows = match house {
            House::Engine(engine) => engine.sql(sql).await?,
            House::Oracle(_) if sql.starts_with("SET zuzen.") => {
                return Ok((SchemaRef::new(Schema::empty()), Vec::new()));
            }
            House::Oracle(context) => match sql.strip_prefix("USE ") {
                Some(name) => {
                    context
                        .sql(&format!("SET datafusion.catalog.default_schema = '{name}'"))
                        .await?
                }
                None => context.sql(sql).await?,
            },
        };
        let schema = SchemaRef::new(rows.schema().as_arrow().clone());
        Ok((schema, rows.collect().await?))
    }
}

impl DB for Session {
    type Error = Error;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Error> {
        let (schema, batches) = self.runtime.block_on(Self::rows(&self.house, sql))?;
        if schema.fields().is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        let rows = render::rows(&batches);
        if schema.field(0).name() == "plan_type" {
            return Ok(DBOutput::Rows {
                types: vec![DefaultColumnType::Text],
                rows: plan(rows, self.costs),
            });
        }
        let types = schema.fields().iter().map(|field| kind(field.data_type()));
        Ok(DBOutput::Rows {
            types: types.collect(),
            rows,
        })
    }

    fn engine_name(&self) -> &'static str {
        "zuzen"
    }
}

/// Lines of a plan that change with every new read and every better guess.
const COSTS: [&str; 2] = ["| estimate: ", "| not taken: "];

/// The physical plan, a row for each line.
fn plan(rows: Vec<Vec<String>>, costs: bool) -> Vec<Vec<String>> {
    let physical = rows
        .into_iter()
        .filter(|row| row.first().is_some_and(|kind| kind != "logical_plan"));
    physical
        .filter_map(|row| row.into_iter().nth(1))
        .flat_map(|plan| {
            plan.split("\\n")
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .filter(|line| costs || !COSTS.iter().any(|cost| line.starts_with(cost)))
                .map(|line| vec![line.to_owned()])
                .collect::<Vec<_>>()
        })
        .collect()
}

fn kind(kind: &DataType) -> DefaultColumnType {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DefaultColumnType::Text,
        kind if kind.is_integer() => DefaultColumnType::Integer,
        kind if kind.is_floating() => DefaultColumnType::FloatingPoint,
        _ => DefaultColumnType::Any,
    }
}
