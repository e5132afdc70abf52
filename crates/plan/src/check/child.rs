//! Checks of tables that are unnested from others, and of the names that other programs give tables.

use std::collections::HashSet;

use super::{Check, Fault};
use crate::table::{Child, Connector, Table};
use crate::value::Type;

impl Check<'_> {
    /// What it is unnested from must be there, and the file must say how an element becomes columns.
    pub(super) fn check_child(&mut self, child: &Child) {
        let Some(parent) = self.connector.table(&child.of) else {
            self.fault("of", format!("there is no table `{}`", child.of));
            return;
        };
        if parent.child.is_some() || parent.remote.is_some() {
            let message = format!("`{}` is itself read by way of another", parent.name);
            self.fault("of", message);
            return;
        }
        if child.carried.is_empty() {
            let message = "[parent] names at least one column, the key above all".to_owned();
            self.fault("parent", message);
        }
        for (own, origin) in &child.carried {
            if parent.column(origin).is_none() {
                let place = format!("parent.{own}");
                self.fault(&place, unknown(parent, origin));
            }
        }
        let Some(list) = parent.column(&child.list) else {
            self.fault("list", unknown(parent, &child.list));
            return;
        };
        match &list.kind {
            Type::Json => {
                if child.element.is_some() {
                    let message =
                        "elements of JSON are objects: name what lies in them in [columns]";
                    self.fault("element", message.to_owned());
                }
                if self.own_columns(child).next().is_none() {
                    self.fault("columns", "an element has at least one column".to_owned());
                }
            }
            kind => {
                if child.split.is_some() {
                    self.fault("split", "only JSON holds several lists".to_owned());
                }
                let own: Vec<String> = self.own_columns(child).map(str::to_owned).collect();
                for name in own {
                    let message = format!("`{name}`: an element of {kind} has no members");
                    self.fault(&format!("columns.{name}"), message);
                }
                if child.element.is_none() && matches!(kind, Type::List(_)) {
                    let message = "`element` is missing: the column of the element itself";
                    self.fault("list", message.to_owned());
                }
            }
        }
        for column in &self.table.columns {
            if column.pseudo || column.sideload.is_some() || column.search.is_some() {
                let message = "what is unnested is neither searched nor asked for by itself";
                self.faults.push(Fault {
                    table: self.table.name.clone(),
                    place: format!("columns.{}", column.name),
                    message: message.to_owned(),
                });
            }
        }
    }

    /// The columns of [columns].
    fn own_columns(&self, child: &Child) -> impl Iterator<Item = &str> {
        let taken = |name: &str| {
            child.origin(name).is_some()
                || name == Child::POSITION
                || child.element.as_deref() == Some(name)
                || child.split.as_ref().is_some_and(|it| it.column == name)
        };
        let names = self.table.columns.iter().map(|column| column.name.as_str());
        names.filter(move |name| !taken(name))
    }
}

fn unknown(parent: &Table, column: &str) -> String {
    let names = parent.columns.iter().map(|column| column.name.as_str());
    let hint = crate::nearest::nearest(column, names)
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default();
    format!("{} has no column `{column}`{hint}", parent.name)
}

/// A name of another program stands for one thing. A table that is called so goes first, so it does no harm.
pub(super) fn check_aliases(connector: &Connector, faults: &mut Vec<Fault>) {
    let fold = |name: &str| name.to_lowercase().replace('_', "");
    let mut names = HashSet::new();
    for alias in &connector.aliases {
        if !names.insert(fold(&alias.name)) {
            faults.push(Fault {
                table: "connector".to_owned(),
                place: format!("aliases.{}", alias.name),
                message: format!("`{}` stands here twice", alias.name),
            });
        }
    }
}
