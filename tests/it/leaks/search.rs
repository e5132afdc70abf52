//! Looks for secrets in whatever was captured, in the forms that a secret may take on the way.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Long texts are looked for by pieces of this length, so that a shortened one is found, too.
const PIECE: usize = 20;

/// Things that were written somewhere, each with a word on where.
#[derive(Default)]
pub(super) struct Captured(Vec<(String, Vec<u8>)>);

impl Captured {
    pub(super) fn add(&mut self, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        // Many runs say the same.
        if !self.0.iter().any(|(_, known)| *known == bytes) {
            self.0.push((place.into(), bytes));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// Where a secret stands, and in which form.
    pub(super) fn found(&self, secrets: &[String]) -> Vec<String> {
        let forms: Vec<(&String, Vec<String>)> = secrets
            .iter()
            .map(|secret| (secret, forms(secret)))
            .collect();
        let mut found = Vec::new();
        for (place, bytes) in &self.0 {
            let text = String::from_utf8_lossy(bytes);
            for (secret, forms) in &forms {
                let hit = forms.iter().find(|form| text.contains(form.as_str()));
                found.extend(hit.map(|form| format!("{place}: `{form}` of `{secret}`\n{text}")));
            }
        }
        found
    }

    #[track_caller]
    pub(super) fn assert_clean(&self, secrets: &[String]) {
        assert!(self.len() > 0 && !secrets.is_empty());
        let found = self.found(secrets);
        assert!(found.is_empty(), "{} leaks: {}", found.len(), found[0]);
    }
}

/// How a secret may be written: as it is, and as base64, hexadecimal digits, percent signs and lists of bytes.
fn forms(secret: &str) -> Vec<String> {
    assert!(secret.len() >= 12, "`{secret}` could be anything");
    assert!(secret.is_ascii());
    let pieces = match secret.len() {
        length if length <= PIECE => vec![secret],
        length => vec![
            &secret[..PIECE],
            &secret[(length - PIECE) / 2..][..PIECE],
            &secret[length - PIECE..],
        ],
    };
    let mut forms = Vec::new();
    for piece in pieces {
        let bytes = piece.as_bytes();
        forms.push(piece.to_owned());
        for before in 0..3 {
            let base64 = base64(bytes, before);
            forms.push(base64.replace('+', "-").replace('/', "_"));
            forms.push(base64);
        }
        let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        forms.push(hexadecimal.to_uppercase());
        forms.push(hexadecimal);
        forms.push(percent(bytes));
        forms.push(format!("{bytes:?}").trim_matches(['[', ']']).to_owned());
        forms.push(piece.chars().rev().collect());
    }
    forms
}

/// The digits that depend on these bytes alone, if so many others stand before them.
fn base64(bytes: &[u8], before: usize) -> String {
    let bits: Vec<u8> = std::iter::repeat_n(0, before)
        .chain(bytes.iter().copied())
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect();
    let digits = bits.chunks_exact(6).map(|six| {
        let number = six.iter().fold(0, |sum, bit| sum * 2 + usize::from(*bit));
        char::from(ALPHABET[number])
    });
    digits.skip((before * 8).div_ceil(6)).collect()
}

fn percent(bytes: &[u8]) -> String {
    let signs = bytes.iter().map(|byte| match byte.is_ascii_alphanumeric() {
        true => char::from(*byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    signs.collect()
}

#[test]
fn a_planted_secret_is_found_in_every_form() {
    let secret = "correct-horse/battery+staple".to_owned();
    for planted in [
        "token=correct-horse/battery+staple;",
        "shortened: correct-horse/battery…",
        "…horse/battery+staple",
        // `agent@example.com/token:` and the secret, as a header carries them; then with one and two letters before it.
        "Basic YWdlbnRAZXhhbXBsZS5jb20vdG9rZW46Y29ycmVjdC1ob3JzZS9iYXR0ZXJ5K3N0YXBsZQ==",
        "eGNvcnJlY3QtaG9yc2UvYmF0dGVyeStzdGFwbGU=",
        "eHhjb3JyZWN0LWhvcnNlL2JhdHRlcnkrc3RhcGxl",
        "636f72726563742d686f7273652f626174746572792b737461706c65",
        "code=correct%2Dhorse%2Fbattery%2Bstaple&state=x",
        "Secret([99, 111, 114, 114, 101, 99, 116, 45, 104, 111, 114, 115, 101, 47, 98, 97, 116, 116, 101, 114, 121])",
    ] {
        let mut captured = Captured::default();
        captured.add("planted", planted);
        assert_eq!(
            captured.found(std::slice::from_ref(&secret)).len(),
            1,
            "{planted}"
        );
    }
    let mut captured = Captured::default();
    captured.add("clean", "correct horse, Y29ycmVjdCBob3JzZQ==");
    captured.assert_clean(&[secret]);
}
