//! `zuzen.toml`: tables `[connections.NAME]` of properties. Whatever else it holds is an error with its line.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{Configured, refer};
use crate::error::{Error, Kind};
use crate::property::{Setting, Source, known};

/// The connections of a config file; none if there is no such file.
///
/// # Errors
/// `Config` if it cannot be read, has other tables or names, or holds a secret and anybody may read it.
pub(super) fn read(path: &Path) -> Result<Vec<Configured>, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            let message = format!("the config file {} cannot be read: {error}", path.display());
            return Err(Error::new(Kind::Config, message)
                .with_hint("make it a readable file of UTF-8 text, or remove it"));
        }
    };
    let connections = Reader { path, text: &text }.connections()?;
    let literal = connections
        .iter()
        .flat_map(|connection| &connection.settings)
        .find(|setting| refer::is_literal_secret(setting));
    match literal {
        Some(setting) if is_readable_by_all(path) => {
            let message = format!(
                "everybody on this machine may read {}, and it holds a secret",
                path.display()
            );
            let hint = format!(
                "run chmod 600 {}, or write {} = \"${{VARIABLE}}\" or \"file:PATH\"",
                path.display(),
                setting.name
            );
            Err(Error::new(Kind::Config, message)
                .with_context("given in", setting.source.to_string())
                .with_hint(hint))
        }
        _ => Ok(connections),
    }
}

#[cfg(unix)]
fn is_readable_by_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    const OTHERS_READ: u32 = 0o004;
    // A file that cannot be looked at any more is treated as the worse one.
    std::fs::metadata(path).map_or(true, |file| file.permissions().mode() & OTHERS_READ != 0)
}

#[cfg(not(unix))]
fn is_readable_by_all(_path: &Path) -> bool {
    // Elsewhere the user's folders are private unless somebody shares them, and there is no mode to tell.
    false
}

/// What a table holds, as it stands in the file: the parser sorts by name.
fn in_order<'t>(
    table: &'t DeTable<'t>,
) -> Vec<(&'t Spanned<DeString<'t>>, &'t Spanned<DeValue<'t>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn connections(&self) -> Result<Vec<Configured>, Error> {
        // The parser's own message would quote the line, which may hold a secret.
        let document = DeTable::parse(self.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            self.wrong(offset, &format!("this is no TOML: {}", error.message()))
                .with_hint("write [connections.NAME], then lines of Property = \"value\"")
        })?;
        let mut found: Vec<Configured> = Vec::new();
        for (key, value) in in_order(document.get_ref()) {
            if key.get_ref() != "connections" {
                let message = format!(
                    "there is no table or key `{}` in a config file",
                    key.get_ref()
                );
                return Err(self
                    .wrong(key.span().start, &message)
                    .with_hint("all it holds is [connections.NAME]"));
            }
            for (name, properties) in in_order(self.table(value, "connections")?) {
                let offset = name.span().start;
                let name = name.get_ref().to_string();
                if found.iter().any(|known| known.is_called(&name)) {
                    let message = format!("two connections are called `{name}`");
                    return Err(self
                        .wrong(offset, &message)
                        .with_hint("case, `-`, `_` and blanks do not tell names apart"));
                }
                let settings = self.settings(&name, properties)?;
                found.push(Configured { name, settings });
            }
        }
        Ok(found)
    }

    fn settings(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<Setting>, Error> {
        let mut settings: Vec<Setting> = Vec::new();
        for (key, value) in in_order(self.table(value, name)?) {
            let offset = key.span().start;
            let source = self.source(offset);
            let property = known(key.get_ref(), &source)?;
            let value = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
                DeValue::Boolean(flag) => flag.to_string(),
                other => {
                    let message =
                        format!("`{}` holds the type {}", property.name, other.type_str());
                    return Err(self
                        .wrong(offset, &message)
                        .with_hint("write a text in quotes, a whole number, true or false"));
                }
            };
            let setting = Setting {
                name: key.get_ref().to_string(),
                value,
                source,
            };
            if settings.iter().any(|other| setting.replaces(other)) {
                let message = format!("`{}` is given twice", property.name);
                return Err(self.wrong(offset, &message).with_hint("remove one of them"));
            }
            settings.push(setting);
        }
        Ok(settings)
    }

    fn table<'t>(
        &self,
        value: &'t Spanned<DeValue<'t>>,
        name: &str,
    ) -> Result<&'t DeTable<'t>, Error> {
        value.get_ref().as_table().ok_or_else(|| {
            self.wrong(value.span().start, &format!("`{name}` is no table"))
                .with_hint("write [connections.NAME], then lines of Property = \"value\"")
        })
    }

    fn source(&self, offset: usize) -> Source {
        let before = self.text.get(..offset).unwrap_or_default();
        Source::File {
            path: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
        }
    }

    fn wrong(&self, offset: usize, message: &str) -> Error {
        Error::new(Kind::Config, message).with_context("given in", self.source(offset).to_string())
    }
}
