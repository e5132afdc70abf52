//! The wanted paths of an object as a tree, compiled once per scan.
//!
//! A node knows which *cell* takes its value. Cells are numbered from the outside in, so the cells
//! below a node are a range: a key that appears twice clears what its first appearance left.

use std::ops::Range;

/// A key of the answer on the way to wanted values.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The path from the object, for messages: `via.source`.
    pub(super) path: String,
    /// Takes the value itself.
    pub(super) cell: Option<usize>,
    /// It is a list, and what lies below it are values of its items, by their ids.
    pub(super) listed: bool,
    /// The cells of this node and everything below it.
    pub(super) cells: Range<usize>,
    /// Sorted by the length of their keys.
    children: Vec<(String, Self)>,
    /// Where the children with keys of a length begin; one more than the longest, twice.
    lengths: Vec<usize>,
}

impl Node {
    /// The tree of these paths; the empty path is the object itself.
    pub(super) fn compile<'a>(paths: impl IntoIterator<Item = &'a [String]>) -> Self {
        let mut root = Self::default();
        for path in paths {
            let mut node = &mut root;
            for key in path {
                let item = item_id(key);
                node.listed |= item.is_some();
                node = node.grow(item.unwrap_or(key));
            }
            node.cell = Some(0);
        }
        let mut next = 0;
        root.number(&mut next);
        root
    }

    fn grow(&mut self, key: &str) -> &mut Self {
        let at = match self.children.iter().position(|(known, _)| known == key) {
            Some(at) => at,
            None => {
                let path = match (self.path.as_str(), self.listed) {
                    ("", _) => key.to_owned(),
                    (path, false) => format!("{path}.{key}"),
                    (path, true) => format!("{path}[{key}]"),
                };
                let child = Self {
                    path,
                    ..Self::default()
                };
                self.children.push((key.to_owned(), child));
                self.children.len() - 1
            }
        };
        &mut self.children[at].1
    }

    fn number(&mut self, next: &mut usize) {
        self.children.sort_by_key(|(key, _)| key.len());
        let longest = self.children.last().map_or(0, |(key, _)| key.len());
        self.lengths = (0..=longest + 1)
            .map(|length| self.children.partition_point(|(key, _)| key.len() < length))
            .collect();
        let first = *next;
        if let Some(cell) = &mut self.cell {
            *cell = *next;
            *next += 1;
        }
        for (_, child) in &mut self.children {
            child.number(next);
        }
        self.cells = first..*next;
    }

    /// Nothing below this node is wanted.
    pub(super) fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }

    /// The node under a key. Most keys of an answer are not wanted, and most of those differ in length.
    #[inline]
    pub(super) fn child(&self, key: &str) -> Option<&Self> {
        let (&from, &to) = (
            self.lengths.get(key.len())?,
            self.lengths.get(key.len() + 1)?,
        );
        self.children[from..to]
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, node)| node)
    }

    /// The cell of a path.
    pub(super) fn cell_of(&self, path: &[String]) -> Option<usize> {
        path.iter()
            .try_fold(self, |node, key| node.child(item_id(key).unwrap_or(key)))?
            .cell
    }
}

/// `7` of `[7]`.
fn item_id(key: &str) -> Option<&str> {
    key.strip_prefix('[')?.strip_suffix(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('.')
            .filter(|key| !key.is_empty())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn paths_lead_to_their_cells() {
        let texts = [
            "id",
            "via",
            "via.channel",
            "via.source.rel",
            "",
            "tags",
            "type",
            "id",
        ];
        let paths: Vec<_> = texts.iter().map(|text| path(text)).collect();
        let root = Node::compile(paths.iter().map(Vec::as_slice));
        let mut cells: Vec<_> = paths
            .iter()
            .map(|path| root.cell_of(path).unwrap())
            .collect();
        assert_eq!(cells[0], cells[7]);
        cells.pop();
        cells.sort_unstable();
        assert_eq!(cells, (0..7).collect::<Vec<_>>());
        assert_eq!(root.cells, 0..7);
        let via = root.child("via").unwrap();
        assert_eq!(via.cells.len(), 3);
        assert_eq!(
            via.child("source").unwrap().child("rel").unwrap().path,
            "via.source.rel"
        );
        for missing in ["", "i", "ids", "tagz", "a key longer than all others"] {
            assert!(root.child(missing).is_none(), "{missing}");
        }
        assert_eq!(root.cell_of(&path("via.source")), None);
        assert_eq!(root.cell_of(&path("via.channel.x")), None);
    }

    #[test]
    fn nothing_wanted_is_a_leaf() {
        let root = Node::compile([]);
        assert!(root.is_leaf());
        assert!(root.child("").is_none());
        assert!(root.child("id").is_none());
    }
}
