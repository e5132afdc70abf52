//! `zuzen simulate`: a simulated account for any program on this machine, until Ctrl-C.

use std::io::{self, Write as _};
use std::time::Duration;

use zuzen_engine::{Error, Kind};
use zuzen_simulator::{OAuthOptions, Options, Simulator, Subscription, Tenant, TenantOptions};

use crate::arguments::SimulateArguments;
use crate::exit::{Failure, say};
use crate::session::{account, no_server};

/// Serves until Ctrl-C.
pub(crate) async fn serve(wanted: &SimulateArguments) -> Result<(), Failure> {
    let mut faults = wanted.fault.clone();
    if let Some(millis) = wanted.latency {
        faults.latency = Duration::from_millis(millis);
    }
    let options = Options {
        port: wanted.port,
        strict: wanted.strict,
        limits: wanted.limits,
        subscription: Subscription {
            plan: wanted.plan,
            without: wanted.without.iter().copied().collect(),
            ..Subscription::default()
        },
        speed: wanted.speed,
        search_lag: Duration::from_secs(wanted.search_lag),
        faults,
        oauth: OAuthOptions {
            zuora_browser_flow: wanted.consent_page,
            ..OAuthOptions::default()
        },
        ..Options::default()
    };
    let account = account(wanted.tickets, wanted.seed);
    let simulator = if wanted.zuora {
        let size = TenantOptions::default();
        let size = TenantOptions {
            invoice_items: wanted.invoice_items.unwrap_or(size.invoice_items),
            same_instant: wanted.same_instant.unwrap_or(size.same_instant),
        };
        let tenant = Some(Tenant::generate(&account, &size));
        Simulator::start_zuora(Options { tenant, ..options }).await
    } else {
        Simulator::start(account, options).await
    };
    let simulator = simulator.map_err(|error| no_server(&error))?;
    let (vendor, examples) = if wanted.zuora {
        ("Zuora", zuora_examples(&simulator))
    } else {
        ("Zendesk", zendesk_examples(&simulator))
    };
    let mut out = io::stdout().lock();
    out.write_all(invitation(&simulator, vendor, &examples).as_bytes())?;
    out.flush()?;
    say("Ctrl-C ends it.");
    tokio::signal::ctrl_c().await.map_err(|error| {
        let reason = format!("Ctrl-C cannot be waited for: {error}");
        Failure::from(Error::new(Kind::Internal, reason))
    })
}

/// What to paste elsewhere.
fn invitation(simulator: &Simulator, vendor: &str, examples: &str) -> String {
    let ways: String = simulator
        .connection_strings()
        .into_iter()
        .map(|(who, string)| format!("{who}:\n  {string}\n"))
        .collect();
    format!(
        "A simulated {vendor} account at {}\n\n{ways}\n{examples}\n",
        simulator.url()
    )
}

fn zendesk_examples(simulator: &Simulator) -> String {
    let admin = simulator.connection_string();
    let url = simulator.url();
    format!(
        "zuzen --connect 'zendesk={admin}' -c \"SELECT status, count(*) FROM zendesk.tickets GROUP BY status\"
curl -u agent@example.com/token:demo {url}/api/v2/tickets/count.json"
    )
}

fn zuora_examples(simulator: &Simulator) -> String {
    let url = simulator.url();
    let (id, secret) = simulator.client_credentials();
    let string = simulator.connection_string();
    format!(
        "zuzen --connect 'zuora={string}ZuoraService=DataQuery' -c \"SELECT currency, sum(amount) FROM zuora.invoice GROUP BY currency\"
curl -d grant_type=client_credentials -d client_id={id} -d client_secret={secret} {url}/oauth/token"
    )
}
