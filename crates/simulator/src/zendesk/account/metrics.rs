//! What the vendor measures about tickets: metric rows, dates, metric events, satisfaction ratings.
//! It refuses to invent a second history: every number comes from the same fate as the audits.

use serde_json::json;

use crate::clock::{DAY, HOUR, MINUTE};
use crate::json::Json;
use crate::zendesk::account::order::PLACES;
use crate::zendesk::account::ticket::{Status, Ticket};
use crate::zendesk::account::{Account, stream};

const METRIC_BASE: i64 = 7_700_000_000_000;
const METRIC_EVENT_BASE: i64 = 8_800_000_000_000;
const RATING_BASE: i64 = 5_500_000_000_000;
const RATING_STRIDE: i64 = 1_003;
const REASONS: &[(i64, &str)] = &[
    (1_003, "The issue took too long to resolve"),
    (1_004, "The issue was not resolved"),
    (1_005, "The agent's knowledge is unsatisfactory"),
];

impl Account {
    pub(crate) fn metric_id(&self, ticket: &Ticket) -> i64 {
        self.sparse_id(stream::METRIC, METRIC_BASE, 1_009, u64::from(ticket.index))
    }

    fn last_comment(&self, ticket: &Ticket) -> i64 {
        let times = self.audit_times(ticket);
        times
            .get(usize::from(ticket.replies))
            .copied()
            .unwrap_or(ticket.created)
            .min(ticket.updated)
    }

    pub(crate) fn write_dates(&self, ticket: &Ticket, json: &mut Json) {
        let assigned = ticket
            .assignee
            .map(|_| (ticket.created + 15 * MINUTE).min(ticket.updated));
        json.key("assignee_updated_at")
            .maybe_time(
                assigned
                    .filter(|_| ticket.replies > 0)
                    .map(|_| self.last_comment(ticket)),
            )
            .key("requester_updated_at")
            .time(self.last_comment(ticket));
        json.key("status_updated_at").time(ticket.updated);
        // Merged and very old tickets lack some keys: rows must be read by key, never by position.
        if ticket.index % 30 != 4 {
            json.key("initially_assigned_at")
                .maybe_time(assigned)
                .key("assigned_at")
                .maybe_time(assigned);
        }
        json.key("solved_at")
            .maybe_time(ticket.solved)
            .key("latest_comment_added_at")
            .maybe_time((ticket.index % 45 != 8).then(|| self.last_comment(ticket)));
    }

    pub(crate) fn write_metric(&self, ticket: &Ticket, json: &mut Json) {
        let id = self.metric_id(ticket);
        let old = ticket.index % 30 == 4;
        json.key("url")
            .text(&format!(
                "https://acme.zendesk.com/api/v2/ticket_metrics/{id}.json"
            ))
            .key("id")
            .int(id)
            .key("ticket_id")
            .int(ticket.id);
        json.key("created_at")
            .time(ticket.created)
            .key("updated_at")
            .time(ticket.updated);
        json.key("group_stations")
            .int(i64::from(ticket.group.is_some()) + i64::from(ticket.replies / 4))
            .key("assignee_stations")
            .int(i64::from(ticket.assignee.is_some()) + i64::from(ticket.replies / 6));
        json.key("reopens")
            .int(i64::from(ticket.index % 17 == 5 && ticket.solved.is_some()))
            .key("replies")
            .int(i64::from(ticket.replies.div_ceil(2)));
        self.write_dates(ticket, json);
        if !old {
            json.key("custom_status_updated_at")
                .maybe_time((ticket.index % 3 != 1).then_some(ticket.updated));
        }
        let reply = self.first_reply_minutes(ticket);
        let resolution = ticket
            .solved
            .map(|at| Self::minutes_since_creation(ticket, at));
        let waited = (ticket.updated - ticket.created) / MINUTE;
        minutes(json, "reply_time_in_minutes", reply);
        if !old {
            json.key("reply_time_in_seconds")
                .open()
                .key("calendar")
                .maybe_int(reply.map(|minutes| minutes * 60 + 7));
            if ticket.index % 5 == 2 {
                json.key("business")
                    .maybe_int(reply.map(|minutes| minutes * 24));
            }
            json.close();
        }
        minutes(json, "first_resolution_time_in_minutes", resolution);
        minutes(
            json,
            "full_resolution_time_in_minutes",
            resolution.map(|minutes| minutes + i64::from(ticket.index % 17 == 5) * 90),
        );
        minutes(
            json,
            "agent_wait_time_in_minutes",
            (ticket.replies > 1).then_some(waited / 3),
        );
        minutes(
            json,
            "requester_wait_time_in_minutes",
            (ticket.status != Status::New).then_some(waited / 2),
        );
        minutes(
            json,
            "on_hold_time_in_minutes",
            Some(if ticket.status == Status::Hold || ticket.index % 9 == 1 {
                waited / 5
            } else {
                0
            }),
        );
    }

    pub(crate) fn incident_count(&self, ticket: &Ticket) -> i64 {
        if !self.has_incidents(ticket) {
            return 0;
        }
        (ticket.index + 1..(ticket.index + 50).min(self.tickets))
            .map(|index| self.generated_ticket(index))
            .filter(|other| other.problem == Some(ticket.id) && other.alive())
            .count() as i64
    }

    fn metric_moments(&self, ticket: &Ticket) -> Vec<(i64, &'static str, &'static str)> {
        let created = ticket.created;
        let mut moments = vec![
            (created, "reply_time", "activate"),
            (created, "requester_wait_time", "activate"),
            (created, "agent_work_time", "activate"),
            (created, "resolution_time", "activate"),
        ];
        if ticket.priority.is_some() {
            moments.push((created + 1, "reply_time", "apply_sla"));
        }
        if let Some(first) = self.first_reply_minutes(ticket) {
            let at = created + first * MINUTE;
            if ticket.priority.is_some() && first > 8 * 60 {
                moments.push((created + 8 * HOUR, "reply_time", "breach"));
            }
            moments.push((at, "reply_time", "fulfill"));
            moments.push((at, "reply_time", "update_status"));
            moments.push((at, "requester_wait_time", "pause"));
            moments.push((at, "periodic_update_time", "activate"));
            moments.push((at, "pausable_update_time", "measure"));
        }
        if ticket.group.is_some() && ticket.index.is_multiple_of(6) {
            moments.push((created + 30, "group_ownership_time", "apply_group_sla"));
        }
        if let Some(solved) = ticket.solved {
            moments.push((solved, "resolution_time", "fulfill"));
            moments.push((solved, "resolution_time", "update_status"));
            moments.push((solved, "requester_wait_time", "fulfill"));
        }
        moments
    }

    pub(crate) fn metric_event_times(&self, ticket: &Ticket) -> Vec<i64> {
        self.metric_moments(ticket)
            .into_iter()
            .map(|moment| moment.0)
            .collect()
    }

    pub(crate) fn write_metric_event(&self, ticket: &Ticket, place: u64, json: &mut Json) {
        let Some((at, metric, kind)) = self.metric_moments(ticket).get(place as usize).copied()
        else {
            return;
        };
        let id = self.sparse_id(
            stream::METRIC,
            METRIC_EVENT_BASE,
            733,
            u64::from(ticket.index) * PLACES + place,
        );
        let hours = ticket.index.is_multiple_of(2);
        json.key("id")
            .int(id)
            .key("ticket_id")
            .int(ticket.id)
            .key("metric")
            .text(metric)
            .key("instance_id")
            .int(1 + i64::from(ticket.index % 11 == 3))
            .key("type")
            .text(kind)
            .key("time")
            .time(at);
        match kind {
            "apply_sla" => {
                json.key("sla").value(&json!({"target": 480, "business_hours": hours, "target_in_seconds": 28_800, "policy": {"id": 25, "title": "Standard \"8h\"", "description": "All tickets with a priority"}}));
            }
            "apply_group_sla" => {
                json.key("group_sla").value(&json!({"target": 1_440, "business_hours": hours, "target_in_seconds": 86_400, "policy": {"id": "01HGROUPSLA0000000000000001", "title": "Group ownership", "description": ""}}));
            }
            "update_status" => {
                let calendar = (at - ticket.created) / MINUTE;
                json.key("status")
                    .value(&json!({"calendar": calendar, "business": calendar / 3}));
            }
            _ => {}
        }
        if id % 29 < 3 {
            json.key("deleted").boolean(id % 29 == 0);
        }
    }

    pub(crate) fn rating_id(ticket: &Ticket) -> i64 {
        RATING_BASE + i64::from(ticket.index) * RATING_STRIDE
    }

    pub(crate) fn rating_ticket(&self, id: i64) -> Option<u32> {
        let place = id - RATING_BASE;
        u32::try_from(place / RATING_STRIDE)
            .ok()
            .filter(|index| place % RATING_STRIDE == 0 && place >= 0 && *index < self.tickets)
    }

    /// Comment and reason exist for what was really rated.
    pub(crate) fn rating_comment(ticket: &Ticket) -> Option<&'static str> {
        match (ticket.rating, ticket.index % 3) {
            (Some("good"), 0) => Some("Great \"service\" 🙂"),
            (Some("bad"), 0 | 1) => Some("遅すぎます。Too slow!"),
            _ => None,
        }
    }

    pub(crate) fn write_rating_summary(&self, ticket: &Ticket, json: &mut Json) {
        match ticket.rating {
            _ if ticket.index % 43 == 42 => json.null(),
            None => json.open().key("score").text("unoffered").close(),
            Some(score) => {
                json.open().key("score").text(score);
                if score != "unoffered" {
                    json.key("id").int(Self::rating_id(ticket));
                }
                if let Some(comment) = Self::rating_comment(ticket) {
                    json.key("comment").text(comment);
                }
                json.close()
            }
        };
    }

    pub(crate) fn rating_updated(&self, ticket: &Ticket) -> i64 {
        let solved = ticket.solved.unwrap_or(ticket.updated);
        (solved + HOUR + i64::from(ticket.index % 72) * HOUR)
            .min(solved + 3 * DAY)
            .min(self.settled.max(solved))
    }

    pub(crate) fn write_rating(&self, ticket: &Ticket, json: &mut Json) {
        let id = Self::rating_id(ticket);
        json.key("id")
            .int(id)
            .url("satisfaction_ratings", id)
            .key("assignee_id")
            .maybe_int(ticket.assignee)
            .key("group_id")
            .maybe_int(ticket.group)
            .key("requester_id")
            .maybe_int(ticket.requester);
        json.key("ticket_id")
            .int(ticket.id)
            .key("score")
            .text(ticket.rating.unwrap_or("unoffered"))
            .key("created_at")
            .maybe_time(ticket.solved)
            .key("updated_at")
            .time(self.rating_updated(ticket));
        if let Some(comment) = Self::rating_comment(ticket) {
            json.key("comment").text(comment);
        }
        if ticket.rating == Some("bad") {
            let (code, reason) = REASONS[ticket.index as usize % REASONS.len()];
            json.key("reason")
                .text(reason)
                .key("reason_id")
                .int(360_000_000_000 + code)
                .key("reason_code")
                .int(code);
        }
    }
}

fn minutes(json: &mut Json, name: &str, calendar: Option<i64>) {
    json.key(name)
        .open()
        .key("calendar")
        .maybe_int(calendar)
        .key("business")
        .maybe_int(calendar.map(|minutes| minutes * 2 / 5))
        .close();
}
