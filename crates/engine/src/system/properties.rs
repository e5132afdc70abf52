//! `system.connection_properties`: what each connection was told, by whom, and what it takes for granted. Secrets are masked.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::common::Result;

use crate::connection::Connection;
use crate::property::{Property, Source};

/// A row for each property of each connection's connector.
pub(super) fn rows(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let mut all: Vec<(&Connection, &'static Property, Option<String>, &Source)> = Vec::new();
    for connection in connections {
        let shown = connection.properties().shown();
        all.extend(
            shown.map(|(property, value, source)| (connection.as_ref(), property, value, source)),
        );
    }
    let owned = |text: &str| Some(text.to_owned());
    let column = |values: Vec<Option<String>>| -> ArrayRef {
        Arc::new(values.into_iter().collect::<StringArray>())
    };
    let about = |pick: &dyn Fn(&Property) -> Option<String>| {
        column(all.iter().map(|(_, property, ..)| pick(property)).collect())
    };
    let names = all.iter().map(|(connection, ..)| owned(connection.name()));
    let values = all.iter().map(|(_, _, value, _)| value.clone());
    let sources = all.iter().map(|(.., source)| Some(source.to_string()));
    let defaults = all.iter().map(|(connection, property, ..)| {
        let connector = connection.properties().connector();
        property.default_for(connector).map(str::to_owned)
    });
    Ok(RecordBatch::try_from_iter([
        ("connection", column(names.collect())),
        ("property", about(&|property| owned(property.name))),
        ("value", column(values.collect())),
        ("source", column(sources.collect())),
        (
            "category",
            about(&|property| owned(property.category.title())),
        ),
        ("default", column(defaults.collect())),
        ("about", about(&|property| owned(property.about))),
    ])?)
}
