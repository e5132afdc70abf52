//! What was typed, and what the bench types to itself.

use crate::Outcome;

/// What a process of this bench is to do.
#[derive(Debug)]
pub(crate) enum Task {
    /// Take all measures.
    Measure(Measures),
    /// Keep and repeat the answers of the server at this address.
    Replay(String),
    /// Fetch this address once: the least that a process with an HTTP client can do.
    Get(String),
}

/// What to measure.
#[derive(Debug)]
pub(crate) struct Measures {
    /// Each measure once, on a small account.
    pub(crate) once: bool,
    /// Tickets of the account.
    pub(crate) tickets: u32,
    /// Milliseconds before each answer, where latency is measured.
    pub(crate) latency: u64,
}

impl Task {
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let (mut once, mut tickets, mut latency) = (false, None, 50);
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{argument} wants a value"))
            };
            match argument.as_str() {
                // What cargo adds by itself.
                "--bench" => {}
                "--test" => once = true,
                "--tickets" => tickets = Some(value()?.parse()?),
                "--latency" => latency = value()?.parse()?,
                "--replay" => return Ok(Self::Replay(value()?)),
                "--get" => return Ok(Self::Get(value()?)),
                other => {
                    return Err(format!(
                        "`{other}` is not known; there are --test, --tickets N, --latency MS"
                    )
                    .into());
                }
            }
        }
        let tickets = tickets.unwrap_or(if once { 1_200 } else { 20_000 });
        if tickets < 1_000 {
            return Err("fewer than 1000 tickets do not hold the 250 that a question asks for in every account".into());
        }
        Ok(Self::Measure(Measures {
            once,
            tickets,
            latency,
        }))
    }
}
