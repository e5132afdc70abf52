//! Search text as terms. AND by default; the same keyword given again with a colon is OR; a leading minus negates.
//! Refuses nothing: what is not understood is searched for as text.

use crate::zendesk::api::request::{Caller, Request};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Is,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    /// Empty for free text.
    pub(crate) keyword: String,
    pub(crate) comparison: Comparison,
    pub(crate) value: String,
    pub(crate) quoted: bool,
    pub(crate) negated: bool,
}

/// A parsed query and the moment and person it is asked by.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) kind: Option<String>,
    /// Each inner list is an OR; all of them must hold.
    pub(crate) clauses: Vec<Vec<Term>>,
    pub(crate) now: i64,
    pub(crate) me: i64,
}

const KEYWORDS: &[&str] = &[
    "type",
    "status",
    "priority",
    "ticket_type",
    "subject",
    "description",
    "tags",
    "group",
    "organization",
    "assignee",
    "requester",
    "submitter",
    "commenter",
    "cc",
    "via",
    "brand",
    "form",
    "external_id",
    "custom_status_id",
    "fieldvalue",
    "comment",
    "has_attachment",
    "satisfaction",
    "due_date",
    "created",
    "updated",
    "solved",
    "name",
    "email",
    "role",
    "phone",
    "notes",
    "details",
    "is_verified",
    "is_suspended",
];

fn known(keyword: &str, fields: &[String]) -> bool {
    KEYWORDS.contains(&keyword)
        || fields.iter().any(|key| key == keyword)
        || keyword
            .strip_prefix("custom_field_")
            .is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Query {
    pub(crate) fn parse(text: &str, request: &Request<'_>) -> Self {
        let me = request
            .account
            .user_id(u32::from(request.caller != Caller::Admin));
        let account = request.account;
        let fields = account.user_field_rows().into_iter();
        let fields = fields.chain(account.organization_field_rows());
        let keys: Vec<String> = fields
            .filter_map(|row| row["key"].as_str().map(str::to_owned))
            .collect();
        Self::at(text, request.now_millis.div_euclid(1_000), me, &keys)
    }

    /// The query at a moment; `fields` are the keys of people's and organizations' custom fields.
    pub(crate) fn at(text: &str, now: i64, me: i64, fields: &[String]) -> Self {
        let mut clauses: Vec<Vec<Term>> = Vec::new();
        let mut kind = None;
        for term in terms(text, fields) {
            if term.keyword == "type" && term.comparison == Comparison::Is && !term.negated {
                kind = Some(term.value.to_lowercase());
                continue;
            }
            let joins =
                !term.keyword.is_empty() && term.comparison == Comparison::Is && !term.negated;
            let partner = clauses.iter_mut().find(|clause| {
                joins
                    && clause.iter().all(|other| {
                        other.keyword == term.keyword
                            && other.comparison == Comparison::Is
                            && !other.negated
                    })
            });
            match partner {
                Some(clause) => clause.push(term),
                None => clauses.push(vec![term]),
            }
        }
        Self {
            kind,
            clauses,
            now,
            me,
        }
    }
}

fn terms(text: &str, fields: &[String]) -> Vec<Term> {
    let mut terms = Vec::new();
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        if letters[at].is_whitespace() {
            at += 1;
            continue;
        }
        // A token ends at a blank that is not inside quotes; a backslash protects a quote.
        let start = at;
        let mut quoted = false;
        while at < letters.len() && (quoted || !letters[at].is_whitespace()) {
            match letters[at] {
                '\\' if quoted => at += 1,
                '"' => quoted = !quoted,
                _ => {}
            }
            at += 1;
        }
        terms.push(term(
            &letters[start..at.min(letters.len())]
                .iter()
                .collect::<String>(),
            fields,
        ));
    }
    terms
}

fn term(token: &str, fields: &[String]) -> Term {
    let (negated, body) = match token.strip_prefix('-') {
        Some(rest) if !rest.is_empty() => (true, rest),
        _ => (false, token),
    };
    if let Some(at) = body
        .find([':', '<', '>', '"'])
        .filter(|at| !body[*at..].starts_with('"'))
    {
        let keyword = body[..at].to_lowercase();
        let rest = &body[at..];
        let (comparison, rest) = if let Some(rest) = rest.strip_prefix("<=") {
            (Comparison::LessOrEqual, rest)
        } else if let Some(rest) = rest.strip_prefix(">=") {
            (Comparison::GreaterOrEqual, rest)
        } else if let Some(rest) = rest.strip_prefix('<') {
            (Comparison::Less, rest)
        } else if let Some(rest) = rest.strip_prefix('>') {
            (Comparison::Greater, rest)
        } else {
            (Comparison::Is, &rest[1..])
        };
        if known(&keyword, fields) {
            let (value, quoted) = unquoted(rest);
            return Term {
                keyword,
                comparison,
                value,
                quoted,
                negated,
            };
        }
    }
    let (value, quoted) = unquoted(body);
    Term {
        keyword: String::new(),
        comparison: Comparison::Is,
        value,
        quoted,
        negated,
    }
}

fn unquoted(text: &str) -> (String, bool) {
    let Some(inner) = text.strip_prefix('"') else {
        return (text.to_owned(), false);
    };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut value = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            value.extend(letters.next());
        } else {
            value.push(letter);
        }
    }
    (value, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<Vec<String>> {
        let spell = |term: &Term| {
            format!(
                "{}{}{:?}{}",
                if term.negated { "-" } else { "" },
                term.keyword,
                term.comparison,
                term.value
            )
        };
        Query::at(text, 0, 0, &["plan_tier".to_owned()])
            .clauses
            .iter()
            .map(|clause| clause.iter().map(spell).collect())
            .collect()
    }

    #[test]
    fn language() {
        let cases: &[(&str, &[&[&str]])] = &[
            (
                "status:open priority:high",
                &[&["statusIsopen"], &["priorityIshigh"]],
            ),
            (
                "status:new tags:a status:open",
                &[&["statusIsnew", "statusIsopen"], &["tagsIsa"]],
            ),
            ("-tags:a -tags:b", &[&["-tagsIsa"], &["-tagsIsb"]]),
            (
                "created>2026-01-01 created<=2026-02-01",
                &[
                    &["createdGreater2026-01-01"],
                    &["createdLessOrEqual2026-02-01"],
                ],
            ),
            ("subject:\"a b: \\\"c\\\"\"", &[&["subjectIsa b: \"c\""]]),
            ("statsu:open", &[&["Isstatsu:open"]]),
            (
                "\"quoted phrase\" word",
                &[&["Isquoted phrase"], &["Isword"]],
            ),
            (
                "updated>=2026-01-01T00:00:00Z",
                &[&["updatedGreaterOrEqual2026-01-01T00:00:00Z"]],
            ),
            (
                "plan_tier:gold plan:gold",
                &[&["plan_tierIsgold"], &["Isplan:gold"]],
            ),
            (
                "custom_field_12:x custom_field_x:y",
                &[&["custom_field_12Isx"], &["Iscustom_field_x:y"]],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(
                shape(text),
                expected
                    .iter()
                    .map(|clause| clause.iter().map(|term| (*term).to_owned()).collect())
                    .collect::<Vec<Vec<String>>>(),
                "{text}"
            );
        }
        assert_eq!(
            Query::at("type:ticket status:open", 0, 0, &[])
                .kind
                .as_deref(),
            Some("ticket")
        );
    }
}
