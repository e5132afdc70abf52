//! What all tables of Zuora have in common, bundled or discovered: names, sentences, the key, the flag of deleted rows.

use zuzen_plan::table::{Column, Remote, RemoteField, Table};
use zuzen_plan::value::Type;

/// Zuora's flag of deleted rows, a column of every object that neither `*` nor always a description has.
pub(super) const DELETED: &str = "deleted";

/// Objects that Data Query does not call by their API name in lower case.
const RENAMED: [(&str, &str); 3] = [
    ("Order", "orders"),
    ("EmailHistory", "notificationhistoryemail"),
    ("CalloutHistory", "notificationhistorycallout"),
];

/// Data sources whose deleted rows an export refuses (error 90017).
const DELETED_NOT_EXPORTED: [&str; 18] = [
    "AccountingCode",
    "AccountingPeriod",
    "BookingTransaction",
    "CalloutHistory",
    "ContactSnapshot",
    "DiscountAppliedMetrics",
    "EmailHistory",
    "HpmCaptchaValidationResult",
    "PaymentGatewayReconciliationEventLog",
    "PaymentMethodTransactionLog",
    "PaymentReconciliationJob",
    "PaymentReconciliationLog",
    "PaymentTransactionLog",
    "ProcessedUsage",
    "RefundTransactionLog",
    "SmartPreventionAudit",
    "UpdaterBatch",
    "UpdaterDetail",
];

/// Rows of an object that nobody has counted and nobody knows.
const TYPICAL_ROWS: u64 = 10_000;

/// The table of an object of this API name.
pub(super) fn table_name(api: &str) -> String {
    RENAMED
        .iter()
        .find(|(renamed, _)| renamed.eq_ignore_ascii_case(api))
        .map_or_else(|| api.to_ascii_lowercase(), |(_, name)| (*name).to_owned())
}

/// Which rows the table holds.
pub(super) fn rows(object: &str) -> String {
    format!(
        "Every row of {object} that is not deleted; a statement that names the column deleted also gets deleted ones."
    )
}

/// A table of which no more than the name is known.
pub(super) fn empty(name: &str) -> Table {
    Table {
        name: name.to_owned(),
        about: "An object of this tenant that the bundled catalogue does not know.".to_owned(),
        rows: rows(name),
        key: None,
        typical_rows: TYPICAL_ROWS,
        columns: Vec::new(),
        drop: Vec::new(),
        ignore: Vec::new(),
        reads: Vec::new(),
        tail: None,
        count: None,
        needs: None,
        own_sign_in: false,
        unconfirmed: false,
        remote: Some(Remote::default()),
        child: None,
    }
}

/// A column; `api` is its name in Zuora's other interfaces.
pub(super) fn column(name: &str, kind: Type, api: Option<&str>, refers: Option<&str>) -> Column {
    let refers = refers.filter(|_| kind == Type::Text);
    let about = match (api, refers) {
        (Some(api), Some(table)) => Some(format!("{api}: refers to {table}.id")),
        (Some(api), None) => Some(api.to_owned()),
        (None, Some(table)) => Some(format!("Refers to {table}.id")),
        (None, None) => None,
    };
    Column {
        name: name.to_owned(),
        kind,
        path: Vec::new(),
        reference: refers.map(str::to_owned),
        values: Vec::new(),
        about,
        sideload: None,
        pseudo: false,
        custom: false,
        labels: Default::default(),
        search: None,
    }
}

/// Gives a table whose columns are known its key and the flag of deleted rows, in place of those it may have.
pub(super) fn complete(table: &mut Table) {
    table.key = table.column("id").map(|column| column.name.clone());
    table.columns.retain(|column| column.name != DELETED);
    let Some(remote) = &mut table.remote else {
        return;
    };
    let before = remote.fields.remove(DELETED).unwrap_or_default();
    let field = RemoteField {
        data_query: remote.data_query.as_ref().map(|_| "boolean".to_owned()),
        // What an export is asked for is no field but a column that it adds under this name.
        export: remote
            .export
            .as_deref()
            .filter(|source| {
                !DELETED_NOT_EXPORTED
                    .iter()
                    .any(|other| other.eq_ignore_ascii_case(source))
            })
            .map(|_| DELETED.to_owned()),
        indexed: before.indexed,
    };
    if field.data_query.is_none() && field.export.is_none() {
        return;
    }
    remote.fields.insert(DELETED.to_owned(), field);
    let about = "Whether the row was deleted; a statement that names it also gets deleted rows, which Zuora keeps for 30 days.";
    table.columns.push(Column {
        pseudo: true,
        custom: false,
        labels: Default::default(),
        ..column(DELETED, Type::Boolean, Some(about), None)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_data_query() {
        let cases = [
            ("Account", "account"),
            ("Order", "orders"),
            ("order", "orders"),
            ("OrderAction", "orderaction"),
            ("EmailHistory", "notificationhistoryemail"),
        ];
        for (api, wanted) in cases {
            assert_eq!(table_name(api), wanted);
        }
    }

    #[test]
    fn deleted_rows_are_exported_where_they_can_be() {
        let cases = [
            (Some("account"), Some("Account"), Some((true, true))),
            (Some("usage"), None, Some((true, false))),
            (
                Some("processedusage"),
                Some("ProcessedUsage"),
                Some((true, false)),
            ),
            (None, Some("Account"), Some((false, true))),
            (None, Some("UpdaterBatch"), None),
            (None, None, None),
        ];
        for (data_query, export, wanted) in cases {
            let mut table = empty("x");
            let remote = table.remote.as_mut().unwrap();
            remote.data_query = data_query.map(str::to_owned);
            remote.export = export.map(str::to_owned);
            complete(&mut table);
            let remote = table.remote.as_ref().unwrap();
            let found = remote
                .fields
                .get(DELETED)
                .map(|field| (field.data_query.is_some(), field.export.is_some()));
            assert_eq!(found, wanted, "{data_query:?} {export:?}");
            assert_eq!(table.column(DELETED).is_some(), wanted.is_some());
        }
    }
}
