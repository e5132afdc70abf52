//! Taking turns: the engine, the bare client, the engine again …, so that whatever else the machine does falls on both.

use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::account::Account;
use crate::answer::{Answer, ask};
use crate::process::{Cost, Stopwatch};
use crate::{Outcome, bare};

/// Turns that are enough, and those that are too few unless they take very long.
const TURNS: (usize, usize) = (25, 3);
const LONG_ENOUGH: Duration = Duration::from_secs(6);
const VERY_LONG: Duration = Duration::from_secs(60);

/// How often to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) once: bool,
}

/// Turns still to be taken.
#[derive(Debug)]
pub(crate) struct Turns {
    pace: Pace,
    begun: Instant,
    taken: usize,
}

impl Pace {
    pub(crate) fn begin(self) -> Turns {
        Turns {
            pace: self,
            begun: Instant::now(),
            taken: 0,
        }
    }
}

impl Turns {
    /// Whether there is another turn.
    pub(crate) fn another(&mut self) -> bool {
        let (enough, few) = if self.pace.once { (1, 1) } else { TURNS };
        let elapsed = self.begun.elapsed();
        let over = self.taken >= enough
            || (self.taken >= few && elapsed > LONG_ENOUGH)
            || elapsed > VERY_LONG;
        self.taken += 1;
        !over
    }
}

/// Medians of both sides.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) zuzen: Cost,
    pub(crate) bare: Cost,
    /// Of the times within one turn.
    pub(crate) ratio: f64,
    pub(crate) turns: usize,
}

/// Asks once, so that the server has all pages ready, then measures.
pub(crate) fn compare(
    runtime: &Runtime,
    account: &Account,
    latency: u64,
    sql: &str,
    pace: Pace,
) -> Outcome<(Answer, Comparison)> {
    let mut answer = runtime.block_on(ask(account, sql))?;
    answer.requests.sort();
    let (mut zuzen, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    account.delay(runtime, latency)?;
    let mut turns = pace.begin();
    while turns.another() {
        let mut again = runtime.block_on(ask(account, sql))?;
        again.requests.sort();
        if (again.rows, &again.requests) != (answer.rows, &answer.requests) {
            return Err("the same question was answered by other requests".into());
        }
        let client = bare::client()?;
        let watch = Stopwatch::start(&account.processes());
        let bytes = runtime.block_on(bare::drain(&client, account.url(), &answer.requests))?;
        let cost = watch.stop();
        if bytes != answer.bytes() {
            return Err(format!("{bytes} bytes drained instead of {}", answer.bytes()).into());
        }
        ratios.push(again.cost.wall.as_secs_f64() / cost.wall.as_secs_f64());
        zuzen.push(again.cost);
        bare.push(cost);
    }
    account.delay(runtime, 0)?;
    ratios.sort_by(f64::total_cmp);
    let comparison = Comparison {
        turns: ratios.len(),
        ratio: ratios[ratios.len() / 2],
        zuzen: typical(&zuzen),
        bare: typical(&bare),
    };
    Ok((answer, comparison))
}

/// The median time. CPU times are too coarse for medians: they are means.
fn typical(costs: &[Cost]) -> Cost {
    let mean = |pick: fn(&Cost) -> Option<Duration>| {
        let sum = costs.iter().map(pick).sum::<Option<Duration>>()?;
        Some(sum.div_f64(costs.len() as f64))
    };
    let mut walls: Vec<Duration> = costs.iter().map(|cost| cost.wall).collect();
    Cost {
        wall: middle(&mut walls),
        own: mean(|cost| cost.own),
        server: mean(|cost| cost.server),
    }
}

pub(crate) fn middle(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
