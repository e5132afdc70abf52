//! Values that stand elsewhere: `${VARIABLE}`, and `file:PATH` for secrets. Only config files and environment variables refer;
//! on a command line the shell does it.

use std::path::{Path, PathBuf};

use crate::error::{Error, Kind};
use crate::property::{Setting, Source, find};

/// Whether the setting is a secret that stands where it is written.
pub(super) fn is_literal_secret(setting: &Setting) -> bool {
    find(&setting.name).is_some_and(|property| property.is_secret())
        && Target::of(setting).is_none()
}

/// Where a value stands.
enum Target<'a> {
    Variable(&'a str),
    File(&'a str),
}

impl<'a> Target<'a> {
    fn of(setting: &'a Setting) -> Option<Self> {
        if !matches!(
            setting.source,
            Source::Environment { .. } | Source::File { .. }
        ) {
            return None;
        }
        let value = setting.value.trim();
        let variable = value
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = variable {
            return Some(Self::Variable(name.trim()));
        }
        let secret = find(&setting.name).is_some_and(|property| property.is_secret());
        let path = value.strip_prefix("file:").filter(|_| secret)?;
        Some(Self::File(path.trim()))
    }
}

/// The setting with the value that it stands for.
///
/// # Errors
/// `Config` if the variable is not set or the file cannot be read, or if either is empty.
pub(super) fn resolve(
    setting: &Setting,
    environment: &[(String, String)],
) -> Result<Setting, Error> {
    let with = |value: String, source: Source| Setting {
        name: setting.name.clone(),
        value,
        source,
    };
    let Some(target) = Target::of(setting) else {
        return Ok(with(setting.value.clone(), setting.source.clone()));
    };
    let wrong = |message: String, hint: String| {
        Error::new(Kind::Config, message)
            .with_context("given in", setting.source.to_string())
            .with_hint(hint)
    };
    let (value, to) = match target {
        Target::Variable(name) => {
            let value = environment.iter().find(|(other, _)| other == name);
            let value = value.map(|(_, value)| value.clone()).ok_or_else(|| {
                let message = format!(
                    "`{}` refers to the environment variable {name}, which is not set",
                    setting.name
                );
                wrong(message, format!("run export {name}=…"))
            })?;
            (value, format!("${{{name}}}"))
        }
        Target::File(path) => {
            let path = beside(Path::new(path), &setting.source);
            let value = std::fs::read_to_string(&path).map_err(|error| {
                let message = format!(
                    "`{}` refers to the file {}, which cannot be read: {error}",
                    setting.name,
                    path.display()
                );
                wrong(
                    message,
                    "write the value into that file, and nothing else".to_owned(),
                )
            })?;
            (
                value.trim_end_matches(['\n', '\r']).to_owned(),
                format!("file:{}", path.display()),
            )
        }
    };
    if value.trim().is_empty() {
        let message = format!("`{}` refers to {to}, which is empty", setting.name);
        return Err(wrong(message, "put the value there".to_owned()));
    }
    let source = Source::Reference {
        to,
        by: Box::new(setting.source.clone()),
    };
    Ok(with(value, source))
}

/// Paths of a config file start from its folder.
fn beside(path: &Path, source: &Source) -> PathBuf {
    match source {
        Source::File { path: config, .. } => config
            .parent()
            .map_or_else(|| path.to_owned(), |folder| folder.join(path)),
        _ => path.to_owned(),
    }
}
