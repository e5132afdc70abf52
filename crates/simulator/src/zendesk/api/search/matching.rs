//! Whether a row fits a query, keyword by keyword. Cheap keywords look at the value; text keywords draw the text.
//! Refuses to raise errors: what makes no sense does not match.

use serde_json::Value;

use super::dates;
use super::query::{Comparison, Query, Term};
use super::words;
use crate::zendesk::account::Account;
use crate::zendesk::account::ticket::{Priority, Status, Ticket};
use crate::zendesk::account::user::{Role, User};

impl Query {
    fn holds(&self, test: impl Fn(&Term) -> bool) -> bool {
        self.clauses
            .iter()
            .all(|clause| clause.iter().any(|term| test(term) != term.negated))
    }

    pub(crate) fn fits_ticket(&self, account: &Account, ticket: &Ticket) -> bool {
        self.holds(|term| self.ticket_term(account, ticket, term))
    }

    fn ticket_term(&self, account: &Account, ticket: &Ticket, term: &Term) -> bool {
        let value = term.value.as_str();
        match term.keyword.as_str() {
            "" => self.free_text(account, ticket, term),
            "status" => Status::parse(&value.to_lowercase())
                .is_some_and(|bound| compare(ticket.status, term.comparison, bound)),
            "priority" => match ticket.priority {
                None => value == "none" && term.comparison == Comparison::Is,
                Some(priority) => {
                    value == "*"
                        || Priority::parse(&value.to_lowercase())
                            .is_some_and(|bound| compare(priority, term.comparison, bound))
                }
            },
            "ticket_type" => maybe(ticket.kind, value, |kind| kind.eq_ignore_ascii_case(value)),
            "subject" => maybe(account.subject(ticket), value, |subject| {
                words::fits(&subject, value, term.quoted)
            }),
            "description" => maybe(account.description(ticket), value, |description| {
                words::fits(&description, value, term.quoted)
            }),
            "comment" => self.in_comments(account, ticket, term),
            "tags" => {
                let tags = account.tags(ticket);
                match value {
                    "none" => tags.is_empty(),
                    "*" => !tags.is_empty(),
                    _ => value
                        .split_whitespace()
                        .all(|wanted| match wanted.strip_suffix('*') {
                            Some(start) => tags
                                .iter()
                                .any(|tag| tag.to_lowercase().starts_with(&start.to_lowercase())),
                            None => tags
                                .iter()
                                .any(|tag| tag.to_lowercase() == wanted.to_lowercase()),
                        }),
                }
            }
            "group" => maybe(ticket.group, value, |id| {
                id.to_string() == value || named(&account.config.groups, id, "name", value)
            }),
            "brand" => {
                ticket.brand.to_string() == value
                    || named(&account.config.brands, ticket.brand, "name", value)
            }
            "form" => {
                ticket.form.to_string() == value
                    || named(&account.config.ticket_forms, ticket.form, "name", value)
            }
            "organization" => maybe(ticket.organization, value, |id| {
                id.to_string() == value
                    || account.organization_index(id).is_some_and(|index| {
                        account.organization_name(index).eq_ignore_ascii_case(value)
                    })
            }),
            "assignee" => maybe(ticket.assignee, value, |id| self.person(account, id, value)),
            "requester" => maybe(ticket.requester, value, |id| {
                self.person(account, id, value)
            }),
            "submitter" => maybe(ticket.submitter, value, |id| {
                self.person(account, id, value)
            }),
            "commenter" => account.audits(ticket.id, i64::MAX).iter().any(|audit| {
                account.comment(ticket, audit).is_some()
                    && self.person(account, audit.author, value)
            }),
            "cc" => {
                let ccs = account.ccs(ticket);
                if value == "none" {
                    ccs.is_empty()
                } else {
                    ccs.into_iter().any(|id| self.person(account, id, value))
                }
            }
            "via" => {
                value == ticket.channel
                    || (value == "mail" && ticket.channel == "email")
                    || (value == "phone" && ticket.channel == "voice")
            }
            "external_id" => maybe(account.external_id(ticket), value, |id| {
                id.eq_ignore_ascii_case(value)
            }),
            "custom_status_id" => ticket.custom_status.to_string() == value,
            "fieldvalue" => account
                .field_values(ticket)
                .iter()
                .any(|field| field_fits(&field.1, value)),
            "has_attachment" => {
                let attached = account
                    .audits(ticket.id, i64::MAX)
                    .iter()
                    .filter_map(|audit| account.comment(ticket, audit))
                    .any(|comment| comment.attachments > 0);
                value == if attached { "true" } else { "false" }
            }
            "satisfaction" => match (value, ticket.rating) {
                ("none", rating) => rating.is_none(),
                ("goodwithcomment", Some("good")) | ("badwithcomment", Some("bad")) => {
                    Account::rating_comment(ticket).is_some()
                }
                (value, rating) => rating == Some(value),
            },
            "due_date" => dates::fits(ticket.due, term.comparison, value, self.now),
            "created" => dates::fits(Some(ticket.created), term.comparison, value, self.now),
            "updated" => dates::fits(Some(ticket.updated), term.comparison, value, self.now),
            "solved" => dates::fits(ticket.solved, term.comparison, value, self.now),
            keyword => match keyword
                .strip_prefix("custom_field_")
                .and_then(|id| id.parse::<i64>().ok())
            {
                Some(id) => {
                    let field = account
                        .field_values(ticket)
                        .into_iter()
                        .find(|field| field.0 == id)
                        .map(|field| field.1)
                        .unwrap_or(Value::Null);
                    match value {
                        "*" => !field.is_null(),
                        "none" => field.is_null(),
                        _ => field_fits(&field, value),
                    }
                }
                None => false,
            },
        }
    }

    fn free_text(&self, account: &Account, ticket: &Ticket, term: &Term) -> bool {
        let value = &term.value;
        // A bare number also finds the ticket with that id.
        value.parse() == Ok(ticket.id)
            || account
                .subject(ticket)
                .is_some_and(|subject| words::fits(&subject, value, term.quoted))
            || account
                .description(ticket)
                .is_some_and(|description| words::fits(&description, value, term.quoted))
            || self.in_comments(account, ticket, term)
    }

    fn in_comments(&self, account: &Account, ticket: &Ticket, term: &Term) -> bool {
        account
            .audits(ticket.id, i64::MAX)
            .iter()
            .filter_map(|audit| account.comment(ticket, audit))
            .any(|comment| words::fits(&comment.body, &term.value, term.quoted))
    }

    /// `me`, an id, an address or a name.
    fn person(&self, account: &Account, id: i64, value: &str) -> bool {
        if value == "me" {
            return id == self.me;
        }
        if value.parse() == Ok(id) {
            return true;
        }
        let Some(index) = account.user_index(id) else {
            return false;
        };
        let user = account.user(index);
        if value.contains('@') {
            account
                .user_email(&user)
                .is_some_and(|email| email.eq_ignore_ascii_case(value))
        } else {
            words::fits(&account.user_name(&user), value, true)
        }
    }

    pub(crate) fn fits_user(&self, account: &Account, user: &User) -> bool {
        self.holds(|term| {
            let value = term.value.as_str();
            let text = |text: Option<String>| {
                maybe(text, value, |text| words::fits(&text, value, term.quoted))
            };
            match term.keyword.as_str() {
                "" => {
                    value.parse() == Ok(user.id)
                        || words::fits(&account.user_name(user), value, term.quoted)
                        || account
                            .user_email(user)
                            .is_some_and(|email| email.eq_ignore_ascii_case(value))
                }
                "name" => text(Some(account.user_name(user))),
                "email" => maybe(account.user_email(user), value, |email| {
                    match value.strip_suffix('*') {
                        Some(start) => email.to_lowercase().starts_with(&start.to_lowercase()),
                        None => email.eq_ignore_ascii_case(value),
                    }
                }),
                "role" => user.role.name() == value,
                "organization" => maybe(user.organization, value, |index| {
                    account.organization_id(index).to_string() == value
                        || account.organization_name(index).eq_ignore_ascii_case(value)
                }),
                "phone" => maybe(account.user_phone(user), value, |phone| phone == value),
                "notes" => text(account.user_notes(user).1),
                "details" => text(account.user_notes(user).0),
                "external_id" => maybe(account.user_external_id(user), value, |id| {
                    id.eq_ignore_ascii_case(value)
                }),
                "tags" => listed(&account.user_tags(user.index), value),
                "group" => {
                    user.role != Role::EndUser
                        && account.staff_groups(user.index).iter().any(|id| {
                            id.to_string() == value
                                || named(&account.config.groups, *id, "name", value)
                        })
                }
                "is_suspended" => value == if user.suspended { "true" } else { "false" },
                "created" => dates::fits(Some(user.created), term.comparison, value, self.now),
                "updated" => dates::fits(Some(user.updated), term.comparison, value, self.now),
                key => own_field(&account.user_fields(user)[key], value),
            }
        })
    }

    pub(crate) fn fits_organization(&self, account: &Account, index: u32) -> bool {
        self.holds(|term| {
            let value = term.value.as_str();
            match term.keyword.as_str() {
                "" | "name" => words::fits(&account.organization_name(index), value, term.quoted),
                "external_id" => maybe(account.organization_external_id(index), value, |id| {
                    id.eq_ignore_ascii_case(value)
                }),
                "tags" => listed(&account.organization_tags(index), value),
                "created" => dates::fits(
                    Some(account.organization(index).created),
                    term.comparison,
                    value,
                    self.now,
                ),
                "updated" => dates::fits(
                    Some(account.organization(index).updated),
                    term.comparison,
                    value,
                    self.now,
                ),
                key => own_field(&account.organization_fields(index)[key], value),
            }
        })
    }

    pub(crate) fn fits_group(&self, row: &Value) -> bool {
        self.holds(|term| {
            matches!(term.keyword.as_str(), "" | "name")
                && row["name"]
                    .as_str()
                    .is_some_and(|name| words::fits(name, &term.value, term.quoted))
        })
    }
}

fn compare<T: PartialOrd>(value: T, comparison: Comparison, bound: T) -> bool {
    match comparison {
        Comparison::Is => value == bound,
        Comparison::Less => value < bound,
        Comparison::LessOrEqual => value <= bound,
        Comparison::Greater => value > bound,
        Comparison::GreaterOrEqual => value >= bound,
    }
}

/// `none` finds what is unset, `*` what is set.
fn maybe<T>(field: Option<T>, value: &str, test: impl FnOnce(T) -> bool) -> bool {
    match (field, value) {
        (None, value) => value == "none",
        (Some(_), "*") => true,
        (Some(field), _) => test(field),
    }
}

fn listed(tags: &[&str], value: &str) -> bool {
    match value {
        "none" => tags.is_empty(),
        "*" => !tags.is_empty(),
        _ => value.split_whitespace().all(|wanted| {
            tags.iter()
                .any(|tag| tag.to_lowercase() == wanted.to_lowercase())
        }),
    }
}

fn named(rows: &[Value], id: i64, field: &str, value: &str) -> bool {
    rows.iter().any(|row| {
        row["id"] == id
            && row[field]
                .as_str()
                .is_some_and(|name| name.eq_ignore_ascii_case(value))
    })
}

/// The custom field of a person or an organization.
fn own_field(field: &Value, value: &str) -> bool {
    match value {
        "none" => field.is_null(),
        "*" => !field.is_null(),
        _ => field_fits(field, value),
    }
}

fn field_fits(field: &Value, value: &str) -> bool {
    match field {
        Value::Null => false,
        Value::Bool(flag) => value == if *flag { "true" } else { "false" },
        Value::Number(number) => number.to_string() == value,
        Value::String(text) => text.eq_ignore_ascii_case(value) || words::fits(text, value, true),
        Value::Array(items) => items.iter().any(|item| field_fits(item, value)),
        Value::Object(_) => false,
    }
}
