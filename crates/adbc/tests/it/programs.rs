//! Programs of other languages that load the shared library: C through the ADBC driver manager, and Python.
//!
//! Python's packages come from PyPI into an environment of their own, beside the build. The C program needs a compiler for C and
//! C++: the driver manager that it is linked with is built of the sources in that package.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use zuzen_simulator::Faults;

use crate::stage::{address, served};

/// An interpreter with the packages; made once, and again when what is required changes.
fn python() -> Command {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let python = MADE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
        let (python, stamp) = (folder.join("bin/python"), folder.join("requirements.txt"));
        let required = here().join("tests/requirements.txt");
        if std::fs::read(&stamp).ok() != std::fs::read(&required).ok() {
            let mut made = Command::new("python3");
            made.args(["-m", "venv", "--clear"]).arg(&folder);
            succeeded(&made.output().unwrap());
            let mut filled = Command::new(&python);
            filled.args(["-m", "pip", "install", "--quiet", "-r"]);
            succeeded(&filled.arg(&required).output().unwrap());
            std::fs::copy(&required, &stamp).unwrap();
        }
        python
    });
    Command::new(python)
}

/// The name of the shared library.
fn file() -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{DLL_PREFIX}adbc_driver_zuzen{DLL_SUFFIX}")
}

/// The shared library that was built with this test.
fn library() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folders = own.ancestors().skip(1).take(2);
    let mut places = folders.map(|folder| folder.join(file()));
    places
        .find(|place| place.exists())
        .expect("the library is built")
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn succeeded(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}{complained}");
    said
}

/// A folder with the driver's manifest in it.
fn installed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut install = Command::new(here().join("install.sh"));
    install.arg("--library").arg(library());
    install.arg("--to").arg(folder.path());
    let said = succeeded(&install.output().unwrap());
    assert_eq!(Path::new(said.trim()), folder.path().join("zuzen.toml"));
    folder
}

/// Runs a program of `tests/programs` against the simulated account.
fn run(program: &str, uri: &str) -> String {
    let folder = installed();
    let mut command = python();
    command
        .arg(here().join("tests/programs").join(program))
        .arg(uri)
        .env("ADBC_DRIVER_PATH", folder.path())
        .env("ZUZEN_LIBRARY", folder.path().join("zuzen").join(file()));
    succeeded(&command.output().unwrap())
}

/// The program, under valgrind if `ZUZEN_VALGRIND` is set: then a lost block or a wrong access makes it fail.
fn watched(program: &Path) -> Command {
    if std::env::var_os("ZUZEN_VALGRIND").is_none() {
        return Command::new(program);
    }
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--leak-check=full", "--error-exitcode=99"])
        .args([
            "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite",
        ])
        .arg(program);
    command
}

#[test]
fn python_finds_the_driver_by_its_name() {
    let simulator = served(Faults::default());
    run("by_name.py", &address(&simulator));
}

#[test]
fn python_gets_the_errors_of_streams() {
    let simulator = served(Faults {
        fail_after: Some(3),
        ..Faults::default()
    });
    run(
        "failing_stream.py",
        &format!("{}MaxRetries=0;", address(&simulator)),
    );
}

#[test]
fn a_forked_child_is_told_so_and_its_parent_goes_on() {
    let simulator = served(Faults::default());
    run("fork.py", &address(&simulator));
}

#[test]
fn a_program_may_end_with_everything_open() {
    let simulator = served(Faults::default());
    run("open_end.py", &address(&simulator));
}

#[test]
fn tables_are_registered_in_a_session_of_datafusion() {
    let simulator = served(Faults::default());
    run("datafusion_tables.py", &address(&simulator));
}

#[test]
fn c_goes_through_the_driver_manager() {
    let folder = installed();
    let mut where_from = python();
    where_from.args([
        "-c",
        "import adbc_driver_manager as it; print(it.__path__[0])",
    ]);
    let manager = PathBuf::from(succeeded(&where_from.output().unwrap()).trim());
    let build = tempfile::tempdir().unwrap();
    let mut c = Command::new("cc");
    c.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-c", "-I"])
        .arg(&manager)
        .arg(here().join("c/tickets.c"));
    succeeded(&c.current_dir(build.path()).output().unwrap());
    let mut cpp = Command::new("c++");
    cpp.args(["-std=c++17", "-o", "tickets", "tickets.o", "-I"])
        .arg(&manager);
    for source in ["", "_api", "_driver_loading", "_profiles"] {
        cpp.arg(manager.join(format!("adbc_driver_manager{source}.cc")));
    }
    cpp.args(["-ldl", "-lpthread"]);
    succeeded(&cpp.current_dir(build.path()).output().unwrap());

    let simulator = served(Faults::default());
    let tickets = |arguments: &[&str]| {
        let mut command = watched(&build.path().join("tickets"));
        command
            .args(arguments)
            .env("ADBC_DRIVER_PATH", folder.path());
        command.output().unwrap()
    };
    let uri = address(&simulator);
    let said = succeeded(&tickets(&["zuzen", &uri]));
    assert!(
        said.lines().any(|line| line.starts_with("closed\t")),
        "{said}"
    );
    let by_path = library();
    assert_eq!(
        succeeded(&tickets(&[by_path.to_str().unwrap(), &uri])),
        said
    );

    let wrong = tickets(&["zuzen", &uri, "SELECT nothing FROM tickets"]);
    let complained = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success());
    for said in ["SQLSTATE 42000", "zuzen.kind = sql", "zuzen.hint = "] {
        assert!(complained.contains(said), "{complained}");
    }
    let dying = served(Faults {
        fail_after: Some(3),
        ..Faults::default()
    });
    let uri = format!("{}MaxRetries=0;", address(&dying));
    let early = tickets(&[
        "zuzen",
        &uri,
        "SELECT id FROM ticket_comments WHERE ticket_id < 100",
    ]);
    assert!(!early.status.success());
    let complained = String::from_utf8_lossy(&early.stderr).into_owned();
    for said in ["the rows end early", "zuzen.kind = remote"] {
        assert!(complained.contains(said), "{complained}");
    }
}
