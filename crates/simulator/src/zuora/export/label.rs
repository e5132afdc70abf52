//! What people call objects and fields, and how the export spells a field. It refuses to know any of them: both follow from
//! the name.

/// `AccountNumber` is "Account Number" and `Region__c` "Region".
pub(in crate::zuora) fn label(name: &str) -> String {
    let name = name.strip_suffix("__c").unwrap_or(name);
    match name {
        "Id" => return "ID".to_owned(),
        "BillToContact" => return "Bill To".to_owned(),
        "SoldToContact" => return "Sold To".to_owned(),
        _ => {}
    }
    let letters: Vec<char> = name.chars().collect();
    let mut label = String::with_capacity(name.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let after_small = at > 0 && !letters[at - 1].is_uppercase();
        let before_small = at > 0 && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_small || before_small) {
            label.push(' ');
        }
        label.push(*letter);
    }
    label
}

/// A field as the header of a file spells it: one that is all capitals keeps the first.
pub(super) fn heading(name: &str) -> String {
    if name.chars().all(|letter| letter.is_ascii_uppercase()) {
        let (first, rest) = name.split_at(1);
        return format!("{first}{}", rest.to_ascii_lowercase());
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        let cases = [
            ("AccountNumber", "Account Number"),
            ("Id", "ID"),
            ("VATId", "VAT Id"),
            ("MRR", "MRR"),
            ("Region__c", "Region"),
            ("BillToContact", "Bill To"),
            ("Address1", "Address1"),
        ];
        for (name, expected) in cases {
            assert_eq!(label(name), expected);
        }
        assert_eq!(heading("MRR"), "Mrr");
        assert_eq!(heading("VATId"), "VATId");
    }
}
