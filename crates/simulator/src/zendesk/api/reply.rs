//! The ten ways the vendor says no. It refuses to decide; it only spells.

use serde_json::json;

pub(crate) use crate::reply::Reply;

impl Reply {
    /// Shape 1: a row that is not there.
    pub(crate) fn record_not_found() -> Self {
        Self::value(
            404,
            &json!({"error": "RecordNotFound", "description": "Not found"}),
        )
    }

    /// Shape 2: a role or plan that may not.
    pub(crate) fn forbidden() -> Self {
        Self::value(
            403,
            &json!({"error": {"title": "Forbidden", "message": "You do not have access to this page. Please contact the account owner of this help desk for further help."}}),
        )
    }

    /// A token that may not: what it lacks is named.
    pub(crate) fn missing_scope(name: &str) -> Self {
        Self::described(
            403,
            "Forbidden",
            &format!("You are missing the following required scopes: {name}"),
        )
    }

    /// Shape 3: a write that does not validate.
    pub(crate) fn record_invalid(field: &str, description: &str, code: &str) -> Self {
        Self::value(
            422,
            &json!({"error": "RecordInvalid", "description": "Record validation errors", "details": {field: [{"description": description, "error": code}]}}),
        )
    }

    /// Shape 4: the newer services.
    pub(crate) fn coded(status: u16, code: &str, title: &str, detail: &str) -> Self {
        Self::value(
            status,
            &json!({"errors": [{"code": code, "title": title, "detail": detail}]}),
        )
    }

    /// Shape 5: Basic credentials that are wrong.
    pub(crate) fn unauthenticated() -> Self {
        Self::value(401, &json!({"error": "Couldn't authenticate you"}))
            .with("www-authenticate", "Basic realm=\"Zendesk\"".to_owned())
    }

    /// Shape 6: a bearer token that is wrong, or credentials that have expired.
    pub(crate) fn invalid_token() -> Self {
        Self::value(
            401,
            &json!({"error": "invalid_token", "error_description": "The access token provided is expired, revoked, malformed or invalid for other reasons."}),
        )
    }

    /// Shape 7: a path this account does not have.
    pub(crate) fn invalid_endpoint() -> Self {
        Self::value(
            404,
            &json!({"error": "InvalidEndpoint", "description": "Not found"}),
        )
    }

    /// The error/description pair of many services.
    pub(crate) fn described(status: u16, error: &str, description: &str) -> Self {
        Self::value(status, &json!({"error": error, "description": description}))
    }

    /// More ids than a multi-get takes; the doubled blank is the vendor's.
    pub(crate) fn too_many_values() -> Self {
        Self::value(
            400,
            &json!({"error": "TooManyValues", "description": "Parameter  cannot specify more than 100 values", "max_count": 100}),
        )
    }

    pub(crate) fn invalid_pagination(detail: &str) -> Self {
        Self::coded(
            400,
            "InvalidPaginationParameter",
            "Invalid pagination parameter",
            detail,
        )
    }

    pub(crate) fn too_deep() -> Self {
        Self::coded(
            400,
            "InvalidPaginationDepth",
            "Invalid pagination depth",
            "Limit of 100 pages exceeded. Use cursor based pagination to reach further records.",
        )
    }

    /// Shape 9: an account nobody has.
    pub(crate) fn unknown_subdomain() -> Self {
        Self::html(404, "No help desk at this address")
    }
}
