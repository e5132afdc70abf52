//! A line for each column: for rows that are wide, and for values that are long.

use unicode_width::UnicodeWidthChar as _;

use super::Screen;
use super::cell::{Columns, NULL, width};

/// However narrow a screen is, a value has room for some words.
const NARROWEST: usize = 20;

/// Names as psql shows them, values as they are; a further line of a value begins under its first. On a screen, lines that
/// are too long go on between words, without the bar that begins a line of the value.
pub(super) struct Expanded {
    names: Vec<String>,
    widest: usize,
    /// What a screen has for values.
    room: Option<usize>,
    count: usize,
}

impl Expanded {
    pub(super) fn new(names: Vec<String>, screen: Option<Screen>) -> Self {
        let widest = names.iter().map(|name| width(name)).max();
        let widest = widest.unwrap_or_default();
        let room = screen.map(|screen| screen.width.saturating_sub(widest + 3).max(NARROWEST));
        Self {
            names,
            widest,
            room,
            count: 0,
        }
    }

    /// The text of rows, which come as columns.
    pub(super) fn rows(&mut self, columns: &Columns, count: usize) -> String {
        let mut text = String::new();
        for row in 0..count {
            self.count += 1;
            let head = format!("-[ row {} ]", self.count);
            let rule = "-".repeat((self.widest + 3).saturating_sub(head.len()));
            text.push_str(&format!("{head}{rule}\n"));
            for (name, column) in self.names.iter().zip(columns) {
                let cell = column.get(row).and_then(Option::as_deref).unwrap_or(NULL);
                let blanks = " ".repeat(self.widest - width(name));
                let indent = " ".repeat(self.widest);
                let mut before = format!("{name}{blanks} | ");
                for line in cell.split('\n') {
                    for part in wrapped(line, self.room) {
                        text.push_str(format!("{before}{part}").trim_end());
                        text.push('\n');
                        before = format!("{indent}   ");
                    }
                    before = format!("{indent} | ");
                }
            }
        }
        text
    }
}

/// The line in parts that fit, cut behind blanks and at letters that are written without any. A word that is too long stays
/// whole: it may be an address that somebody copies.
fn wrapped(line: &str, room: Option<usize>) -> Vec<&str> {
    let Some(room) = room else { return vec![line] };
    let is_wide = |letter: char| letter.width() == Some(2);
    let mut parts = Vec::new();
    let (mut begin, mut cut, mut taken) = (0, 0, 0);
    let mut last = None;
    for (place, letter) in line.char_indices() {
        if last == Some(' ') || is_wide(letter) || last.is_some_and(is_wide) {
            cut = place;
        }
        taken += letter.width().unwrap_or_default();
        if taken > room && cut > begin && letter != ' ' {
            parts.push(&line[begin..cut]);
            begin = cut;
            taken = width(&line[begin..place]) + letter.width().unwrap_or_default();
        }
        last = Some(letter);
    }
    parts.push(&line[begin..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_go_on_between_words() {
        for (line, room, parts) in [
            ("one two three", None, vec!["one two three"]),
            ("one two three", Some(7), vec!["one two ", "three"]),
            ("one two", Some(7), vec!["one two"]),
            ("", Some(7), vec![""]),
            (
                "see https://acme.example/a now",
                Some(7),
                vec!["see ", "https://acme.example/a ", "now"],
            ),
            ("日本語です", Some(6), vec!["日本語", "です"]),
            ("ab日本 cd", Some(5), vec!["ab日", "本 cd"]),
            ("a     b", Some(3), vec!["a     ", "b"]),
        ] {
            assert_eq!(wrapped(line, room), parts, "{line}");
            assert_eq!(wrapped(line, room).concat(), line);
        }
    }
}
