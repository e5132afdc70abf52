//! One request as the handlers see it: its path, its parameters and which of them were understood, the moment it sees.
//! A parameter nobody asked for is unknown; it refuses to keep a list of them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use url::form_urlencoded;

use crate::faults::Faults;
use crate::zendesk::account::Account;
use crate::zendesk::api::reply::Reply;
use crate::zendesk::subscription::Subscription;

/// Who is asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Admin,
    /// May read lists, search and rows, but not the full exports.
    Agent,
}

/// The query of a request, remembering what was looked at.
#[derive(Debug)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    seen: RefCell<BTreeSet<String>>,
}

impl Parameters {
    pub(crate) fn parse(query: &str) -> Self {
        Self {
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            seen: RefCell::default(),
        }
    }

    /// The last value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.see(name);
        self.pairs
            .iter()
            .rev()
            .find(|pair| pair.0 == name)
            .map(|pair| pair.1.as_str())
    }

    pub(crate) fn all<'s>(&'s self, name: &str) -> Vec<&'s str> {
        self.see(name);
        self.pairs
            .iter()
            .filter(|pair| pair.0 == name)
            .map(|pair| pair.1.as_str())
            .collect()
    }

    /// Declares a parameter as understood without needing its value.
    pub(crate) fn see(&self, name: &str) {
        self.seen.borrow_mut().insert(name.to_owned());
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|pair| pair.0 == name)
    }

    pub(crate) fn unknown(&self) -> Vec<String> {
        let seen = self.seen.borrow();
        let unknown: BTreeSet<&String> = self
            .pairs
            .iter()
            .map(|pair| &pair.0)
            .filter(|name| !seen.contains(*name))
            .collect();
        unknown.into_iter().cloned().collect()
    }

    /// The query with some parameters replaced (`None` removes).
    pub(crate) fn with(&self, changes: &[(&str, Option<&str>)]) -> String {
        let kept = self
            .pairs
            .iter()
            .filter(|pair| changes.iter().all(|change| change.0 != pair.0))
            .map(|pair| (pair.0.as_str(), pair.1.as_str()));
        let added = changes
            .iter()
            .filter_map(|(name, value)| value.map(|value| (*name, value)));
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept.chain(added))
            .finish()
    }
}

/// Everything a handler needs.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) account: &'a Account,
    pub(crate) faults: &'a Faults,
    pub(crate) caller: Caller,
    pub(crate) strict: bool,
    pub(crate) subscription: &'a Subscription,
    /// Whether the lists of all users and of all organizations take `sort` beyond `id`.
    pub(crate) sorted_people: bool,
    pub(crate) origin: String,
    /// Where links point to that lead away.
    pub(crate) foreign: &'a str,
    pub(crate) path: String,
    pub(crate) parameters: Parameters,
    pub(crate) body: &'a [u8],
    pub(crate) now_millis: i64,
    /// The state that search knows.
    pub(crate) search_millis: i64,
    /// The state that exports know: whole seconds only, so that a cursor never passes a row of its own second.
    pub(crate) export_millis: i64,
}

pub(crate) type Answer = Result<Reply, Reply>;

impl Request<'_> {
    pub(crate) fn admin_only(&self) -> Result<(), Reply> {
        if self.caller == Caller::Admin {
            Ok(())
        } else {
            Err(Reply::forbidden())
        }
    }

    /// This address with other parameters; the "foreign" fault lets it point elsewhere.
    pub(crate) fn link(&self, changes: &[(&str, Option<&str>)]) -> String {
        let origin = if self.faults.foreign_links {
            self.foreign
        } else {
            &self.origin
        };
        format!("{origin}{}?{}", self.path, self.parameters.with(changes))
    }

    /// A page size within bounds: too big is refused when strict and clamped otherwise.
    pub(crate) fn size(&self, name: &str, default: usize, most: usize) -> Result<usize, Reply> {
        let Some(text) = self.parameters.get(name) else {
            return Ok(default);
        };
        match text.parse::<usize>() {
            Ok(size) if size >= 1 && size <= most => Ok(size),
            Ok(size) if size > most && !self.strict => Ok(most),
            _ => Err(Reply::invalid_pagination(&format!(
                "{name} must be an integer between 1 and {most}"
            ))),
        }
    }

    pub(crate) fn includes(&self, allowed: &[&str]) -> Result<Vec<String>, Reply> {
        let Some(text) = self.parameters.get("include") else {
            return Ok(Vec::new());
        };
        let names: Vec<String> = text
            .split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        match names.iter().find(|name| !allowed.contains(&name.as_str())) {
            Some(name) if self.strict => Err(Reply::described(
                400,
                "InvalidValue",
                &format!("include cannot be {name}"),
            )),
            _ => Ok(names),
        }
    }

    /// The ids of a multi-get.
    pub(crate) fn ids(&self, name: &str) -> Result<Option<Vec<String>>, Reply> {
        let Some(text) = self.parameters.get(name) else {
            return Ok(None);
        };
        let ids: Vec<String> = text
            .split(',')
            .map(|id| id.trim().to_owned())
            .filter(|id| !id.is_empty())
            .collect();
        if ids.len() > 100 {
            Err(Reply::too_many_values())
        } else {
            Ok(Some(ids))
        }
    }
}

/// Finishes an answer: parameters nobody understood are warned about, or refused when strict.
pub(crate) fn finish(request: &Request<'_>, answer: Answer) -> Reply {
    let reply = match answer {
        Ok(reply) => reply,
        Err(refusal) => return refusal,
    };
    let unknown = request.parameters.unknown();
    if unknown.is_empty() {
        return reply;
    }
    let names = unknown.join(", ");
    if request.strict {
        return Reply::described(
            400,
            "UnknownParameter",
            &format!("Unknown or ignored query parameter: {names}"),
        );
    }
    reply.with(
        "x-zendesk-api-warn",
        format!("Removed restricted keys {names:?} from parameters according to whitelist")
            .replace(['\r', '\n'], " "),
    )
}
