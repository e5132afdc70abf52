//! What a person sees, as files: the commands of `tests/cmd/*.trycmd` with everything that they print and their exit codes.
//!
//! `TRYCMD=overwrite cargo test --test it snapshots` writes them anew; read the diff.

use tempfile::TempDir;

#[test]
fn commands_print_what_the_files_say() {
    let home = TempDir::new().unwrap();
    let folder = |name: &str| home.path().join(name).display().to_string();
    let cases = trycmd::TestCases::new();
    cases
        .env("HOME", folder(""))
        .env("XDG_CONFIG_HOME", folder("config"))
        .env("XDG_DATA_HOME", folder("data"))
        .env("XDG_CACHE_HOME", folder("cache"))
        .env("XDG_STATE_HOME", folder("state"))
        .env("COLUMNS", "100")
        .insert_var("[CONFIG]", folder("config"))
        .unwrap()
        .case("tests/cmd/*.trycmd");
}
