//! Properties of CData's drivers that nothing here needs: strings that hold them work as they are.
//!
//! Only what can be left undone without changing an answer stands here. What would change one is unknown, so it is refused.

use crate::property::{Category, Holds, Property};

const fn unneeded(name: &'static str, about: &'static str) -> Property {
    Property::new(Category::Unneeded, name, Holds::Text, about)
}

const fn hidden(name: &'static str, about: &'static str) -> Property {
    Property::new(Category::Unneeded, name, Holds::Secret, about)
}

const NO_CACHE: &str = "There is no cache of rows: every statement asks the API.";
const NO_POOL: &str = "Requests of a connection share their sockets by themselves.";
const ALL_LISTED: &str = "All tables are always listed.";
const PROXY: &str = "The proxy's answers tell.";
const LOG_GROWS: &str = "The log is one file; the system's log rotation may move it.";

pub(super) const UNNEEDED: &[Property] = &[
    unneeded("AutoCache", NO_CACHE),
    unneeded("CacheProvider", NO_CACHE),
    unneeded("CacheDriver", NO_CACHE),
    hidden("CacheConnection", NO_CACHE),
    unneeded("CacheLocation", NO_CACHE),
    unneeded("CacheTolerance", NO_CACHE),
    unneeded("CacheMetadata", "Tables are declared, not asked for."),
    unneeded("Offline", NO_CACHE),
    unneeded("BatchSize", "Nothing is written."),
    unneeded(
        "ConnectionLifeTime",
        "A connection keeps no session that could grow old.",
    ),
    unneeded("UseConnectionPooling", NO_POOL),
    unneeded("PoolIdleTimeout", NO_POOL),
    unneeded("PoolMaxSize", NO_POOL),
    unneeded("PoolMinSize", NO_POOL),
    unneeded("PoolWaitTime", NO_POOL),
    unneeded("SupportEnhancedSQL", "All SQL is always answered in full."),
    unneeded(
        "PseudoColumns",
        "A pseudo-column is there as soon as a statement names it.",
    ),
    unneeded(
        "RowScanDepth",
        "Columns are declared, not guessed from rows.",
    ),
    unneeded(
        "Schema",
        "The connection's name is the schema of its tables.",
    ),
    unneeded("BrowsableSchemas", ALL_LISTED),
    unneeded("Tables", ALL_LISTED),
    unneeded("Views", ALL_LISTED),
    unneeded("UserDefinedViews", "CREATE VIEW makes views."),
    unneeded(
        "Location",
        "Tables of your own come from the folder that --tables names.",
    ),
    unneeded("GenerateSchemaFiles", "Table files are written by hand."),
    unneeded(
        "ProxyAutoDetect",
        "The system's proxy counts where ProxyServer is not given.",
    ),
    unneeded("ProxyAuthScheme", PROXY),
    unneeded("ProxySSLType", PROXY),
    unneeded("SSLClientCertType", "The content of SSLClientCert tells."),
    unneeded("LogModules", "Everything of the asked verbosity is logged."),
    unneeded("MaxLogFileSize", LOG_GROWS),
    unneeded("MaxLogFileCount", LOG_GROWS),
    hidden("RTK", "There are no licence keys."),
    unneeded(
        "Other",
        "Hidden options of other drivers mean nothing here.",
    ),
];
