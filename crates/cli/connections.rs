//! Which connections a command opens, and `zuzen connections`, which shows where each of their properties comes from.

use std::io::Write;
use std::path::PathBuf;

use zuzen_engine::config::{Configuration, FILE, Sources, VARIABLE, unnamed};
use zuzen_engine::property::{Properties, brief};
use zuzen_engine::{Error, Kind};

use crate::arguments::{ConnectionsArguments, Target};
use crate::exit::{Failure, report};
use crate::output::cell::visible;

/// A connection by its name.
pub(crate) type Named = (String, Properties);

/// The connections that were asked for; all that are configured if none was. A command that names all of a connection's
/// properties reads no config file.
pub(crate) fn chosen(targets: &[Target]) -> Result<Vec<Named>, Error> {
    if targets.iter().all(|target| target.name.is_none()) && !targets.is_empty() {
        return targets.iter().map(|target| one(target, None)).collect();
    }
    let configuration = Sources::of_process().read()?;
    if targets.is_empty() {
        let names = configuration.names().into_iter();
        return names.map(|name| configuration.connection(name)).collect();
    }
    let targets = targets.iter();
    targets
        .map(|target| one(target, Some(&configuration)))
        .collect()
}

fn one(target: &Target, configuration: Option<&Configuration>) -> Result<Named, Error> {
    match (&target.name, &target.properties, configuration) {
        (Some(name), Some(text), Some(configuration)) => configuration.overridden(name, text),
        (Some(name), None, Some(configuration)) => configuration.connection(name),
        (_, text, _) => unnamed(text.as_deref().unwrap_or_default()),
    }
}

/// Where saved views are: beside the config file of the project if there is one, else the user's. The demo stands alone.
pub(crate) fn views_folder(is_demo: bool) -> Option<PathBuf> {
    if is_demo {
        return None;
    }
    let sources = Sources::of_process();
    let project = sources
        .working_directory
        .filter(|folder| folder.join(FILE).is_file());
    let user = sources.user_config.map(|folder| folder.join("zuzen"));
    project.or(user).map(|folder| folder.join("views"))
}

/// What to say where there is nothing.
pub(crate) fn nothing() -> Error {
    Error::new(Kind::Config, "there is nothing to connect to").with_hint(format!(
        "try zuzen --demo, set up a connection with zuzen init, or give --connect 'URL=https://<subdomain>.zendesk.com;User=…;ApiToken=…', \
         {VARIABLE}<NAME> in the environment, or [connections.<NAME>] in {FILE}"
    ))
}

/// `zuzen connections`.
pub(crate) fn list(wanted: &ConnectionsArguments, out: &mut impl Write) -> Result<(), Failure> {
    if wanted.properties {
        out.write_all(brief().as_bytes())?;
        return Ok(out.flush()?);
    }
    let mut targets = wanted.connect.clone();
    if targets.is_empty() {
        let configuration = Sources::of_process().read()?;
        let names = configuration.names().into_iter();
        targets.extend(names.map(Target::named));
    }
    if targets.is_empty() {
        return Err(nothing().into());
    }
    let mut failed = None;
    for target in &targets {
        // One that is wrong must not hide the others.
        match chosen(std::slice::from_ref(target)) {
            Ok(connections) => {
                for connection in &connections {
                    out.write_all(described(connection).as_bytes())?;
                }
            }
            Err(error) if failed.is_some() => report(&error),
            Err(error) => failed = Some(error),
        }
    }
    out.flush()?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// The connection with what it was given, a property a line.
fn described((name, properties): &Named) -> String {
    let given: Vec<[String; 3]> = properties
        .shown()
        .filter(|(property, ..)| properties.is_given(property.name))
        .map(|(property, value, source)| {
            let value = visible(&value.unwrap_or_default()).into_owned();
            [property.name.to_owned(), value, source.to_string()]
        })
        .collect();
    let width = |column: usize| {
        let lengths = given.iter().map(|row| row[column].chars().count());
        lengths.max().unwrap_or_default()
    };
    let (names, values) = (width(0), width(1));
    let mut text = format!("{} ({})\n", visible(name), properties.connector());
    for [name, value, source] in &given {
        text.push_str(&format!(
            "  {name:names$}  {value:values$}  {}\n",
            visible(source)
        ));
    }
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_described_without_its_secrets() {
        let text = "Tenant=EUSandbox;OAuthClientId=id;OAuthClientSecret=hush";
        let connection = unnamed(text).unwrap();
        assert_eq!(
            described(&connection),
            "zuora (Zuora)\n\
             \x20 Tenant             EUSandbox  command line\n\
             \x20 OAuthClientId      id         command line\n\
             \x20 OAuthClientSecret  ***        command line\n"
        );
    }
}
