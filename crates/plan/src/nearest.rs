//! The nearest known name, for messages about unknown ones.

/// The candidate closest to `name`, if one is close enough to be a likely slip.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
    let folded = fold(name);
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&folded, &fold(candidate)),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= 1 + folded.len().min(candidate.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_recognised() {
        let known = ["status", "subject", "requester_id"];
        for (typed, expected) in [
            ("statsu", Some("status")),
            ("Subjct", Some("subject")),
            ("RequesterId", Some("requester_id")),
            ("weather", None),
        ] {
            assert_eq!(nearest(typed, known), expected, "{typed}");
        }
    }
}
