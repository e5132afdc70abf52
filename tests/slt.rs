//! SQL suites over the simulator.
fn main() {}
