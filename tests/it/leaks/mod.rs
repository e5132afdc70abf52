//! Secrets: looked for in everything that the program writes, shows and keeps, and wherever requests could be led astray.

mod debugging;
mod elsewhere;
mod program;
mod search;
