//! Faults of queries: each strikes as often as it says, then things go well.
