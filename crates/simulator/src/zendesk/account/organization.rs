//! An organization as a value and as a row. It refuses to be kept: it is drawn from its index.

use serde_json::{Value, json};

use crate::json::Json;
use crate::random::Dice;
use crate::zendesk::account::words;
use crate::zendesk::account::{Account, stream};

#[derive(Debug, Clone)]
pub(crate) struct Organization {
    pub(crate) index: u32,
    pub(crate) id: i64,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) deleted: bool,
}
impl Account {
    pub(crate) fn organization_deleted(&self, index: u32) -> bool {
        index % 23 == 11
    }

    pub(crate) fn organization(&self, index: u32) -> Organization {
        let mut dice = Dice::new(self.seed, stream::ORGANIZATION, u64::from(index));
        let fraction = f64::from(index) / f64::from(self.organizations);
        let created = self.time_at(fraction * 0.95) - dice.below(400 * 86_400) as i64;
        let updated = created + ((self.settled - created) as f64 * dice.unit()) as i64;
        Organization {
            index,
            id: self.organization_id(index),
            created,
            updated,
            deleted: self.organization_deleted(index),
        }
    }

    pub(crate) fn organization_name(&self, index: u32) -> String {
        words::company(
            &mut Dice::new(
                self.seed,
                stream::ORGANIZATION,
                u64::from(index) + (1 << 40),
            ),
            index,
        )
    }

    pub(crate) fn organization_external_id(&self, index: u32) -> Option<String> {
        (!index.is_multiple_of(3)).then(|| format!("Org-{:05}", index * 11 + 3))
    }

    pub(crate) fn organization_tags(&self, index: u32) -> Vec<&'static str> {
        let bits = self.mix(stream::ORGANIZATION, u64::from(index) + (1 << 41));
        ["enterprise", "eu", "key_account", "日本"]
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| bits & (3 << (bit * 2)) == 0)
            .map(|(_, tag)| tag)
            .collect()
    }

    pub(crate) fn organization_domain(&self, index: u32) -> String {
        format!("org{}.example", index + 1)
    }

    pub(crate) fn write_organization(&self, organization: &Organization, json: &mut Json) {
        let index = organization.index;
        let mut dice = Dice::new(
            self.seed,
            stream::ORGANIZATION,
            u64::from(index) + (1 << 42),
        );
        json.key("id")
            .int(organization.id)
            .url("organizations", organization.id)
            .key("name")
            .text(&self.organization_name(index));
        json.key("shared_tickets")
            .boolean(dice.chance(200))
            .key("shared_comments")
            .boolean(dice.chance(150))
            .key("external_id")
            .maybe_text(self.organization_external_id(index).as_deref());
        json.key("created_at")
            .time(organization.created)
            .key("updated_at")
            .time(organization.updated)
            .key("domain_names")
            .open_list();
        if index % 6 != 5 {
            json.text(&self.organization_domain(index));
        }
        if index % 7 == 2 {
            json.text(&format!("alt{index}.example"));
        }
        let mut draw = |length| match dice.below(4) {
            0 => None,
            1 => Some(String::new()),
            _ => Some(words::text(&mut dice, length)),
        };
        let (details, notes) = (draw(50), draw(80));
        json.close_list()
            .key("details")
            .maybe_text(details.as_deref())
            .key("notes")
            .maybe_text(notes.as_deref());
        json.key("group_id").maybe_int(
            (index % 4 == 1)
                .then(|| self.config.group_ids[index as usize % self.config.group_ids.len()]),
        );
        json.key("tags").open_list();
        for tag in self.organization_tags(index) {
            json.text(tag);
        }
        json.close_list()
            .key("organization_fields")
            .value(&self.organization_fields(index));
    }

    /// The custom fields of an organization; some have none.
    pub(crate) fn organization_fields(&self, index: u32) -> Value {
        if index % 9 == 8 {
            return Value::Null;
        }
        json!({"region": (["emea", "apac", "amer"][index as usize % 3]), "contract_value": f64::from(index) * 1_250.5, "renewal": "2027-01-31T00:00:00+00:00", "key_account": index.is_multiple_of(5)})
    }
}
