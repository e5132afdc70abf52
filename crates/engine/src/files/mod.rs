//! Files on this machine: rows written into them, and those that they hold as tables.
//!
//! An [`Encoder`] turns batches into the bytes of a [`Format`], a [`Staged`] file appears under its name only when it is
//! whole. `COPY … TO 'file'` and `FROM 'file'` stand on both. Nothing here opens a network address.

mod access;
mod copy;
mod encode;
mod format;
mod read;
mod staged;
mod zone;

pub(crate) use access::{LocalFiles, refuse_elsewhere};
pub(crate) use copy::{CopyPlanner, Copying, settle as settle_copy, whole as whole_copy};
pub use encode::Encoder;
pub use format::Format;
pub(crate) use format::looks_like_file;
pub(crate) use read::{External, Quoted, is_file};
pub use staged::Staged;
pub use zone::Zone;

use crate::error::{Error, Kind};

/// A file or a folder that cannot be used; what went wrong comes from the system.
fn broken(what: &str, path: &std::path::Path, error: &std::io::Error) -> Error {
    // Where the draft lies is nobody's business.
    let told = error.to_string();
    let told = told.split(" at path ").next().unwrap_or(&told);
    let reason = format!("{what} {}: {told}", path.display());
    let hint = match error.kind() {
        std::io::ErrorKind::NotFound => "check the name; the folder has to exist",
        std::io::ErrorKind::PermissionDenied => {
            "check whose file it is, and who may do what with it"
        }
        std::io::ErrorKind::StorageFull => "make room on the disk, or write to another one",
        _ => "check the file, its folder and its disk",
    };
    Error::new(Kind::Config, reason).with_hint(hint)
}
