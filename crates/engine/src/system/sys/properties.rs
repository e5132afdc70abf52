//! `sys_connection_props`: what a connection was told and takes for granted. Secrets are masked.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;

use crate::connection::Connection;
use crate::property::{Category, Holds, Property};
use crate::system::batch::Batch;

struct Row<'a> {
    connection: &'a Connection,
    property: &'static Property,
    value: Option<String>,
    ordinal: i32,
}

impl Row<'_> {
    fn kind(&self) -> &'static str {
        match self.property.holds {
            Holds::Flag => "bool",
            Holds::Number { .. } => "int",
            _ => "string",
        }
    }
}

/// A row for each property of each connection's connector; the last column says whose it is.
pub(super) fn rows(connections: &[Arc<Connection>]) -> Result<RecordBatch> {
    let mut all = Vec::new();
    for connection in connections {
        let shown = connection.properties().shown().zip(1..);
        all.extend(shown.map(|((property, value, _), ordinal)| Row {
            connection,
            property,
            value,
            ordinal,
        }));
    }
    Batch::of(&all)
        .text("Name", |row| Some(row.property.name))
        .text("ShortDescription", |row| Some(row.property.about))
        .text("Type", |row| Some(row.kind()))
        .text("Default", |row| {
            row.property
                .default_for(row.connection.properties().connector())
        })
        .text("Values", |row| match row.property.holds {
            Holds::Word(words) => Some(words.join(",")),
            Holds::Flag => Some("true,false".to_owned()),
            _ => None,
        })
        .text("Value", |row| row.value.as_deref())
        .text("Required", |_| Some("NO"))
        .text("Category", |row| Some(row.property.category.title()))
        .text("IsSessionProperty", |_| Some("NO"))
        .text("Sensitivity", |row| {
            Some(match row.property.is_secret() {
                true => "PASSWORD",
                false => "NORMAL",
            })
        })
        .text("PropertyName", |row| Some(row.property.name))
        .int("Ordinal", |row| Some(row.ordinal))
        .int("CatOrdinal", |row| {
            let place = Category::ALL
                .iter()
                .position(|category| *category == row.property.category);
            place.and_then(|place| i32::try_from(place + 1).ok())
        })
        .text("Hierarchy", |_| None::<&str>)
        .flag("Visible", |row| !row.property.is_ignored())
        .text("ETC", |_| None::<&str>)
        .text("ConnectionName", |row| Some(row.connection.name()))
        .finish()
}
