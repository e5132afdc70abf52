//! The program, made to say as much as it can: nothing of it is a secret, but for the tokens that a procedure was asked for.

use std::path::Path;

use serde_json::Value;
use zuzen_simulator::{Account, AccountOptions, OAuthClient, OAuthOptions, Options, Simulator};

use super::search::Captured;
use crate::home::{Ended, Home};

const CLIENT: &str = "zuzen_demo";
const CLIENT_SECRET: &str = "CliSecret-x7Wq2m9Zt4Lr8Kd1Vb6N";
const CALLBACK: &str = "http://localhost:33333";

/// Secrets that are given and belong to no account.
const GIVEN: &[(&str, &str)] = &[
    ("OAuthSettingsPassphrase", "PassPhrase-h3Jf7Yp0Sx5Gu2Ce9Rk"),
    (
        "OAuthCodeVerifier",
        "CodeVerifier-q8Nv4Bt1Mz6Wd3Ha7Xl-0123456789abcdefgh",
    ),
    ("ProxyPassword", "ProxyPass-k2Ux6Qe9Ob4Ti7Ws1Fy"),
    ("FirewallPassword", "FirewallPass-d5Rj8Lc3Zg0Vn6Mp"),
    ("ApiToken", "SpareToken-w4Gp7Ns2Ca9Dl5Qv8"),
    ("Password", "SparePass-e1Bz6Rm3Ky8Uf0Ix5T"),
];

/// A secret in a place that was meant for something else.
const STRAY: &str = "StraySecret-m6Vt1Qh8Jd3Zo9Wc4Pn";

struct Stage {
    home: Home,
    zendesk: Simulator,
    zuora: Simulator,
    captured: Captured,
}

fn clients(of: Vec<OAuthClient>) -> OAuthOptions {
    let mut clients = of;
    clients.retain(|client| client.id != "zuzen_reader");
    for client in &mut clients {
        if client.secret.is_some() {
            client.secret = Some(CLIENT_SECRET.to_owned());
        }
    }
    OAuthOptions {
        clients: Some(clients),
        ..OAuthOptions::default()
    }
}

impl Stage {
    fn new() -> Self {
        let account = Account::generate(&AccountOptions {
            seed: 3,
            tickets: 100,
            anchor: "2025-06-01T00:00:00Z".parse().unwrap(),
        });
        let options = |oauth| Options {
            oauth,
            ..Options::default()
        };
        let zendesk = Simulator::start(account, options(clients(OAuthClient::zendesk())));
        let zuora = Simulator::start_zuora(options(clients(OAuthClient::zuora())));
        let stage = Self {
            home: Home::new(),
            zendesk: futures::executor::block_on(zendesk).unwrap(),
            zuora: futures::executor::block_on(zuora).unwrap(),
            captured: Captured::default(),
        };
        stage.configure();
        stage
    }

    /// Connections of every kind, with secrets wherever one can be.
    fn configure(&self) {
        let (access, refresh) = self.zendesk.grant_tokens(CLIENT, "read write");
        let file = self.home.path().join("client.secret");
        write_private(&file, CLIENT_SECRET);
        let url = self.zendesk.url();
        let logged = "Logfile = \"z.log\"\nVerbosity = 5\nRetryPause = 1\n";
        let spare: String = GIVEN
            .iter()
            .map(|(name, value)| format!("{name} = \"{value}\"\n"))
            .collect();
        let mut text = format!(
            "[connections.desk]\nURL = \"{url}\"\nAuthScheme = \"OAuth\"\nInitiateOAuth = \"REFRESH\"\n\
             OAuthClientId = \"{CLIENT}\"\nOAuthClientSecret = \"file:client.secret\"\n\
             OAuthAccessToken = \"{access}\"\nOAuthRefreshToken = \"${{DESK_REFRESH}}\"\n\
             OAuthSettingsLocation = \"kept/OAuthSettings.txt\"\n{spare}{logged}\n"
        );
        for (name, string) in [
            ("token", self.zendesk.long_token_connection_string()),
            ("password", self.zendesk.password_connection_string()),
            ("client", self.zendesk.client_connection_string()),
            ("zuora", self.zuora.connection_string()),
        ] {
            text.push_str(&format!("[connections.{name}]\n{logged}"));
            for pair in string.split_terminator(';') {
                let (property, value) = pair.split_once('=').unwrap();
                text.push_str(&format!("{property} = \"{value}\"\n"));
            }
        }
        write_private(&self.home.path().join("zuzen.toml"), &text);
        write_private(&self.home.path().join("refresh.secret"), &refresh);
    }

    /// Runs it, and keeps all it says; what it answers only unless it was asked for tokens.
    fn run(&mut self, arguments: &[&str]) -> Ended {
        let ended = self.run_for_tokens(arguments);
        self.captured
            .add(format!("stdout of {arguments:?}"), ended.out.as_bytes());
        ended
    }

    fn run_for_tokens(&mut self, arguments: &[&str]) -> Ended {
        let refresh = std::fs::read_to_string(self.home.path().join("refresh.secret")).unwrap();
        let mut command = self.home.command(arguments);
        let ended = crate::home::Running::start(command.env("DESK_REFRESH", refresh.trim())).end();
        self.captured
            .add(format!("stderr of {arguments:?}"), ended.err.as_bytes());
        ended
    }

    fn sql(&mut self, sql: &str) -> Ended {
        self.run(&["--format", "ndjson", "-c", sql])
    }

    /// A statement that must not work, whoever is to blame.
    fn wrong(&mut self, sql: &str) {
        let ended = self.sql(sql);
        assert!(
            !matches!(ended.code, None | Some(0 | 1)),
            "{sql}: {ended:?}"
        );
        assert!(ended.err.contains("error: "), "{sql}: {ended:?}");
    }

    /// Calls a procedure and takes the tokens out of what it answers.
    fn tokens(&mut self, sql: &str) -> Vec<String> {
        let ended = self.run_for_tokens(&["--format", "json", "-c", sql]);
        assert_eq!(ended.code, Some(0), "{sql}: {}", ended.err);
        let mut rows: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
        let row = rows[0].as_object_mut().unwrap();
        let asked: Vec<String> = ["OAuthAccessToken", "OAuthRefreshToken"]
            .iter()
            .filter_map(|name| Some(row.remove(*name)?.as_str()?.to_owned()))
            .collect();
        assert_eq!(asked.len(), 2, "{sql}");
        self.captured.add(
            format!("the rest of the answer to {sql}"),
            format!("{rows:?}"),
        );
        asked
    }

    fn code(&self) -> String {
        self.zendesk
            .grant_code(CLIENT, CALLBACK, "read write", None)
    }

    /// Everything that is or was a secret.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = self.zendesk.secrets();
        secrets.extend(self.zuora.secrets());
        secrets.extend(GIVEN.iter().map(|(_, value)| (*value).to_owned()));
        secrets.push(STRAY.to_owned());
        assert!(secrets.iter().any(|secret| secret == CLIENT_SECRET));
        secrets
    }

    /// What was written to the disk, except where the secrets were put on purpose.
    fn end(mut self) {
        let mut files = Vec::new();
        collect(self.home.path(), &mut files);
        for path in &files {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name != "zuzen.toml" && !name.ends_with(".secret") {
                self.captured.add(name, std::fs::read(path).unwrap());
            }
        }
        let secrets = self.secrets();
        self.captured.assert_clean(&secrets);
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("z.log")).unwrap()
    }
}

fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(&path, files),
            false => files.push(path),
        }
    }
}

const COUNTS: &str = "SELECT count(*) FROM desk.groups; SELECT count(*) FROM token.groups; \
                      SELECT count(*) FROM password.groups; SELECT count(*) FROM client.groups";

#[test]
fn queries_plans_and_system_tables_hold_no_secret() {
    let mut stage = Stage::new();
    let first = stage.sql(COUNTS);
    assert_eq!(first.code, Some(0), "{}", first.err);
    stage.zendesk.expire_access_tokens();
    let tables = [
        "requests",
        "tables",
        "columns",
        "reads",
        "connection_properties",
        "procedures",
        "procedure_parameters",
    ];
    let mut script = COUNTS.to_owned();
    for table in tables {
        script.push_str(&format!("; SELECT * FROM system.{table}"));
    }
    for explain in [
        "EXPLAIN",
        "EXPLAIN VERBOSE",
        "EXPLAIN ANALYZE",
        "EXPLAIN ANALYZE VERBOSE",
    ] {
        script.push_str(&format!(
            "; {explain} SELECT * FROM desk.users WHERE id IN (1, 2)"
        ));
    }
    let ended = stage.sql(&script);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended.out.contains("/oauth/tokens"),
        "the renewal is in system.requests"
    );
    let generation = std::fs::read_to_string(stage.home.settings()).unwrap();
    assert!(generation.contains("\"generation\": 2"), "{generation}");
    let log = stage.log();
    for part in ["/oauth/tokens", "/api/v2/groups", "EXPLAIN"] {
        assert!(log.contains(part), "the log holds no {part}");
    }
    stage.end();
}

#[test]
fn accounts_are_examined_without_showing_a_secret() {
    let mut stage = Stage::new();
    let ended = stage.run(&["connections"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.matches("***").count() > 10, "{}", ended.out);
    for command in ["test", "doctor", "logout"] {
        for connection in ["desk", "token", "password", "client", "zuora"] {
            let ended = stage.run(&[command, connection]);
            assert!(ended.code.is_some(), "{ended:?}");
        }
    }
    let code = stage.code();
    let web = format!(
        "web=Connector=Zendesk;URL={};OAuthClientId={CLIENT};OAuthClientSecret={CLIENT_SECRET};InitiateOAuth=REFRESH;\
         OAuthVerifier={code};OAuthSettingsLocation=web.txt;Logfile=z.log;Verbosity=5",
        stage.zendesk.url()
    );
    let ended = stage.run(&["login", &web]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    // The code is used up, so a person is asked, whom the browser cannot send back here.
    let elsewhere = format!("{web};CallbackURL=https://app.example.com/callback");
    for arguments in [
        vec!["login", "--no-browser", &elsewhere],
        vec!["doctor", &web],
        vec!["connections", "--connect", &web],
        vec!["--connect", &web, "-c", "SELECT count(*) FROM web.groups"],
        // What people get wrong.
        vec![&web],
        vec!["--conect", &web],
        vec!["connections", &web],
        vec!["login", "--no-browsr", &web],
        vec!["--format", "json", &web, "-c", "SELECT 1"],
    ] {
        stage.run(&arguments);
    }
    // Nothing listens there: what is not refused at once is not sent either.
    let (served, closed) = (stage.zendesk.url(), "http://127.0.0.1:9");
    for properties in [
        format!("URL={closed};User=a@b.c;ApiTokn={STRAY}"),
        format!("URL={closed};User=a@b.c;ApiToken=x;{STRAY}"),
        format!("URL={closed};User=a@b.c;ApiToken=x;{STRAY}=1"),
        format!("URL={closed};User=a@b.c;ApiToken={STRAY};Timeout=soon"),
        format!("URL={closed};User=a@b.c;ApiToken='{STRAY};Timeout=5"),
        format!("URL=http://me:{STRAY}@127.0.0.1:9;User=a@b.c;ApiToken=x"),
        format!("URL=http://a.zendesk.com;OAuthRefreshToken={STRAY};InitiateOAuth=REFRESH"),
        format!("URL={closed};OAuthRefreshToken={STRAY};OAuthExpiresIn=soon"),
        format!("URL={closed};OAuthVerifier={STRAY};AuthScheme=none"),
        format!("Connector=Zuora;Tenant=Nowhere;OAuthClientSecret={STRAY}"),
        format!("URL={served};User=agent@example.com;ApiToken={STRAY}"),
        format!("URL={served};User=agent@example.com;Password={STRAY}"),
        format!("URL={served};OAuthAccessToken={STRAY}"),
        format!("URL={closed};SSLClientCert=/none;SSLClientKey={STRAY}"),
        format!("URL={closed};User=a@b.c;ApiToken=x;ProxyServer=::::;ProxyPassword={STRAY}"),
    ] {
        let properties = format!("{properties};MaxRetries=0");
        let ended = stage.run(&[
            "--connect",
            &properties,
            "-c",
            "SELECT count(*) FROM zendesk.groups",
        ]);
        assert!(
            !matches!(ended.code, None | Some(0 | 1)),
            "{properties}: {ended:?}"
        );
    }
    stage.end();
}

#[test]
fn procedures_show_tokens_to_those_who_ask_and_nothing_to_others() {
    let mut stage = Stage::new();
    let code = stage.code();
    let call = format!(
        "SELECT * FROM desk.GetOAuthAccessToken(AuthMode => 'WEB', Verifier => '{code}', CallbackURL => '{CALLBACK}')"
    );
    let pair = stage.tokens(&call);
    stage.wrong(&call);
    let pair = stage.tokens(&format!(
        "EXEC desk.RefreshOAuthAccessToken OAuthRefreshToken='{}'",
        pair[1]
    ));
    let pair = stage.tokens(&format!("CALL desk.RefreshOAuthAccessToken('{}')", pair[1]));
    let pair = stage.tokens(&format!(
        "PREPARE renew AS SELECT * FROM desk.RefreshOAuthAccessToken($1); EXECUTE renew('{}')",
        pair[1]
    ));
    // Plans of calls; those of ANALYZE do call.
    for explain in ["EXPLAIN", "EXPLAIN VERBOSE", "EXPLAIN FORMAT TREE"] {
        let ended = stage.sql(&format!(
            "{explain} CALL desk.RefreshOAuthAccessToken('{}')",
            pair[1]
        ));
        assert_eq!(ended.code, Some(0), "{}", ended.err);
    }
    let ended = stage.sql(&format!(
        "EXPLAIN ANALYZE VERBOSE SELECT \"Scope\" FROM desk.RefreshOAuthAccessToken('{}')",
        pair[1]
    ));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let ended = stage.sql(&format!(
        "CREATE TEMPORARY VIEW v AS SELECT \"Scope\" FROM desk.RefreshOAuthAccessToken('{STRAY}'); \
         SELECT * FROM information_schema.views; SHOW CREATE TABLE v"
    ));
    assert!(ended.code.is_some(), "{ended:?}");
    stage.wrong(&format!(
        "SELECT * FROM desk.RefreshOAuthAccessToken('{STRAY}')"
    ));
    let ended = stage.sql(&format!("CALL desk.RevokeOAuthAccessToken('{}')", pair[0]));
    assert!(ended.code.is_some(), "{ended:?}");
    let ended = stage.sql("SELECT \"URL\" FROM desk.GetOAuthAuthorizationURL(Pkce => true)");
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    stage.end();
}

#[test]
fn wrong_calls_are_refused_without_repeating_a_secret() {
    let mut stage = Stage::new();
    let renew = "desk.RefreshOAuthAccessToken";
    let get = "desk.GetOAuthAccessToken";
    for sql in [
        // The right place, and no good.
        format!("CALL {renew}('{STRAY}')"),
        format!("CALL {get}(AuthMode => 'WEB', Verifier => '{STRAY}')"),
        format!(
            "CALL {get}(AuthMode => 'WEB', Verifier => 'http://localhost:33333/?code={STRAY}&state={STRAY}')"
        ),
        format!(
            "CALL {get}(AuthMode => 'WEB', Verifier => 'http://localhost:33333/?error=access_denied&code={STRAY}')"
        ),
        format!("CALL {get}(AuthMode => 'WEB', Verifier => 'x', CodeVerifier => '{STRAY}')"),
        format!("CALL desk.RevokeOAuthAccessToken('{STRAY}')"),
        // The wrong place.
        format!("CALL {get}('{STRAY}')"),
        format!("CALL {get}(AuthMode => '{STRAY}')"),
        format!("CALL {get}(AuthMode => 'WEB', Verifier => 'x', CallbackURL => '{STRAY}')"),
        format!("CALL {get}(AuthMode => 'WEB', '{STRAY}')"),
        format!("CALL desk.GetOAuthAuthorizationURL(Pkce => '{STRAY}')"),
        format!("CALL {renew}('{STRAY}', '{STRAY}')"),
        format!("CALL {renew}(OAuthRefreshTokn => '{STRAY}')"),
        format!("CALL {renew}(OAuthRefreshToken => '{STRAY}', OAuthRefreshToken => '{STRAY}')"),
        format!("CALL desk.RefreshOAuthAccessTokn('{STRAY}')"),
        format!("CALL dsk.RefreshOAuthAccessToken('{STRAY}')"),
        format!("CALL token.RefreshOAuthAccessToken('{STRAY}')"),
        format!("SELECT {renew}('{STRAY}')"),
        format!("EXECUTE nothing('{STRAY}')"),
        format!("PREPARE p AS CALL {renew}($1); EXECUTE p('{STRAY}', '{STRAY}')"),
        format!("PREPARE p AS CALL {renew}($1, $2); EXECUTE p('{STRAY}')"),
        // The wrong type.
        format!("CALL {renew}(CAST('{STRAY}' AS int))"),
        format!("CALL {renew}('{STRAY}' + 1)"),
        format!("CALL {renew}(ARRAY['{STRAY}'])"),
        format!("CALL {renew}(DATE '{STRAY}')"),
        format!("CALL {renew}((SELECT '{STRAY}'))"),
        // Statements that cannot be read, or not all of it.
        format!("CALL {renew}(OAuthRefreshToken => 'x' '{STRAY}')"),
        format!("CALL {renew}(OAuthRefreshToken => '{STRAY}'"),
        format!("CALL {renew}(OAuthRefreshToken => '{STRAY})"),
        format!("CALL {renew}(OAuthRefreshToken => \"{STRAY}\")"),
        format!(
            "CALL {renew}(OAuthRefreshToken => {})",
            STRAY.replace('-', "")
        ),
        format!("EXEC {renew} OAuthRefreshToken '{STRAY}'"),
        format!("EXEC {renew} OAuthRefreshToken {}", STRAY.replace('-', "")),
        format!("EXEC {renew} OAuthRefreshToken='{STRAY}' nonsense"),
        format!("SELECT nothing FROM {renew}('{STRAY}')"),
        format!("SELECT * FROM {renew}('{STRAY}') WHERE"),
        format!("SELECT * FROM {renew}('{STRAY}') JOIN desk.grups USING (id)"),
        format!("SELEKT * FROM {renew}('{STRAY}')"),
        format!("SELECT * FROM {renew}('{STRAY}') t(a, b, c, d, e, f)"),
    ] {
        stage.wrong(&sql);
    }
    assert!(stage.log().matches("ERROR").count() > 20);
    stage.end();
}

/// The tests above can fail: a secret that somebody does put into a result, or into the text of a query, is found.
#[test]
fn what_is_asked_for_is_found() {
    let mut stage = Stage::new();
    let ended = stage.sql(&format!("SELECT '{STRAY}' AS a"));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let secrets = stage.secrets();
    assert_eq!(stage.captured.found(&secrets).len(), 1);
    // Even then the log has only the statement without its texts.
    assert!(stage.log().contains("SELECT '…'"), "{}", stage.log());
    let mut log = Captured::default();
    log.add("log", stage.log());
    log.assert_clean(&secrets);
}
