//! The process that renews is killed from outside, at every step.
//!
//! Before the server's rotation nothing is lost. Between the rotation and the file the pair is gone: one renewal is refused,
//! everybody is told to sign in again, and nobody asks a second time.

use std::time::{Duration, Instant};

use zuzen_simulator::{Faults, Hold, Options};

use super::desk::{Desk, QUERY, answer, outcomes, serve};
use crate::home::{Ended, Running, until};

/// A lock that its dead holder still held would be waited for a minute.
const SOON: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The dead process had left the new pair, or had never spent the old one.
    Works,
    /// The pair is lost.
    SignInAgain,
}

impl Desk {
    /// A process whose renewal the server holds.
    fn held(&self, hold: Hold) -> Running {
        self.simulator.expire_access_tokens();
        self.simulator.hold_tokens(hold);
        let process = self.start();
        until("the renewal arrives", || {
            self.simulator.waiting_tokens() == 1
        });
        process
    }

    /// What the processes after a kill find: the next one may renew, or be refused, once; all later ones need no call.
    fn aftermath(&self, what: &str, before: usize) -> Outcome {
        self.generation();
        let started = Instant::now();
        let next = self.query();
        let outcome = outcome(&next, what);
        assert!(started.elapsed() < SOON, "{what}: the lock was lost");
        let calls = self.calls_after(before);
        let allowed = match outcome {
            Outcome::Works => [vec![], vec!["granted"]],
            Outcome::SignInAgain => [vec!["invalid_grant"], vec!["invalid_grant"]],
        };
        assert!(
            allowed.contains(&outcomes(&calls)),
            "{what}: {outcome:?} after {calls:?}"
        );
        assert_eq!(self.drafts(), [""; 0], "{what}");
        let before = self.simulator.token_calls().len();
        assert_eq!(self::outcome(&self.query(), what), outcome, "{what}");
        assert_eq!(self.calls_after(before), [], "{what}");
        if outcome == Outcome::SignInAgain {
            self.sign_in();
        }
        outcome
    }

    fn calls(&self) -> usize {
        self.simulator.token_calls().len()
    }
}

fn outcome(ended: &Ended, what: &str) -> Outcome {
    if ended.code == Some(0) {
        assert_eq!(ended.out, answer(), "{what}");
        return Outcome::Works;
    }
    assert_eq!(ended.code, Some(4), "{what}: {}", ended.err);
    assert_eq!(ended.out, "", "{what}");
    assert!(
        ended.err.contains("hint: sign in again: zuzen login desk"),
        "{what}: {}",
        ended.err
    );
    Outcome::SignInAgain
}

#[test]
fn killed_before_the_rotation_nothing_is_lost() {
    let desk = Desk::new(Faults::default());
    let process = desk.held(Hold::BeforeRotation);
    process.kill();
    until("the call is dropped", || {
        desk.simulator.waiting_tokens() == 0
    });
    desk.simulator.release_tokens();
    let outcome = desk.aftermath("before the rotation", 0);
    assert_eq!(outcome, Outcome::Works);
    assert_eq!(outcomes(&desk.simulator.token_calls()), ["granted"]);
}

#[test]
fn killed_after_the_rotation_one_renewal_is_refused() {
    let desk = Desk::new(Faults::default());
    let process = desk.held(Hold::AfterRotation);
    process.kill();
    desk.simulator.release_tokens();
    assert_eq!(outcomes(&desk.simulator.token_calls()), ["granted"]);
    let outcome = desk.aftermath("after the rotation", 1);
    assert_eq!(outcome, Outcome::SignInAgain);
    assert_eq!(
        outcomes(&desk.simulator.token_calls()),
        ["granted", "invalid_grant"]
    );
    // Signed in anew, all is as before.
    desk.simulator.expire_access_tokens();
    assert_eq!(desk.query().out, answer());
}

#[test]
fn those_who_wait_for_a_killed_process_go_on_as_the_next_one() {
    for (hold, codes, calls) in [
        (Hold::BeforeRotation, 0, vec!["granted"]),
        (Hold::AfterRotation, 4, vec!["granted", "invalid_grant"]),
    ] {
        let desk = Desk::new(Faults::default());
        let process = desk.held(hold);
        let refused = || {
            let requests = desk.simulator.requests();
            requests
                .iter()
                .filter(|request| request.status == 401)
                .count()
        };
        let waiting: Vec<Running> = (0..4).map(|_| desk.start()).collect();
        until("all were refused", || refused() == 5);
        process.kill();
        if hold == Hold::BeforeRotation {
            // The dead caller's own call is dropped first.
            std::thread::sleep(Duration::from_millis(300));
            until("the next one asks", || desk.simulator.waiting_tokens() == 1);
        }
        desk.simulator.release_tokens();
        for process in waiting {
            let ended = process.end();
            assert_eq!(ended.code, Some(codes), "{hold:?}: {}", ended.err);
            outcome(&ended, "waiting");
        }
        assert_eq!(outcomes(&desk.simulator.token_calls()), calls, "{hold:?}");
        assert_eq!(desk.drafts(), [""; 0]);
    }
}

#[test]
fn killed_while_the_file_is_written_it_is_the_old_one_or_the_new_one() {
    let desk = Desk::new(Faults::default());
    for (what, is_due) in [
        (
            "a draft is there",
            Desk::has_draft as fn(&Desk, u64) -> bool,
        ),
        ("the file is the new one", Desk::is_newer),
    ] {
        for _ in 0..3 {
            let process = desk.held(Hold::AfterRotation);
            let (before, calls) = (desk.generation(), desk.calls());
            desk.simulator.release_tokens();
            let started = Instant::now();
            while !is_due(&desk, before) {
                assert!(started.elapsed() < SOON, "never: {what}");
            }
            process.kill();
            let is_newer = desk.is_newer(before);
            let outcome = desk.aftermath(what, calls);
            assert_eq!(outcome == Outcome::Works, is_newer, "{what}");
        }
    }
}

impl Desk {
    fn is_newer(&self, before: u64) -> bool {
        self.generation() > before
    }

    /// The draft lives for a moment only; once it is gone, the file is newer.
    fn has_draft(&self, before: u64) -> bool {
        !self.drafts().is_empty() || self.is_newer(before)
    }
}

#[test]
fn killed_at_any_moment_after_the_answer_the_next_process_works_or_says_so() {
    let desk = Desk::new(Faults::default());
    for moment in 0..20_u64 {
        let process = desk.held(Hold::AfterRotation);
        let calls = desk.calls();
        desk.simulator.release_tokens();
        // Up to 50 ms. Most happens in the first three, so half of the moments are among them.
        let delay = Duration::from_micros(50_000 * moment.pow(3) / 19_u64.pow(3));
        std::thread::sleep(delay);
        process.kill();
        desk.aftermath(&format!("{delay:?} after the answer"), calls);
    }
}

#[test]
fn killed_at_any_moment_after_its_start_the_next_process_works_or_says_so() {
    let desk = Desk::new(Faults::default());
    for moment in 0..12 {
        desk.simulator.expire_access_tokens();
        let mut calls = desk.calls();
        let process = desk.start();
        let delay = Duration::from_millis(10 + 8 * moment);
        std::thread::sleep(delay);
        process.kill();
        // Its own call may still be on the way; granted it counts as the last thing it did.
        std::thread::sleep(Duration::from_millis(20));
        calls += desk.calls_after(calls).len();
        desk.aftermath(&format!("{delay:?} after the start"), calls);
    }
}

/// A statement that fails elsewhere, a LIMIT, an early end: the program does not leave while a renewal is under way.
#[test]
fn a_process_that_is_done_waits_for_the_renewal_it_began() {
    let desk = Desk::new(Faults::default());
    let failing = serve(Options {
        faults: Faults {
            latency: Duration::from_millis(300),
            fail_after: Some(0),
            ..Faults::default()
        },
        ..Options::default()
    });
    desk.simulator.expire_access_tokens();
    desk.simulator.hold_tokens(Hold::AfterRotation);
    let failing = format!("failing={}MaxRetries=0", failing.connection_string());
    let sql = "SELECT id FROM desk.groups UNION ALL SELECT id FROM failing.groups";
    let mut process = Running::start(&mut desk.command(&["--connect", &failing, "-c", sql]));
    until("the renewal arrives", || {
        desk.simulator.waiting_tokens() == 1
    });
    std::thread::sleep(Duration::from_millis(900));
    assert!(!process.has_ended());
    desk.simulator.release_tokens();
    let ended = process.end();
    assert_eq!(ended.code, Some(8), "{}", ended.err);
    assert_eq!(desk.query().out, answer());
    assert_eq!(
        outcomes(&desk.simulator.token_calls()),
        ["granted"],
        "{QUERY}"
    );
}
