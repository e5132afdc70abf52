//! The `zuzen` command: reads the command line, opens an engine, runs statements, prints rows.
//!
//! Rows go to stdout, everything else to stderr. It decides nothing about SQL or an API: the engine does.

mod account;
mod arguments;
mod cell;
mod connections;
mod exit;
mod log;
mod print;
mod prompt;
mod script;
mod session;
mod simulate;

use std::process::ExitCode;

use tokio::runtime::Runtime;
use zuzen_engine::{Error, Kind};

use crate::arguments::{Arguments, Command};
use crate::exit::Failure;
use crate::script::Script;
use crate::session::Session;

fn main() -> ExitCode {
    let arguments = Arguments::read();
    let outcome = runtime().and_then(|runtime| {
        let outcome = start(&arguments, &runtime);
        // A name look-up under way would otherwise be waited for.
        runtime.shutdown_background();
        outcome
    });
    exit::code(outcome)
}

fn start(arguments: &Arguments, runtime: &Runtime) -> Result<(), Failure> {
    match &arguments.command {
        Some(Command::Simulate(wanted)) => return runtime.block_on(simulate::serve(wanted)),
        Some(Command::Connections(wanted)) => {
            return connections::list(wanted, &mut std::io::stdout().lock());
        }
        Some(Command::Login(wanted)) => {
            return runtime.block_on(account::login(wanted, &mut std::io::stdout()));
        }
        Some(Command::Logout(wanted)) => {
            return runtime.block_on(account::logout(wanted, &mut std::io::stdout()));
        }
        Some(Command::Test(wanted)) => {
            return runtime.block_on(account::test(wanted, &mut std::io::stdout()));
        }
        Some(Command::Doctor(wanted)) => {
            return runtime.block_on(account::doctor(wanted, &mut std::io::stdout()));
        }
        None => {}
    }
    let wanted = &arguments.query;
    let script = Script::read(wanted)?;
    let session = runtime.block_on(Session::open(wanted))?;
    let outcome = match script {
        Some(script) => runtime.block_on(script.run(&session)),
        None => prompt::run(&session, runtime),
    };
    runtime.block_on(session.settle());
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
