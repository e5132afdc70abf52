//! The API as a whole, driven without sockets.
