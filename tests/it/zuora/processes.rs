//! Processes that share nothing but a tenant and its queue: everybody is answered, however many ask at once.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use zuzen_engine::Engine;
use zuzen_simulator::{QueryLimits, QueryState};

use super::oracle;
use super::stage::{DATA_QUERY, Served, quick, runtime};
use crate::home::{Home, Running, until};
use crate::render;

/// Statements of a program that embeds the engine, and those of people at the command line, each in a process of its own.
const OF_THE_PROGRAM: usize = 15;
const OF_PEOPLE: usize = 15;

fn statement(number: usize) -> String {
    format!(
        "SELECT v.status, count(*) AS invoices, sum(v.amount) + {number} AS total FROM zuora.invoice v \
         JOIN zuora.account a ON a.id = v.accountid WHERE v.amount > {number} GROUP BY v.status ORDER BY v.status"
    )
}

/// The rows of a statement, as CSV.
async fn truth(number: usize) -> String {
    let plain = oracle::session(oracle::frozen(), None);
    let sql = statement(number).replace("zuora.", "");
    let rows = render::rows(&plain.sql(&sql).await.unwrap().collect().await.unwrap());
    assert!(!rows.is_empty(), "{sql}");
    table(&rows)
}

fn table(rows: &[Vec<String>]) -> String {
    let lines = rows.iter().map(|row| format!("{}\n", row.join(",")));
    format!("status,invoices,total\n{}", lines.collect::<String>())
}

async fn answer(engine: Arc<Engine>, number: usize) -> String {
    let frame = engine.sql(&statement(number)).await.unwrap();
    let batches = frame.collect().await;
    table(&render::rows(
        &batches.unwrap_or_else(|error| panic!("{number}: {error}")),
    ))
}

/// Jobs that somebody has tried to submit, those included that found no place: the keys of a job's attempts are numbered.
fn tried(served: &Served) -> usize {
    let requests = served.simulator.requests();
    let keys = requests
        .iter()
        .filter(|request| request.method == "POST" && request.path == "/query/jobs")
        .filter_map(|request| request.idempotency_key.as_deref());
    let jobs: HashSet<&str> = keys.map(|key| key.rsplit_once('-').unwrap().0).collect();
    jobs.len()
}

#[test]
fn thirty_statements_of_sixteen_processes_are_all_answered() {
    let mut options = quick();
    options.query.job_delay = Duration::from_millis(200);
    let served = Served::with(options);
    let engine = Arc::new(served.engine(DATA_QUERY, "DataQueryJobs=15;"));
    let home = Home::new();
    let connection = format!(
        "zuora={}RetryPause=1;ZuoraService=DataQuery",
        served.simulator.connection_string()
    );
    let zuzen = |sql: &str| {
        let arguments = ["--connect", &connection, "--format", "csv", "-c", sql];
        Running::start(&mut home.command(&arguments))
    };
    let runtime = runtime();
    // Both the program and the people's home know the tables, so that from here on there are no other jobs.
    let first = format!("EXPLAIN {}", statement(0));
    let known = zuzen(&first).end();
    assert_eq!(known.code, Some(0), "{}", known.err);
    runtime.block_on(async { engine.sql(&first).await.unwrap().collect().await.unwrap() });
    let before = tried(&served);

    // As if others held every slot: nothing runs before all have come.
    served.simulator.set_query_limits(QueryLimits {
        running: 0,
        ..QueryLimits::default()
    });
    let of_people: Vec<usize> = (OF_THE_PROGRAM..OF_THE_PROGRAM + OF_PEOPLE).collect();
    let mut people: Vec<Running> = of_people.iter().map(|at| zuzen(&statement(*at))).collect();
    let program: Vec<_> = (0..OF_THE_PROGRAM)
        .map(|at| runtime.spawn(answer(Arc::clone(&engine), at)))
        .collect();
    until("all thirty have come", || {
        tried(&served) == before + OF_THE_PROGRAM + OF_PEOPLE
    });
    assert!(!people.iter_mut().any(Running::has_ended));
    assert!(!program.iter().any(|task| task.is_finished()));
    let jobs = served.data_jobs();
    let waiting = jobs.iter().filter(|job| job.state == QueryState::Accepted);
    assert_eq!(waiting.count(), 10, "the queue has ten places");
    served.simulator.set_query_limits(QueryLimits::default());

    runtime.block_on(async {
        for (number, task) in program.into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), truth(number).await, "{number}");
        }
        for (number, process) in of_people.into_iter().zip(people) {
            let ended = process.end();
            assert_eq!(ended.code, Some(0), "{}", ended.err);
            assert_eq!(ended.out, truth(number).await, "{number}");
        }
    });
    assert_eq!(served.simulator.most_running(), 5);
    let requests = served.simulator.requests();
    let full = requests.iter().filter(|request| request.status == 429);
    assert!(full.count() >= 20, "of thirty, twenty found no place");
    let jobs = served.data_jobs();
    assert_eq!(jobs.len(), OF_THE_PROGRAM + OF_PEOPLE, "a job ran twice");
    assert!(jobs.iter().all(|job| job.state == QueryState::Completed));
}
