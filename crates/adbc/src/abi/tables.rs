//! Tables for `datafusion-python`, and for whatever else takes DataFusion's tables from other libraries.
//!
//! The Python object that exports one has a method `__datafusion_table_provider__`, which wraps in a capsule what is made here.
//! None of this needs Python.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use adbc_core::constants::ADBC_STATUS_OK;
use adbc_core::error::{AdbcStatusCode, Error, Result, Status};
use adbc_ffi::{FFI_AdbcError, export_error};
use datafusion_ffi::proto::logical_extension_codec::FFI_LogicalExtensionCodec;
use datafusion_ffi::table_provider::FFI_TableProvider;

use crate::failure::refused;
use crate::provider::Kept;
use crate::sessions;

/// The major version of DataFusion whose tables these are. Another one lays them out differently: compare it before all else.
#[unsafe(no_mangle)]
pub extern "C" fn ZuzenDataFusionVersion() -> u64 {
    datafusion_ffi::version()
}

/// Makes a table of a connection for another DataFusion session.
///
/// `session` is what the connection answers for its option `zuzen.session`. `codec` is what the other session's capsule
/// `datafusion_logical_extension_codec` holds. The table is written to `out`; it is the content of a capsule
/// `datafusion_table_provider`, and goes by [`ZuzenTableProviderRelease`].
///
/// Statuses: `INVALID_STATE` for a connection that is closed, `NOT_FOUND` for a connection or table that does not exist,
/// `NOT_IMPLEMENTED` for another major version of DataFusion.
///
/// # Safety
/// The texts must be null or end with a NUL, `codec` must be null or point to a codec of this major version of DataFusion,
/// `out` must be null or have room for a pointer, and `error` be null or an error as `adbc.h` describes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ZuzenTableProvider(
    session: i64,
    connection: *const c_char,
    table: *const c_char,
    codec: *const FFI_LogicalExtensionCodec,
    out: *mut *mut FFI_TableProvider,
    error: *mut FFI_AdbcError,
) -> AdbcStatusCode {
    let made = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: as promised by the caller.
        let (connection, table) = unsafe { (text(connection)?, text(table)?) };
        // SAFETY: as promised by the caller.
        let codec = unsafe { codec.as_ref() }.ok_or_else(|| absent("the session's codec"))?;
        provider(session, connection, table, codec)
    }));
    let made = made.unwrap_or_else(|_| Err(crate::failure::broken()));
    match (made, out.is_null()) {
        (Ok(provider), false) => {
            // SAFETY: there is room for a pointer.
            unsafe { out.write(Box::into_raw(Box::new(provider))) };
            ADBC_STATUS_OK
        }
        (Ok(_), true) => {
            // SAFETY: as promised by the caller.
            unsafe { told(absent("the place of the table"), error) }
        }
        // SAFETY: as promised by the caller.
        (Err(reason), _) => unsafe { told(reason, error) },
    }
}

/// Gives a table back. Sessions that have taken it hold one of their own.
///
/// # Safety
/// `provider` must be null or come from [`ZuzenTableProvider`], and must not be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ZuzenTableProviderRelease(provider: *mut FFI_TableProvider) {
    if !provider.is_null() {
        // A panic must not unwind into C.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the caller promises that it is one of ours, for the last time.
            drop(unsafe { Box::from_raw(provider) });
        }));
    }
}

fn provider(
    session: i64,
    connection: &str,
    table: &str,
    codec: &FFI_LogicalExtensionCodec,
) -> Result<FFI_TableProvider> {
    let ours = datafusion_ffi::version();
    // SAFETY: the function takes nothing and gives a number.
    let theirs = unsafe { (codec.version)() };
    if ours != theirs {
        return Err(refused(
            Status::NotImplemented,
            format!(
                "the other session is of DataFusion {theirs}, this library of DataFusion {ours}"
            ),
            format!("install a release {ours} of datafusion"),
        ));
    }
    let session = sessions::session(session).ok_or_else(|| {
        refused(
            Status::InvalidState,
            "the connection of this table is closed",
            "open it, and ask it for its option `zuzen.session`",
        )
    })?;
    let handle = session.threads().handle()?;
    let (connection, table) = (connection.to_owned(), table.to_owned());
    let kept = Arc::clone(&session);
    let found = session.wait(&session.under_way().begin(), |_| async move {
        Kept::find(kept, &connection, &table).await
    });
    let found = found.map_err(|error| match error.status {
        // Nothing but the names can be wrong.
        Status::InvalidArguments => Error {
            status: Status::NotFound,
            ..error
        },
        _ => error,
    })?;
    Ok(FFI_TableProvider::new_with_ffi_codec(
        Arc::new(found),
        true,
        Some(handle),
        codec.clone(),
    ))
}

/// # Safety
/// `text` must be null or end with a NUL, and live as long as it is used.
unsafe fn text<'a>(text: *const c_char) -> Result<&'a str> {
    if text.is_null() {
        return Err(absent("the name of a connection or table"));
    }
    // SAFETY: as promised by the caller.
    Ok(unsafe { CStr::from_ptr(text) }.to_str()?)
}

fn absent(what: &str) -> Error {
    refused(
        Status::InvalidArguments,
        format!("{what} is missing"),
        "pass no null pointer",
    )
}

/// # Safety
/// `error` must be null or as `adbc.h` has it.
unsafe fn told(reason: Error, error: *mut FFI_AdbcError) -> AdbcStatusCode {
    let status = reason.status.into();
    // SAFETY: as promised by the caller.
    unsafe { export_error(error, reason) };
    status
}
