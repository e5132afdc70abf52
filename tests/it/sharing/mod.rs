//! Many share one refresh token that is good for a single use: it is spent once, whoever dies meanwhile and whatever the
//! token endpoint answers.

mod desk;
mod kills;
mod load;
mod trouble;
