//! Believable SaaS accounts over HTTP: an independent witness for tests, demos and benches.
