//! What articles are filed under and who may read them: categories, sections, labels, user segments, content tags.
//! It refuses to grow with the account.

use serde_json::{Value, json};

use super::{DEFAULT_LOCALE, Guide, Kind, LOCALES, Maker, opinions, page, time, url};

const CATEGORIES: [(&str, &str); 4] = [
    ("Getting started", "First steps with \"Acme\""),
    ("Billing & invoices", ""),
    ("製品ガイド", "取扱説明書"),
    ("Troubleshooting", "When something does not work"),
];

/// Name, category, the section around it.
const SECTIONS: [(&str, usize, Option<usize>); 9] = [
    ("Installation", 0, None),
    ("Your account", 0, None),
    ("Payments", 1, None),
    ("Refunds", 1, Some(2)),
    ("Router X1", 2, None),
    ("Phone Pro 5", 2, None),
    ("Known problems", 3, None),
    ("Error codes: 400–599", 3, Some(6)),
    ("For partners only", 3, None),
];

const LABELS: [&str; 9] = [
    "setup", "billing", "refund", "router", "phone", "faq", "日本", "how-to", "beta:2",
];

const TAGS: [(&str, &str); 4] = [
    ("01HGW2N7E9Q7C0X4V0A5T3Z8KA", "firmware"),
    ("01HGW2N7E9Q7C0X4V0A5T3Z8KB", "security"),
    ("01HGW2N7E9Q7C0X4V0A5T3Z8KC", "rückgabe"),
    ("01HGW2N7E9Q7C0X4V0A5T3Z8KD", "release notes"),
];

pub(super) fn fill(guide: &mut Guide, maker: &Maker<'_>) {
    looks(guide, maker);
    segments(guide, maker);
    categories(guide, maker);
    sections(guide, maker);
    for (index, name) in LABELS.iter().enumerate() {
        let (id, moment) = (
            maker.id(Kind::Label, index),
            maker.moment(0.02 * index as f64),
        );
        guide.labels.push(
            json!({"id": id, "url": url("help_center/articles/labels", id), "name": name,
            "created_at": time(moment), "updated_at": time(moment + 30)}),
        );
    }
    for (index, (id, name)) in TAGS.iter().enumerate() {
        let moment = maker.moment(0.1 * index as f64);
        guide.content_tags.push(json!({"id": id, "name": name, "created_at": time(moment), "updated_at": time(moment + 3_600)}));
    }
}

/// What nobody has published the columns of: themes, redirects, the service catalog.
fn looks(guide: &mut Guide, maker: &Maker<'_>) {
    let since = time(maker.account.start);
    for (id, name) in [
        ("1f0c5d7e-7c1b-4a53-9f7e-2f1f3f0d9a01", "Copenhagen"),
        ("1f0c5d7e-7c1b-4a53-9f7e-2f1f3f0d9a02", "Acme \"dark\""),
    ] {
        guide.themes.push(json!({"id": id, "name": name, "version": "4.2.1", "live": name == "Copenhagen", "created_at": since}));
    }
    for (at, from) in ["/hc/en-us/articles/1", "/old/faq", "/hc/de/über-uns"]
        .iter()
        .enumerate()
    {
        guide.redirect_rules.push(json!({"id": format!("01HREDIRECT{at}"), "redirect_from": from, "redirect_to": "/hc/en-us", "redirect_status": 301}));
    }
    for (at, name) in ["Laptop 14\"", "Zweiter Bildschirm", "VPN access"]
        .iter()
        .enumerate()
    {
        guide.service_catalog_items.push(json!({"id": format!("01HITEM{at}"), "name": name, "description": format!("Order: {name}"),
            "form_id": maker.account.config.form_ids.first(), "created_at": since}));
    }
}

fn segments(guide: &mut Guide, maker: &Maker<'_>) {
    let account = maker.account;
    let groups = &account.config.group_ids;
    let organizations: Vec<i64> = (0..account.organizations)
        .filter(|index| !account.organization_deleted(*index))
        .take(2)
        .map(|index| account.organization_id(index))
        .collect();
    let people: Vec<i64> = maker
        .readers
        .iter()
        .take(3)
        .map(|index| account.user_id(*index))
        .collect();
    let rows = [
        ("Signed-in users", "signed_in_users", true),
        ("Agents and admins", "staff", true),
        ("Partners", "signed_in_users", false),
        ("Night shift", "staff", false),
    ];
    for (index, (name, kind, built_in)) in rows.into_iter().enumerate() {
        let moment = maker.moment(0.03 * index as f64);
        let partners = index == 2;
        guide.user_segments.push(json!({"id": maker.id(Kind::Segment, index), "name": name, "user_type": kind, "built_in": built_in,
            "group_ids": if index == 3 { &groups[..2] } else { &[] },
            "organization_ids": if partners { organizations.as_slice() } else { &[] },
            "tags": if partners { &["partner"][..] } else { &[] },
            "or_tags": if partners { &["vip", "beta"][..] } else { &[] },
            "added_user_ids": if partners { people.as_slice() } else { &[] },
            "created_at": time(moment), "updated_at": time(moment + 7_200)}));
    }
    for (index, name) in ["Administrators", "Editors & publishers"]
        .iter()
        .enumerate()
    {
        let moment = maker.moment(0.01);
        guide.permission_groups.push(json!({"id": maker.id(Kind::PermissionGroup, index), "name": name, "built_in": index == 0,
            "edit": [guide.user_segments[1]["id"]], "publish": [guide.user_segments[1]["id"]],
            "created_at": time(moment), "updated_at": time(moment)}));
    }
}

fn categories(guide: &mut Guide, maker: &Maker<'_>) {
    for (index, (name, description)) in CATEGORIES.iter().enumerate() {
        let id = maker.id(Kind::Category, index);
        let mut dice = maker.dice(Kind::Category, index);
        let created = maker.moment(0.01 + 0.01 * index as f64);
        let updated = maker.later(created, &mut dice, 300);
        guide.categories.push(json!({"id": id, "url": url(&format!("help_center/{DEFAULT_LOCALE}/categories"), id), "html_url": page("categories", id),
            "position": index, "created_at": time(created), "updated_at": time(updated), "name": name, "description": description,
            "locale": DEFAULT_LOCALE, "source_locale": DEFAULT_LOCALE, "outdated": index == 3}));
        let at = guide.category_translations.len();
        let made = translations(
            maker,
            at + 40_000,
            "Category",
            id,
            name,
            Some(description),
            created,
            1 + index % 3,
        );
        guide.category_translations.extend(made);
    }
}

fn sections(guide: &mut Guide, maker: &Maker<'_>) {
    for (index, (name, category, around)) in SECTIONS.iter().enumerate() {
        let id = maker.id(Kind::Section, index);
        let mut dice = maker.dice(Kind::Section, index);
        let created = maker.moment(0.02 + 0.02 * index as f64);
        let updated = maker.later(created, &mut dice, 500);
        let description = (index % 3 != 2).then(|| format!("All about: {name}"));
        guide.sections.push(json!({"id": id, "url": url(&format!("help_center/{DEFAULT_LOCALE}/sections"), id), "html_url": page("sections", id),
            "category_id": guide.categories[*category]["id"], "parent_section_id": around.map(|around| maker.id(Kind::Section, around)),
            "position": index, "sorting": "manual", "created_at": time(created), "updated_at": time(updated), "name": name, "description": description,
            "locale": DEFAULT_LOCALE, "source_locale": DEFAULT_LOCALE, "outdated": false, "theme_template": "section_page", "manageable_by": "managers",
            "user_segment_id": if index == 8 { guide.user_segments[2]["id"].clone() } else { Value::Null }}));
        let at = guide.section_translations.len();
        let made = translations(
            maker,
            at + 20_000,
            "Section",
            id,
            name,
            description.as_deref(),
            created,
            1 + index % 2,
        );
        guide.section_translations.extend(made);
        opinions::subscribe(guide, maker, "Section", id, created, index % 3);
    }
}

/// The original of something and its translations into further languages, `count` in all.
#[expect(clippy::too_many_arguments, reason = "each is a column of the rows")]
pub(super) fn translations(
    maker: &Maker<'_>,
    first: usize,
    kind: &str,
    source: i64,
    title: &str,
    body: Option<&str>,
    created: i64,
    count: usize,
) -> Vec<Value> {
    let collection = match kind {
        "Category" => "categories",
        "Section" => "sections",
        _ => "articles",
    };
    let said = |locale: &str, text: &str| match locale {
        "de" => format!("Deutsch: {text}"),
        "ja" => format!("日本語：{text}"),
        _ => text.to_owned(),
    };
    LOCALES
        .iter()
        .take(count)
        .enumerate()
        .map(|(at, locale)| {
            let id = maker.id(Kind::Translation, first + at);
            let mut dice = maker.dice(Kind::Translation, first + at);
            let created = created + at as i64 * 7_200;
            let updated = maker.later(created, &mut dice, 200);
            let draft = at > 0 && kind == "Article" && dice.chance(120);
            json!({"id": id, "url": url(&format!("help_center/{collection}/{source}/translations"), id),
                "html_url": format!("https://acme.zendesk.com/hc/{locale}/{collection}/{source}"),
                "source_id": source, "source_type": kind, "locale": locale, "title": said(locale, title), "body": body.map(|body| said(locale, body)),
                "outdated": at > 0 && dice.chance(250), "draft": draft, "hidden": false,
                "created_by_id": maker.writer(first), "updated_by_id": (at == 0 || dice.chance(700)).then(|| maker.writer(first + at)),
                "created_at": time(created), "updated_at": time(updated)})
        })
        .collect()
}
