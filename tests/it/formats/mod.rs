//! Files that the command writes and reads: that they are whole, small in memory, and the same to other programs.

mod command;
mod html;
mod kills;
mod memory;
mod peers;
mod shown;
mod texts;
