//! Customers and the people there: who they are at Zendesk, what they pay in and how. It refuses to know what they bought.

use crate::random::mix;
use crate::zendesk::Account;
use crate::zendesk::words;

use super::calendar::{DAY_MILLIS, midnight};
use super::cycle::Cycle;
use super::money::{CURRENCIES, Currency, YEN};
use super::{Object, Tenant, stream};

/// Contacts of each customer; a third one is deleted.
pub(super) const CONTACTS: Cycle = Cycle(&[2, 2, 3, 2]);
/// Payment methods of each customer.
pub(super) const METHODS: Cycle = Cycle(&[2, 1, 1, 1, 1]);

/// Of ten organizations at Zendesk, this one has bought nothing yet.
const PROSPECT: u32 = 7;

/// How many organizations are customers.
pub(super) fn shared(organizations: u32) -> u32 {
    organizations / 10 * 9 + (organizations % 10).min(PROSPECT) + u32::from(organizations % 10 > 8)
}

/// Up to two users of each organization who can be written to.
pub(super) fn people(zendesk: &Account) -> Vec<[Option<u32>; 2]> {
    let mut people = vec![[None; 2]; zendesk.organizations as usize];
    for index in zendesk.staff..zendesk.users {
        let Some(organization) = zendesk.user_organization(index) else {
            continue;
        };
        let Some(free) = people[organization as usize]
            .iter_mut()
            .find(|place| place.is_none())
        else {
            continue;
        };
        if zendesk.user_email(&zendesk.user(index)).is_some() {
            *free = Some(index);
        }
    }
    people
}

/// A contact.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) first: String,
    pub(super) last: String,
    pub(super) email: String,
}

impl Person {
    /// Both names are mandatory at Zuora; those who have one get a hyphen for the other.
    fn named(name: &str, email: String) -> Self {
        let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), "-"));
        Self {
            first: first.to_owned(),
            last: last.trim().to_owned(),
            email,
        }
    }
}

impl Tenant {
    /// The organization that a customer is at Zendesk.
    pub(super) fn organization(&self, account: u32) -> Option<u32> {
        let place = account % 9;
        let organization = account / 9 * 10 + place + u32::from(place >= PROSPECT);
        (account < self.sizes.shared).then_some(organization)
    }

    pub(super) fn organization_id(&self, account: u32) -> Option<String> {
        self.organization(account)
            .map(|organization| self.zendesk.organization_id(organization).to_string())
    }

    pub(super) fn account_name(&self, account: u32) -> String {
        match self.organization(account) {
            Some(organization) => self.zendesk.organization_name(organization),
            None => words::company(
                &mut self.dice(stream::ACCOUNT, account),
                self.zendesk.organizations + account,
            ),
        }
    }

    pub(super) fn account_created(&self, account: u32) -> i64 {
        let before = mix(self.seed, stream::ACCOUNT, u64::from(account) + (1 << 40));
        let span = 400 * DAY_MILLIS.unsigned_abs();
        midnight(self.calendar.month(0)) - 60 * DAY_MILLIS - (before % span) as i64
    }

    /// What the customer pays in: yen when its name is Japanese.
    pub(super) fn currency(&self, account: u32) -> &'static Currency {
        self.currencies.get_or_init(|| {
            let accounts = 0..self.sizes.accounts;
            accounts
                .map(|account| self.chosen_currency(account))
                .collect()
        })[account as usize]
    }

    fn chosen_currency(&self, account: u32) -> &'static Currency {
        let bits = mix(self.seed, stream::ACCOUNT, u64::from(account) + (1 << 41));
        let index = match bits % 10 {
            _ if self.account_name(account).starts_with("株式会社") => YEN,
            0..=3 => 0,
            4..=6 => 1,
            7 | 8 => 3,
            _ => YEN,
        };
        &CURRENCIES[index]
    }

    pub(super) fn is_tax_exempt(account: u32) -> bool {
        account % 6 == 5
    }

    /// Those who transfer money on their own have no default way to be charged.
    pub(super) fn is_charged(account: u32) -> bool {
        account % 9 != 8
    }

    pub(super) fn contact_id(&self, account: u32, place: u32) -> String {
        self.id(Object::Contact, CONTACTS.first(account) + place)
    }

    pub(super) fn method_id(&self, account: u32) -> String {
        self.id(Object::PaymentMethod, METHODS.first(account))
    }

    /// Who a contact is: the same people that write to support, as far as there are any.
    pub(super) fn person(&self, contact: u32) -> Person {
        let (account, place) = CONTACTS.locate(contact);
        let organization = self.organization(account);
        let user = organization
            .and_then(|organization| self.people.get(organization as usize))
            .and_then(|people| people.get(place as usize).copied().flatten())
            .map(|index| self.zendesk.user(index));
        if let Some(user) = user {
            let email = self.zendesk.user_email(&user).unwrap_or_default();
            return Person::named(&self.zendesk.user_name(&user), email);
        }
        let name = words::person(&mut self.dice(stream::CONTACT, contact));
        let domain = match organization {
            Some(organization) => self.zendesk.organization_domain(organization),
            None => format!("customer{account}.example"),
        };
        let email = format!("{}.billing{contact}@{domain}", words::mailbox(&name));
        Person::named(&name, email)
    }
}
