//! Seconds since 1970 as the account's only unit of time, and their ISO 8601 form. It refuses anything finer:
//! the vendor's stamps are whole seconds.

use chrono::{DateTime, Utc};

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

/// The system clock in milliseconds.
pub(crate) fn now_millis() -> i64 {
    Utc::now().timestamp_millis()
}

/// `2026-01-02T03:04:05Z` without any allocation; years 0 to 9999.
pub(crate) fn iso(epoch: i64) -> [u8; 20] {
    let days = epoch.div_euclid(DAY);
    let second = epoch.rem_euclid(DAY);
    let (year, month, day) = civil(days);
    let mut text = *b"0000-00-00T00:00:00Z";
    let mut put = |at: usize, value: i64, width: usize| {
        let mut rest = value;
        for slot in (at..at + width).rev() {
            text[slot] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
    };
    put(0, year, 4);
    put(5, month, 2);
    put(8, day, 2);
    put(11, second / HOUR, 2);
    put(14, second % HOUR / MINUTE, 2);
    put(17, second % MINUTE, 2);
    text
}

pub(crate) fn iso_text(epoch: i64) -> String {
    String::from_utf8_lossy(&iso(epoch)).into_owned()
}

pub(crate) fn date_text(epoch: i64) -> String {
    iso_text(epoch)[..10].to_owned()
}

/// Any RFC 3339 time as epoch seconds.
pub(crate) fn parse(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|time| time.timestamp())
}

/// Year, month and day of a day number (the era arithmetic of the proleptic Gregorian calendar).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_agrees_with_chrono() {
        for epoch in [
            0,
            951_782_400,
            951_868_799,
            1_709_164_800,
            1_767_225_599,
            1_767_225_600,
            4_102_444_799,
        ] {
            let expected = DateTime::from_timestamp(epoch, 0)
                .map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string());
            assert_eq!(Some(iso_text(epoch)), expected);
            assert_eq!(parse(&iso_text(epoch)), Some(epoch));
        }
    }
}
