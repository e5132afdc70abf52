//! Randomness that is a function of its address: (seed, stream, index) always gives the same numbers, in any order of asking.
//! That is what lets a million tickets exist without being stored. It refuses to be a source of secrets.

/// Scrambles a triple into 64 well-mixed bits (two rounds of the splitmix finaliser).
pub(crate) fn mix(seed: u64, stream: u64, index: u64) -> u64 {
    let first = scramble(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    scramble(
        first
            ^ index
                .wrapping_mul(0xd1b5_4a32_d192_ed03)
                .wrapping_add(0x632b_e59b_d9b4_e019),
    )
}

fn scramble(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A run of numbers that starts at one address.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64, stream: u64, index: u64) -> Self {
        Self(mix(seed, stream, index))
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.0)
    }

    /// A number in `0..bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.roll() % bound }
    }

    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A fraction in `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of the items; the slices of this crate are never empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let at = self.below(items.len() as u64) as usize;
        &items[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_address_same_numbers() {
        let run = |seed, stream, index| {
            let mut dice = Dice::new(seed, stream, index);
            [dice.roll(), dice.roll(), dice.below(10)]
        };
        assert_eq!(run(1, 2, 3), run(1, 2, 3));
        assert_ne!(run(1, 2, 3), run(1, 2, 4));
        assert_ne!(run(1, 2, 3), run(1, 3, 3));
        assert_ne!(run(1, 2, 3), run(2, 2, 3));
    }

    #[test]
    fn chances_are_roughly_right() {
        let mut dice = Dice::new(7, 1, 1);
        let hits = (0..100_000).filter(|_| dice.chance(20)).count();
        assert!((1_700..2_300).contains(&hits), "{hits}");
        let mean = (0..100_000).map(|_| dice.unit()).sum::<f64>() / 100_000.0;
        assert!((0.49..0.51).contains(&mean), "{mean}");
    }
}
