//! Which deleted tickets are still listed as such. It refuses to restore them.

use crate::clock::DAY;
use crate::zendesk::account::Account;

/// Since when deleted tickets are still listed. Counted from the anchor, so that a frozen account does not change with the day.
pub(crate) fn recently(account: &Account) -> i64 {
    account.anchor - 30 * DAY
}
