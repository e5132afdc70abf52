//! From checked properties to an opened connection: origin, credentials, the way to the host, and where OAuth values are
//! kept. Nothing is sent; at most the settings file is read, because a later connection may name nothing else.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use url::Url;
use zuzen_plan::retry::Policy;
use zuzen_plan::sign_in::{Grant, Initiate};
use zuzen_rest::sign_in::{Browser, OAuth};
use zuzen_rest::store::{Location, MemoryStores, Openers, Store, Stored, default_location};
use zuzen_rest::transport::{ClientCert, Firewall, FirewallKind, Proxy, ServerCert, Transport};
use zuzen_rest::{Credentials, HeaderMap, HeaderValue, JobSlots, Secret, Settings};

use crate::catalogue::{Catalogue, Place};
use crate::connection::{Budget, Connection};
use crate::error::{Error, Kind};
use crate::property::{AuthScheme, Connector, Properties};

/// What all connections of an engine share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// Where table files are, besides the built-in ones.
    pub(crate) tables: Option<PathBuf>,
    /// The values behind `memory://`.
    pub(crate) memory: MemoryStores,
    /// How a person is brought to an address.
    pub(crate) browser: Browser,
}

/// Opens one connection.
pub(crate) fn open(
    name: &str,
    properties: &Properties,
    around: &Surroundings,
) -> Result<Connection, Error> {
    let known = known_account(properties, around)?;
    let properties = &known.properties;
    let connector = load(properties.connector(), around.tables.as_deref())?;
    let credentials = match properties.auth_scheme() {
        AuthScheme::Basic | AuthScheme::ApiToken => properties.credentials()?,
        AuthScheme::OAuth | AuthScheme::OAuthClient => {
            Credentials::OAuth(Box::new(oauth(&known, around)?))
        }
    };
    let mut settings = Settings::new(name, known.origin.clone(), credentials);
    settings.transport = transport(properties)?;
    settings.headers = headers(known.entities.as_deref())?;
    settings.vendor = connector.sign_in.clone();
    settings.timeout = properties.timeout();
    settings.policy = Policy {
        max_retries: properties.number("MaxRetries").unwrap_or(5),
        base: Duration::from_millis(properties.number("RetryPause").unwrap_or(250)),
        ..Policy::default()
    };
    settings.families = connector.families.clone();
    settings.job_slots = JobSlots {
        data_query: properties.number("DataQueryJobs").unwrap_or(5),
        exports: properties.number("AquaJobs").unwrap_or(50),
    };
    let budget = Budget {
        max_requests: properties.number("MaxRequests"),
        max_rows_scanned: properties.number("MaxRowsScanned"),
        page_size: properties.number("Pagesize"),
    };
    let catalogue = catalogue(&known);
    let rest = zuzen_rest::Connection::open(settings)?;
    let indexed = properties.is_indexed();
    Ok(Connection::new(
        name.to_owned(),
        connector,
        rest,
        known.properties,
        budget,
        indexed,
        catalogue,
    ))
}

/// What is found out at run time, where tables are. Its place depends on all that may make a difference to what a
/// tenant tells: the tenants of a data centre share a host, and only their clients tell them apart.
fn catalogue(account: &Account) -> Catalogue {
    let given = &account.properties;
    let kept = account.kept.as_ref().map(|kept| kept.client_id.as_str());
    let client = given.get("OAuthClientId").or(kept);
    let tokens = ["OAuthAccessToken", "OAuthRefreshToken"].map(|name| given.secret(name));
    let brought = client.is_none().then(|| Secret::fingerprint(&tokens));
    let parts = [
        Some(account.origin.as_str()),
        given.get("User").or(client),
        brought.as_deref(),
        account.entities.as_deref(),
        given.get("ZuoraService"),
        given.get("DataQuerySource"),
    ];
    let host = account.origin.host_str().unwrap_or_default();
    // A server on this machine is another one tomorrow.
    let is_passing =
        given.connector() == Connector::Zendesk && zuzen_plan::host::is_loopback(&account.origin);
    let nowhere = is_passing.then_some("memory://");
    let location = given.get("MetadataLocation").or(nowhere);
    let place = Place::new(location, host, &parts);
    Catalogue::new(place, given.connector(), given)
}

fn load(
    connector: Connector,
    tables: Option<&Path>,
) -> Result<zuzen_plan::table::Connector, Error> {
    zuzen_connectors::load(connector.key(), tables).map_err(|error| {
        Error::new(Kind::Config, error.to_string())
            .with_hint("every table file must be right before any is used")
    })
}

/// An account, as the properties or an earlier sign-in name it.
struct Account {
    properties: Properties,
    origin: Url,
    entities: Option<String>,
    /// What an earlier sign-in has kept at the place that the properties name.
    kept: Option<Stored>,
}

/// A later connection may give nothing but `InitiateOAuth` and `OAuthSettingsLocation`: the settings file then says
/// which account it belongs to, how its tokens were got and where they are renewed.
fn known_account(given: &Properties, around: &Surroundings) -> Result<Account, Error> {
    let entities = given.get("EntityIds").map(str::to_owned);
    let is_named = given.is_given("URL") || given.is_given("Tenant");
    let mut kept = None;
    if let Some(store) = named_store(given, around)? {
        kept = match store.peek() {
            Ok(kept) => kept,
            // Whoever uses the file will hear of it; only an account that nobody else names is missed now.
            Err(_) if is_named => None,
            Err(error) => {
                let hint = error.hint();
                return Err(Error::new(Kind::Config, error.to_string()).with_hint(hint));
            }
        };
    }
    let Some(found) = kept.as_ref().filter(|_| !is_named) else {
        let origin = given.origin().ok_or_else(|| {
            Error::new(Kind::Config, missing_account(given))
                .with_hint("write URL=https://<subdomain>.zendesk.com")
        })?;
        let properties = given.clone();
        return Ok(Account {
            properties,
            origin,
            entities,
            kept,
        });
    };
    let of_connector = Connector::ALL
        .into_iter()
        .find(|known| known.key() == found.connector);
    let properties = match of_connector {
        Some(connector) if connector != given.connector() && !given.is_given("Connector") => {
            given.clone().belonging_to(connector)?
        }
        _ => given.clone(),
    };
    let (origin, kept_entities) = match found.origin.split_once('#') {
        Some((origin, entities)) => (origin, Some(entities.to_owned())),
        None => (found.origin.as_str(), None),
    };
    let origin = Url::parse(origin).map_err(|error| {
        Error::new(
            Kind::Config,
            format!("the settings file names no account: {error}"),
        )
        .with_hint("give URL or Tenant, and sign in again")
    })?;
    Ok(Account {
        properties,
        origin,
        entities: entities.or(kept_entities),
        kept,
    })
}

fn oauth(account: &Account, around: &Surroundings) -> Result<OAuth, Error> {
    let given = &account.properties;
    let scheme = given.auth_scheme();
    let text = |name: &str| given.get(name).map(str::to_owned);
    let address = |name: &str| given.get(name).and_then(|url| Url::parse(url).ok());
    let mut oauth = OAuth::new(given.connector().key());
    let is_said = ["OAuthGrantType", "OAuthAuthorizationURL", "OAuthVerifier"]
        .iter()
        .any(|name| given.is_given(name));
    // Tokens are renewed as they were got: another grant's would be those of somebody else.
    let kept_grant = account.kept.as_ref().map(|kept| kept.grant.as_str());
    oauth.grant = match (scheme, given.get("OAuthGrantType"), kept_grant) {
        (AuthScheme::OAuthClient, ..) => Grant::Client,
        (_, _, Some("code")) if !is_said => Grant::Code,
        (_, _, Some("client")) if !is_said && !given.is_given("AuthScheme") => Grant::Client,
        (_, Some("CLIENT"), _) => Grant::Client,
        _ => Grant::Code,
    };
    oauth.initiate = match given.get("InitiateOAuth") {
        Some("GETANDREFRESH") => Initiate::GetAndRefresh,
        Some("REFRESH") => Initiate::Refresh,
        // A client that needs nobody's consent has nothing to wait for.
        _ if oauth.grant == Grant::Client && !given.is_given("InitiateOAuth") => Initiate::Refresh,
        _ => Initiate::Off,
    };
    oauth.entity = account.entities.clone();
    oauth.client_id = text("OAuthClientId");
    oauth.client_secret = given.secret("OAuthClientSecret").cloned();
    oauth.access_token = given.secret("OAuthAccessToken").cloned();
    oauth.refresh_token = given.secret("OAuthRefreshToken").cloned();
    oauth.expires_in = given.number("OAuthExpiresIn").map(Duration::from_secs);
    oauth.issued = given
        .number("OAuthTokenTimestamp")
        .and_then(|millis| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis)));
    oauth.verifier = given.secret("OAuthVerifier").cloned();
    oauth.code_verifier = given.secret("OAuthCodeVerifier").cloned();
    oauth.authorization_url = address("OAuthAuthorizationURL");
    let kept = account.kept.as_ref();
    let kept_url = kept.and_then(|kept| kept.token_url.as_deref());
    oauth.token_url =
        address("OAuthAccessTokenURL").or_else(|| kept_url.and_then(|url| Url::parse(url).ok()));
    oauth.scope = text("Scope");
    oauth.browser = around.browser.clone();
    if let Some(callback) = text("CallbackURL") {
        oauth.callback = callback;
    }
    oauth.is_place_named = given.is_given("OAuthSettingsLocation");
    oauth.store = match (named_store(given, around)?, oauth.initiate) {
        (Some(named), _) => Some(named),
        // Whoever looks after the token needs no file, unless one is named.
        (None, Initiate::Off) => None,
        (None, _) => default_location(&own_name(account, oauth.grant))
            .map(|path| store(Location::File(path), given, around)),
    };
    Ok(oauth)
}

/// The place for OAuth values that the properties name, where they sign in by OAuth.
fn named_store(given: &Properties, around: &Surroundings) -> Result<Option<Store>, Error> {
    let by_oauth = matches!(
        given.auth_scheme(),
        AuthScheme::OAuth | AuthScheme::OAuthClient
    );
    let named = given.is_given("OAuthSettingsLocation") && by_oauth;
    let Some(text) = given.get("OAuthSettingsLocation").filter(|_| named) else {
        return Ok(None);
    };
    let location = Location::parse(text).map_err(|error| {
        let hint = error.hint();
        Error::new(Kind::Config, format!("OAuthSettingsLocation: {error}")).with_hint(hint)
    })?;
    Ok(Some(store(location, given, around)))
}

fn store(location: Location, given: &Properties, around: &Surroundings) -> Store {
    let openers = Openers {
        client_secret: given.secret("OAuthClientSecret").cloned(),
        passphrase: given.secret("OAuthSettingsPassphrase").cloned(),
        key_file: given.get("OAuthSettingsKeyFile").map(PathBuf::from),
        ..Openers::new()
    };
    Store::new(location, openers, around.memory.clone())
}

/// The folder of an account's own file. All tenants of a Zuora data centre share a host, and a client may sign in for
/// itself and for many people: none of them may write over another's tokens.
fn own_name(account: &Account, grant: Grant) -> String {
    let given = &account.properties;
    let host = account.origin.host_str().unwrap_or_default().to_owned();
    let port = account.origin.port().map(|port| port.to_string());
    let client = given.get("OAuthClientId").map(str::to_owned);
    let itself = (grant == Grant::Client).then(|| "client".to_owned());
    let brought = ["OAuthAccessToken", "OAuthRefreshToken"].map(|name| given.secret(name));
    let brought = brought
        .iter()
        .any(Option::is_some)
        .then(|| Secret::fingerprint(&brought));
    let parts = [port, client, account.entities.clone(), itself, brought];
    parts
        .into_iter()
        .flatten()
        .fold(host, |name, part| format!("{name}-{part}"))
}

fn headers(entities: Option<&str>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    if let Some(entities) = entities {
        let value = HeaderValue::from_str(entities).map_err(|_| {
            Error::new(
                Kind::Config,
                format!("EntityIds = `{entities}` cannot be sent"),
            )
            .with_hint("give ids of entities with commas between")
        })?;
        headers.insert("zuora-entity-ids", value);
    }
    Ok(headers)
}

fn transport(given: &Properties) -> Result<Transport, Error> {
    let wrong = |error: zuzen_rest::transport::Invalid| {
        Error::new(Kind::Config, error.to_string())
            .with_hint("docs/properties.md says what the property takes")
    };
    let mut transport = Transport::default();
    if let Some(text) = given.get("SSLServerCert") {
        transport.server_cert = ServerCert::parse(text).map_err(wrong)?;
    }
    if let Some(certificate) = given.get("SSLClientCert") {
        let key = given.secret("SSLClientKey");
        let key = key.map(zuzen_rest::Secret::reveal);
        transport.client_cert = Some(ClientCert::read(certificate, key).map_err(wrong)?);
    }
    if let Some(server) = given.get("ProxyServer") {
        let proxy = Proxy::parse(
            server,
            given.number("ProxyPort"),
            given.get("ProxyUser"),
            given.secret("ProxyPassword").cloned(),
            given.get("ProxyExceptions").unwrap_or_default(),
        );
        transport.proxy = Some(proxy.map_err(wrong)?);
    }
    let kind = FirewallKind::parse(given.get("FirewallType").unwrap_or("NONE")).map_err(wrong)?;
    if let Some(kind) = kind {
        let firewall = Firewall::parse(
            kind,
            given.get("FirewallServer").unwrap_or_default(),
            given.number("FirewallPort"),
            given.get("FirewallUser"),
            given.secret("FirewallPassword").cloned(),
        );
        transport.firewall = Some(firewall.map_err(wrong)?);
    }
    Ok(transport)
}

/// What to say where neither the properties nor a settings file tell the account.
fn missing_account(given: &Properties) -> String {
    let kept = match given.get("OAuthSettingsLocation") {
        Some(place) => format!(", and nothing is kept at {place} that would tell it"),
        None => String::new(),
    };
    format!("the connection property `URL` is missing{kept}")
}
