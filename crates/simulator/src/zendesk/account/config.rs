//! The small tables an administrator fills: groups, brands, statuses, fields, forms. Whole rows, made once per account.
//! It refuses to grow with the number of tickets.

use serde_json::{Value, json};

use crate::clock::{DAY, HOUR, iso_text};
use crate::zendesk::account::rules;
use crate::zendesk::account::{sparse_id, stream};

/// A custom ticket field as tickets need it.
#[derive(Debug, Clone)]
pub(crate) struct CustomField {
    pub(crate) id: i64,
    pub(crate) kind: &'static str,
    pub(crate) options: &'static [(&'static str, &'static str)],
}

/// A custom status as tickets need it.
#[derive(Debug, Clone)]
pub(crate) struct CustomStatus {
    pub(crate) id: i64,
    pub(crate) category: &'static str,
}

/// Every small table.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) groups: Vec<Value>,
    /// Ids of the groups that still exist; deleted ones are only in `groups`.
    pub(crate) group_ids: Vec<i64>,
    pub(crate) brands: Vec<Value>,
    pub(crate) brand_ids: Vec<i64>,
    pub(crate) custom_statuses: Vec<Value>,
    pub(crate) statuses: Vec<CustomStatus>,
    pub(crate) ticket_fields: Vec<Value>,
    pub(crate) fields: Vec<CustomField>,
    pub(crate) ticket_forms: Vec<Value>,
    pub(crate) form_ids: Vec<i64>,
    pub(crate) macros: Vec<Value>,
    pub(crate) views: Vec<Value>,
    pub(crate) triggers: Vec<Value>,
    pub(crate) automations: Vec<Value>,
}

pub(crate) const PRODUCTS: &[(&str, &str)] = &[
    ("Router X1", "product_router_x1"),
    ("Phone::Pro 5", "product_phone_pro_5"),
    ("Cloud Storage", "product_cloud"),
    ("Zubehör", "product_zubehoer"),
    ("製品・その他", "product_other"),
];
const AREAS: &[(&str, &str)] = &[
    ("Billing", "area_billing"),
    ("Login", "area_login"),
    ("Export & Import", "area_export"),
    ("Mobile", "area_mobile"),
];
const OLD: &[(&str, &str)] = &[
    ("Category A", "old_category_a"),
    ("Category B", "old_category_b"),
];

const GROUPS: &[(&str, &str)] = &[
    ("Support", "First line"),
    ("Billing", "Invoices, refunds & VAT"),
    ("Technical", ""),
    ("Escalations", "Second line, \"the last resort\""),
    ("Sales", ""),
    ("Logistics", "Paket & Versand"),
    ("日本サポート", "日本語のお問い合わせ"),
    ("VIP Desk", ""),
    ("Night Shift", "22:00–06:00"),
    ("Partners", ""),
    ("Retired Team", "was merged into Support"),
    ("Légal", "d'urgence seulement"),
];
pub(crate) const RETIRED_GROUP: usize = 10;

type Made = (i64, String, String);

struct Maker {
    seed: u64,
    start: i64,
}

impl Maker {
    /// Id, creation and change stamp of the n-th row of a small table.
    fn row(&self, table: i64, index: usize) -> Made {
        let id = self.id(table, index);
        let created = self.start + table * 7 * HOUR + index as i64 * (9 * DAY + 5 * HOUR + 17);
        let updated = created + (id % 300) * DAY / 2 + 61;
        (
            id,
            iso_text(created),
            iso_text(updated.min(self.start + 4 * 365 * DAY - HOUR)),
        )
    }

    fn id(&self, table: i64, index: usize) -> i64 {
        sparse_id(
            self.seed,
            stream::CONFIG + table.unsigned_abs(),
            20_000_000_000_000 + table * 1_000_000_000_000,
            1_700_000_031,
            index as u64,
        )
    }
}

impl Config {
    pub(crate) fn generate(seed: u64, start: i64) -> Self {
        let make = Maker { seed, start };
        let groups: Vec<Value> = (0..GROUPS.len()).map(|index| group(&make, index)).collect();
        let group_ids: Vec<i64> = (0..GROUPS.len())
            .filter(|index| *index != RETIRED_GROUP)
            .map(|index| make.id(1, index))
            .collect();
        let statuses: Vec<CustomStatus> = STATUSES
            .iter()
            .enumerate()
            .map(|(index, (category, ..))| CustomStatus {
                id: make.id(3, index),
                category,
            })
            .collect();
        let form_ids: Vec<i64> = (0..FORMS.len()).map(|index| make.id(5, index)).collect();
        let brand_ids: Vec<i64> = (0..BRANDS.len()).map(|index| make.id(2, index)).collect();
        let fields: Vec<CustomField> = CUSTOM
            .iter()
            .enumerate()
            .map(|(index, field)| CustomField {
                id: make.id(4, SYSTEM.len() + index),
                kind: field.1,
                options: field.2,
            })
            .collect();
        let brands = (0..BRANDS.len())
            .map(|index| brand(&make, index, &form_ids))
            .collect();
        let custom_statuses: Vec<Value> = (0..STATUSES.len())
            .map(|index| status(&make, index))
            .collect();
        let ticket_fields = ticket_fields(&make, &custom_statuses);
        let ticket_forms = (0..FORMS.len())
            .map(|index| form(&make, index, &fields, &brand_ids))
            .collect();
        let row = |table: i64, index: usize| make.row(table, index);
        Self {
            macros: rules::macros(&row, &group_ids),
            views: rules::views(&row, &group_ids),
            triggers: rules::triggers(&row, &group_ids),
            automations: rules::automations(&row),
            groups,
            group_ids,
            brands,
            brand_ids,
            custom_statuses,
            statuses,
            ticket_fields,
            fields,
            ticket_forms,
            form_ids,
        }
    }
}

fn url(collection: &str, id: i64) -> String {
    format!("https://acme.zendesk.com/api/v2/{collection}/{id}.json")
}

fn group(make: &Maker, index: usize) -> Value {
    let (id, created, updated) = make.row(1, index);
    let (name, description) = GROUPS[index];
    json!({"id": id, "url": url("groups", id), "is_public": index != 7, "name": name, "description": description, "default": index == 0,
        "deleted": index == RETIRED_GROUP, "created_at": created, "updated_at": updated})
}

const BRANDS: &[(&str, &str)] = &[
    ("Acme", "acme"),
    ("Acme Pro ™", "acme-pro"),
    ("旧ブランド", "acme-old"),
];

fn brand(make: &Maker, index: usize, forms: &[i64]) -> Value {
    let (id, created, updated) = make.row(2, index);
    let (name, subdomain) = BRANDS[index];
    let logo = if index == 0 {
        json!({"id": id + 7, "url": url("attachments", id + 7), "file_name": "logo.png", "content_url": "https://acme.zendesk.com/system/brands/logo.png",
            "mapped_content_url": "https://help.acme.example/system/brands/logo.png", "content_type": "image/png", "size": 6_144, "width": 80, "height": 80, "inline": false,
            "deleted": false, "malware_access_override": false, "malware_scan_result": "not_scanned", "thumbnails": []})
    } else {
        Value::Null
    };
    json!({"id": id, "url": url("brands", id), "name": name, "brand_url": format!("https://{subdomain}.zendesk.com"), "subdomain": subdomain,
        "host_mapping": (index == 1).then_some("help.acme-pro.example"), "has_help_center": index < 2, "help_center_state": (["enabled", "restricted", "disabled"][index]),
        "active": index < 2, "default": index == 0, "is_deleted": false, "logo": logo, "ticket_form_ids": forms, "signature_template": (index != 2).then_some("{{agent.signature}}"),
        "created_at": created, "updated_at": updated})
}

const STATUSES: &[(&str, &str, bool, bool)] = &[
    ("new", "New", true, true),
    ("open", "Open", true, true),
    ("pending", "Pending", true, true),
    ("hold", "On-hold", true, true),
    ("solved", "Solved", true, true),
    ("open", "In investigation", true, false),
    ("pending", "Waiting for parts", true, false),
    ("hold", "Bei Lieferant 🚚", true, false),
    ("solved", "Solved by bot", false, false),
];

fn status(make: &Maker, index: usize) -> Value {
    let (id, created, updated) = make.row(3, index);
    let (category, label, active, default) = STATUSES[index];
    let description = (!default).then(|| format!("Used when: {label}"));
    json!({"id": id, "url": url("custom_statuses", id), "status_category": category, "agent_label": label, "raw_agent_label": label, "end_user_label": label, "raw_end_user_label": label,
        "description": description, "raw_description": description, "end_user_description": description, "raw_end_user_description": description,
        "active": active, "default": default, "created_at": created, "updated_at": updated})
}

const SYSTEM: &[(&str, &str)] = &[
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("tickettype", "Type"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
    ("custom_status", "Ticket status"),
];

type Custom = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    bool,
);

/// Every value type there is. Two titles are equal and one has a dot and brackets: titles are not names.
const CUSTOM: &[Custom] = &[
    ("Order number", "text", &[], true),
    ("Delivery notes", "textarea", &[], true),
    ("Express?", "checkbox", &[], true),
    ("Purchase date", "date", &[], true),
    ("Seats", "integer", &[], true),
    ("Amount", "decimal", &[], true),
    ("Serial number", "regexp", &[], true),
    ("Product", "tagger", PRODUCTS, true),
    ("Affected areas", "multiselect", AREAS, true),
    ("Card", "partialcreditcard", &[], true),
    ("Account owner", "lookup", &[], true),
    ("Old category", "tagger", OLD, false),
    ("Order number", "text", &[], true),
    ("C.SAT [0-10]", "integer", &[], true),
    ("顧客番号", "text", &[], true),
];

fn ticket_fields(make: &Maker, statuses: &[Value]) -> Vec<Value> {
    let mut rows = Vec::new();
    for (index, (kind, title)) in SYSTEM.iter().enumerate() {
        let mut row = field_row(make, index, kind, title, true);
        row["removable"] = json!(false);
        if *kind == "priority" {
            row["sub_type_id"] = json!(0);
            row["system_field_options"] = json!([{"name": "Low", "value": "low"}, {"name": "Normal", "value": "normal"}, {"name": "High", "value": "high"}, {"name": "Urgent", "value": "urgent"}]);
        }
        if *kind == "custom_status" {
            row["custom_statuses"] = json!(statuses);
        }
        rows.push(row);
    }
    for (index, (title, kind, options, active)) in CUSTOM.iter().enumerate() {
        let place = SYSTEM.len() + index;
        let mut row = field_row(make, place, kind, title, *active);
        match *kind {
            "checkbox" => row["tag"] = json!("express_order"),
            "regexp" => row["regexp_for_validation"] = json!("\\A[A-Z]{2}-\\d{6}\\z"),
            "lookup" => {
                row["relationship_target_type"] = json!("zen:user");
                row["relationship_filter"] =
                    json!({"all": [{"field": "role", "operator": "is", "value": "4"}], "any": []});
            }
            _ => {}
        }
        if !options.is_empty() {
            let id = make.id(4, place);
            let listed: Vec<Value> =
                options.iter().enumerate().map(|(at, (name, value))| json!({"id": id + 1_000 + at as i64, "name": name, "raw_name": name, "value": value, "default": at == 0 && index == 7, "position": at})).collect();
            row["custom_field_options"] = json!(listed);
        }
        rows.push(row);
    }
    rows
}

fn field_row(make: &Maker, index: usize, kind: &str, title: &str, active: bool) -> Value {
    let (id, created, updated) = make.row(4, index);
    json!({"id": id, "url": url("ticket_fields", id), "type": kind, "title": title, "raw_title": title, "description": title, "raw_description": title, "position": index, "active": active,
        "required": index == 0, "collapsed_for_agents": false, "regexp_for_validation": null, "title_in_portal": title, "raw_title_in_portal": title, "visible_in_portal": index < 9,
        "editable_in_portal": index < 9, "required_in_portal": index < 2, "tag": null, "created_at": created, "updated_at": updated, "removable": true, "key": (kind == "lookup").then_some("account_owner"),
        "agent_description": index.is_multiple_of(5).then_some("Ask the customer"), "agent_can_edit": true})
}

const FORMS: &[&str] = &[
    "Default Ticket Form",
    "Returns / Retouren",
    "Partner request",
];

fn form(make: &Maker, index: usize, fields: &[CustomField], brands: &[i64]) -> Value {
    let (id, created, updated) = make.row(5, index);
    let mut ids: Vec<i64> = (0..SYSTEM.len()).map(|at| make.id(4, at)).collect();
    ids.extend(fields.iter().skip(index * 2).map(|field| field.id));
    let product = fields.get(7).map(|field| field.id);
    let serial = fields.get(6).map(|field| field.id);
    let conditions = if index == 1 {
        json!([{"parent_field_id": product, "value": "product_router_x1", "child_fields": [{"id": serial, "is_required": true, "required_on_statuses": {"type": "SOME_STATUSES", "statuses": ["solved"]}}]}])
    } else {
        json!([])
    };
    json!({"id": id, "url": url("ticket_forms", id), "name": FORMS[index], "raw_name": FORMS[index], "display_name": FORMS[index], "raw_display_name": FORMS[index], "end_user_visible": index != 2,
        "position": index, "ticket_field_ids": ids, "active": index != 2, "default": index == 0, "created_at": created, "updated_at": updated,
        "deleted_at": (index == 2).then(|| updated.clone()), "in_all_brands": index == 0, "restricted_brand_ids": if index == 0 { &[] } else { &brands[..1] },
        "agent_conditions": conditions, "end_user_conditions": conditions})
}
