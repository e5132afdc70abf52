//! Search patterns of names: `%` for any letters, `_` for one, `\` before either for itself.

/// A pattern; without one everything fits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pattern {
    parts: Option<Vec<Part>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Letter(char),
}

impl Pattern {
    pub(crate) fn of(text: Option<&str>) -> Self {
        let parts = text.map(|text| {
            let mut parts = Vec::new();
            let mut letters = text.chars();
            while let Some(letter) = letters.next() {
                parts.push(match letter {
                    '%' => Part::Any,
                    '_' => Part::One,
                    '\\' => Part::Letter(fold(letters.next().unwrap_or('\\'))),
                    other => Part::Letter(fold(other)),
                });
            }
            parts
        });
        Self { parts }
    }

    /// Whether a name fits. Case does not matter, as it does not where a statement names a table.
    pub(crate) fn fits(&self, name: &str) -> bool {
        let Some(parts) = &self.parts else {
            return true;
        };
        let name: Vec<char> = name.chars().map(fold).collect();
        // Where to go on when a `%` has taken too little: the part behind it, and the letter it tried last.
        let mut again: Option<(usize, usize)> = None;
        let (mut part, mut letter) = (0, 0);
        loop {
            match parts.get(part) {
                Some(Part::Any) => {
                    part += 1;
                    again = Some((part, letter));
                    continue;
                }
                Some(Part::One) if letter < name.len() => {
                    part += 1;
                    letter += 1;
                    continue;
                }
                Some(Part::Letter(wanted)) if name.get(letter) == Some(wanted) => {
                    part += 1;
                    letter += 1;
                    continue;
                }
                None if letter == name.len() => return true,
                _ => {}
            }
            match again {
                Some((behind, tried)) if tried < name.len() => {
                    again = Some((behind, tried + 1));
                    (part, letter) = (behind, tried + 1);
                }
                _ => return false,
            }
        }
    }
}

fn fold(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn names_fit_patterns_as_like_has_it() {
        for (pattern, name, fits) in [
            ("tickets", "tickets", true),
            ("Tickets", "tickets", true),
            ("ticket", "tickets", false),
            ("ticket%", "tickets", true),
            ("ticket%", "ticket", true),
            ("%", "", true),
            ("", "", true),
            ("", "tickets", false),
            ("%s", "tickets", true),
            ("%e%s%", "side_conversations", true),
            ("%ts", "tttts", true),
            ("%tx", "tttts", false),
            ("ticket_", "tickets", true),
            ("ticket_", "ticket", false),
            ("ticket\\_metrics", "ticket_metrics", true),
            ("ticket\\_metrics", "ticketxmetrics", false),
            ("100\\%", "100%", true),
            ("a%b%c", "a1b2b3c", true),
            ("a%b%c", "a1b2b3", false),
            ("\\", "\\", true),
        ] {
            assert_eq!(
                Pattern::of(Some(pattern)).fits(name),
                fits,
                "{pattern} {name}"
            );
        }
        assert!(Pattern::of(None).fits("anything"));
    }
}
