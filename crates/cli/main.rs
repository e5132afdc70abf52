//! The `zuzen` command: reads the command line, opens an engine, runs statements, prints rows.
//!
//! Rows go to stdout, everything else to stderr. It decides nothing about SQL or an API: the engine does.

mod account;
mod arguments;
mod chart;
mod completions;
mod connections;
mod exit;
mod init;
mod log;
mod opened;
mod output;
mod script;
mod session;
mod shell;
mod simulate;
mod summary;
mod values;
mod watch;

use std::process::ExitCode;

use tokio::runtime::Runtime;
use zuzen_engine::{Error, Kind};

use crate::arguments::{Arguments, Command};
use crate::exit::Failure;
use crate::opened::Opened;
use crate::script::Script;
use crate::session::Session;

fn main() -> ExitCode {
    let arguments = Arguments::read();
    // Lives until nothing can run any more.
    let opened = Opened::default();
    let outcome = runtime().and_then(|runtime| {
        let outcome = start(&arguments, &opened, &runtime);
        // A name look-up under way would otherwise be waited for.
        runtime.shutdown_background();
        outcome
    });
    exit::code(outcome)
}

fn start(arguments: &Arguments, opened: &Opened, runtime: &Runtime) -> Result<(), Failure> {
    let out = &mut std::io::stdout();
    match &arguments.command {
        Some(Command::Simulate(wanted)) => return runtime.block_on(simulate::serve(wanted)),
        Some(Command::Init(wanted)) => {
            let answers = init::ask(wanted)?;
            return runtime.block_on(opened.run(init::run(answers, opened, out)));
        }
        Some(Command::Completions(wanted)) => {
            return Ok(completions::write(wanted.shell, &mut out.lock())?);
        }
        Some(Command::Connections(wanted)) => return connections::list(wanted, &mut out.lock()),
        Some(Command::Login(wanted)) => {
            return runtime.block_on(opened.run(account::login(wanted, opened, out)));
        }
        Some(Command::Logout(wanted)) => {
            return runtime.block_on(opened.run(account::logout(wanted, opened, out)));
        }
        Some(Command::Test(wanted)) => {
            return runtime.block_on(opened.run(account::test(wanted, opened, out)));
        }
        Some(Command::Doctor(wanted)) => {
            return runtime.block_on(opened.run(account::doctor(wanted, opened, out)));
        }
        None => {}
    }
    let wanted = &arguments.query;
    if let Some(script) = Script::read(wanted)? {
        return runtime.block_on(opened.run(async {
            let session = Session::open(wanted, opened).await?;
            script.run(&session).await
        }));
    }
    let session = runtime
        .block_on(Session::open(wanted, opened))?
        .keeping_rows();
    let outcome = shell::run(&session, runtime, !wanted.no_rc);
    runtime.block_on(opened.settle());
    outcome
}

fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Plans are trees that are walked by recursion; deep ones outgrow the two megabytes of a default thread.
        .thread_stack_size(8 << 20)
        .build()
        .map_err(|error| {
            let reason = format!("no threads could be started: {error}");
            Error::new(Kind::Internal, reason)
                .with_hint("check the limits of processes and threads of this machine")
                .into()
        })
}
