//! What ties people to groups, organizations and addresses: memberships and identities, drawn from the user's index.
//! It refuses to list anything across users; the routes decide in which order.

use crate::clock::{DAY, HOUR};
use crate::json::Json;
use crate::random::Dice;
use crate::zendesk::account::user::{Role, User};
use crate::zendesk::account::{Account, stream};

/// One row that belongs to a user: the user's place and the row's number among that user's rows.
pub(crate) type Place = (u32, u32);

const GROUP_MEMBERSHIP_BASE: i64 = 4_400_000_000_000;
const ORGANIZATION_MEMBERSHIP_BASE: i64 = 6_600_000_000_000;
const IDENTITY_BASE: i64 = 9_000_000_000_000;
/// Rows of one kind a single user can have.
pub(crate) const PER_USER: u32 = 8;

impl Account {
    /// Groups of a member of staff, default first; never empty.
    pub(crate) fn staff_groups(&self, staff: u32) -> Vec<i64> {
        let mut dice = Dice::new(self.seed, stream::STAFF, u64::from(staff));
        let mut groups = vec![*dice.pick(&self.config.group_ids)];
        for _ in 0..dice.below(3) {
            let other = *dice.pick(&self.config.group_ids);
            if !groups.contains(&other) {
                groups.push(other);
            }
        }
        groups
    }

    /// Organizations of a user, default first.
    pub(crate) fn user_organizations(&self, index: u32) -> Vec<u32> {
        let Some(first) = self.user_organization(index) else {
            return Vec::new();
        };
        let bits = self.mix(stream::MEMBERSHIP, u64::from(index) + (1 << 40));
        let second = ((bits >> 8) % u64::from(self.organizations)) as u32;
        if bits % 100 < 6 && second != first && !self.organization_deleted(second) {
            vec![first, second]
        } else {
            vec![first]
        }
    }

    /// Rows of organization memberships; deleted users have none.
    pub(crate) fn membership_count(&self, index: u32) -> u32 {
        if self.user(index).active {
            self.user_organizations(index).len() as u32
        } else {
            0
        }
    }

    fn row_id(&self, base: i64, place: Place) -> i64 {
        self.sparse_id(
            stream::MEMBERSHIP,
            base,
            1_000_003,
            u64::from(place.0 * PER_USER + place.1),
        )
    }

    pub(crate) fn place_of(&self, base: i64, id: i64) -> Option<Place> {
        let index = u32::try_from((id - base).div_euclid(1_000_003)).ok()?;
        let place = (index / PER_USER, index % PER_USER);
        (place.0 < self.users && self.row_id(base, place) == id).then_some(place)
    }

    pub(crate) fn group_membership_place(&self, id: i64) -> Option<Place> {
        self.place_of(GROUP_MEMBERSHIP_BASE, id).filter(|place| {
            place.0 < self.staff && (place.1 as usize) < self.staff_groups(place.0).len()
        })
    }

    pub(crate) fn organization_membership_place(&self, id: i64) -> Option<Place> {
        self.place_of(ORGANIZATION_MEMBERSHIP_BASE, id)
            .filter(|place| place.1 < self.membership_count(place.0))
    }

    pub(crate) fn write_group_membership(&self, place: Place, json: &mut Json) {
        let id = self.row_id(GROUP_MEMBERSHIP_BASE, place);
        let user = self.user(place.0);
        let group = self.staff_groups(place.0).get(place.1 as usize).copied();
        json.key("id")
            .int(id)
            .url("group_memberships", id)
            .key("user_id")
            .int(user.id)
            .key("group_id")
            .maybe_int(group)
            .key("default")
            .boolean(place.1 == 0);
        json.key("created_at").time(user.created + HOUR);
        // Rare rows really lack the key; a crash on it is a known bug of other connectors.
        if place.0 % 6 != 5 {
            json.key("updated_at")
                .time(user.created + 3 * HOUR + i64::from(place.1) * DAY);
        }
    }

    pub(crate) fn write_organization_membership(&self, place: Place, json: &mut Json) {
        let id = self.row_id(ORGANIZATION_MEMBERSHIP_BASE, place);
        let user = self.user(place.0);
        let organization = self
            .user_organizations(place.0)
            .get(place.1 as usize)
            .copied()
            .unwrap_or_default();
        json.key("id")
            .int(id)
            .url("organization_memberships", id)
            .key("user_id")
            .int(user.id)
            .key("organization_id")
            .int(self.organization_id(organization));
        json.key("default");
        if place.0 % 50 == 49 {
            json.null();
        } else {
            json.boolean(place.1 == 0);
        }
        json.key("organization_name")
            .text(&self.organization_name(organization))
            .key("view_tickets")
            .boolean(place.0 % 10 == 3);
        json.key("created_at")
            .time(user.created + 60)
            .key("updated_at")
            .time((user.created + 60 + i64::from(place.1) * DAY).min(self.settled));
    }

    /// Kind and value of each identity; the first one is primary.
    pub(crate) fn identities(&self, user: &User) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        rows.extend(self.user_email(user).map(|email| ("email", email)));
        rows.extend(self.user_phone(user).map(|phone| ("phone_number", phone)));
        if user.erased {
            return rows;
        }
        match user.index % 40 {
            7 => rows.push(("twitter", format!("handle_{}", user.index))),
            13 => rows.push(("facebook", format!("10000{:07}", user.index))),
            19 => rows.push(("google", format!("g.{}@gmail.example", user.index))),
            29 => rows.push(("messaging", format!("whatsapp-{:08x}", user.index))),
            _ => {}
        }
        if user.role != Role::EndUser {
            rows.push(("agent_forwarding", format!("+4940{:06}", user.index)));
        }
        rows
    }

    pub(crate) fn write_identity(&self, user: &User, number: u32, json: &mut Json) {
        let rows = self.identities(user);
        let Some((kind, value)) = rows.get(number as usize) else {
            return;
        };
        let id = self.row_id(IDENTITY_BASE, (user.index, number));
        let verified = *kind != "email" || user.index % 10 != 4;
        json.key("id")
            .int(id)
            .key("url")
            .text(&format!(
                "https://acme.zendesk.com/api/v2/users/{}/identities/{id}.json",
                user.id
            ))
            .key("user_id")
            .int(user.id);
        json.key("type")
            .text(kind)
            .key("value")
            .text(value)
            .key("verified")
            .boolean(verified)
            .key("primary")
            .boolean(number == 0);
        if *kind == "email" {
            json.key("verified_at")
                .maybe_time(verified.then_some(user.created + 600))
                .key("verification_method")
                .maybe_text(verified.then_some("email"));
            json.key("undeliverable_count")
                .int(i64::from(user.index % 17 == 3))
                .key("deliverable_state")
                .text(if user.index % 17 == 3 {
                    "undeliverable"
                } else {
                    "deliverable"
                });
        }
        json.key("created_at")
            .time(user.created)
            .key("updated_at")
            .time(user.created + i64::from(number) * HOUR);
    }
}
