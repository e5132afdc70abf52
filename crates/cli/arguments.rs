//! What was typed. Nothing here touches the world; what the words mean is for the files that use them.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use zuzen_engine::property::{self, Category};
use zuzen_simulator::{Faults, Limits, Plan, Product};

use crate::exit::{CODES, say};
use crate::init::InitArguments;
use crate::output::Format;
use crate::script::ScriptArguments;

/// What `-h` shows; `--help` has more.
const FIRST_STEPS: &str = "\
First steps:
  zuzen --demo                    a prompt over simulated accounts; type help there
  zuzen --demo -c \"SELECT …\"     one statement
  zuzen init                      set up a connection of your own
  zuzen --help                    examples, properties, exit codes";

const EXAMPLES: &str = "\
Examples:
  zuzen --demo
  zuzen --demo -c \"SELECT status, count(*) FROM zendesk.tickets GROUP BY status\"
  zuzen --demo -c \"SELECT currency, sum(amount) FROM zuora.invoice GROUP BY currency\"
  zuzen --connect 'URL=https://acme.zendesk.com;User=…;ApiToken=…' -f report.sql --format csv
  zuzen --demo -f report.sql -v status=open -v since=2026-01-01    values of :status and :since
  zuzen --demo -f report.sql --dry-run                             what it would send, and how long that takes
  zuzen --connect desk -o tickets.parquet -c \"SELECT * FROM tickets\"
  zuzen --connect 'emea=URL=…' --connect 'apac=URL=…' -c \"SELECT count(*) FROM emea.tickets\"
  zuzen --connect billing --connect 'zendesk=Timeout=20'    connections of zuzen.toml or ZUZEN_<NAME>
  zuzen init
  zuzen connections
  zuzen login billing
  zuzen doctor
  zuzen simulate --port 8090 --limits team";

/// Where to read on.
const MORE: &str = "\
With several statements the exit code is that of the first one that failed. docs/scripts.md has variables, budgets and dry
runs, docs/connecting.md every way to sign in, docs/tables.md the tables.";

/// SQL over the Zendesk and Zuora APIs: you write SELECT, zuzen makes the fewest API calls that answer it.
#[derive(Parser)]
#[command(
    name = "zuzen",
    version,
    after_help = FIRST_STEPS,
    after_long_help = format!("{EXAMPLES}\n\n{}\n{CODES}\n\n{MORE}", properties()),
    args_conflicts_with_subcommands = true,
    max_term_width = 120
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) query: QueryArguments,
}

impl Arguments {
    /// Those of this process. Wrong ones, and questions about them, end it.
    pub(crate) fn read() -> Self {
        let error = match Self::try_parse() {
            Ok(arguments) => return arguments,
            Err(error) => error,
        };
        let given = std::env::args_os().skip(1);
        let given: Vec<String> = given
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        let error = given
            .first()
            .and_then(|word| misspelt(word))
            .unwrap_or(error);
        let text = error.to_string();
        match unrepeated(&text, &given) {
            Some(text) if error.use_stderr() => {
                say(&text);
                std::process::exit(error.exit_code());
            }
            _ => error.exit(),
        }
    }
}

/// What is said of a word that is no command; `None` if it is one, or an option. Beside values that stand behind `--`, clap
/// takes it for one of them in the wrong place.
fn misspelt(word: &str) -> Option<clap::Error> {
    let is_word = !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphabetic());
    let commands = Arguments::command();
    let alone = clap::Command::new("zuzen")
        .override_usage("zuzen [OPTIONS] [-- <VALUE>...]\n       zuzen <COMMAND>")
        .subcommands(commands.get_subcommands().cloned());
    let error = alone.try_get_matches_from(["zuzen", word]).err()?;
    (is_word && error.kind() == clap::error::ErrorKind::InvalidSubcommand).then_some(error)
}

/// The parser's complaint without the arguments that it repeats: one that is no plain word may be a connection string or a
/// statement whose `--connect` or `-c` was forgotten. `None` if it repeats none.
fn unrepeated(complaint: &str, given: &[String]) -> Option<String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let mut shown = complaint.to_owned();
    for argument in given
        .iter()
        .filter(|argument| !argument.chars().all(is_plain))
    {
        shown = shown.replace(argument.as_str(), "…");
    }
    (shown != complaint).then(|| {
        let shown = shown.trim_end();
        format!("{shown}\nhint: a connection string goes behind --connect, a statement behind -c")
    })
}

/// What else it can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Set up a connection: asks, tries it, and writes it into a config file, secrets apart
    Init(InitArguments),
    /// Print a script that completes commands and options in this shell
    Completions(CompletionsArguments),
    /// Serve a believable Zendesk or Zuora account on this machine until Ctrl-C
    Simulate(Box<SimulateArguments>),
    /// List the configured connections: their properties, secrets masked, and where each comes from
    Connections(ConnectionsArguments),
    /// Sign in by OAuth, in a browser where a person has to agree, and keep the tokens for later commands
    Login(AccountArguments),
    /// Revoke the token and delete what is kept of it
    Logout(AccountArguments),
    /// Try a connection with one request, and say who is signed in
    Test(AccountArguments),
    /// Examine a connection: address, TLS, clock, sign-in, identity, token, settings file, rate limit, and which tables can be read
    Doctor(DoctorArguments),
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  source <(zuzen completions bash)    this shell, now; zsh as well, once compinit has run

For every shell from now on:
  mkdir -p ~/.local/share/bash-completion/completions
  zuzen completions bash > ~/.local/share/bash-completion/completions/zuzen

  mkdir -p ~/.zfunc && zuzen completions zsh > ~/.zfunc/_zuzen
  echo 'fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit' >> ~/.zshrc

  mkdir -p ~/.config/fish/completions
  zuzen completions fish > ~/.config/fish/completions/zuzen.fish

  zuzen completions powershell >> $PROFILE")]
pub(crate) struct CompletionsArguments {
    /// The shell that the script is for
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Args)]
pub(crate) struct AccountArguments {
    /// Connections, by name or as connection strings [default: all configured connections]
    #[arg(value_name = "NAME | [NAME=]PROPERTIES")]
    pub(crate) connections: Vec<Target>,

    /// Only show the address to open, and wait
    #[arg(long)]
    pub(crate) no_browser: bool,
}

#[derive(Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) account: AccountArguments,

    /// Also list which tables this account and role may read, by asking for one row of each
    #[arg(long)]
    pub(crate) tables: bool,
}

#[derive(Args)]
pub(crate) struct QueryArguments {
    /// Start a simulated Zendesk account and a Zuora tenant with its customers, connected as `zendesk` and `zuora`
    #[arg(long)]
    pub(crate) demo: bool,

    /// Connect to an account: a connection string, a configured connection, or both; NAME becomes the schema of its tables
    /// [default: all configured connections]
    #[arg(long, value_name = "[NAME=]PROPERTIES | NAME")]
    pub(crate) connect: Vec<Target>,

    /// Run these statements, separated by `;`, and end; may be repeated
    #[arg(short = 'c', long = "command", value_name = "SQL")]
    pub(crate) commands: Vec<String>,

    /// Run the statements of this file (`-`: stdin) before those of -c, and end
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) script: ScriptArguments,

    /// How rows are written [default: what the ending of --output says, else table]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,

    /// Write rows into this file (`-`: stdout), which gets its name when all of them are in; an existing one is replaced
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Only rows, warnings and errors: no progress, and no line about what a statement took
    #[arg(short = 'q', long)]
    pub(crate) quiet: bool,

    /// Say what each statement took in a form for programs: one JSON object a line, on stderr
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) stats: Option<Stats>,

    /// Do not read ~/.zuzenrc before the first prompt
    #[arg(long)]
    pub(crate) no_rc: bool,

    /// Load table files from this folder, besides the built-in ones and instead of those of the same name
    #[arg(long, value_name = "DIR")]
    pub(crate) tables: Option<PathBuf>,

    /// Where days begin and how instants are shown, such as Asia/Tokyo [default: UTC]
    #[arg(long, value_name = "IANA")]
    pub(crate) time_zone: Option<String>,

    /// Memory for sorts, joins and aggregates before they use the disk, such as 512MB [default: 1GB]
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory_limit: Option<String>,

    /// Tickets of the demo account [default: 2000]
    #[arg(long, value_name = "N", requires = "demo")]
    pub(crate) tickets: Option<u32>,

    /// Which demo account: another seed, other people and texts [default: 1]
    #[arg(long, value_name = "N", requires = "demo")]
    pub(crate) seed: Option<u64>,
}

#[derive(Args)]
pub(crate) struct ConnectionsArguments {
    /// List these, as they would be opened [default: all configured connections]
    #[arg(long, value_name = "[NAME=]PROPERTIES | NAME")]
    pub(crate) connect: Vec<Target>,

    /// List all properties that a connection may have
    #[arg(long, conflicts_with = "connect")]
    pub(crate) properties: bool,
}

#[derive(Args)]
pub(crate) struct SimulateArguments {
    /// Port on the loopback interface; 0 takes any free one
    #[arg(long, value_name = "P", default_value_t = 8090)]
    pub(crate) port: u16,

    /// Serve a Zuora tenant whose customers are the organizations of that Zendesk account, instead of the account
    #[arg(long)]
    pub(crate) zuora: bool,

    /// Let people agree on a page of the tenant, as its documentation describes and Zuora itself does not
    #[arg(long, requires = "zuora")]
    pub(crate) consent_page: bool,

    /// Invoice items of the tenant; invoices, subscriptions and payments scale with them [default: 6000]
    #[arg(long, value_name = "N", requires = "zuora")]
    pub(crate) invoice_items: Option<u32>,

    /// Invoice items that were last updated in one and the same millisecond [default: 0]
    #[arg(long, value_name = "N", requires = "zuora")]
    pub(crate) same_instant: Option<u32>,

    /// Tickets of the account; people and organizations scale with them [default: 2000]
    #[arg(long, value_name = "N")]
    pub(crate) tickets: Option<u32>,

    /// Which account: another seed, other people and texts [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// The plan whose rate limits are enforced
    #[arg(long, default_value = "none", value_parser =
        PossibleValuesParser::new(["none", "team", "professional", "enterprise"])
            .try_map(|name| Limits::plan(&name).ok_or("no such plan")))]
    pub(crate) limits: Limits,

    /// The plan of the Zendesk account: endpoints that come with larger ones refuse
    #[arg(long, default_value = "enterprise", conflicts_with = "zuora", value_parser =
        PossibleValuesParser::new(["team", "growth", "professional", "enterprise"])
            .try_map(|name| Plan::named(&name).ok_or("no such plan")))]
    pub(crate) plan: Plan,

    /// Products that the Zendesk account is without; may be repeated
    #[arg(long, value_name = "PRODUCT", conflicts_with = "zuora", value_parser =
        PossibleValuesParser::new(["guide", "talk", "chat", "assets", "legacy"])
            .try_map(|name| Product::named(&name).ok_or("no such product")))]
    pub(crate) without: Vec<Product>,

    /// Make the minute of the rate limits N times shorter
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub(crate) speed: f64,

    /// Refuse parameters that the API does not know instead of ignoring them
    #[arg(long)]
    pub(crate) strict: bool,

    /// What goes wrong
    #[arg(long, value_name = "NAME", default_value = "none", value_parser =
        PossibleValuesParser::new(Faults::SCENARIOS)
            .try_map(|name| Faults::scenario(&name).ok_or("no such fault")))]
    pub(crate) fault: Faults,

    /// Milliseconds to wait before each answer
    #[arg(long, value_name = "MS")]
    pub(crate) latency: Option<u64>,

    /// Seconds that the search index is behind
    #[arg(long, value_name = "S", default_value_t = 60)]
    pub(crate) search_lag: u64,
}

/// How it is said what a statement took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stats {
    /// One object a line
    Json,
}

/// A connection to make. Its properties hold secrets, so it has neither `Debug` nor `Display`.
#[derive(Clone)]
pub(crate) struct Target {
    /// `None`: named after what it connects to, and nothing that is configured has a part in it.
    pub(crate) name: Option<String>,
    /// `None`: as it is configured.
    pub(crate) properties: Option<String>,
}

impl Target {
    /// A connection as it is configured.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            properties: None,
        }
    }
}

impl From<&str> for Target {
    /// Takes every text: clap would repeat a text that is refused, secrets included. The engine refuses better.
    fn from(text: &str) -> Self {
        match text.split_once('=') {
            Some((name, rest)) if !is_property(name) && begins_with_pair(rest) => Self {
                name: Some(name.trim().to_owned()),
                properties: Some(rest.to_owned()),
            },
            Some(_) => Self {
                name: None,
                properties: Some(text.to_owned()),
            },
            None => Self::named(text.trim()),
        }
    }
}

/// The names of all properties, by category.
fn properties() -> String {
    let mut text = String::from("Properties (zuzen connections --properties explains them):\n");
    for category in Category::ALL {
        let mine = property::all().filter(|property| property.category == category);
        let names: Vec<&str> = mine.map(|property| property.name).collect();
        if category != Category::Unneeded {
            text.push_str(&format!("  {}: {}\n", category.title(), names.join(", ")));
        }
    }
    text
}

fn is_property(name: &str) -> bool {
    property::find(name).is_some()
}

/// Whether the text begins as `Name=value` does: a value that merely holds a `=` must not pass for it.
fn begins_with_pair(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, value)| {
        let name = name.trim();
        !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_alphabetic())
            && !value.is_empty()
            && !value.starts_with([';', '='])
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_declarations_agree_with_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_connection_may_have_a_name() {
        for (text, name, properties) in [
            ("URL=https://a;User=b", None, Some("URL=https://a;User=b")),
            ("url = https://a", None, Some("url = https://a")),
            (
                "emea=URL=https://a;User=b",
                Some("emea"),
                Some("URL=https://a;User=b"),
            ),
            (
                "my desk = Connector = Zendesk;",
                Some("my desk"),
                Some(" Connector = Zendesk;"),
            ),
            ("emea=Ulr=https://a", Some("emea"), Some("Ulr=https://a")),
            ("emea='URL=https://a'", None, Some("emea='URL=https://a'")),
            ("ApiTokn=abc=;URL=x", None, Some("ApiTokn=abc=;URL=x")),
            ("ApiTokn=abc;URL=x", None, Some("ApiTokn=abc;URL=x")),
            (" emea ", Some("emea"), None),
        ] {
            let target = Target::from(text);
            assert_eq!(
                (target.name.as_deref(), target.properties.as_deref()),
                (name, properties),
                "{text}"
            );
        }
    }

    #[test]
    fn complaints_repeat_plain_words_only() {
        for (line, shown) in [
            (vec!["simulat"], "simulat"),
            (vec!["simulate", "--fault", "cosmic"], "cosmic"),
            (vec!["URL=https://a;ApiToken=hush"], "…"),
            (
                vec!["desk=URL=https://a;ApiToken=hush", "-c", "SELECT 1"],
                "…",
            ),
            (vec!["CALL RefreshOAuthAccessToken('hush')"], "…"),
            (vec!["--format", "URL=https://a;ApiToken=hush"], "…"),
            (vec!["login", "--no-brwser", "ApiToken=hush"], "--no-brwser"),
        ] {
            let words = std::iter::once("zuzen").chain(line.iter().copied());
            let complaint = Arguments::try_parse_from(words).err().unwrap().to_string();
            let given: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
            let told = unrepeated(&complaint, &given).unwrap_or(complaint);
            assert!(told.contains(shown), "{line:?}: {told}");
            assert!(!told.contains("hush"), "{line:?}: {told}");
        }
    }

    #[test]
    fn what_belongs_to_the_demo_needs_it() {
        for (line, fits) in [
            ("zuzen --demo --tickets 10", true),
            ("zuzen --tickets 10", false),
            ("zuzen simulate --tickets 10 --fault flaky", true),
            ("zuzen simulate --fault cosmic", false),
            ("zuzen simulate --zuora --limits team", true),
            ("zuzen simulate --zuora --tickets 10", true),
            ("zuzen simulate --zuora --invoice-items 10", true),
            ("zuzen simulate --invoice-items 10", false),
            ("zuzen --demo simulate", false),
        ] {
            let read = Arguments::try_parse_from(line.split(' '));
            assert_eq!(read.is_ok(), fits, "{line}");
        }
        let read = Arguments::try_parse_from(["zuzen", "simulate"])
            .ok()
            .unwrap();
        assert!(matches!(
            read.command,
            Some(Command::Simulate(wanted)) if wanted.port == 8090
        ));
    }
}
