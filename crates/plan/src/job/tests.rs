//! Lives of jobs, told as events and the actions that they must lead to.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn report(state: State) -> Event {
    Event::Answered(Report {
        id: Some("j".into()),
        state,
        query: None,
        rows: None,
        files: Vec::new(),
        millis: None,
    })
}

fn completed(rows: Option<u64>, files: Vec<File>) -> Event {
    Event::Answered(Report {
        id: Some("j".into()),
        state: State::Completed,
        query: None,
        rows,
        files,
        millis: None,
    })
}

fn failed(message: &str) -> Event {
    report(State::Failed {
        trouble: Trouble::of_message(message),
        message: message.into(),
    })
}

fn stopped() -> Event {
    report(State::Failed {
        trouble: Trouble::TimeLimit,
        message: "90027".into(),
    })
}

fn refused(status: u16) -> Event {
    Event::Refused(Refused {
        status,
        message: "no".into(),
        retry_after: None,
    })
}

fn signed() -> Vec<File> {
    vec![File::Signed(
        FileAddress::parse("https://files.example.com/j?s=1").unwrap(),
    )]
}

/// An action in a word or two.
fn word(action: &Action) -> String {
    match action {
        Action::Submit { key, .. } => format!("submit {key}"),
        Action::Poll { id, .. } => format!("poll {id}"),
        Action::Fetch { files, .. } => format!("fetch {}", files.len()),
        Action::Cancel { id } => format!("cancel {id}"),
        Action::Wait => "wait".into(),
        Action::Split { cap, .. } => format!("split {cap:?}"),
        Action::Done(ending) => format!("done {ending:?}"),
        Action::Fail(error) => format!("fail {:?}", error.trouble),
    }
}

/// The actions after each event, one second apart.
fn live(tables: &[&str], patience: Patience, events: Vec<Event>) -> Vec<String> {
    let (mut job, first) = Job::start("k", tables, patience);
    assert_eq!(word(&first), "submit k-1");
    events
        .into_iter()
        .zip(1..)
        .map(|(event, at)| word(&job.next(SECOND * at, event)))
        .collect()
}

#[test]
fn lives_of_jobs() {
    let (queued, running) = (|| report(State::Queued), || report(State::Running));
    let passes = "error code: LINK_30000007";
    let gone = |sent| Event::Abandoned { sent };
    let cases: Vec<(&str, Vec<Event>, Vec<&str>)> = vec![
        (
            "all is well",
            vec![
                queued(),
                running(),
                completed(Some(3), signed()),
                Event::Fetched,
                queued(),
            ],
            vec!["poll j", "poll j", "fetch 1", "done Read", "wait"],
        ),
        (
            "done at once, no rows",
            vec![completed(Some(0), vec![])],
            vec!["done Empty"],
        ),
        (
            "no address for rows that are there",
            vec![
                queued(),
                completed(Some(3), vec![]),
                completed(None, vec![]),
                completed(Some(3), signed()),
            ],
            vec!["poll j", "poll j", "poll j", "fetch 1"],
        ),
        (
            "never an address",
            (0..5).map(|_| completed(None, vec![])).collect(),
            vec!["poll j", "poll j", "poll j", "fail NoFile", "wait"],
        ),
        (
            "fails in passing",
            vec![
                queued(),
                failed(passes),
                queued(),
                completed(Some(0), vec![]),
            ],
            vec!["poll j", "submit k-2", "poll j", "done Empty"],
        ),
        (
            "fails in passing for ever",
            (0..8)
                .map(|at| {
                    if at % 2 == 0 {
                        queued()
                    } else {
                        failed(passes)
                    }
                })
                .collect(),
            vec![
                "poll j",
                "submit k-2",
                "poll j",
                "submit k-3",
                "poll j",
                "submit k-4",
                "poll j",
                "fail Transient",
            ],
        ),
        (
            "too many rows",
            vec![queued(), failed("output rows exceed the limit"), running()],
            vec!["poll j", "split Output", "wait"],
        ),
        (
            "no such object",
            vec![queued(), failed("failed to process object x")],
            vec!["poll j", "fail Unavailable"],
        ),
        (
            "stopped for its time by Data Query",
            vec![queued(), stopped()],
            vec!["poll j", "fail TimeLimit"],
        ),
        (
            "cancelled by others",
            vec![queued(), report(State::Cancelled)],
            vec!["poll j", "fail CancelledElsewhere"],
        ),
        (
            "the queue is full, then the answer is lost, then it turns out to have arrived",
            vec![refused(429), refused(504), refused(409), queued()],
            vec!["submit k-2", "submit k-2", "submit k-3", "poll j"],
        ),
        (
            "the submit is wrong",
            vec![refused(400), queued()],
            vec!["fail Other", "wait"],
        ),
        (
            "the submit is forbidden",
            vec![refused(403)],
            vec!["fail Forbidden"],
        ),
        (
            "polls go unanswered now and then",
            vec![
                queued(),
                refused(503),
                refused(0),
                running(),
                refused(500),
                refused(500),
                refused(500),
                running(),
            ],
            vec!["poll j"; 8],
        ),
        (
            "polls go unanswered for good",
            vec![
                queued(),
                refused(0),
                refused(0),
                refused(0),
                refused(0),
                refused(404),
            ],
            vec![
                "poll j",
                "poll j",
                "poll j",
                "poll j",
                "cancel j",
                "fail Transient",
            ],
        ),
        (
            "the address has ended",
            vec![
                completed(Some(1), signed()),
                refused(403),
                completed(Some(1), signed()),
                Event::Fetched,
            ],
            vec!["fetch 1", "poll j", "fetch 1", "done Read"],
        ),
        (
            "every address has ended",
            (0..8)
                .map(|at| {
                    if at % 2 == 0 {
                        completed(Some(1), signed())
                    } else {
                        refused(403)
                    }
                })
                .collect(),
            vec![
                "fetch 1",
                "poll j",
                "fetch 1",
                "poll j",
                "fetch 1",
                "poll j",
                "fetch 1",
                "fail Forbidden",
            ],
        ),
        (
            "an id of a file has no address that could end",
            vec![
                completed(Some(1), vec![File::Stored("f".into())]),
                refused(403),
            ],
            vec!["fetch 1", "fail Forbidden"],
        ),
        (
            "purged, once and again",
            vec![
                completed(Some(1), signed()),
                refused(404),
                queued(),
                refused(404),
            ],
            vec!["fetch 1", "submit k-2", "poll j", "fail Gone"],
        ),
        (
            "abandoned while it runs",
            vec![queued(), gone(false), running(), queued()],
            vec!["poll j", "cancel j", "done Cancelled", "wait"],
        ),
        (
            "abandoned, and done before the cancel arrives",
            vec![queued(), gone(false), refused(400)],
            vec!["poll j", "cancel j", "done Cancelled"],
        ),
        (
            "abandoned while the submit is under way",
            vec![gone(true), queued(), report(State::Cancelled)],
            vec!["wait", "cancel j", "done Cancelled"],
        ),
        (
            "abandoned, and the submit was refused",
            vec![gone(true), refused(429)],
            vec!["wait", "done Cancelled"],
        ),
        (
            "abandoned before anything was sent",
            vec![gone(false), queued()],
            vec!["done Cancelled", "wait"],
        ),
        (
            "abandoned while the file is read",
            vec![completed(Some(1), signed()), gone(false)],
            vec!["fetch 1", "done Cancelled"],
        ),
    ];
    for (story, events, actions) in cases {
        assert_eq!(
            live(&["account"], Patience::for_data_query(), events),
            actions,
            "{story}"
        );
    }
}

#[test]
fn archived_tables_do_not_recover() {
    let events = || vec![report(State::Queued), failed("code LINK_30000007")];
    let patience = Patience::for_data_query;
    assert_eq!(
        live(&["account", "Archived_usage"], patience(), events())[1],
        "fail Unavailable"
    );
    assert_eq!(live(&["account"], patience(), events())[1], "submit k-2");
}

#[test]
fn exports_stopped_for_their_time_are_tried_again() {
    let events = (0..8)
        .map(|at| {
            if at % 2 == 0 {
                report(State::Running)
            } else {
                stopped()
            }
        })
        .collect();
    let actions = live(&[], Patience::for_aqua(3, 8), events);
    assert_eq!(
        actions[1..6].join(", "),
        "submit k-2, poll j, submit k-3, poll j, submit k-4"
    );
    assert_eq!(actions[7], "fail TimeLimit");
    assert_eq!(Patience::for_aqua(3, 8).longest, SECOND * 33 * 3_600);
}

#[test]
fn nobody_waits_for_ever() {
    let patience = Patience {
        longest: SECOND * 10,
        refusals: 4,
        ..Patience::for_data_query()
    };
    let (mut job, _) = Job::start("k", &[], patience.clone());
    let late = job.next(Duration::from_millis(9_900), report(State::Queued));
    assert_eq!(
        late,
        Action::Poll {
            id: "j".into(),
            after: Duration::from_millis(100),
            place: false
        }
    );
    assert_eq!(
        word(&job.next(SECOND * 10, report(State::Running))),
        "cancel j"
    );
    match job.next(SECOND * 11, report(State::Cancelled)) {
        Action::Fail(error) => {
            assert_eq!(
                (error.trouble, error.id.as_deref()),
                (Trouble::Overdue, Some("j"))
            );
        }
        other => panic!("{other:?}"),
    }
    let full = live(&[], patience, (0..6).map(|_| refused(429)).collect());
    assert_eq!(full[3..], ["submit k-5", "fail Busy", "wait"]);
}

#[test]
fn named_waits_are_kept_and_others_grow() {
    let (mut job, _) = Job::start("k", &[], Patience::for_data_query());
    let mut waits = Vec::new();
    for _ in 0..7 {
        if let Action::Submit { after, .. } = job.next(SECOND, refused(429)) {
            waits.push(after.as_secs());
        }
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
    assert_eq!((job.tries().refusals, job.tries().submits), (7, 8));
    let named = |status| {
        Event::Refused(Refused {
            status,
            message: String::new(),
            retry_after: Some(SECOND * 77),
        })
    };
    match job.next(SECOND, named(429)) {
        Action::Submit { after, .. } => assert_eq!(after, SECOND * 77),
        other => panic!("{other:?}"),
    }
    job.next(SECOND, report(State::Queued));
    assert_eq!(
        job.next(SECOND, named(503)),
        Action::Poll {
            id: "j".into(),
            after: SECOND * 77,
            place: false
        }
    );
}

#[test]
fn only_a_job_that_stays_queued_is_asked_for_its_place() {
    let (mut job, _) = Job::start("k", &[], Patience::for_data_query());
    let mut asked = |second: u64, event: Event| match job.next(SECOND * second as u32, event) {
        Action::Poll { place, .. } => place,
        other => panic!("{other:?}"),
    };
    let (queued, running) = (|| report(State::Queued), || report(State::Running));
    for (second, event, expected) in [
        (1, queued(), false),
        (5, queued(), false),
        (6, refused(503), false),
        (7, queued(), true),
        (8, queued(), false),
        (17, running(), false),
        // Back in the queue: a new wait.
        (18, queued(), false),
        (23, queued(), true),
    ] {
        assert_eq!(asked(second, event), expected, "{second} s");
    }
}

#[test]
fn pauses_grow_with_the_age_of_the_job() {
    let (mut age, mut polls, mut last) = (Duration::ZERO, 0, Duration::ZERO);
    while age < SECOND * 4 * 3_600 {
        let wait = pause(age);
        assert!(wait >= last, "{age:?}");
        assert!(wait <= (age / 4).max(Duration::from_millis(300)), "{age:?}");
        (age, last, polls) = (age + wait, wait, polls + 1);
    }
    assert_eq!(last, SECOND * 60);
    assert!((350..390).contains(&polls), "{polls}");
    assert_eq!(pause(Duration::ZERO), Duration::from_millis(300));
    assert_eq!(pause(SECOND * 60), SECOND * 10);
}

#[test]
fn nothing_is_submitted_again_once_rows_have_left() {
    let fetching = || {
        let (mut job, _) = Job::start("k", &["account"], Patience::for_data_query());
        job.next(SECOND, completed(Some(9), signed()));
        job.delivered();
        job
    };
    let mut purged = fetching();
    assert_eq!(word(&purged.next(SECOND, refused(404))), "fail Gone");
    let mut lost = fetching();
    assert_eq!(word(&lost.next(SECOND, refused(403))), "poll j");
    assert_eq!(word(&lost.next(SECOND, refused(404))), "fail Gone");
    let mut failing = fetching();
    failing.next(SECOND, refused(0));
    let again = failing.next(SECOND, failed("error code: LINK_30000007"));
    assert_eq!(word(&again), "fail Transient");
    // A file that grows may break off more often than one that does not.
    let mut growing = fetching();
    for _ in 0..10 {
        assert_eq!(word(&growing.next(SECOND, refused(0))), "poll j");
        growing.next(SECOND, completed(Some(9), signed()));
        growing.delivered();
    }
    for _ in 0..3 {
        assert_eq!(word(&growing.next(SECOND, refused(0))), "poll j");
        growing.next(SECOND, completed(Some(9), signed()));
    }
    assert_eq!(word(&growing.next(SECOND, refused(0))), "fail Transient");
}
