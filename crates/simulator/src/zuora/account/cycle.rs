//! How many children each parent has, as a repeating pattern: it can be walked from a parent to its children and back by
//! arithmetic alone, so that neither list is ever held. It refuses to look random; what has to, is drawn with dice.

/// A pattern of family sizes that repeats for ever.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cycle(pub(super) &'static [u32]);

impl Cycle {
    fn sum(self) -> u32 {
        self.0.iter().sum()
    }

    /// The number of children of one parent.
    pub(super) fn size(self, parent: u32) -> u32 {
        self.0[parent as usize % self.0.len()]
    }

    /// The index of a parent's first child, which is the number of children that earlier parents have.
    pub(super) fn first(self, parent: u32) -> u32 {
        let length = self.0.len() as u32;
        let rest = (parent % length) as usize;
        parent / length * self.sum() + self.0[..rest].iter().sum::<u32>()
    }

    /// The parent of a child, and the child's place among its siblings.
    pub(super) fn locate(self, child: u32) -> (u32, u32) {
        let mut parent = child / self.sum() * self.0.len() as u32;
        let mut place = child % self.sum();
        for size in self.0 {
            if place < *size {
                break;
            }
            place -= size;
            parent += 1;
        }
        (parent, place)
    }

    /// How many parents it takes until there are so many children.
    pub(super) fn parents(self, children: u32) -> u32 {
        children
            .checked_sub(1)
            .map_or(0, |last| self.locate(last).0 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_found_by_its_parent_and_back() {
        for pattern in [&[1_u32, 3, 2][..], &[1, 1, 0, 2], &[4], &[0, 0, 5]] {
            let cycle = Cycle(pattern);
            let mut child = 0;
            for parent in 0..40 {
                assert_eq!(cycle.first(parent), child, "{pattern:?} {parent}");
                for place in 0..cycle.size(parent) {
                    assert_eq!(cycle.locate(child), (parent, place), "{pattern:?} {child}");
                    assert_eq!(cycle.parents(child + 1), parent + 1);
                    child += 1;
                }
            }
            assert_eq!(cycle.parents(0), 0);
        }
    }
}
