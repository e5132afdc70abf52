//! Scripts that complete what is typed in a shell. clap writes them and gets some things wrong, which are mended here;
//! `tests/completions/check` presses Tab in the shells themselves.

use std::io;

use clap::builder::ValueHint;
use clap::{Arg, Command, CommandFactory as _, ValueEnum as _};
use clap_complete::{Shell, generate};

use crate::arguments::Arguments;

/// In fish, an option whose value is still being typed is no option yet, and so nothing was offered for it. Nothing was
/// offered for words without an option either.
const FISH: &str = r#"
function __fish_zuzen_needs_command
    set -l cmd (commandline -opc)
    set -e cmd[1]
    if not argparse -s (__fish_zuzen_global_optspecs) -- $cmd 2>/dev/null
        set -e cmd[-1]
        argparse -s (__fish_zuzen_global_optspecs) -- $cmd 2>/dev/null
        or return
    end
    if set -q argv[1]
        echo $argv[1]
        return 1
    end
    return 0
end
"#;

/// Writes the script for a shell.
///
/// # Errors
/// What writing says.
pub(crate) fn write(shell: Shell, out: &mut impl io::Write) -> io::Result<()> {
    let mut script = Vec::new();
    generate(shell, &mut completed(), "zuzen", &mut script);
    out.write_all(&script)?;
    if shell == Shell::Fish {
        out.write_all(FISH.as_bytes())?;
        let shells = Shell::value_variants().iter();
        let shells: Vec<String> = shells.map(Shell::to_string).collect();
        writeln!(
            out,
            "complete -c zuzen -n \"__fish_zuzen_using_subcommand completions\" -f -a \"{}\"",
            shells.join(" ")
        )?;
    }
    out.flush()
}

/// The command as scripts are to know it: without the values behind `--`, in whose place zsh would look for the words of
/// subcommands.
fn completed() -> Command {
    let whole = Arguments::command();
    let options = whole.get_arguments().filter(|it| !it.is_positional());
    Command::new("zuzen")
        .version(env!("CARGO_PKG_VERSION"))
        .args(options.cloned())
        .subcommands(whole.get_subcommands().cloned())
        .mut_args(hinted)
        .mut_subcommands(|command| command.mut_args(hinted))
}

/// A value that is no file is not completed by the names of files.
fn hinted(argument: Arg) -> Arg {
    let is_free = argument.get_possible_values().is_empty();
    match argument.get_value_hint() {
        ValueHint::Unknown if is_free => argument.value_hint(ValueHint::Other),
        _ => argument,
    }
}
