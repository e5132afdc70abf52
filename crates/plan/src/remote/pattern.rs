//! A LIKE pattern, taken apart, because languages disagree on how a wildcard is escaped.

/// A pattern as a sequence of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// These very characters.
    Text(String),
    /// `_`: one character.
    One,
    /// `%`: any characters, or none.
    Run,
}

impl Pattern {
    /// Reads a pattern as the engine does: `escape` before a wildcard or before itself takes its meaning away,
    /// and is an ordinary character anywhere else. Without ESCAPE the engine's escape is the backslash.
    #[must_use]
    pub fn parse(text: &str, escape: Option<char>) -> Self {
        let mut pattern = Self { parts: Vec::new() };
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let escaped = (Some(letter) == escape)
                .then(|| letters.next_if(|next| matches!(next, '%' | '_') || Some(*next) == escape))
                .flatten();
            match (escaped, letter) {
                (Some(plain), _) => pattern.push(plain),
                (None, '%') => pattern.parts.push(Part::Run),
                (None, '_') => pattern.parts.push(Part::One),
                (None, plain) => pattern.push(plain),
            }
        }
        pattern
    }

    /// The parts, no two texts beside each other.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn push(&mut self, letter: char) {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            text.push(letter);
        } else {
            self.parts.push(Part::Text(letter.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_as_the_engine_reads_them() {
        let text = |text: &str| Part::Text(text.to_owned());
        let cases = [
            ("a%", Some('\\'), vec![text("a"), Part::Run]),
            (
                "_b%%",
                Some('\\'),
                vec![Part::One, text("b"), Part::Run, Part::Run],
            ),
            (r"50\%\_\\", Some('\\'), vec![text(r"50%_\")]),
            (r"a\b\", Some('\\'), vec![text(r"a\b\")]),
            (r"a\%", None, vec![text(r"a\"), Part::Run]),
            ("a!%!!%", Some('!'), vec![text("a%!"), Part::Run]),
            ("", None, vec![]),
        ];
        for (pattern, escape, parts) in cases {
            assert_eq!(Pattern::parse(pattern, escape).parts(), parts, "{pattern}");
        }
    }
}
