//! What a token may do, as a set of names. It refuses to correct a name it does not know: the vendor does not either.

/// Resources with a read and a write scope of their own.
const RESOURCES: &[&str] = &[
    "tickets",
    "users",
    "organizations",
    "hc",
    "apps",
    "triggers",
    "automations",
    "targets",
    "webhooks",
    "macros",
    "requests",
    "satisfaction_ratings",
    "dynamic_content",
];

/// Scopes that follow no pattern.
const SINGLE: &[&str] = &[
    "read",
    "write",
    "impersonate",
    "auditlogs:read",
    "any_channel:write",
    "web_widget:write",
    "security:read",
];

/// Names in the order they were asked for, each once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope(Vec<String>);

impl PartialEq for Scope {
    /// Order means nothing.
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|name| other.0.contains(name))
    }
}

impl Scope {
    pub(crate) fn parse(text: &str) -> Self {
        let mut names: Vec<String> = Vec::new();
        for name in text.split_whitespace() {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Self(names)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn text(&self) -> String {
        self.0.join(" ")
    }

    /// Whether every name the vendor knows is covered. Unknown names are not looked at: that is the vendor's trap.
    pub(crate) fn fits(&self, ceiling: &Self) -> bool {
        self.0
            .iter()
            .filter(|name| is_known(name))
            .all(|name| ceiling.covers(name))
    }

    /// Whether every name, known or not, is covered.
    pub(crate) fn within(&self, other: &Self) -> bool {
        self.0.iter().all(|name| other.covers(name))
    }

    /// What a token really gets. One name the vendor does not know makes it a token that may do nothing at all, and the
    /// scope in the answer is the only sign of it.
    pub(crate) fn granted(&self) -> Self {
        if self.0.iter().all(|name| is_known(name)) {
            self.clone()
        } else {
            Self::default()
        }
    }

    /// Whether a call is allowed; otherwise the name of the scope that is missing.
    pub(crate) fn allows(&self, method: &str, path: &str) -> Result<(), &'static str> {
        let verb = if matches!(method, "GET" | "HEAD") {
            "read"
        } else {
            "write"
        };
        let allowed = self.covers(verb)
            || resource(path).is_some_and(|resource| self.covers(&format!("{resource}:{verb}")));
        if allowed { Ok(()) } else { Err(verb) }
    }

    /// Whether a name is here, itself or as part of a broader one.
    fn covers(&self, name: &str) -> bool {
        let broader = name.split_once(':').map_or(name, |(_, verb)| verb);
        self.0.iter().any(|own| own == name || own == broader)
    }
}

fn is_known(name: &str) -> bool {
    SINGLE.contains(&name)
        || name.split_once(':').is_some_and(|(resource, verb)| {
            (RESOURCES.contains(&resource) || resource == "zis") && matches!(verb, "read" | "write")
        })
}

/// The resource an API path is about, where it has scopes of its own.
fn resource(path: &str) -> Option<&'static str> {
    let path = path.strip_prefix("/api/v2/")?;
    let path = path.strip_prefix("incremental/").unwrap_or(path);
    let first = path.split(['/', '.']).next()?;
    let first = if first == "help_center" { "hc" } else { first };
    RESOURCES.iter().find(|known| **known == first).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_and_traps() {
        for (asked, ceiling, fits, granted) in [
            ("read", "read write", true, "read"),
            ("write read write", "read write", true, "write read"),
            ("read write", "read", false, "read write"),
            ("tickets:read", "read", true, "tickets:read"),
            ("tickets:write", "read", false, "tickets:write"),
            ("impersonate", "read write", false, "impersonate"),
            ("raed", "read", true, ""),
            ("read wirte", "read write", true, ""),
            ("", "read", true, ""),
        ] {
            let scope = Scope::parse(asked);
            assert_eq!(scope.fits(&Scope::parse(ceiling)), fits, "{asked}");
            assert_eq!(scope.granted().text(), granted, "{asked}");
        }
        assert_eq!(Scope::parse("read write"), Scope::parse("write read read"));
        assert_ne!(Scope::parse("read"), Scope::parse("read write"));
    }

    #[test]
    fn calls_need_their_scope() {
        for (scope, method, path, missing) in [
            ("read", "GET", "/api/v2/tickets.json", None),
            ("read", "PUT", "/api/v2/tickets/1", Some("write")),
            ("write", "DELETE", "/api/v2/tickets/1", None),
            ("write", "GET", "/api/v2/tickets", Some("read")),
            ("tickets:read", "GET", "/api/v2/tickets/1/comments", None),
            (
                "tickets:read",
                "GET",
                "/api/v2/incremental/tickets/cursor",
                None,
            ),
            ("tickets:read", "GET", "/api/v2/users/me", Some("read")),
            ("tickets:read", "POST", "/api/v2/tickets", Some("write")),
            ("", "GET", "/api/v2/users/me", Some("read")),
        ] {
            let allowed = Scope::parse(scope).allows(method, path);
            assert_eq!(allowed.err(), missing, "{scope} {method} {path}");
        }
    }
}
