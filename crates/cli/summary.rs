//! What a statement took, said once it is over: a line for people, or an object for programs.

use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use zuzen_engine::{Engine, Error};

use crate::print::Printed;
use crate::watch::{counted, grouped, size};

/// What all connections had been asked when a statement began.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    began: Instant,
    /// The clock at that moment.
    pub(crate) since: SystemTime,
    /// The number of the newest request of each connection.
    numbers: Vec<u64>,
}

impl Asked {
    pub(crate) fn now(engine: &Engine) -> Self {
        let connections = engine.connections().iter();
        Self {
            began: Instant::now(),
            since: SystemTime::now(),
            numbers: connections.map(|it| it.rest().log().begun()).collect(),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The numbers after which requests belong to the statement, by connection.
    pub(crate) fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// Requests that have begun since.
    pub(crate) fn requests(&self, engine: &Engine) -> u64 {
        let connections = engine.connections().iter().zip(&self.numbers);
        let sent = connections.map(|(it, before)| it.rest().log().begun().saturating_sub(*before));
        sent.sum()
    }

    /// What has been taken since.
    pub(crate) fn took(&self, engine: &Engine, bytes: u64) -> Took {
        let mut received = 0;
        let mut limits = Vec::new();
        for (connection, before) in engine.connections().iter().zip(&self.numbers) {
            let rest = connection.rest();
            if rest.log().begun() == *before {
                continue;
            }
            received += rest
                .log()
                .since(*before)
                .iter()
                .map(|it| it.bytes)
                .sum::<u64>();
            let known = rest.limits().into_iter().filter(|limit| limit.learnt);
            limits.extend(known.filter_map(|limit| {
                Some(Left {
                    connection: connection.name().to_owned(),
                    family: limit.family,
                    per_minute: limit.per_minute?,
                    remaining: limit.remaining?,
                    resets_in: limit.resets_in,
                })
            }));
        }
        Took {
            elapsed: self.elapsed(),
            requests: self.requests(engine),
            // The log forgets; the statement's own counter knows no metadata.
            bytes: received.max(bytes),
            limits,
        }
    }
}

/// What a statement took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Took {
    pub(crate) elapsed: Duration,
    pub(crate) requests: u64,
    bytes: u64,
    limits: Vec<Left>,
}

/// What is left of a rate limit.
#[derive(Debug, Clone)]
struct Left {
    connection: String,
    family: String,
    per_minute: u32,
    remaining: u32,
    resets_in: Option<Duration>,
}

impl Took {
    /// The line for people.
    pub(crate) fn line(&self, printed: Printed) -> String {
        let requests = counted(self.requests, "request");
        let mut text = format!("{requests}, {:.1} s", self.elapsed.as_secs_f64());
        if self.bytes > 0 {
            text.push_str(&format!(", {}", size(self.bytes)));
        }
        let used =
            |left: &&Left| (u64::from(left.remaining) << 32) / u64::from(left.per_minute.max(1));
        // The one that will run out first says most.
        if let Some(left) = self.limits.iter().min_by_key(used) {
            text.push_str(&format!("; {}", left.line()));
        }
        match printed {
            Printed::Rows(rows) => format!("{}, {text}", counted(rows, "row")),
            Printed::Plan => text,
            Printed::Nothing => format!("done, {text}"),
        }
    }

    /// The object for programs, of the statement of this number.
    pub(crate) fn object(&self, number: u64, outcome: Result<Printed, Option<&Error>>) -> Value {
        let rows = match outcome {
            Ok(Printed::Rows(rows)) => Some(rows),
            Ok(Printed::Plan | Printed::Nothing) | Err(_) => None,
        };
        let error = match outcome {
            Ok(_) => None,
            Err(error) => {
                Some(error.map_or("Output".to_owned(), |error| format!("{:?}", error.kind())))
            }
        };
        let limits = self.limits.iter().map(|left| {
            json!({
                "connection": left.connection,
                "family": left.family,
                "per_minute": left.per_minute,
                "remaining": left.remaining,
                "resets_in_seconds": left.resets_in.map(|it| it.as_secs()),
            })
        });
        json!({
            "statement": number,
            "rows": rows,
            "seconds": (self.elapsed.as_secs_f64() * 1e3).round() / 1e3,
            "requests": self.requests,
            "bytes": self.bytes,
            "rate_limits": limits.collect::<Vec<Value>>(),
            "error": error,
        })
    }
}

impl Left {
    fn line(&self) -> String {
        let family = match self.family.as_str() {
            "account" => String::new(),
            family => format!(" ({family})"),
        };
        let name = &self.connection;
        let (left, all) = (
            grouped(self.remaining.into()),
            grouped(self.per_minute.into()),
        );
        format!("{name}{family} has {left} of {all} requests a minute left")
    }
}

#[cfg(test)]
mod tests {
    use zuzen_engine::Kind;

    use super::*;

    fn left(family: &str, remaining: u32, per_minute: u32) -> Left {
        Left {
            connection: "desk".to_owned(),
            family: family.to_owned(),
            per_minute,
            remaining,
            resets_in: Some(Duration::from_secs(12)),
        }
    }

    #[test]
    fn lines_count_in_english() {
        let mut took = Took {
            elapsed: Duration::from_millis(1_040),
            requests: 1,
            ..Took::default()
        };
        assert_eq!(took.line(Printed::Rows(1)), "1 row, 1 request, 1.0 s");
        took.requests = 12;
        took.bytes = 12_345;
        assert_eq!(
            took.line(Printed::Rows(0)),
            "0 rows, 12 requests, 1.0 s, 12 kB"
        );
        assert_eq!(took.line(Printed::Plan), "12 requests, 1.0 s, 12 kB");
        assert_eq!(
            took.line(Printed::Nothing),
            "done, 12 requests, 1.0 s, 12 kB"
        );
        took.limits = vec![left("account", 690, 700)];
        let end = |took: &Took| {
            took.line(Printed::Plan)
                .split_once("; ")
                .map(|it| it.1.to_owned())
        };
        assert_eq!(
            end(&took).as_deref(),
            Some("desk has 690 of 700 requests a minute left")
        );
        took.limits.push(left("exports", 7, 10));
        assert_eq!(
            end(&took).as_deref(),
            Some("desk (exports) has 7 of 10 requests a minute left")
        );
    }

    #[test]
    fn programs_get_the_same_as_an_object() {
        let took = Took {
            elapsed: Duration::from_micros(1_040_400),
            requests: 2,
            bytes: 30,
            limits: vec![left("account", 690, 700)],
        };
        let limit = json!({"connection": "desk", "family": "account", "per_minute": 700, "remaining": 690, "resets_in_seconds": 12});
        let mut expected = json!({
            "statement": 3, "rows": 5, "seconds": 1.04, "requests": 2, "bytes": 30, "rate_limits": [limit], "error": null
        });
        assert_eq!(took.object(3, Ok(Printed::Rows(5))), expected);
        expected["rows"] = Value::Null;
        assert_eq!(took.object(3, Ok(Printed::Nothing)), expected);
        expected["error"] = json!("Auth");
        let error = Error::new(Kind::Auth, "no");
        assert_eq!(took.object(3, Err(Some(&error))), expected);
    }
}
