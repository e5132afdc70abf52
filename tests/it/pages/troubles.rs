//! `docs/troubleshooting.md`: each heading is a message that is really said, with the exit code that the page names.

use std::process::Stdio;
use std::time::Duration;

use zuzen_simulator::{Faults, Options, Plan, Simulator, Subscription};

use super::computer::Computer;
use crate::stage::recent;

/// What makes the message appear: a line of shell. `{desk}`, `{team}`, `{broken}` … stand for connection strings.
const TROUBLES: &[(&str, &str)] = &[
    ("there is nothing to connect to", "zuzen -c 'SELECT 1'"),
    (
        "no connection `…` is configured",
        "zuzen --connect nowhere -c 'SELECT 1'",
    ),
    (
        "there is no connection property `…`",
        "zuzen --connect '{desk}Usr=me' -c 'SELECT 1'",
    ),
    (
        "the connection property `…` is missing",
        "zuzen --connect 'URL=https://acme.zendesk.com' -c 'SELECT id FROM tickets'",
    ),
    (
        "plain http would send the credentials readably to …",
        "zuzen --connect 'URL=http://acme.zendesk.com;User=me@acme.com;ApiToken=x' -c 'SELECT id FROM tickets'",
    ),
    (
        "there is no table `…`",
        "zuzen --connect '{desk}' -c 'SELECT * FROM weather'",
    ),
    (
        "there is no column `…`",
        "zuzen --connect '{desk}' -c 'SELECT weather FROM tickets'",
    ),
    (
        "the statement cannot be read: …",
        "zuzen --connect '{desk}' -c 'SELEC 1'",
    ),
    (
        "no read of … can answer this: …",
        "zuzen --connect '{desk}' -c 'SELECT * FROM ticket_audits'",
    ),
    (
        "Cannot cast string '…' to value of … type",
        "zuzen --connect '{desk}' -c \"SELECT id FROM tickets WHERE status = 5\"",
    ),
    (
        "`…` is a number (…), and '…' is none",
        "zuzen --connect '{desk}' -c \"SELECT id FROM tickets WHERE id = 'abc'\"",
    ),
    (
        "there is no function `…`",
        "zuzen --connect '{desk}' -c 'SELECT lowr(subject) FROM tickets'",
    ),
    (
        "… cannot be changed: zuzen only reads from the API",
        "zuzen --connect '{desk}' -c 'DELETE FROM tickets'",
    ),
    (
        "the credentials were not accepted",
        "zuzen --connect '{desk}ApiToken=wrong' -c 'SELECT id FROM tickets'",
    ),
    (
        "nobody has signed in yet",
        "zuzen --connect '{oauth}InitiateOAuth=REFRESH' -c 'SELECT id FROM tickets'",
    ),
    (
        "the host name is not known",
        "zuzen --connect 'Connector=Zendesk;URL=https://nowhere.invalid;User=a@b.c;ApiToken=x;MaxRetries=0' \
         -c 'SELECT id FROM tickets'",
    ),
    (
        "the connection was refused",
        "zuzen --connect 'Connector=Zendesk;URL=https://127.0.0.1:1;User=a@b.c;ApiToken=x;MaxRetries=0' \
         -c 'SELECT id FROM tickets'",
    ),
    (
        "access is forbidden",
        "zuzen --connect '{team}' -c 'SELECT * FROM sla_policies'",
    ),
    (
        "the statement has sent its … requests (MaxRequests)",
        "zuzen --connect '{desk}MaxRequests=1' -c 'SELECT id FROM tickets WHERE id IN (SELECT id FROM tickets)'",
    ),
    (
        "the rate limit of `…` is used up",
        "zuzen --connect '{throttled}MaxRetries=0' -c 'SELECT * FROM tickets'",
    ),
    (
        "the API failed with status …",
        "zuzen --connect '{flaky}MaxRetries=0' -c 'SELECT * FROM tickets'",
    ),
    (
        "the answer was cut short",
        "zuzen --connect '{broken}MaxRetries=1;RetryPause=1' -c 'SELECT * FROM tickets'",
    ),
    (
        "no answer came in time",
        "zuzen --connect '{silent}Timeout=1;MaxRetries=0' -c 'SELECT * FROM tickets'",
    ),
    (
        "… is not an integer",
        "zuzen --connect '{desk}' --tables wrong -c 'SELECT id, name FROM groups'",
    ),
];

/// A table file whose description is wrong.
const WRONG: &str = "about = \"A team.\"\nrows = \"Groups that exist.\"\nkey = \"id\"\n\n\
                     [columns]\nid = \"int64\"\nname = \"int64\"\n\n\
                     [[read]]\nname = \"list\"\nget = \"/api/v2/groups\"\nitems = \"groups\"\npages = \"cursor\"\n";

#[test]
fn every_message_of_the_page_is_said() {
    let simulator = |options: Options| {
        let options = Options {
            compression: false,
            ..options
        };
        futures::executor::block_on(Simulator::start(recent(1, 300), options)).unwrap()
    };
    let faults = |name: &str| Options {
        faults: Faults::scenario(name).unwrap(),
        ..Options::default()
    };
    let team = Options {
        subscription: Subscription::of(Plan::Team),
        ..Options::default()
    };
    let silent = Options {
        faults: Faults {
            latency: Duration::from_secs(30),
            ..Faults::default()
        },
        ..Options::default()
    };
    let served = [
        ("{desk}", simulator(Options::default())),
        ("{team}", simulator(team)),
        ("{throttled}", simulator(faults("throttled"))),
        ("{flaky}", simulator(faults("flaky"))),
        ("{broken}", simulator(faults("broken"))),
        ("{silent}", simulator(silent)),
    ];
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/troubleshooting.md");
    let page = std::fs::read_to_string(page).unwrap();
    let sections: Vec<(&str, &str)> = page
        .split("\n### ")
        .skip(1)
        .map(|section| section.split_once('\n').unwrap())
        .collect();
    let headings: Vec<&str> = sections.iter().map(|(heading, _)| *heading).collect();
    let tried: Vec<&str> = TROUBLES.iter().map(|(heading, _)| *heading).collect();
    assert_eq!(headings, tried);
    let computer = Computer::new();
    std::fs::create_dir(computer.home().join("wrong")).unwrap();
    computer.write("wrong/groups.toml", WRONG);
    let mut wrong = Vec::new();
    for ((heading, body), (_, line)) in sections.iter().zip(TROUBLES) {
        let mut line = line.replace("{oauth}", &served[0].1.oauth_connection_string());
        for (name, simulator) in &served {
            line = line.replace(name, &simulator.connection_string());
        }
        let ended = computer.run(&line, Stdio::null());
        let code = format!("Exit code {}", ended.code.unwrap());
        let mut rest = ended.err.as_str();
        let said = heading
            .split('…')
            .all(|part| match rest.split_once(part.trim()) {
                Some((_, after)) => {
                    rest = after;
                    true
                }
                None => false,
            });
        let named = body
            .trim_start()
            .split([',', '.'])
            .next()
            .unwrap_or_default();
        let named = named.split(" or ").next().unwrap_or_default();
        if !said || named != code {
            wrong.push(format!("{heading}: {code}, {}", ended.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
