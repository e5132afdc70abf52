//! The declarations, a file for each few categories. To add a property, add a line here and read it where it acts.

mod account;
mod network;
mod session;
mod unneeded;
mod zuora;

use super::Property;

/// All properties, in the order of their categories.
pub fn all() -> impl Iterator<Item = &'static Property> {
    [
        account::ACCOUNT,
        account::SIGN_IN,
        account::OAUTH,
        network::NETWORK,
        session::READING,
        zuora::QUERIES,
        session::SESSION,
        session::LOG,
        unneeded::UNNEEDED,
    ]
    .into_iter()
    .flatten()
}
