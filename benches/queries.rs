//! Whole questions over a simulated account: time, CPU, requests, bytes and memory, each beside a bare HTTP client
//! that drains the very same pages.
//!
//! `cargo bench -p zuzen --bench queries -- --tickets 100000 --latency 50`; with `-- --test` every measurement is taken
//! once on a small account. (Without `-p zuzen` other crates' tests ask for more features of what DataFusion stands on,
//! and all of it is built again.) Request counts and memory are asserted always; times only as ratios, in a release build.
//! It starts the server in processes of its own and refuses to talk to any other account.

#[path = "queries/account.rs"]
mod account;
#[path = "queries/answer.rs"]
mod answer;
#[path = "queries/arguments.rs"]
mod arguments;
#[path = "queries/bare.rs"]
mod bare;
#[path = "queries/comparison.rs"]
mod comparison;
#[path = "queries/process.rs"]
mod process;
#[path = "queries/replay.rs"]
mod replay;
#[path = "queries/report.rs"]
mod report;

use std::error::Error;
use std::process::Command;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::account::Account;
use crate::answer::{Answer, ask, keys};
use crate::arguments::{Measures, Task};
use crate::comparison::{Pace, compare, middle};
use crate::report::Report;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The tickets that an export page of Zendesk holds.
const PAGE: u64 = 1_000;
/// The keys that a show_many of Zendesk takes.
const KEYS: u64 = 100;
/// `*` asks which custom fields there are, once an hour.
const FIELDS: u64 = 1;
/// Megabytes that a scan may need, and those it is meant to need.
const MEMORY: (u64, u64) = (300, 120);

const EVERYTHING: &str = "SELECT * FROM zendesk.tickets";
const EIGHT: &str = "SELECT id, subject, status, priority, requester_id, organization_id, created_at, updated_at \
                     FROM zendesk.tickets";
const AGGREGATE: &str =
    "SELECT status, priority, count(*), max(updated_at) FROM zendesk.tickets GROUP BY 1, 2";
const FEW: &str = "SELECT * FROM zendesk.tickets LIMIT 10";
const NEWEST: &str = "SELECT * FROM zendesk.tickets ORDER BY updated_at DESC LIMIT 10";
const OPEN: &str = "SELECT id, subject FROM zendesk.tickets WHERE status = 'open'";
const URGENT: &str = "t.status = 'open' AND t.priority = 'urgent'";

fn main() -> Outcome<()> {
    match Task::read(std::env::args().skip(1))? {
        Task::Replay(upstream) => replay::serve(&upstream),
        Task::Get(address) => bare::get(&address),
        Task::Measure(measures) => Bench::start(measures)?.run(),
    }
}

struct Bench {
    measures: Measures,
    runtime: Runtime,
    account: Account,
    pace: Pace,
    /// Milliseconds before each answer, for what is compared now.
    latency: u64,
    report: Report,
}

impl Bench {
    fn start(measures: Measures) -> Outcome<Self> {
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .thread_stack_size(8 << 20)
            .build()?;
        Ok(Self {
            account: Account::start(measures.tickets)?,
            runtime,
            pace: Pace {
                once: measures.once,
            },
            latency: 0,
            report: Report::new(measures.once),
            measures,
        })
    }

    fn run(mut self) -> Outcome<()> {
        let everything = self.ask(EVERYTHING)?;
        self.report.head(&everything)?;
        self.whole_table(&everything)?;
        self.small_questions()?;
        self.process(&everything)?;
        self.report.end()
    }

    /// Scans, with and without latency.
    fn whole_table(&mut self, everything: &Answer) -> Outcome<()> {
        // The export, and before and after it one page of the list of what changed within its lag.
        let pages = everything.rows.div_ceil(PAGE) + 2;
        self.latency = 0;
        self.report.section("at 0 ms")?;
        self.compare("SELECT *", EVERYTHING, pages + FIELDS, Some(4.5))?;
        self.compare("8 columns", EIGHT, pages, Some(3.2))?;
        self.compare("aggregate", AGGREGATE, pages, Some(3.2))?;
        self.latency = self.measures.latency;
        self.report.section(&format!("at {} ms", self.latency))?;
        self.compare("SELECT *", EVERYTHING, pages + FIELDS, Some(1.15))?;
        self.compare("8 columns", EIGHT, pages, Some(1.15))?;
        Ok(())
    }

    /// Questions that must not cost a scan.
    fn small_questions(&mut self) -> Outcome<()> {
        let ids = self.runtime.block_on(keys(
            self.account.properties(),
            "SELECT id FROM zendesk.tickets LIMIT 250",
        ))?;
        let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
        let many = format!(
            "SELECT id, subject FROM zendesk.tickets WHERE id IN ({})",
            ids.join(", ")
        );
        let join = format!(
            "SELECT t.id, u.name FROM zendesk.tickets t JOIN zendesk.users u ON u.id = t.requester_id WHERE {URGENT}"
        );
        let requesters = self.ask(&format!(
            "SELECT DISTINCT requester_id FROM zendesk.tickets t WHERE {URGENT}"
        ))?;
        self.report
            .expect("requesters beyond 0", u64::from(requesters.rows > 0), 1);
        let by_keys = requesters.rows.div_ceil(KEYS);
        let tickets = requesters.requests.len() as u64;
        let open = self.ask(OPEN)?;

        for latency in [0, self.measures.latency] {
            self.report
                .section(&format!("small questions at {latency} ms"))?;
            self.latency = latency;
            let few = self.compare("LIMIT 10", FEW, 1 + FIELDS, None)?;
            self.report.expect("rows of LIMIT 10", few.rows, 10);
            let found = self.compare("250 ids", &many, (ids.len() as u64).div_ceil(KEYS), None)?;
            self.report
                .expect("rows of 250 ids", found.rows, ids.len() as u64);
            let newest = self.compare("10 newest", NEWEST, 1 + FIELDS, None)?;
            self.report.expect("rows of 10 newest", newest.rows, 10);
            // Search finds them, the list of recent changes adds what the index does not hold yet.
            self.compare("status = 'open'", OPEN, open.rows.div_ceil(PAGE) + 1, None)?;
            let joined = self.compare("join by keys", &join, tickets + by_keys, None)?;
            let users = joined
                .requests
                .iter()
                .filter(|request| request.table.ends_with("users"));
            self.report
                .expect("requests for users", users.count() as u64, by_keys);
        }
        Ok(())
    }

    /// Whole processes: memory of a scan, time of a small question.
    fn process(&mut self, everything: &Answer) -> Outcome<()> {
        self.report.title("whole processes at 0 ms")?;
        let tenth = {
            let small = Account::start(self.measures.tickets.div_ceil(10))?;
            // So that both scans meet a server that has its pages ready.
            let warm = self.runtime.block_on(ask(&small, EVERYTHING))?;
            (warm.rows, process::run(&mut zuzen(&small, EVERYTHING))?)
        };
        let whole = (
            everything.rows,
            process::run(&mut zuzen(&self.account, EVERYTHING))?,
        );
        for (rows, run) in [tenth, whole] {
            self.report.memory(rows, &run, MEMORY)?;
        }

        let few = self.ask(FEW)?;
        let address = few.requests.last().ok_or("LIMIT 10 has sent no request")?;
        let address = format!("{}{}", self.account.url(), address.address);
        let mut times: (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
        let mut peak = None;
        let mut turns = self.pace.begin();
        while turns.another() {
            let run = process::run(&mut zuzen(&self.account, FEW))?;
            times.0.push(run.wall);
            peak = run.peak;
            let mut bare = Command::new(std::env::current_exe()?);
            times
                .1
                .push(process::run(bare.args(["--get", &address]))?.wall);
        }
        self.report
            .start("LIMIT 10", middle(&mut times.0), middle(&mut times.1), peak)
    }

    fn ask(&self, sql: &str) -> Outcome<Answer> {
        self.runtime.block_on(ask(&self.account, sql))
    }

    fn compare(
        &mut self,
        name: &str,
        sql: &str,
        requests: u64,
        ceiling: Option<f64>,
    ) -> Outcome<Answer> {
        let (answer, comparison) =
            compare(&self.runtime, &self.account, self.latency, sql, self.pace)
                .map_err(|error| format!("{name}: {error}"))?;
        self.report.row(name, &answer, &comparison, ceiling)?;
        self.report.expect(
            &format!("requests of {name}"),
            answer.requests.len() as u64,
            requests,
        );
        Ok(answer)
    }
}

/// A process that asks one question.
fn zuzen(account: &Account, sql: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zuzen"));
    let connection = format!("zendesk={}", account.properties());
    command.args(["--connect", &connection, "-c", sql, "--format", "ndjson"]);
    command
}
