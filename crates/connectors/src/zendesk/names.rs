//! Names of columns for custom fields.
//!
//! The rule: a field is called by its key, else by its title, in lower case, with `_` for whatever is neither a letter
//! nor a digit. A name that the table or an older field (one of a smaller id) has already gets the field's id behind it:
//! `order_number_123`. So a field that comes later never changes the names of others. `custom_field_<id>` always works.

use std::collections::HashSet;

use super::answer::CustomField;

/// Names that are taken.
pub(super) struct Names(HashSet<String>);

impl Names {
    pub(super) fn taken<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self(names.map(str::to_owned).collect())
    }

    /// A name for a field, and for what else belongs to it by these endings. Ask for older fields first.
    pub(super) fn take(&mut self, field: &CustomField, endings: &[&str]) -> String {
        let plain = plain(field.key.as_deref().unwrap_or(&field.title));
        let always = always(field);
        let numbered = match plain.as_str() {
            "" => always.clone(),
            plain => format!("{plain}_{}", field.id),
        };
        let mut candidates = [plain, numbered, always.clone()].into_iter();
        let is_free = |name: &String| {
            let all = endings.iter().map(|ending| format!("{name}{ending}"));
            !name.is_empty()
                && !self.0.contains(name)
                && all.into_iter().all(|name| !self.0.contains(&name))
        };
        let name = candidates.find(is_free).unwrap_or(always);
        self.0
            .extend(endings.iter().map(|ending| format!("{name}{ending}")));
        self.0.insert(name.clone());
        name
    }
}

/// The name that never changes.
pub(super) fn always(field: &CustomField) -> String {
    format!("custom_field_{}", field.id)
}

fn plain(title: &str) -> String {
    let mut name = String::with_capacity(title.len());
    for letter in title.chars().flat_map(char::to_lowercase) {
        match letter.is_alphanumeric() {
            true => name.push(letter),
            false if name.ends_with('_') || name.is_empty() => {}
            false => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        // A name that begins with a digit would have to be quoted.
        Some(first) if first.is_numeric() => format!("field_{name}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(id: i64, key: Option<&str>, title: &str) -> CustomField {
        CustomField {
            id,
            key: key.map(str::to_owned),
            title: title.to_owned(),
            kind: "text".to_owned(),
            active: true,
            built_in: false,
            options: Vec::new(),
            target: None,
        }
    }

    #[test]
    fn titles_become_names() {
        for (title, name) in [
            ("Order number", "order_number"),
            ("C.SAT [0-10]", "c_sat_0_10"),
            ("  Express? ", "express"),
            ("顧客番号", "顧客番号"),
            ("Größe (m²)", "größe_m²"),
            ("2nd line", "field_2nd_line"),
            ("!!", ""),
        ] {
            assert_eq!(plain(title), name, "{title}");
        }
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::taken(["status", "priority"].into_iter());
        for (field, endings, name) in [
            (field(1, None, "Order number"), &[][..], "order_number"),
            (field(2, None, "order NUMBER"), &[], "order_number_2"),
            (field(3, None, "Status"), &[], "status_3"),
            (field(4, Some("tier"), "Level"), &["__label"], "tier"),
            (field(5, None, "Tier__label"), &[], "tier_label"),
            (field(6, Some("tier"), "Level"), &["__label"], "tier_6"),
            (field(7, None, "?"), &[], "custom_field_7"),
        ] {
            assert_eq!(names.take(&field, endings), name);
        }
    }
}
