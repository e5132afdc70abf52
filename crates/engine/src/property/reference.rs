//! The help on properties, written from the declarations: a Markdown page, and plain text for a terminal.

use std::fmt::Write as _;

use super::{Category, Connector, DATA_CENTRES, Holds, Property, all};

const INTRODUCTION: &str = "\
<!-- Generated from crates/engine/src/property; `cargo test` keeps it up to date. -->

# Connection properties

A connection string is `Name=Value` pairs with `;` between; a last `;` is fine. Case, blanks and underscores in names do not
matter. Quotes (`'` or `\"`) protect a `;` in a value, and are doubled to stand for themselves.

## Sources

For each property the last of these that sets it counts:

1. a config file, `zuzen.toml` in the working directory or `zuzen/zuzen.toml` in the user's config folder (on Linux
   `~/.config`); a connection that both have is the first one's alone;
2. the environment variable `ZUZEN_<NAME>`, a connection string; `ZUZEN_MY_DESK` is for `my-desk` as well as for `My Desk`;
3. `--connect NAME='…'`.

`--connect NAME` takes a connection as it is configured, `--connect '…'` without a name takes nothing of the configuration, and
without any `--connect` all configured connections are opened. `zuzen connections` lists what counts and where it comes from;
so does `system.connection_properties`.

```toml
[connections.zendesk]
URL = \"https://acme.zendesk.com\"
User = \"me@acme.com\"
ApiToken = \"${ZENDESK_TOKEN}\"

[connections.billing]
Tenant = \"EUProduction\"
OAuthClientId = \"6f2a…\"
OAuthClientSecret = \"file:secrets/zuora\"
MaxRetries = 3
```

In config files and variables a value may be `${VARIABLE}` as a whole, and a secret `file:PATH`, which starts from the folder of
the config file. A config file that holds a secret itself must not be readable by everybody (`chmod 600`).
";

/// The page `docs/properties.md`.
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(INTRODUCTION);
    for category in Category::ALL {
        let properties = all().filter(|property| property.category == category);
        // Writing to a String cannot fail.
        let _ = write!(page, "\n## {}\n\n", category.title());
        if category == Category::Unneeded {
            page.push_str(
                "Connection strings of CData's drivers may hold these. They are read and have no effect.\n\n\
                 | name | why not |\n| --- | --- |\n",
            );
            for property in properties {
                let _ = writeln!(page, "| `{}` | {} |", property.name, property.about);
            }
        } else {
            page.push_str("| name | holds | default | connectors | meaning |\n");
            page.push_str("| --- | --- | --- | --- | --- |\n");
            for property in properties {
                page.push_str(&row(property));
            }
        }
        if category == Category::Account {
            page.push_str(&tenants());
        }
    }
    page
}

fn row(property: &Property) -> String {
    let also = match property.aliases {
        [] => String::new(),
        aliases => format!(" Also `{}`.", aliases.join("`, `")),
    };
    format!(
        "| `{}` | {} | {} | {} | {}{also} |\n",
        property.name,
        holds(property.holds),
        default(property),
        connectors(property),
        property.about,
    )
}

fn holds(holds: Holds) -> String {
    match holds {
        Holds::Word(words) => format!("`{}`", words.join("`, `")),
        Holds::Flag => "`true`, `false`".to_owned(),
        Holds::Tenant => "[data centre](#tenants) or address".to_owned(),
        other => other.to_string(),
    }
}

fn default(property: &Property) -> String {
    // It depends on the connector by what it is.
    if property.name == "Connector" {
        return String::new();
    }
    let each: Vec<(Connector, &str)> = property
        .connectors
        .iter()
        .filter_map(|connector| Some((*connector, property.default_for(*connector)?)))
        .collect();
    match each.as_slice() {
        [] => String::new(),
        [(_, first), rest @ ..]
            if each.len() == property.connectors.len()
                && rest.iter().all(|(_, other)| other == first) =>
        {
            format!("`{first}`")
        }
        each => {
            let each = each
                .iter()
                .map(|(connector, default)| format!("{connector} `{default}`"));
            each.collect::<Vec<String>>().join(", ")
        }
    }
}

fn connectors(property: &Property) -> String {
    if property.connectors.len() == Connector::ALL.len() {
        return "all".to_owned();
    }
    let names: Vec<&str> = property.connectors.iter().map(|own| own.name()).collect();
    names.join(", ")
}

fn tenants() -> String {
    let mut text =
        String::from("\n### Tenants\n\n| `Tenant` | also | address |\n| --- | --- | --- |\n");
    for known in DATA_CENTRES {
        let alias = known
            .alias
            .map_or(String::new(), |alias| format!("`{alias}`"));
        let _ = writeln!(text, "| `{}` | {alias} | {} |", known.name, known.origin);
    }
    text.push_str(
        "\nAny other address is written as it is, `Tenant=https://…` or `URL=https://…`.\n",
    );
    text
}

/// All properties that are needed, a line or two each, for a terminal.
#[must_use]
pub fn brief() -> String {
    let mut text = String::new();
    for category in Category::ALL {
        if category == Category::Unneeded {
            continue;
        }
        let _ = writeln!(text, "{}:", category.title());
        for property in all().filter(|property| property.category == category) {
            let default = match default(property).replace('`', "") {
                none if none.is_empty() => none,
                some => format!(" [default: {some}]"),
            };
            let _ = writeln!(
                text,
                "  {:<24} {}{default}\n  {:24} {}",
                property.name, property.holds, "", property.about
            );
        }
        text.push('\n');
    }
    text
}
