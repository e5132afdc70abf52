//! `zuzen init`: asks for a connection, tries it, and writes it into a config file.
//!
//! Secrets go into files of their own that only their owner reads; the config file refers to them. What is configured
//! already is never changed: a connection is added behind the others. Nothing is written before the connection works.

mod place;
mod questions;
mod wording;

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;

use clap::Args;
use zuzen_engine::config::{Sources, unnamed};
use zuzen_engine::{Engine, Error, Kind};
use zuzen_simulator::{Options, Simulator};

use crate::exit::{Failure, say};
use crate::opened::Opened;
use crate::session::{account, no_server};
use place::{Place, keep_secret, place};
use questions::Questions;
use wording::{Vendor, ZENDESK, ZUORA, connection_string, section, zendesk_address};

const EXAMPLES: &str = "\
Examples:
  zuzen init                                          asks for everything
  zuzen init --demo                                   shows how it goes
  zuzen init --url acme --user me@acme.com --secret-variable ZENDESK_TOKEN
  zuzen init --connector zuora --url EUSandbox --user CLIENT_ID --secret-file zuora.secret";

/// What may be said beforehand; the rest is asked for.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InitArguments {
    /// The vendor [default: zendesk]
    #[arg(long, value_name = "VENDOR", value_parser = ["zendesk", "zuora"])]
    pub(crate) connector: Option<String>,

    /// What the connection is called; it becomes the schema of its tables [default: the vendor's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Zendesk: the account's address, such as acme.zendesk.com, or only acme. Zuora: the tenant's environment, such as EUSandbox
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) url: Option<String>,

    /// Zendesk: the e-mail address of whose API token it is. Zuora: the OAuth client's id
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,

    /// Take the secret from this environment variable, whenever the connection is opened
    #[arg(long, value_name = "VARIABLE", conflicts_with = "secret_file")]
    pub(crate) secret_variable: Option<String>,

    /// Take the secret from this file, whenever the connection is opened
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,

    /// Write into the zuzen.toml of this folder instead of your own
    #[arg(long)]
    pub(crate) here: bool,

    /// Set up a simulated account to see how it goes; nothing is written
    #[arg(long, conflicts_with_all = ["url", "user", "secret_variable", "secret_file", "here"])]
    pub(crate) demo: bool,

    /// Write it down even if it does not work
    #[arg(long)]
    pub(crate) no_test: bool,
}

/// Where a secret comes from.
enum Secret {
    /// Typed just now; it is to be kept in a file.
    Typed(String),
    Variable(String),
    File(PathBuf),
}

/// Whose account it is.
struct Account {
    /// Properties and their values.
    given: Vec<(&'static str, String)>,
    secret: Secret,
}

/// What is known of the connection.
pub(crate) struct Answers {
    vendor: &'static Vendor,
    place: Place,
    name: String,
    /// `None` for the demo, which brings all of it.
    account: Option<Account>,
    tests: bool,
}

/// Asks for what was not said beforehand. Nothing else runs meanwhile, so Ctrl-C ends it as it ends any program.
///
/// # Errors
/// `Config` for what cannot be, and for what is missing where there is nobody to ask.
pub(crate) fn ask(wanted: &InitArguments) -> Result<Answers, Error> {
    let questions = Questions {
        asks: io::stdin().is_terminal() && !wanted.demo,
    };
    let key = questions.ask(
        wanted.connector.as_deref(),
        "--connector",
        "Vendor (zendesk or zuora)",
        Some("zendesk"),
    )?;
    let vendor = match key.to_lowercase().as_str() {
        "zendesk" => &ZENDESK,
        "zuora" => &ZUORA,
        other => {
            let message = format!("there is no vendor `{other}`");
            return Err(Error::new(Kind::Config, message).with_hint("it is zendesk or zuora"));
        }
    };
    let place = place(wanted.here)?;
    let name = wanted.name.as_deref();
    let name = questions.ask(name, "--name", "Name of the connection", Some(vendor.key))?;
    refuse_name(&name, &place)?;
    let account = match wanted.demo {
        true => None,
        false => Some(ask_account(wanted, vendor, &questions)?),
    };
    Ok(Answers {
        vendor,
        place,
        name,
        account,
        tests: !wanted.no_test,
    })
}

fn ask_account(
    wanted: &InitArguments,
    vendor: &Vendor,
    questions: &Questions,
) -> Result<Account, Error> {
    let (address, user) = (vendor.address, vendor.user);
    let typed = questions.ask(wanted.url.as_deref(), "--url", address.1, None)?;
    let typed = match vendor.key {
        "zendesk" => zendesk_address(&typed),
        _ => typed,
    };
    let given = vec![
        (address.0, typed),
        (
            user.0,
            questions.ask(wanted.user.as_deref(), "--user", user.1, None)?,
        ),
    ];
    let secret = match (&wanted.secret_variable, &wanted.secret_file) {
        (Some(variable), _) => Secret::Variable(variable.clone()),
        (None, Some(file)) => {
            Secret::File(std::path::absolute(file).unwrap_or_else(|_| file.clone()))
        }
        (None, None) => Secret::Typed(questions.ask_secret(vendor.secret.1)?),
    };
    Ok(Account { given, secret })
}

/// `zuzen init`, once all is known.
pub(crate) async fn run(
    answers: Answers,
    opened: &Opened,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let Answers {
        vendor,
        place,
        name,
        account,
        tests,
    } = answers;
    let Some(Account { given, secret }) = account else {
        return demo(vendor, &name, &place, opened, out).await;
    };
    if tests {
        let tried = connection_string(vendor, &given, &value_of(&secret)?);
        let identity = try_out(&name, &tried, opened).await?;
        say(&format!("It works: signed in as {identity}."));
    }
    let secret = match secret {
        Secret::Typed(text) => {
            let file = place.secret_file(&name, vendor.secret.0);
            keep_secret(&file, &text)?;
            let shown = file.display();
            say(&format!(
                "The secret is in {shown}, which only you can read."
            ));
            format!("file:{shown}")
        }
        Secret::Variable(variable) => format!("${{{variable}}}"),
        Secret::File(file) => format!("file:{}", file.display()),
    };
    place.append(&section(vendor, &name, &given, &secret))?;
    writeln!(
        out,
        "wrote the connection {name} to {}",
        place.file.display()
    )?;
    say(&format!(
        "Next:\n  zuzen -c \"SELECT table_name, about FROM system.tables WHERE connection = '{name}'\"\n  zuzen doctor"
    ));
    Ok(())
}

/// The same with an account that is served for the moment.
async fn demo(
    vendor: &Vendor,
    name: &str,
    place: &Place,
    opened: &Opened,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let account = account(Some(200), None);
    let started = match vendor.key {
        "zendesk" => Simulator::start(account, Options::default()).await,
        _ => Simulator::start_zuora(Options::default()).await,
    };
    let simulator = started.map_err(|error| no_server(&error))?;
    let mut tried = simulator.connection_string();
    if vendor.key == "zuora" {
        tried.push_str("MetadataLocation=memory://;");
    }
    let identity = try_out(name, &tried, opened).await?;
    say(&format!("It works: signed in as {identity}."));
    say(&format!(
        "With an account of your own, {} would hold:",
        place.file.display()
    ));
    let given = [
        (vendor.address.0, "…".to_owned()),
        (vendor.user.0, "…".to_owned()),
    ];
    let file = place.secret_file(name, vendor.secret.0);
    let secret = format!("file:{}", file.display());
    out.write_all(section(vendor, name, &given, &secret).as_bytes())
        .map_err(Failure::from)?;
    Ok(())
}

/// Signs in once.
async fn try_out(name: &str, properties: &str, opened: &Opened) -> Result<String, Error> {
    let (_, checked) = unnamed(properties)?;
    let engine = Engine::builder().configured(name, checked).build()?;
    opened.add(engine.connections());
    let mut who = String::new();
    for connection in engine.connections() {
        let identity = connection.test().await.map_err(|error| {
            let hint = match error.hint() {
                Some(hint) => format!("{hint}; nothing was written"),
                None => "nothing was written".to_owned(),
            };
            error.with_context("connection", name).with_hint(hint)
        })?;
        who = identity.to_string();
    }
    Ok(who)
}

fn value_of(secret: &Secret) -> Result<String, Error> {
    match secret {
        Secret::Typed(text) => Ok(text.clone()),
        Secret::Variable(name) => std::env::var(name).map_err(|_| {
            Error::new(
                Kind::Config,
                format!("the environment variable {name} is not set"),
            )
            .with_hint(format!(
                "run export {name}=…, or write it down untried with --no-test"
            ))
        }),
        Secret::File(file) => match std::fs::read_to_string(file) {
            Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => {
                let message = format!("the file {} cannot be read: {error}", file.display());
                Err(Error::new(Kind::Config, message)
                    .with_hint("it holds the secret and nothing else"))
            }
        },
    }
}

/// A name that a connection cannot have, or has already.
fn refuse_name(name: &str, place: &Place) -> Result<(), Error> {
    let known = Sources::of_process().read()?;
    let fold = |name: &str| name.trim().to_lowercase().replace(['-', ' '], "_");
    if known
        .names()
        .into_iter()
        .any(|known| fold(known) == fold(name))
    {
        let message = format!("there is a connection `{name}` already");
        return Err(Error::new(Kind::Config, message)
            .with_context("config file", place.file.display().to_string())
            .with_hint("choose another --name, or edit the file; zuzen connections shows where it comes from"));
    }
    let reserved = ["system", "information_schema", ""];
    if reserved.contains(&name.trim().to_lowercase().as_str()) {
        return Err(Error::new(
            Kind::Config,
            format!("a connection cannot be called `{name}`"),
        )
        .with_hint("choose another --name; it becomes the schema of its tables"));
    }
    Ok(())
}
