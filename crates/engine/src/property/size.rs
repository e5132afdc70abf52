//! Amounts of memory as people write them.

use crate::error::{Error, Kind};

/// Reads an amount of memory: `512MB`, `2 GiB`, or plain bytes.
///
/// # Errors
/// `Config` if it is none, or less than the 16 MB that a statement needs.
pub fn bytes(text: &str) -> Result<usize, Error> {
    const LEAST: usize = 16 << 20;
    let trimmed = text.trim();
    let split = trimmed
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(split);
    let shift = match unit.trim().to_lowercase().as_str() {
        "" | "b" => Some(0),
        "k" | "kb" | "kib" => Some(10),
        "m" | "mb" | "mib" => Some(20),
        "g" | "gb" | "gib" => Some(30),
        _ => None,
    };
    let size = shift.and_then(|shift| number.parse::<usize>().ok()?.checked_mul(1 << shift));
    match size {
        Some(size) if size >= LEAST => Ok(size),
        Some(_) => Err(Error::new(
            Kind::Config,
            format!("MemoryLimit = `{text}` is too little"),
        )
        .with_hint("give at least 16MB")),
        None => Err(Error::new(
            Kind::Config,
            format!("MemoryLimit = `{text}` is no amount of memory"),
        )
        .with_hint("write a number with KB, MB or GB, e.g. 512MB")),
    }
}
