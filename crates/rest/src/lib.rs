//! The only crate that opens outgoing sockets: HTTP, sign-in, rate limits, the paging loop, the request log.
