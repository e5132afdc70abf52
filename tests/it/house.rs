//! The rules of the house: who may depend on whom, how long files are, what generated pages say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Dependencies among our own packages, tests' ones apart.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version=1",
            "--no-deps",
            "--locked",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut edges = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let ours = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| dependency["name"].as_str().unwrap())
            .filter(|name| name.starts_with("zuzen"))
            .map(str::to_owned)
            .collect();
        edges.insert(package["name"].as_str().unwrap().to_owned(), ours);
    }
    edges
}

#[test]
fn crates_depend_only_as_designed() {
    let designed = [
        ("zuzen", vec!["zuzen-engine", "zuzen-simulator"]),
        ("zuzen-adbc", vec!["zuzen-engine", "zuzen-simulator"]),
        ("zuzen-connectors", vec!["zuzen-plan"]),
        (
            "zuzen-engine",
            vec!["zuzen-connectors", "zuzen-plan", "zuzen-rest"],
        ),
        ("zuzen-plan", vec![]),
        ("zuzen-rest", vec!["zuzen-plan"]),
        ("zuzen-simulator", vec![]),
    ];
    let designed: BTreeMap<String, BTreeSet<String>> = designed
        .into_iter()
        .map(|(name, on)| (name.to_owned(), on.into_iter().map(str::to_owned).collect()))
        .collect();
    assert_eq!(edges(), designed);
}

#[test]
fn planning_stays_pure() {
    let manifest = std::fs::read_to_string(root().join("crates/plan/Cargo.toml")).unwrap();
    for impure in ["datafusion", "arrow", "tokio", "reqwest", "futures", "axum"] {
        assert!(
            !manifest.contains(impure),
            "crates/plan must not depend on {impure}"
        );
    }
}

pub(crate) fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn files_stay_short() {
    let mut all = Vec::new();
    for folder in ["crates", "tests", "benches"] {
        files(&root().join(folder), &mut all);
    }
    let long: Vec<String> = all
        .iter()
        .map(|path| (std::fs::read_to_string(path).unwrap().lines().count(), path))
        .filter(|(lines, _)| *lines > 600)
        .map(|(lines, path)| format!("{lines} {}", path.strip_prefix(root()).unwrap().display()))
        .collect();
    assert!(
        long.is_empty(),
        "over 600 lines; does each still hold one noun? {long:#?}"
    );
}

#[test]
fn the_reference_of_tables_is_up_to_date() {
    let engine = zuzen_engine::Engine::builder()
        .connection(
            "zendesk",
            "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=x",
        )
        .build()
        .unwrap();
    let connection = &engine.connections()[0];
    check_generated(
        "docs/tables.md",
        &zuzen_engine::reference(connection.connector()),
    );
}

#[test]
fn the_reference_of_zuora_tables_is_up_to_date() {
    let engine = zuzen_engine::Engine::builder()
        .connection(
            "zuora",
            "Connector=zuora;Tenant=USProduction;OAuthClientId=00000000-0000-0000-0000-000000000000;OAuthClientSecret=x",
        )
        .build()
        .unwrap();
    let connection = &engine.connections()[0];
    check_generated(
        "docs/zuora-tables.md",
        &zuzen_engine::reference(connection.connector()),
    );
}

#[test]
fn the_reference_of_properties_is_up_to_date() {
    check_generated("docs/properties.md", &zuzen_engine::property::reference());
}

/// Compares a generated page with the one in the repository, and writes the right one if they differ.
fn check_generated(path: &str, wanted: &str) {
    let file = root().join(path);
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    if found != wanted {
        std::fs::write(&file, wanted).unwrap();
        panic!("{path} was out of date and has been written anew: look at it and commit it");
    }
}
