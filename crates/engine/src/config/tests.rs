use std::path::Path;

use tempfile::TempDir;

use super::*;

/// Two folders, the working directory and the user's config, and some variables.
struct Place {
    here: TempDir,
    user: TempDir,
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let _ = mode;
}

impl Place {
    fn new(here: &str, user: &str) -> Self {
        let place = Self {
            here: TempDir::new().unwrap(),
            user: TempDir::new().unwrap(),
        };
        if !here.is_empty() {
            write(&place.here.path().join(FILE), here, 0o600);
        }
        if !user.is_empty() {
            write(&place.user.path().join("zuzen").join(FILE), user, 0o600);
        }
        place
    }

    fn read(&self, environment: &[(&str, &str)]) -> Result<Configuration, Error> {
        let variables = environment.iter();
        Sources {
            working_directory: Some(self.here.path().to_owned()),
            user_config: Some(self.user.path().to_owned()),
            environment: variables
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
        .read()
    }
}

/// What is given, with its source; folders of the test are left out.
fn given(place: &Place, properties: &Properties) -> Vec<String> {
    let folders = [place.here.path(), place.user.path()];
    let given = properties
        .shown()
        .filter(|(property, ..)| properties.is_given(property.name));
    let lines = given.map(|(property, value, source)| {
        let mut line = format!("{}={} < {source}", property.name, value.unwrap_or_default());
        for (folder, name) in folders.into_iter().zip(["here", "user"]) {
            line = line.replace(&folder.display().to_string(), name);
        }
        line
    });
    lines.collect()
}

const HERE: &str = "
[connections.zendesk]
Connector = \"Zendesk\"
URL = \"https://here.zendesk.com\"
user = \"me@acme.com\"
api_token = \"${TOKEN}\"
MaxRetries = 7
Readonly = true

[connections.billing-eu]
Tenant = \"EUProduction\"
OAuthClientId = \"id\"
OAuthClientSecret = \"file:secrets/client\"
";

const USER: &str = "
[connections.Zendesk]
URL = \"https://user.zendesk.com\"
Password = \"literal\"

[connections.mine]
URL = \"https://mine.zendesk.com\"
";

#[test]
fn later_sources_go_before_earlier_ones_property_by_property() {
    let place = Place::new(HERE, USER);
    write(&place.here.path().join("secrets/client"), "hush\n", 0o644);
    let configuration = place
        .read(&[
            ("TOKEN", "hush"),
            ("ZUZEN_ZENDESK", "Timeout=9;MaxRetries=2"),
            ("ZUZEN_BILLING_EU", "OAuthClientId=other"),
            (
                "ZUZEN_NEW",
                "URL=https://new.zendesk.com;ApiToken='${TOKEN}'",
            ),
            ("ZUZEN_QUERIES", "20000"),
            ("HOME", "a=b"),
        ])
        .unwrap();
    assert_eq!(
        configuration.names(),
        ["zendesk", "billing-eu", "mine", "new"]
    );
    for (name, text, found, lines) in [
        (
            "ZENDESK",
            Some("User=you@acme.com;pagesize=50"),
            "zendesk",
            &[
                "Connector=Zendesk < here/zuzen.toml:3",
                "URL=https://here.zendesk.com < here/zuzen.toml:4",
                "User=you@acme.com < command line",
                "ApiToken=*** < here/zuzen.toml:6, ${TOKEN}",
                "Timeout=9 < environment ZUZEN_ZENDESK",
                "MaxRetries=2 < environment ZUZEN_ZENDESK",
                "Pagesize=50 < command line",
                "Readonly=true < here/zuzen.toml:8",
            ][..],
        ),
        (
            "billing_eu",
            None,
            "billing-eu",
            &[
                "Tenant=EUProduction < here/zuzen.toml:11",
                "OAuthClientId=other < environment ZUZEN_BILLING_EU",
                "OAuthClientSecret=*** < here/zuzen.toml:13, file:here/secrets/client",
            ],
        ),
        (
            "mine",
            None,
            "mine",
            &["URL=https://mine.zendesk.com < user/zuzen/zuzen.toml:7"],
        ),
        (
            "new",
            None,
            "new",
            &[
                "URL=https://new.zendesk.com < environment ZUZEN_NEW",
                "ApiToken=*** < environment ZUZEN_NEW, ${TOKEN}",
            ],
        ),
        (
            "adhoc",
            Some("URL=https://adhoc.zendesk.com;Password=file:x"),
            "adhoc",
            &[
                "URL=https://adhoc.zendesk.com < command line",
                "Password=*** < command line",
            ],
        ),
    ] {
        let (called, properties) = match text {
            Some(text) => configuration.overridden(name, text),
            None => configuration.connection(name),
        }
        .unwrap();
        assert_eq!(called, found);
        assert_eq!(given(&place, &properties), lines, "{name}");
        assert!(!format!("{properties:?}").contains("hush"));
    }
    assert!(!format!("{configuration:?}").contains("hush"));
}

#[test]
fn what_nobody_uses_is_not_followed() {
    let place = Place::new(HERE, "");
    let configuration = place.read(&[]).unwrap();
    assert!(
        configuration.connection("zendesk").is_err(),
        "TOKEN is not set"
    );
    let (_, properties) = configuration
        .overridden("zendesk", "ApiToken=mine")
        .unwrap();
    assert_eq!(properties.get("User"), Some("me@acme.com"));
}

#[test]
fn wrong_files_are_refused_with_their_line() {
    for (text, message, place, hint) in [
        (
            "[connections.a]\nUser = ",
            "no TOML",
            "zuzen.toml:2",
            "[connections.NAME]",
        ),
        (
            "\n[connection.a]\nUser = 'x'",
            "`connection`",
            "zuzen.toml:2",
            "[connections.NAME]",
        ),
        (
            "connections = 5",
            "no table",
            "zuzen.toml:1",
            "[connections.NAME]",
        ),
        (
            "[connections]\na = 5",
            "`a` is no table",
            "zuzen.toml:2",
            "[connections.NAME]",
        ),
        (
            "[connections.a]\n\nUsr = 'x'",
            "`Usr`",
            "zuzen.toml:3",
            "`User`",
        ),
        (
            "[connections.a]\nUser = ['x']",
            "`User` holds the type array",
            "zuzen.toml:2",
            "in quotes",
        ),
        (
            "[connections.a]\nUser = 'x'\nUID = 'y'",
            "twice",
            "zuzen.toml:3",
            "remove",
        ),
        (
            "[connections.a-b]\n[connections.A_B]\nUser='x'",
            "two connections",
            "zuzen.toml",
            "case",
        ),
        (
            "[connections.a]\nPassword = 'hush\nUser = ''",
            "no TOML",
            "zuzen.toml:2",
            "Property",
        ),
    ] {
        let error = Place::new(text, "").read(&[]).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.message().contains(message), "{text}: {error}");
        assert!(error.to_string().contains(place), "{text}: {error}");
        assert!(error.hint().unwrap().contains(hint), "{text}: {error}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

#[test]
fn wrong_values_say_where_they_come_from() {
    let file = "[connections.a]\nTimeout = 'soon'\n[connections.b]\nApiToken = '${NONE}'\n\
                [connections.c]\nApiToken = 'file:gone'\n[connections.d]\nURL = '${EMPTY}'";
    let place = Place::new(file, "");
    let environment = [
        ("EMPTY", " "),
        ("ZUZEN_E", "Usr=x;"),
        ("ZUZEN_F", "User=x;Password='hush"),
    ];
    let configuration = place.read(&environment[..2]).unwrap();
    for (name, parts) in [
        ("a", ["`soon`", "zuzen.toml:2", "whole number"]),
        (
            "b",
            ["NONE, which is not set", "zuzen.toml:4", "export NONE"],
        ),
        ("c", ["cannot be read", "zuzen.toml:6", "gone"]),
        ("d", ["which is empty", "zuzen.toml:8", "${EMPTY}"]),
        ("e", ["`Usr`", "environment ZUZEN_E", "`User`"]),
        (
            "weather",
            [
                "no connection `weather`",
                "hint",
                "configured connections: a, b, c, d, e",
            ],
        ),
        (
            "s3cr3t:hush/",
            ["neither the name", "hint", "configured connections"],
        ),
    ] {
        let error = configuration.connection(name).unwrap_err().to_string();
        for part in parts {
            assert!(error.contains(part), "{name}: {error}");
        }
        assert!(!error.contains("hush"), "{error}");
    }
    let error = place.read(&environment).unwrap_err().to_string();
    assert!(
        error.contains("ZUZEN_F") && !error.contains("hush"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_secret_that_everybody_may_read_is_refused() {
    for (value, mode, refused) in [
        ("literal", 0o600, false),
        ("literal", 0o640, false),
        ("literal", 0o644, true),
        ("literal", 0o604, true),
        ("${TOKEN}", 0o644, false),
        ("file:token", 0o644, false),
    ] {
        let place = Place::new("", "");
        let path = place.here.path().join(FILE);
        let text = format!("[connections.a]\nUser = 'x'\nApiToken = '{value}'");
        write(&path, &text, mode);
        let read = place.read(&[]);
        assert_eq!(read.is_err(), refused, "{value} {mode:o}");
        let Err(error) = read else { continue };
        let shown = error.to_string();
        assert!(shown.contains("zuzen.toml:3"), "{shown}");
        assert!(
            shown.contains("chmod 600") && shown.contains("${VARIABLE}"),
            "{shown}"
        );
        assert!(!shown.contains("literal"), "{shown}");
    }
}
