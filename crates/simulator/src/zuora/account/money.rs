//! Amounts of money: whole hundredths of a currency unit, and how a share of them is rounded. It refuses fractions of
//! what a currency can be paid in, and floating point.

/// A currency the tenant bills in.
#[derive(Debug)]
pub(super) struct Currency {
    pub(super) code: &'static str,
    /// What a price of 1,000 of the home currency is here.
    rate: i64,
    /// The smallest payable amount, in hundredths: yen have no fraction.
    pub(super) step: i64,
    /// Tax in hundredths of a per cent.
    pub(super) tax: i64,
    pub(super) country: &'static str,
    pub(super) city: &'static str,
}

pub(super) const CURRENCIES: &[Currency] = &[
    Currency {
        code: "USD",
        rate: 1_000,
        step: 1,
        tax: 725,
        country: "United States",
        city: "Springfield",
    },
    Currency {
        code: "EUR",
        rate: 920,
        step: 1,
        tax: 1_900,
        country: "Germany",
        city: "Köln",
    },
    Currency {
        code: "JPY",
        rate: 149_500,
        step: 100,
        tax: 1_000,
        country: "Japan",
        city: "横浜市",
    },
    Currency {
        code: "GBP",
        rate: 790,
        step: 1,
        tax: 2_000,
        country: "United Kingdom",
        city: "St. Ives",
    },
];

pub(super) const YEN: usize = 2;

impl Currency {
    /// `amount * part / whole`, rounded half away from zero to what can be paid.
    pub(super) fn share(&self, amount: i64, part: i64, whole: i64) -> i64 {
        let (step, exact) = (
            i128::from(self.step) * i128::from(whole),
            i128::from(amount) * i128::from(part),
        );
        let half = if exact < 0 { -step / 2 } else { step / 2 };
        let steps = (exact + half) / step;
        i64::try_from(steps).unwrap_or_default() * self.step
    }

    /// A price of the home currency in this one; never nothing.
    pub(super) fn price(&self, home: i64) -> i64 {
        self.share(home, self.rate, 1_000).max(self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_to_what_can_be_paid() {
        for (currency, amount, part, whole, expected) in [
            (0, 1_050, 1, 100, 11),
            (0, 1_049, 1, 100, 10),
            (0, -1_050, 1, 100, -11),
            (0, -1_049, 1, 100, -10),
            (0, 0, 5, 7, 0),
            (YEN, 12_300, 1, 10, 1_200),
            (YEN, 12_500, 1, 10, 1_300),
            (YEN, -12_500, 1, 10, -1_300),
        ] {
            assert_eq!(
                CURRENCIES[currency].share(amount, part, whole),
                expected,
                "{amount} * {part} / {whole}"
            );
        }
        assert_eq!(CURRENCIES[YEN].code, "JPY");
        assert_eq!(CURRENCIES[YEN].price(1) % 100, 0);
        assert_eq!(CURRENCIES[1].price(1_999), 1_839);
    }
}
