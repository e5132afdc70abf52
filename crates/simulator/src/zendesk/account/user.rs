//! A user as a value and as a row. It refuses to be kept: it is drawn from its index.

use crate::zendesk::account::attachment::attachment;
use serde_json::{Value, json};

use crate::clock::{DAY, iso_text};
use crate::json::Json;
use crate::random::Dice;
use crate::zendesk::account::words;
use crate::zendesk::account::{Account, stream};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    EndUser,
    Agent,
    Admin,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EndUser => "end-user",
            Self::Agent => "agent",
            Self::Admin => "admin",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) index: u32,
    pub(crate) id: i64,
    pub(crate) role: Role,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) organization: Option<u32>,
    /// False once the user was deleted; such rows are only in the incremental exports.
    pub(crate) active: bool,
    pub(crate) erased: bool,
    pub(crate) suspended: bool,
}

/// Rails names beside IANA names, as user rows carry both.
const ZONES: &[(&str, &str)] = &[
    ("Eastern Time (US & Canada)", "America/New_York"),
    ("Tokyo", "Asia/Tokyo"),
    ("Berlin", "Europe/Berlin"),
    ("UTC", "Etc/UTC"),
    ("Pacific Time (US & Canada)", "America/Los_Angeles"),
    ("Kolkata", "Asia/Kolkata"),
];
const LOCALES: &[(i64, &str)] = &[(1, "en-US"), (67, "ja"), (8, "de"), (16, "fr"), (2, "es")];
const USER_TAGS: &[&str] = &["vip", "beta", "newsletter", "日本", "partner"];
pub(crate) const CUSTOM_ROLES: &[i64] = &[360_000_770_001, 360_000_770_018];

impl Account {
    /// Lets an import change so many of the oldest customers within one second, a day before the end of the history, and
    /// gives that second as the API writes it. Only before anybody has read people, and only once.
    pub fn import_people(&self, many: u32) -> String {
        let most = many.min(self.users - self.staff);
        let (_, second) = self.imported.get_or_init(|| (most, self.settled - DAY));
        iso_text(*second)
    }

    pub(crate) fn user(&self, index: u32) -> User {
        let mut dice = Dice::new(self.seed, stream::USER, u64::from(index));
        let staff = index < self.staff;
        let role = match index {
            0 => Role::Admin,
            1 => Role::Agent,
            _ if !staff => Role::EndUser,
            _ if index % 7 == 2 => Role::Admin,
            _ => Role::Agent,
        };
        let created = if staff {
            self.start - 30 * DAY - i64::from(index) * 7_919 - dice.below(86_400) as i64
        } else {
            let fraction = f64::from(index - self.staff) / f64::from(self.users - self.staff);
            // A tenth of the people is older than the first ticket; the others arrive before the first ticket they can have written.
            if fraction < 0.1 {
                self.start - dice.below(400 * 86_400) as i64
            } else {
                self.time_at((fraction - 0.1) / 0.9) - dice.below(600) as i64
            }
        };
        let organization = self.user_organization(index);
        let moved = dice.unit() * dice.unit();
        let updated = match self.imported.get() {
            Some((many, second)) if (self.staff..self.staff + many).contains(&index) => *second,
            _ => created + ((self.settled - created) as f64 * moved) as i64,
        };
        let removed = !staff && dice.chance(25);
        User {
            index,
            id: self.user_id(index),
            role,
            created,
            updated: updated.clamp(created, self.settled),
            organization,
            active: !removed,
            erased: removed && dice.chance(500),
            suspended: !staff && dice.chance(20),
        }
    }

    /// The default organization of a user; nobody belongs to a deleted one.
    pub(crate) fn user_organization(&self, index: u32) -> Option<u32> {
        if index < self.staff {
            return None;
        }
        let bits = self.mix(stream::MEMBERSHIP, u64::from(index));
        let organization = ((bits >> 8) % u64::from(self.organizations)) as u32;
        (bits % 100 < 72 && !self.organization_deleted(organization)).then_some(organization)
    }

    pub(crate) fn user_name(&self, user: &User) -> String {
        match user.index {
            _ if user.erased => "Permanently Deleted User".to_owned(),
            0 => "Agatha Admin".to_owned(),
            1 => "Lee Light".to_owned(),
            index => words::person(&mut Dice::new(
                self.seed,
                stream::USER_TEXT,
                u64::from(index),
            )),
        }
    }

    pub(crate) fn user_email(&self, user: &User) -> Option<String> {
        match user.index {
            _ if user.erased => None,
            0 => Some("agent@example.com".to_owned()),
            1 => Some("light@example.com".to_owned()),
            index if index < self.staff => Some(format!(
                "{}.{index}@acme.example",
                words::mailbox(&self.user_name(user))
            )),
            // Some people only ever called.
            index
                if self
                    .mix(stream::IDENTITY, u64::from(index))
                    .is_multiple_of(33) =>
            {
                None
            }
            index => {
                let domain = user.organization.map_or_else(
                    || "mail.example".to_owned(),
                    |organization| self.organization_domain(organization),
                );
                Some(format!(
                    "{}.{index}@{domain}",
                    words::mailbox(&self.user_name(user))
                ))
            }
        }
    }

    pub(crate) fn user_phone(&self, user: &User) -> Option<String> {
        let bits = self.mix(stream::IDENTITY, u64::from(user.index) + (1 << 40));
        let silent = self
            .mix(stream::IDENTITY, u64::from(user.index))
            .is_multiple_of(33);
        (!user.erased && (silent || bits.is_multiple_of(5)))
            .then(|| format!("+4930{:07}", bits / 5 % 10_000_000))
    }

    pub(crate) fn user_external_id(&self, user: &User) -> Option<String> {
        (!user.erased && user.index % 4 == 1).then(|| format!("Cust-{:06}", user.index))
    }

    pub(crate) fn user_tags(&self, index: u32) -> Vec<&'static str> {
        let bits = self.mix(stream::USER_TEXT, u64::from(index) + (1 << 40));
        USER_TAGS
            .iter()
            .enumerate()
            .filter(|(bit, _)| bits >> (bit * 3) & 7 == 0)
            .map(|(_, tag)| *tag)
            .collect()
    }

    pub(crate) fn custom_role(&self, user: &User) -> Option<i64> {
        (user.role == Role::Agent).then(|| CUSTOM_ROLES[user.index as usize % CUSTOM_ROLES.len()])
    }

    /// The free-text columns that search looks into.
    pub(crate) fn user_notes(&self, user: &User) -> (Option<String>, Option<String>) {
        let mut dice = Dice::new(
            self.seed,
            stream::USER_TEXT,
            u64::from(user.index) + (1 << 41),
        );
        let mut draw = |length| match dice.below(10) {
            0..=3 => None,
            4..=6 => Some(String::new()),
            _ => Some(words::text(&mut dice, length)),
        };
        if user.erased {
            (None, None)
        } else {
            (draw(60), draw(40))
        }
    }

    pub(crate) fn write_user(&self, user: &User, json: &mut Json) {
        let mut dice = Dice::new(
            self.seed,
            stream::USER_TEXT,
            u64::from(user.index) + (1 << 42),
        );
        let index = user.index;
        let staff = user.role != Role::EndUser;
        let (zone, iana) = ZONES[dice.below(ZONES.len() as u64) as usize];
        let (locale_id, locale) = LOCALES[dice.below(LOCALES.len() as u64) as usize];
        let (details, notes) = self.user_notes(user);
        json.key("id")
            .int(user.id)
            .url("users", user.id)
            .key("name")
            .text(&self.user_name(user))
            .key("email")
            .maybe_text(self.user_email(user).as_deref());
        json.key("created_at")
            .time(user.created)
            .key("updated_at")
            .time(user.updated)
            .key("time_zone")
            .text(zone)
            .key("iana_time_zone")
            .text(iana);
        json.key("phone")
            .maybe_text(self.user_phone(user).as_deref())
            .key("shared_phone_number")
            .value(&if self.user_phone(user).is_some() {
                json!(index.is_multiple_of(9))
            } else {
                Value::Null
            });
        json.key("photo");
        if staff && index.is_multiple_of(3) {
            attachment(
                json,
                user.id + 11,
                "portrait.png",
                "image/png",
                4_096,
                Some((128, 128)),
                true,
            );
        } else {
            json.null();
        }
        json.key("locale_id")
            .int(locale_id)
            .key("locale")
            .text(locale)
            .key("organization_id")
            .maybe_int(
                user.organization
                    .map(|organization| self.organization_id(organization)),
            );
        json.key("role")
            .text(user.role.name())
            .key("verified")
            .boolean(!dice.chance(100))
            .key("external_id")
            .maybe_text(self.user_external_id(user).as_deref());
        json.key("tags").open_list();
        for tag in self.user_tags(index) {
            json.text(tag);
        }
        json.close_list().key("alias").maybe_text(match index % 5 {
            0 => Some(""),
            1 if !user.erased => Some("The \"Expert\""),
            _ => None,
        });
        json.key("active")
            .boolean(user.active)
            .key("shared")
            .boolean(index % 61 == 60)
            .key("shared_agent")
            .boolean(staff && index % 37 == 36);
        json.key("last_login_at")
            .maybe_time((staff || index.is_multiple_of(3)).then_some(user.updated))
            .key("two_factor_auth_enabled")
            .value(&if staff {
                json!(index.is_multiple_of(2))
            } else {
                Value::Null
            });
        json.key("signature")
            .maybe_text(
                (staff && index.is_multiple_of(2)).then_some("Best regards,\n{{agent.name}}"),
            )
            .key("details")
            .maybe_text(details.as_deref())
            .key("notes")
            .maybe_text(notes.as_deref());
        json.key("role_type").maybe_int(match user.role {
            Role::EndUser => None,
            Role::Agent => Some(0),
            Role::Admin => Some(4),
        });
        json.key("custom_role_id")
            .maybe_int(self.custom_role(user))
            .key("moderator")
            .boolean(staff && index.is_multiple_of(4));
        json.key("ticket_restriction")
            .maybe_text(match (user.role, index % 5) {
                (Role::EndUser, _) => Some("requested"),
                (Role::Agent, 3) => Some("groups"),
                (Role::Agent, 4) => Some("assigned"),
                _ => None,
            });
        json.key("only_private_comments")
            .boolean(user.role == Role::Agent && index % 11 == 10)
            .key("restricted_agent")
            .boolean(user.role != Role::Admin)
            .key("suspended")
            .boolean(user.suspended);
        json.key("default_group_id")
            .maybe_int(staff.then(|| self.staff_groups(index)[0]))
            .key("report_csv")
            .boolean(user.role == Role::Admin);
        json.key("user_fields").value(&self.user_fields(user));
        // These three keys are simply missing in many real rows.
        if staff {
            json.key("agent_brand_ids")
                .ints(&self.config.brand_ids[..1 + index as usize % 2])
                .key("chat_only")
                .boolean(false);
        }
        if !user.active {
            json.key("permanently_deleted").boolean(user.erased);
        }
    }

    pub(crate) fn user_fields(&self, user: &User) -> Value {
        let mut dice = Dice::new(
            self.seed,
            stream::USER_TEXT,
            u64::from(user.index) + (1 << 43),
        );
        if user.erased {
            return json!({"plan_tier": null, "customer_since": null, "seat_count": null, "vip": false, "score": null});
        }
        // Dates of user fields are full timestamps, unlike those of tickets.
        let since = iso_text(user.created).replace('Z', "+00:00");
        json!({"plan_tier": (dice.chance(700)).then(|| *dice.pick(&["gold", "silver", "bronze"])), "customer_since": dice.chance(500).then(|| format!("{}T00:00:00+00:00", &since[..10])),
            "seat_count": dice.chance(400).then(|| dice.below(400)), "vip": dice.chance(80), "score": dice.chance(300).then(|| dice.below(1_000) as f64 / 10.0)})
    }
}
