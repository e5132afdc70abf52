//! Ids that are texts: ULIDs and UUIDs, unique because the row's number is part of them. It refuses to be read back.

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 26 letters: a moment, then `number`, then chance.
pub(crate) fn ulid(at: i64, number: u64, bits: u64) -> String {
    let mut text = String::with_capacity(26);
    for (value, length) in [(at.unsigned_abs() * 1_000, 10), (number, 8), (bits, 8)] {
        for place in (0..length).rev() {
            text.push(char::from(LETTERS[(value >> (place * 5)) as usize & 31]));
        }
    }
    text
}

/// 36 characters that end with `number`.
pub(crate) fn uuid(number: u64, bits: u64) -> String {
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        bits >> 32,
        bits >> 16 & 0xffff,
        bits >> 4 & 0xfff,
        bits & 0xfff,
        number & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_make_ids_unique() {
        assert_eq!(ulid(1_700_000_000, 7, 9).len(), 26);
        assert_ne!(ulid(1_700_000_000, 7, 9), ulid(1_700_000_000, 8, 9));
        assert_eq!(uuid(7, u64::MAX).len(), 36);
        assert_ne!(uuid(7, 9), uuid(8, 9));
    }
}
