//! Incremental exports of Chat: each page says where the next one begins, by a moment and by the id of its last row.
//!
//! Nothing states whether the row of that id comes again, whether every export has ids, or that anything but a page
//! without rows ends it. So all of these come to an end here, and none of them loses a row.

use serde_json::Value;

use super::envelope::Envelope;
use super::{CLAMPS, PageError, Pager, Position};

impl Pager {
    pub(super) fn after_id_export(
        &self,
        envelope: &Envelope,
    ) -> Result<Option<Position>, PageError> {
        let count = envelope.count.as_ref().and_then(Value::as_u64);
        if count == Some(0) || envelope.next_page == Some(Value::Null) {
            return Ok(None);
        }
        let link = envelope.next_page.as_ref().and_then(Value::as_str);
        let linked = |name: &str| link.and_then(|link| self.text_parameter(link, name));
        let time = envelope.end_time.as_ref().and_then(Value::as_i64);
        let time =
            time.or_else(|| linked("start_time")?.parse().ok())
                .ok_or(PageError::NoWayOn {
                    missing: "end_time",
                })?;
        let id = match &envelope.end_id {
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => linked("start_id"),
        };
        let id = id.filter(|id| !id.is_empty());
        let before = match &self.position {
            Position::Mark { id, .. } => id.as_ref(),
            _ => None,
        };
        match self.start_time() {
            Some(start_time) if time <= start_time && id.as_ref() == before => {
                let fills = |count: u64| count >= u64::from(self.size) || CLAMPS.contains(&count);
                match count.is_none_or(fills) {
                    // There may be more rows at that moment than a page holds.
                    true => Err(PageError::NoProgress { start_time }),
                    false => Ok(None),
                }
            }
            _ => Ok(Some(Position::Mark { time, id })),
        }
    }
}
