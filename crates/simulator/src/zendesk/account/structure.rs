//! What an account knows of its people and organizations besides their rows: deleted people, sessions, entitlements,
//! roles, brands, merges, subscriptions, fields, counters. It refuses to list anything across callers.

use serde_json::{Value, json};

use crate::clock::{DAY, HOUR, iso_text};
use crate::json::Json;
use crate::zendesk::account::involved::Part;
use crate::zendesk::account::snapshot::Order;
use crate::zendesk::account::text_id::ulid;
use crate::zendesk::account::user::{CUSTOM_ROLES, Role, User};
use crate::zendesk::account::{Account, stream};

const SESSION_BASE: i64 = 2_200_000_000_000;
const SUBSCRIPTION_BASE: i64 = 2_400_000_000_000;
const FIELD_BASE: i64 = 2_300_000_000_000;

/// Keys of a user that the list of deleted users shows.
const SHOWN: &[&str] = &[
    "id",
    "url",
    "name",
    "email",
    "created_at",
    "updated_at",
    "time_zone",
    "phone",
    "shared_phone_number",
    "photo",
    "locale_id",
    "locale",
    "organization_id",
    "role",
    "active",
];

type Field = (&'static str, &'static str, &'static str);

/// Key, type and title of the fields that people have.
const USER_FIELDS: &[Field] = &[
    ("plan_tier", "dropdown", "Plan tier"),
    ("customer_since", "date", "Customer since"),
    ("seat_count", "integer", "Seats"),
    ("vip", "checkbox", "VIP \"gold\""),
    ("score", "decimal", "スコア"),
];
/// The same of organizations.
const ORGANIZATION_FIELDS: &[Field] = &[
    ("region", "dropdown", "Region"),
    ("contract_value", "decimal", "Contract value"),
    ("renewal", "date", "Renewal"),
    ("key_account", "checkbox", "Key account"),
];
const OPTIONS: &[(&str, &[&str])] = &[
    ("plan_tier", &["gold", "silver", "bronze"]),
    ("region", &["emea", "apac", "amer"]),
];

impl Account {
    /// People who were deleted, by id; of erased ones nearly everything is null.
    pub(crate) fn deleted_users(&self) -> Vec<Value> {
        (0..self.users)
            .map(|index| self.user(index))
            .filter(|user| !user.active)
            .map(|user| {
                let mut json = Json::default();
                json.open();
                self.write_user(&user, &mut json);
                json.close();
                let whole = json.into_value();
                let kept = [
                    "id",
                    "url",
                    "name",
                    "role",
                    "active",
                    "created_at",
                    "updated_at",
                ];
                SHOWN
                    .iter()
                    .map(|key| {
                        let value = if user.erased && !kept.contains(key) {
                            Value::Null
                        } else {
                            whole[*key].clone()
                        };
                        ((*key).to_owned(), value)
                    })
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            })
            .collect()
    }

    /// The four counters of a person.
    pub(crate) fn user_related(&self, user: &User) -> Value {
        let count = |part| self.tickets_of(user.id, part).len();
        json!({"assigned_tickets": count(Part::Assignee), "requested_tickets": count(Part::Requester), "ccd_tickets": count(Part::Cc),
            "organization_subscriptions": u8::from(self.organization_subscription(user).is_some())})
    }

    /// The counters of an organization.
    pub(crate) fn organization_related(&self, index: u32) -> Value {
        let id = self.organization_id(index);
        let tickets = self
            .snapshot(i64::MAX)
            .walk(Order::Id, false, None)
            .filter(|ticket| ticket.alive() && ticket.organization == Some(id))
            .count();
        let people = (0..self.users)
            .filter(|user| {
                self.user(*user).active && self.user_organizations(*user).contains(&index)
            })
            .count();
        json!({"tickets_count": tickets, "users_count": people})
    }

    /// Signed-in browsers of a person.
    pub(crate) fn sessions_of(&self, user: &User) -> Vec<Value> {
        let count = match user.role {
            _ if !user.active => 0,
            Role::EndUser => u32::from(user.index % 6 == 1),
            _ => 1 + user.index % 2,
        };
        (0..count)
            .map(|number| {
                let id = self.sparse_id(stream::STRUCTURE, SESSION_BASE, 1_019, u64::from(user.index * 2 + number));
                let at = self.settled - 3 * DAY - id % DAY;
                json!({"id": id, "url": format!("https://acme.zendesk.com/api/v2/users/{}/sessions/{id}.json", user.id), "user_id": user.id,
                    "authenticated_at": iso_text(at), "last_seen_at": iso_text(at + HOUR + id % HOUR)})
            })
            .collect()
    }

    /// Products that a member of staff may use; customers have none.
    pub(crate) fn entitlements_of(&self, user: &User) -> Vec<Value> {
        let product =
            |name: &str, role: &str| json!({"entity": name, "name": role, "is_active": true});
        match user.role {
            Role::EndUser => Vec::new(),
            Role::Agent => vec![product("support", "agent"), product("chat", "agent")],
            Role::Admin => vec![product("support", "admin"), product("guide", "admin")],
        }
    }

    pub(crate) fn custom_roles(&self) -> Vec<Value> {
        let names = [
            ("Light agent", "Reads, and comments \"in private\""),
            ("Team lead", ""),
            ("Unused role", "Nobody has it"),
        ];
        let ids = CUSTOM_ROLES.iter().copied().chain([360_000_770_099]);
        ids.zip(names)
            .enumerate()
            .map(|(place, (id, (name, about)))| {
                let members = (0..self.staff)
                    .filter(|index| self.custom_role(&self.user(*index)) == Some(id))
                    .count();
                let at = self.start + place as i64 * DAY;
                json!({"id": id, "name": name, "description": about, "role_type": if place == 0 { 1 } else { 0 }, "team_member_count": members, "created_at": iso_text(at), "updated_at": iso_text(at + HOUR),
                    "configuration": {"chat_access": true, "end_user_profile_access": "readonly", "ticket_access": "all", "ticket_editing": place != 0, "ticket_tag_editing": place != 0, "manage_dynamic_content": false}})
            })
            .collect()
    }

    /// Which brands a member of staff works for.
    pub(crate) fn brand_agents_of(&self, staff: u32) -> Vec<Value> {
        let user = self.user(staff);
        self.config.brand_ids[..1 + staff as usize % 2]
            .iter()
            .enumerate()
            .map(|(place, brand)| {
                let id = (4_100_000_000_000 + i64::from(staff) * 10 + place as i64).to_string();
                json!({"id": id, "url": format!("https://acme.zendesk.com/api/v2/brand_agents/{id}.json"), "user_id": user.id, "brand_id": brand, "is_active": true,
                    "created_at": iso_text(user.created), "updated_at": iso_text(user.created + DAY)})
            })
            .collect()
    }

    /// Organizations that were merged into this one.
    pub(crate) fn organization_merges(&self, index: u32) -> Vec<Value> {
        if self.organization_deleted(index) || index % 8 != 3 {
            return Vec::new();
        }
        let loser = (0..self.organizations).find(|other| self.organization_deleted(*other));
        let id = ulid(
            self.start + i64::from(index) * HOUR,
            u64::from(index),
            self.mix(stream::STRUCTURE, u64::from(index)),
        );
        vec![
            json!({"url": format!("https://acme.zendesk.com/api/v2/organization_merges/{id}.json"), "winner_id": self.organization_id(index),
            "loser_id": loser.map(|other| self.organization_id(other)), "status": "complete", "id": id}),
        ]
    }

    /// Whether somebody is told of all tickets of the own organization.
    pub(crate) fn organization_subscription(&self, user: &User) -> Option<Value> {
        let organization = user
            .organization
            .filter(|_| user.active && user.index % 11 == 4)?;
        let id = self.sparse_id(
            stream::STRUCTURE,
            SUBSCRIPTION_BASE,
            1_021,
            u64::from(user.index),
        );
        Some(
            json!({"id": id, "user_id": user.id, "organization_id": self.organization_id(organization), "created_at": iso_text(user.created + 2 * DAY)}),
        )
    }

    pub(crate) fn organization_subscriptions(&self) -> Vec<Value> {
        (self.staff..self.users)
            .filter_map(|index| self.organization_subscription(&self.user(index)))
            .collect()
    }

    /// The custom fields of people.
    pub(crate) fn user_field_rows(&self) -> Vec<Value> {
        self.fields("user_fields", USER_FIELDS, 0)
    }

    /// The custom fields of organizations.
    pub(crate) fn organization_field_rows(&self) -> Vec<Value> {
        self.fields("organization_fields", ORGANIZATION_FIELDS, 100)
    }

    fn fields(&self, table: &str, fields: &[Field], offset: u64) -> Vec<Value> {
        (0_u64..)
            .zip(fields)
            .map(|(position, (key, kind, title))| {
                let id = self.sparse_id(stream::STRUCTURE, FIELD_BASE, 1_031, offset + position);
                let at = iso_text(self.start + position as i64 * DAY);
                let mut row = json!({"id": id, "url": format!("https://acme.zendesk.com/api/v2/{table}/{id}.json"), "key": key, "type": kind, "title": title, "raw_title": title,
                    "description": "", "raw_description": "", "position": position, "active": true, "system": false, "regexp_for_validation": null, "created_at": at, "updated_at": at});
                if let Some((_, values)) = OPTIONS.iter().find(|(named, _)| named == key) {
                    let option = |(place, value): (usize, &&str)| json!({"id": id + 1 + place as i64, "name": value, "raw_name": value, "value": value});
                    row["custom_field_options"] = values.iter().enumerate().map(option).collect();
                }
                row
            })
            .collect()
    }
}
