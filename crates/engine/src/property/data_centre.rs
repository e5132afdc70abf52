//! The addresses of Zuora: a tenant lives in one data centre. A wrong one answers 401 to the right credentials.

use url::Url;

/// A data centre of Zuora.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DataCentre {
    /// The value of `Tenant`.
    pub name: &'static str,
    /// The name that Zuora's own libraries use, if they have one.
    pub alias: Option<&'static str>,
    /// Its origin.
    pub origin: &'static str,
}

const fn data_centre(
    name: &'static str,
    alias: Option<&'static str>,
    origin: &'static str,
) -> DataCentre {
    DataCentre {
        name,
        alias,
        origin,
    }
}

/// All data centres.
pub(crate) const DATA_CENTRES: [DataCentre; 11] = [
    data_centre("USProduction", Some("PROD"), "https://rest.zuora.com"),
    data_centre(
        "USCloudProduction",
        Some("PROD_NA"),
        "https://rest.na.zuora.com",
    ),
    data_centre(
        "USAPISandbox",
        Some("SBX"),
        "https://rest.apisandbox.zuora.com",
    ),
    data_centre(
        "USCloudAPISandbox",
        Some("SBX_NA"),
        "https://rest.sandbox.na.zuora.com",
    ),
    data_centre(
        "USCentralSandbox",
        Some("CSBX"),
        "https://rest.test.zuora.com",
    ),
    data_centre("USPerformanceTest", None, "https://rest.pt1.zuora.com"),
    data_centre("EUProduction", Some("PROD_EU"), "https://rest.eu.zuora.com"),
    data_centre(
        "EUSandbox",
        Some("SBX_EU"),
        "https://rest.sandbox.eu.zuora.com",
    ),
    data_centre(
        "EUCentralSandbox",
        Some("CSBX_EU"),
        "https://rest.test.eu.zuora.com",
    ),
    data_centre(
        "APACProduction",
        Some("PROD_AP"),
        "https://rest.ap.zuora.com",
    ),
    data_centre(
        "APACCentralSandbox",
        Some("CSBX_AP"),
        "https://rest.test.ap.zuora.com",
    ),
];

impl DataCentre {
    /// The data centre of this name, however it is written.
    #[must_use]
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        let wanted = super::fold(name);
        DATA_CENTRES.iter().find(|known| {
            super::fold(known.name) == wanted
                || known
                    .alias
                    .is_some_and(|alias| super::fold(alias) == wanted)
        })
    }
}

/// The origin that a value of `Tenant` stands for: a data centre's, or itself if it is an address.
pub(super) fn origin(tenant: &str) -> Option<Url> {
    let origin = DataCentre::find(tenant).map_or(tenant, |known| known.origin);
    Url::parse(origin).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_stand_for_addresses() {
        for (tenant, address) in [
            ("usproduction", "https://rest.zuora.com/"),
            ("US API Sandbox", "https://rest.apisandbox.zuora.com/"),
            ("CSBX_AP", "https://rest.test.ap.zuora.com/"),
            ("sbxna", "https://rest.sandbox.na.zuora.com/"),
            (
                "https://services123.zuora.com",
                "https://services123.zuora.com/",
            ),
        ] {
            assert_eq!(origin(tenant).unwrap().as_str(), address, "{tenant}");
        }
        assert_eq!(origin("Mars"), None);
    }
}
