//! The vendor's database as plain rows: the oracle that tests compare answers with. It goes around paging, lags and roles.

use serde_json::Value;

use crate::json::Json;
use crate::zendesk::account::Account;
use crate::zendesk::account::extras::{extend, with_creator};
use crate::zendesk::account::memberships::PER_USER;
use crate::zendesk::account::order::PLACES;
use crate::zendesk::account::setup::{account_settings, field_options, macro_categories};
use crate::zendesk::account::snapshot::Order;
use crate::zendesk::account::ticket::Ticket;
use crate::zendesk::account::ticket_row::Shape;
use crate::zendesk::account::views::{view_count, view_rows};
use crate::zendesk::subscription::Plan;

const USAGE: &[&str] = &["usage_1h", "usage_24h", "usage_7d", "usage_30d"];
const MACRO_INCLUDES: &[&str] = &[
    "usage_1h",
    "usage_24h",
    "usage_7d",
    "usage_30d",
    "app_installation",
    "categories",
    "permissions",
];

fn extended(rows: &[Value], includes: &[&str]) -> Vec<Value> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        for include in includes {
            extend(row, include);
        }
    }
    rows
}

impl Account {
    /// Every row of a table in its latest version, in the JSON shape of the API with all side-loads; empty for a table it does not know.
    ///
    /// Tickets: existing ones, archived included, deleted not. Users: active ones. Groups and organizations: without deleted ones.
    /// Children of deleted tickets are out; children carry `ticket_id` (`user_id` for identities) whatever endpoint gives them.
    #[must_use]
    pub fn truth(&self, table: &str) -> Vec<Value> {
        let config = &self.config;
        match table {
            "tickets" => {
                let shape = Shape {
                    generated: true,
                    metric_set: true,
                    dates: true,
                    comment_count: true,
                    incident_count: true,
                    at_millis: i64::MAX,
                    ..Shape::default()
                };
                self.existing()
                    .iter()
                    .map(|ticket| row(|json| self.write_ticket(ticket, &shape, json)))
                    .collect()
            }
            "deleted_tickets" => {
                let snapshot = self.snapshot(i64::MAX);
                let deleted = snapshot
                    .walk(Order::Id, false, None)
                    .filter(|ticket| self.listed_as_deleted(ticket));
                deleted
                    .map(|ticket| row(|json| self.write_deleted_ticket(&ticket, json)))
                    .collect()
            }
            "users" => (0..self.users)
                .map(|index| self.user(index))
                .filter(|user| user.active)
                .map(|user| object(|json| self.write_user(&user, json)))
                .collect(),
            "organizations" => self
                .living_organizations()
                .map(|index| {
                    object(|json| self.write_organization(&self.organization(index), json))
                })
                .collect(),
            "groups" => config
                .groups
                .iter()
                .filter(|row| row["deleted"] == false)
                .cloned()
                .collect(),
            "group_memberships" => {
                let places = (0..self.staff).flat_map(|staff| {
                    (0..self.staff_groups(staff).len() as u32).map(move |number| (staff, number))
                });
                places
                    .map(|place| object(|json| self.write_group_membership(place, json)))
                    .collect()
            }
            "organization_memberships" => {
                let places = (0..self.users).flat_map(|user| {
                    (0..self.membership_count(user).min(PER_USER)).map(move |number| (user, number))
                });
                places
                    .map(|place| object(|json| self.write_organization_membership(place, json)))
                    .collect()
            }
            "ticket_fields" => config
                .ticket_fields
                .iter()
                .map(|row| with_creator(self, row))
                .collect(),
            "ticket_forms" => config.ticket_forms.clone(),
            "brands" => config.brands.clone(),
            "macros" => extended(&config.macros, MACRO_INCLUDES),
            "views" => config.views.clone(),
            "triggers" => extended(&config.triggers, USAGE),
            "automations" => extended(&config.automations, USAGE),
            "custom_statuses" => config.custom_statuses.clone(),
            "tags" => self
                .tag_counts()
                .iter()
                .map(|(name, count)| serde_json::json!({"name": name, "count": count}))
                .collect(),
            "ticket_metrics" => self
                .existing()
                .iter()
                .map(|ticket| object(|json| self.write_metric(ticket, json)))
                .collect(),
            "ticket_comments" => self
                .existing()
                .iter()
                .flat_map(|ticket| {
                    self.audits(ticket.id, i64::MAX)
                        .into_iter()
                        .filter_map(|audit| {
                            let comment = self.comment(ticket, &audit)?;
                            Some(object(|json| {
                                self.write_comment(ticket, &audit, &comment, true, json)
                            }))
                        })
                        .collect::<Vec<_>>()
                })
                .collect(),
            "ticket_audits" => self
                .existing()
                .iter()
                .flat_map(|ticket| {
                    self.audits(ticket.id, i64::MAX)
                        .into_iter()
                        .map(|audit| object(|json| self.write_audit(ticket, &audit, json)))
                        .collect::<Vec<_>>()
                })
                .collect(),
            "ticket_metric_events" => self.metric_event_rows(),
            "satisfaction_ratings" => {
                let rated = self
                    .existing()
                    .into_iter()
                    .filter(|ticket| ticket.rating.is_some() && ticket.solved.is_some());
                rated
                    .map(|ticket| object(|json| self.write_rating(&ticket, json)))
                    .collect()
            }
            "user_identities" => (0..self.users)
                .map(|index| self.user(index))
                .filter(|user| user.active)
                .flat_map(|user| {
                    (0..self.identities(&user).len() as u32)
                        .map(|number| object(|json| self.write_identity(&user, number, json)))
                        .collect::<Vec<_>>()
                })
                .collect(),
            other => self
                .guide()
                .truth(other)
                .or_else(|| self.talk().truth(other))
                .or_else(|| self.chat().truth(other))
                .or_else(|| self.legacy().truth(other))
                .or_else(|| self.setup_rows(other))
                .unwrap_or_else(|| self.truth_of_children(other)),
        }
    }

    /// What an administrator has set up; a row that is more than what is sent holds that as `_item`.
    fn setup_rows(&self, table: &str) -> Option<Vec<Value>> {
        let config = &self.config;
        Some(match table {
            "ticket_field_options" => field_options(&config.ticket_fields),
            "macro_categories" => macro_categories(&config.macros),
            "account_settings" => vec![account_settings(Plan::default())],
            "view_counts" => config
                .views
                .iter()
                .map(|view| view_count(self, view))
                .collect(),
            "view_rows" => view_rows(self),
            other => self.setup().rows(other)?.to_vec(),
        })
    }

    pub(super) fn existing(&self) -> Vec<Ticket> {
        self.snapshot(i64::MAX)
            .walk(Order::Id, false, None)
            .filter(Ticket::alive)
            .collect()
    }

    pub(super) fn living_organizations(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.organizations).filter(|index| !self.organization_deleted(*index))
    }

    /// Only generated tickets have metric events.
    fn metric_event_rows(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        for ticket in self
            .existing()
            .into_iter()
            .filter(|ticket| ticket.index < self.tickets)
        {
            let generated = self.generated_ticket(ticket.index);
            let events = (self.metric_event_times(&generated).len() as u64).min(PLACES);
            rows.extend(
                (0..events)
                    .map(|place| object(|json| self.write_metric_event(&generated, place, json))),
            );
        }
        rows
    }
}

pub(super) fn row(write: impl FnOnce(&mut Json)) -> Value {
    let mut json = Json::with_capacity(4_096);
    write(&mut json);
    json.into_value()
}

pub(super) fn object(write: impl FnOnce(&mut Json)) -> Value {
    row(|json| {
        json.open();
        write(json);
        json.close();
    })
}
