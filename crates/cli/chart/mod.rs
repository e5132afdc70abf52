//! Charts of results: what is drawn is decided here once, for the terminal and for pages.
//!
//! A chart says what it shows and what it leaves out. It never guesses silently: columns that are not named are chosen by
//! their types, and the title names them.

mod figure;
mod gather;
mod periods;
mod screen;
mod vector;

pub(crate) use gather::{Gathered, Wish};
pub(crate) use screen::draw;
pub(crate) use vector::{STYLE, svg};
