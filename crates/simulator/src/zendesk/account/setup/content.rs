//! Languages, texts in several of them, and lists that come with an account. It refuses to resolve placeholders.

use serde_json::{Value, json};

use super::{Kind, Maker, Setup, url};

pub(super) fn fill(setup: &mut Setup, make: &Maker<'_>) {
    let items: Vec<Value> = (0..ITEMS).map(|at| item(make, at)).collect();
    let variants = items.iter().flat_map(|item| {
        let variants = item["variants"].as_array().into_iter().flatten();
        variants.map(|variant| {
            let mut row = variant.clone();
            row["dynamic_content_item_id"] = item["id"].clone();
            row
        })
    });
    setup.add("dynamic_content_variants", variants);
    setup.add("dynamic_content_items", items);
    setup.add("locales", (0..LOCALES.len()).map(|at| locale(make, at)));
    setup.add("macro_actions", MACRO_ACTIONS.iter().map(|(field, title, kind)| {
        json!({"field": field, "title": title, "type": kind, "operators": [{"title": "is", "value": "is"}], "group": "ticket"})
    }));
    setup.add("sharing_agreements", (0..2).map(|at| agreement(make, at)));
    setup.add(
        "resource_collections",
        (0..3).map(|at| collection(make, at)),
    );
}

const LOCALES: &[(i64, &str, &str, &str, bool)] = &[
    (1, "en-US", "English (United States)", "English (US)", false),
    (8, "de", "German", "Deutsch", false),
    (67, "ja", "Japanese", "日本語", false),
    (66, "ar", "Arabic", "العربية", true),
];

fn locale(make: &Maker<'_>, at: usize) -> Value {
    let (id, locale, name, native, rtl) = LOCALES[at];
    let (created, updated) = make.times(Kind::Item, at);
    json!({"id": id, "url": url("locales", id), "locale": locale, "name": name, "native_name": native, "presentation_name": format!("{name} - {native}"), "rtl": rtl, "default": at == 0,
        "created_at": created, "updated_at": updated})
}

/// More than a page of them.
const ITEMS: usize = 105;

fn item(make: &Maker<'_>, at: usize) -> Value {
    let (id, (created, updated)) = (make.id(Kind::Item, at), make.times(Kind::Item, at));
    let variants: Vec<Value> = (0..1 + at % LOCALES.len())
        .map(|place| {
            let variant = make.id(Kind::Variant, at * 10 + place);
            let (created, updated) = make.times(Kind::Variant, at * 10 + place);
            json!({"id": variant, "url": url(&format!("dynamic_content/items/{id}/variants"), variant), "content": format!("{} {at}", ["Hello", "Grüß Gott", "こんにちは", "مرحبا"][place]),
                "locale_id": LOCALES[place].0, "outdated": place > 0 && at.is_multiple_of(5), "active": place < 3, "default": place == 0, "created_at": created, "updated_at": updated})
        })
        .collect();
    json!({"id": id, "url": url("dynamic_content/items", id), "name": format!("Greeting {at}"), "placeholder": format!("{{{{dc.greeting_{at}}}}}"), "default_locale_id": LOCALES[0].0,
        "outdated": at.is_multiple_of(5), "created_at": created, "updated_at": updated, "variants": variants})
}

const MACRO_ACTIONS: &[(&str, &str, &str)] = &[
    ("status", "Set status", "list"),
    ("priority", "Set priority", "list"),
    ("comment_value", "Comment/description", "text"),
    ("current_tags", "Add tags", "text"),
];

fn agreement(make: &Maker<'_>, at: usize) -> Value {
    let (id, (created, updated)) = (
        make.id(Kind::Agreement, at),
        make.times(Kind::Agreement, at),
    );
    json!({"id": id, "url": url("sharing_agreements", id), "name": (["Partner @ Zendesk", "Jira"][at]), "type": (["inbound", "outbound"][at]), "status": (["accepted", "pending"][at]),
        "partner_name": (at == 1).then_some("jira"), "remote_subdomain": "partner", "created_at": created, "updated_at": updated})
}

fn collection(make: &Maker<'_>, at: usize) -> Value {
    let (created, updated) = make.times(Kind::Collection, at);
    json!({"id": make.id(Kind::Collection, at).to_string(), "resources": [{"type": "ticket_fields", "identifier": format!("field_{at}"), "resource_id": make.account.config.fields.get(at).map(|field| field.id), "deleted": false}],
        "created_at": created, "updated_at": updated})
}
