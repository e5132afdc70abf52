//! Streams of rows that tell how they failed.
//!
//! Arrow's stream in C knows an error number and a text. ADBC 1.1 asks the driver for the whole error of a stream; the
//! exporter does not answer that, so the streams of statements are wrapped here.

use std::cell::RefCell;
use std::ffi::{CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{null, null_mut};

use adbc_core::constants::{ADBC_ERROR_VENDOR_CODE_PRIVATE_DATA, ADBC_STATUS_OK};
use adbc_core::error::AdbcStatusCode;
use adbc_ffi::{FFI_AdbcDriver, FFI_AdbcError, FFI_AdbcStatement, FFIDriver as _};
use arrow::array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow::array::ffi_stream::FFI_ArrowArrayStream;

use crate::driver::Driver;
use crate::rows::LastFailure;
use crate::work::lock;

thread_local! {
    /// Where the stream will leave its failure that this thread has just begun. The exporter passes a reader on as a C
    /// stream only; nothing else connects the two.
    static ANNOUNCED: RefCell<Option<LastFailure>> = const { RefCell::new(None) };
}

/// Tells where the rows that begin now will leave their failure.
pub(crate) fn announce(failure: LastFailure) {
    ANNOUNCED.with(|place| *place.borrow_mut() = Some(failure));
}

/// Puts in what the exporter leaves out.
pub(super) fn complete(functions: &mut FFI_AdbcDriver) {
    functions.StatementExecuteQuery = Some(execute);
    functions.ErrorFromArrayStream = Some(failure_of);
}

/// A stream of the exporter with the place of its failure.
struct Told {
    rows: FFI_ArrowArrayStream,
    failure: LastFailure,
    /// The failure in C's form, once there is one.
    error: Option<FFI_AdbcError>,
    text: Option<CString>,
}

unsafe extern "C" fn execute(
    statement: *mut FFI_AdbcStatement,
    out: *mut FFI_ArrowArrayStream,
    affected: *mut i64,
    error: *mut FFI_AdbcError,
) -> AdbcStatusCode {
    ANNOUNCED.with(|place| place.borrow_mut().take());
    let functions = Driver::ffi_driver();
    let Some(exported) = functions.StatementExecuteQuery else {
        return adbc_core::error::Status::Internal.into();
    };
    // SAFETY: the caller's pointers are passed on as they are.
    let status = unsafe { exported(statement, out, affected, error) };
    let failure = ANNOUNCED.with(|place| place.borrow_mut().take());
    if status != ADBC_STATUS_OK || out.is_null() {
        return status;
    }
    let Some(failure) = failure else {
        return status;
    };
    // SAFETY: the exporter has written a stream there; it moves into the wrapper, which takes its place.
    unsafe {
        let rows = std::ptr::read_unaligned(out);
        std::ptr::write_unaligned(out, wrapped(rows, failure));
    }
    status
}

fn wrapped(rows: FFI_ArrowArrayStream, failure: LastFailure) -> FFI_ArrowArrayStream {
    let told = Box::new(Told {
        rows,
        failure,
        error: None,
        text: None,
    });
    let mut stream = FFI_ArrowArrayStream::empty();
    stream.get_schema = Some(get_schema);
    stream.get_next = Some(get_next);
    stream.get_last_error = Some(get_last_error);
    stream.release = Some(release);
    stream.private_data = Box::into_raw(told).cast::<c_void>();
    stream
}

/// What stands behind a stream of ours.
///
/// # Safety
/// `stream` must be null or point to a stream whose private data is a [`Told`] that nobody else uses at the moment.
unsafe fn behind<'a>(stream: *mut FFI_ArrowArrayStream) -> Option<&'a mut Told> {
    // SAFETY: as promised by the caller.
    unsafe { stream.as_mut()?.private_data.cast::<Told>().as_mut() }
}

unsafe extern "C" fn get_schema(
    stream: *mut FFI_ArrowArrayStream,
    out: *mut FFI_ArrowSchema,
) -> c_int {
    // SAFETY: only streams of `wrapped` have this function.
    let Some(told) = (unsafe { behind(stream) }) else {
        return INVALID;
    };
    match told.rows.get_schema {
        // SAFETY: the inner stream is alive as long as the wrapper is.
        Some(get_schema) => unsafe { get_schema(&mut told.rows, out) },
        None => INVALID,
    }
}

unsafe extern "C" fn get_next(
    stream: *mut FFI_ArrowArrayStream,
    out: *mut FFI_ArrowArray,
) -> c_int {
    // SAFETY: only streams of `wrapped` have this function.
    let Some(told) = (unsafe { behind(stream) }) else {
        return INVALID;
    };
    match told.rows.get_next {
        // SAFETY: the inner stream is alive as long as the wrapper is.
        Some(get_next) => unsafe { get_next(&mut told.rows, out) },
        None => INVALID,
    }
}

unsafe extern "C" fn get_last_error(stream: *mut FFI_ArrowArrayStream) -> *const c_char {
    // SAFETY: only streams of `wrapped` have this function.
    let Some(told) = (unsafe { behind(stream) }) else {
        return null();
    };
    let text = lock(&told.failure)
        .as_ref()
        .and_then(|failure| CString::new(failure.message.clone()).ok());
    if let Some(text) = text {
        return told.text.insert(text).as_ptr();
    }
    match told.rows.get_last_error {
        // SAFETY: the inner stream is alive as long as the wrapper is.
        Some(get_last_error) => unsafe { get_last_error(&mut told.rows) },
        None => null(),
    }
}

unsafe extern "C" fn release(stream: *mut FFI_ArrowArrayStream) {
    // SAFETY: whoever releases a stream passes it, and nobody uses it from then on.
    let Some(stream) = (unsafe { stream.as_mut() }) else {
        return;
    };
    let data = std::mem::replace(&mut stream.private_data, null_mut()).cast::<Told>();
    stream.get_schema = None;
    stream.get_next = None;
    stream.get_last_error = None;
    stream.release = None;
    if !data.is_null() {
        // A panic must not unwind into C.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the data is what `wrapped` put there, once.
            drop(unsafe { Box::from_raw(data) });
        }));
    }
}

unsafe extern "C" fn failure_of(
    stream: *mut FFI_ArrowArrayStream,
    status: *mut AdbcStatusCode,
) -> *const FFI_AdbcError {
    // SAFETY: the caller passes null or a stream of this driver; those of metadata have other functions and no failure.
    let ours = unsafe { stream.as_ref() }
        .and_then(|stream| stream.release)
        .is_some_and(|its| its as usize == release as unsafe extern "C" fn(_) as usize);
    if !ours {
        return null();
    }
    // SAFETY: its release function says that it is one of `wrapped`.
    let Some(told) = (unsafe { behind(stream) }) else {
        return null();
    };
    let Some(failure) = lock(&told.failure).clone() else {
        return null();
    };
    let code = failure.status.into();
    let Ok(mut error) = FFI_AdbcError::try_from(failure) else {
        return null();
    };
    error.vendor_code = ADBC_ERROR_VENDOR_CODE_PRIVATE_DATA;
    if !status.is_null() {
        // SAFETY: the caller's place for a status.
        unsafe { status.write(code) };
    }
    told.error.insert(error)
}

/// `EINVAL`: a stream that was released.
const INVALID: c_int = 22;
