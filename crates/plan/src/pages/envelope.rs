//! The few members of an answer that say where the next page is.
//!
//! Reads those members from the end of the body, where all of Zendesk's answers carry them, instead of parsing
//! megabytes of rows a second time. It refuses to guess: what the end does not show is looked up in the whole body.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::PageError;

/// How many bytes at the end are looked at. An envelope with two full links has about 700.
const WINDOW: usize = 4096;

/// Members around the rows. Values stay raw where vendors disagree about types; `Some(Null)` is a member that
/// is present and null, which differs from one that is missing.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Envelope {
    #[serde(default, deserialize_with = "present")]
    pub(super) meta: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) links: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) next_page: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) next_page_url: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) next_url: Option<Value>,
    #[serde(default, deserialize_with = "present", rename = "has_more")]
    pub(super) more: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) count: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) after_cursor: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) after_url: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) end_of_stream: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) end_time: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) end_id: Option<Value>,
}

fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl Envelope {
    /// The members of this body; `suffices` says whether what the end shows is all that is needed.
    pub(super) fn read(body: &[u8], suffices: impl Fn(&Self) -> bool) -> Result<Self, PageError> {
        let body = object(body)?;
        if let Some(found) = from_end(body)
            && suffices(&found)
        {
            return Ok(found);
        }
        serde_json::from_slice(body).map_err(|error| unreadable(&error))
    }

    /// `meta.has_more`.
    pub(super) fn has_more(&self) -> Option<bool> {
        self.meta.as_ref()?.get("has_more")?.as_bool()
    }

    /// `meta.after_cursor`, or the one beside the rows that exports use.
    pub(super) fn cursor(&self) -> Option<&str> {
        let own = self.after_cursor.as_ref().and_then(Value::as_str);
        own.or_else(|| self.meta.as_ref()?.get("after_cursor")?.as_str())
            .filter(|cursor| !cursor.is_empty())
    }

    /// All addresses of a following page that the answer names.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        [
            self.links.as_ref().and_then(|links| links.get("next")),
            self.next_page.as_ref(),
            self.next_page_url.as_ref(),
            self.next_url.as_ref(),
            self.after_url.as_ref(),
        ]
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    }
}

/// Checks that a body without pages is one whole JSON value.
pub(super) fn check_whole(body: &[u8]) -> Result<(), PageError> {
    match body.trim_ascii_start().first() {
        None => Err(PageError::Incomplete("it is empty".to_owned())),
        Some(b'{' | b'[') => serde_json::from_slice::<serde::de::IgnoredAny>(body)
            .map(|_| ())
            .map_err(|error| unreadable(&error)),
        Some(_) => Err(PageError::NotJson),
    }
}

fn object(body: &[u8]) -> Result<&[u8], PageError> {
    let body = body.trim_ascii();
    match (body.first(), body.last()) {
        (None, _) => Err(PageError::Incomplete("it is empty".to_owned())),
        (Some(b'{'), Some(b'}')) if body.len() > 1 => Ok(body),
        (Some(b'{'), _) => Err(PageError::Incomplete(
            "it does not end with a closing brace".to_owned(),
        )),
        _ => Err(PageError::NotJson),
    }
}

pub(super) fn unreadable(error: &serde_json::Error) -> PageError {
    PageError::Incomplete(error.to_string())
}

/// The top-level members that begin within the window.
///
/// Why a suffix proves anything: walking backwards from the final `}` the lexer is outside of a string, and
/// JSON has backslashes only inside strings, so a quote with an even number of backslashes before it is always
/// a string's border: the backward walk sees the same strings as a forward one. A comma met while exactly one
/// bracket is open therefore separates members of the object that the final brace closes, and `{` + what follows
/// must parse as one complete object. If the body is whole, that object is the outermost one. If it was cut right
/// after an inner `}`, that is an inner one: a row, which does not carry the members `suffices` asks for, so
/// the whole body is read and the cut noticed.
fn from_end(body: &[u8]) -> Option<Envelope> {
    let start = body.len().saturating_sub(WINDOW);
    let mut depth = 0_usize;
    let mut earliest = None;
    let mut place = body.len();
    while place > start {
        place -= 1;
        match body.get(place)? {
            b'}' | b']' => depth += 1,
            b'{' | b'[' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    earliest = Some(place + 1);
                    break;
                }
            }
            b',' if depth == 1 => earliest = Some(place + 1),
            b'"' => match opening_quote(body, place, start) {
                Some(opening) => place = opening,
                None => break,
            },
            _ => {}
        }
    }
    let members = body.get(earliest?..)?;
    let mut text = Vec::with_capacity(members.len() + 1);
    text.push(b'{');
    text.extend_from_slice(members);
    serde_json::from_slice(&text).ok()
}

/// Where the string that ends at `closing` begins.
fn opening_quote(body: &[u8], closing: usize, start: usize) -> Option<usize> {
    let mut place = closing;
    while place > start {
        place -= 1;
        if body.get(place) == Some(&b'"') {
            let before = body.get(..place)?;
            let slashes = before
                .iter()
                .rev()
                .take_while(|byte| **byte == b'\\')
                .count();
            if slashes % 2 == 0 {
                return Some(place);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(size: usize) -> String {
        let row = r#"{"id":1,"text":"a \"quoted\", [odd} \\","n":[1,2]}"#;
        vec![row; size / row.len() + 1].join(",")
    }

    #[test]
    fn members_after_many_rows_are_found_at_the_end() {
        let body = format!(
            r#"{{"tickets":[{}],"meta":{{"has_more":true,"after_cursor":"x"}},"links":{{"next":"/y"}}}}"#,
            rows(20_000)
        );
        let found = from_end(body.as_bytes()).unwrap();
        assert_eq!(found.has_more(), Some(true));
        assert_eq!(found.cursor(), Some("x"));
        assert_eq!(found.addresses().collect::<Vec<_>>(), ["/y"]);
    }

    #[test]
    fn members_before_the_rows_are_found_in_the_whole() {
        let body = format!(
            r#"{{"next_page":null,"count":7,"tickets":[{}]}}"#,
            rows(20_000)
        );
        assert!(from_end(body.as_bytes()).is_none_or(|found| found.next_page.is_none()));
        let found = Envelope::read(body.as_bytes(), |found| found.next_page.is_some()).unwrap();
        assert_eq!(found.next_page, Some(Value::Null));
    }

    #[test]
    fn text_that_looks_like_an_envelope_is_text() {
        let trap = serde_json::to_string(r#"x","meta":{"has_more":false}}"#).unwrap();
        let body = format!(r#"{{"a":[{{"t":{trap}}}],"meta":{{"has_more":true}},"z":{trap}}}"#);
        let found = Envelope::read(body.as_bytes(), |found| found.meta.is_some()).unwrap();
        assert_eq!(found.has_more(), Some(true));
        let only_text = format!(r#"{{"a":[{{"t":{trap}}}],"z":{trap}}}"#);
        let found = Envelope::read(only_text.as_bytes(), |found| found.meta.is_some()).unwrap();
        assert_eq!(found.has_more(), None);
    }

    #[test]
    fn every_cut_is_noticed() {
        let body = format!(
            r#"{{"tickets":[{}],"meta":{{"has_more":true,"after_cursor":"x\"}}"}},"links":{{"next":null}}}}"#,
            rows(6_000)
        );
        for end in 0..body.len() {
            let cut = Envelope::read(&body.as_bytes()[..end], |found| found.has_more().is_some());
            assert!(matches!(cut, Err(PageError::Incomplete(_))), "cut at {end}");
            assert!(
                check_whole(&body.as_bytes()[..end]).is_err(),
                "cut at {end}"
            );
        }
        assert!(check_whole(body.as_bytes()).is_ok());
    }

    #[test]
    fn what_is_no_json_says_so() {
        for body in ["<html></html>", "slow down", "null"] {
            assert_eq!(check_whole(body.as_bytes()), Err(PageError::NotJson));
            assert!(matches!(
                Envelope::read(body.as_bytes(), |_| true),
                Err(PageError::NotJson)
            ));
        }
    }

    /// Values with everything that could confuse a lexer walking backwards.
    fn nasty() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            r#"["\\{}\[\],:a]{0,12}"#,
            Just(r#"","meta":{"has_more":false}}"#.to_owned()),
            Just(r#"\","next_page":null}"#.to_owned()),
        ];
        let leaf = prop_oneof![
            text.prop_map(Value::from),
            any::<i32>().prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-z\",\\\\]{0,4}", inner, 0..4)
                    .prop_map(|members| members.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_end_tells_the_same_as_the_whole(
            rows in proptest::collection::vec(nasty(), 0..60),
            other in nasty(),
            more in any::<bool>(),
            cursor in "[a\"\\\\}]{1,8}",
            place in 0_usize..3,
            cut in any::<proptest::sample::Index>(),
        ) {
            let mut members = vec![
                format!(r#""rows":{}"#, Value::from(rows)),
                format!(r#""other":{other}"#),
            ];
            let meta = serde_json::json!({"has_more": more, "after_cursor": cursor});
            members.insert(place, format!(r#""meta":{meta}"#));
            let body = format!("{{{}}}", members.join(","));
            let read = |body: &[u8]| Envelope::read(body, |found| found.has_more().is_some());
            let found = read(body.as_bytes()).unwrap();
            prop_assert_eq!(found.has_more(), Some(more));
            prop_assert_eq!(found.cursor(), Some(cursor.as_str()));
            let cut = &body.as_bytes()[..cut.index(body.len())];
            prop_assert!(matches!(read(cut), Err(PageError::Incomplete(_))));
        }
    }
}
