//! What becomes of a ticket: status, times, people, drawn from the dice of its index. It refuses to draw text.

use crate::zendesk::account::ticket::{CHANNELS, Priority, Status, TAGS, Ticket};

use crate::clock::{DAY, HOUR, MINUTE};
use crate::random::Dice;
use crate::zendesk::account::{Account, stream};

impl Account {
    fn linked(&self, index: u32) -> bool {
        !Ticket::is_problem_place(index)
            && self
                .mix(stream::INCIDENT, u64::from(index))
                .is_multiple_of(8)
    }

    /// The generated ticket at this place, before any write.
    pub(crate) fn generated_ticket(&self, index: u32) -> Ticket {
        let mut dice = Dice::new(self.seed, stream::TICKET, u64::from(index));
        let created = self.ticket_created(index);
        let life = (300.0 * (dice.unit() * 8.5).exp()) as i64;
        let neglected = dice.chance(40);
        let solved_at = created + life;
        let closed_at = solved_at + 4 * DAY + dice.below(3_600) as i64;
        let progress = dice.unit();
        let active = match dice.below(100) {
            0..=17 => Status::New,
            18..=62 => Status::Open,
            63..=84 => Status::Pending,
            _ => Status::Hold,
        };
        let (status, mut updated) = if neglected || solved_at > self.settled {
            let end = if neglected {
                self.settled
            } else {
                solved_at.min(self.settled)
            };
            (active, created + ((end - created) as f64 * progress) as i64)
        } else if closed_at > self.settled {
            (Status::Solved, solved_at)
        } else {
            (Status::Closed, closed_at)
        };
        let solved = (status >= Status::Solved).then_some(solved_at);
        let closed = (status == Status::Closed).then_some(closed_at);
        let replies = if status == Status::New {
            0
        } else {
            (dice.unit() * dice.unit() * 11.0) as u8
        };
        let before_deletion = status;
        let mut now = status;
        // Young tickets are deleted more often, and what is deleted of them is still on the list of the last thirty days.
        let young = created > self.settled - 110 * DAY;
        if dice.chance(if young { 50 } else { 12 }) {
            now = Status::Deleted;
            let floor = if dice.chance(if young { 800 } else { 300 }) {
                updated.max(self.settled - 28 * DAY)
            } else {
                updated
            };
            updated = floor + ((self.settled - floor) as f64 * dice.unit()) as i64;
        }
        let scrubbed =
            now == Status::Deleted && updated < self.settled - 31 * DAY && dice.chance(400);
        let lateness = dice.below(4) as i64;
        let generated = if scrubbed {
            // Permanent deletion rewrites the row thirty days later and does not touch updated_at.
            updated + 30 * DAY + dice.below(3_600) as i64
        } else if dice.chance(30) {
            updated + ((self.settled - updated) as f64 * dice.unit()) as i64
        } else {
            updated + lateness
        };
        let linked = self.linked(index);
        let kind = if Ticket::is_problem_place(index) {
            Some("problem")
        } else if linked {
            Some("incident")
        } else {
            match dice.below(10) {
                0..=1 => None,
                2..=4 => Some("incident"),
                5..=8 => Some("question"),
                _ => Some("task"),
            }
        };
        let priority = match dice.below(100) {
            0..=24 => None,
            25..=39 => Some(Priority::Low),
            40..=74 => Some(Priority::Normal),
            75..=91 => Some(Priority::High),
            _ => Some(Priority::Urgent),
        };
        let requester = self.draw_requester(&mut dice, index);
        let requester_organization = self
            .user_organization(requester)
            .map(|organization| self.organization_id(organization));
        let assignee = (status != Status::New && !dice.chance(120))
            .then(|| dice.below(u64::from(self.staff)) as u32);
        let group = match assignee {
            Some(staff) => Some(self.staff_groups(staff)[0]),
            None => (!dice.chance(400)).then(|| *dice.pick(&self.config.group_ids)),
        };
        let channel = match dice.below(100) {
            0..=44 => "email",
            45..=66 => "web",
            67..=76 => "api",
            _ => dice.pick(CHANNELS),
        };
        let submitter = if matches!(channel, "api" | "voice") {
            self.user_id(dice.below(u64::from(self.staff)) as u32)
        } else {
            self.user_id(requester)
        };
        let tags = (dice.roll() & dice.roll() & dice.roll()) as u32 & ((1 << TAGS.len()) - 1);
        let statuses = &self.config.statuses;
        let fitting: Vec<i64> = statuses
            .iter()
            .filter(|custom| {
                custom.category == status.name()
                    || (status == Status::Closed && custom.category == "solved")
            })
            .map(|custom| custom.id)
            .collect();
        let custom_status = if dice.chance(700) {
            fitting.first().copied().unwrap_or_default()
        } else {
            *dice.pick(&fitting)
        };
        let rating = match dice.below(100) {
            _ if status < Status::Solved => None,
            0..=9 => Some("good"),
            10..=14 => Some("bad"),
            15..=39 => Some("offered"),
            _ => Some("unoffered"),
        };
        Ticket {
            index,
            id: Self::ticket_id(index),
            created,
            updated,
            generated: generated.min(self.settled),
            status: now,
            before_deletion,
            custom_status,
            kind,
            priority,
            requester: Some(self.user_id(requester)),
            submitter: Some(submitter),
            assignee: assignee.map(|staff| self.user_id(staff)),
            organization: requester_organization.filter(|_| !dice.chance(60)),
            group,
            brand: self.config.brand_ids[usize::from(dice.chance(200))],
            form: self.config.form_ids[usize::from(dice.chance(150))],
            problem: linked.then(|| Self::ticket_id(index / 50 * 50)),
            due: (kind == Some("task"))
                .then(|| created + 3 * DAY + dice.below(200) as i64 * HOUR / 4 * 4),
            public: !dice.chance(50),
            channel,
            ai: dice.chance(8),
            scrubbed,
            solved,
            closed,
            tags: if scrubbed { 0 } else { tags },
            external: dice.chance(150),
            rating,
            replies,
            written: None,
        }
    }

    fn draw_requester(&self, dice: &mut Dice, index: u32) -> u32 {
        let people = self.users - self.staff;
        let grown = 0.1 + 0.9 * f64::from(index) / f64::from(self.tickets.max(1));
        let known = ((f64::from(people) * grown) as u64).clamp(1, u64::from(people));
        // The smaller of two draws: old customers write more often than new ones.
        let (first, second) = (dice.below(known), dice.below(known));
        self.staff
            + if dice.chance(500) {
                first.min(second)
            } else {
                first
            } as u32
    }

    pub(crate) fn has_incidents(&self, ticket: &Ticket) -> bool {
        ticket.index < self.tickets
            && Ticket::is_problem_place(ticket.index)
            && (ticket.index + 1..ticket.index + 50)
                .any(|index| index < self.tickets && self.linked(index))
    }

    /// How long an unsolved ticket's first answer took, in minutes; the history and the metrics agree on it.
    pub(crate) fn first_reply_minutes(&self, ticket: &Ticket) -> Option<i64> {
        let end = ticket.solved.unwrap_or(ticket.updated);
        (ticket.replies > 0)
            .then(|| (end - ticket.created) / i64::from(ticket.replies + 1) / MINUTE)
    }
}
