//! The embeddable SQL engine: session, catalog, scan operator, JSON to Arrow.
