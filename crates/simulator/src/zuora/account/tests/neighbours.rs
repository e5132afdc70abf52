//! Customers are the organizations of the Zendesk account, and their people are its users.

use std::collections::BTreeMap;

use super::{Object, Value, items, tenant, text, zendesk};
use crate::server::{Options, Simulator};

#[test]
fn most_organizations_are_customers_and_some_customers_never_wrote() {
    for seed in [1, 9] {
        let (zendesk, tenant) = (zendesk(seed), tenant(seed, &items(400)));
        let mut shared = 0;
        for row in tenant.rows(Object::Account) {
            let Some(Value::Text(id)) = row.get("zendeskorganizationid__c") else {
                continue;
            };
            let organization = zendesk.organization_index(id.parse().unwrap()).unwrap();
            assert_eq!(text(&row, "name"), zendesk.organization_name(organization));
            shared += 1;
        }
        assert!(shared < zendesk.organizations && shared * 10 >= zendesk.organizations * 8);
        assert!(shared < tenant.count(Object::Account));
    }
}

#[test]
fn every_number_of_organizations_maps_to_customers_without_gaps() {
    for organizations in 0..60 {
        let expected = (0..organizations).filter(|index| index % 10 != 7).count();
        let shared = super::super::customer::shared(organizations);
        assert_eq!(shared as usize, expected, "{organizations}");
    }
}

#[test]
fn contacts_are_the_users_of_their_organization() {
    let (zendesk, tenant) = (zendesk(1), tenant(1, &items(400)));
    let users: BTreeMap<String, u32> = (zendesk.staff..zendesk.users)
        .filter_map(|index| Some((zendesk.user_email(&zendesk.user(index))?, index)))
        .collect();
    let mut known = 0;
    for row in tenant.rows(Object::Contact) {
        let Some(index) = users.get(&text(&row, "workemail")) else {
            continue;
        };
        let user = zendesk.user(*index);
        let account = tenant
            .find(Object::Account, &text(&row, "accountid"))
            .unwrap();
        let organization = zendesk.organization_id(user.organization.unwrap());
        assert_eq!(
            text(&account, "zendeskorganizationid__c"),
            organization.to_string()
        );
        let name = zendesk.user_name(&user);
        let (first, last) = (text(&row, "firstname"), text(&row, "lastname"));
        assert!(
            name.contains(&first) && (last == "-" || name.contains(&last)),
            "{name}"
        );
        known += 1;
    }
    assert!(known * 10 > tenant.count(Object::Contact) * 5, "{known}");
}

#[test]
fn a_server_holds_the_tenant_it_is_given() {
    let own = tenant(4, &items(40));
    let start = |tenant| {
        let options = Options {
            tenant,
            ..Options::default()
        };
        futures::executor::block_on(Simulator::start_zuora(options)).unwrap()
    };
    let simulator = start(Some(std::sync::Arc::clone(&own)));
    assert!(std::sync::Arc::ptr_eq(simulator.tenant().unwrap(), &own));
    let default = start(None);
    assert_eq!(default.tenant().unwrap().count(Object::InvoiceItem), 6_000);
}
