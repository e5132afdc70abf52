//! The C interface: the functions that driver managers look up in the shared library.
//!
//! `adbc_ffi` makes the table of functions. What it leaves out is put in here: how a stream that failed tells its status. Beside
//! ADBC there are tables for other DataFusion sessions.
#![expect(
    unsafe_code,
    reason = "C calls these functions, and hands out pointers"
)]

pub(crate) mod failures;
mod tables;

pub use tables::{ZuzenDataFusionVersion, ZuzenTableProvider, ZuzenTableProviderRelease};

use std::os::raw::{c_int, c_void};

use adbc_core::constants::{ADBC_STATUS_OK, ADBC_VERSION_1_1_0};
use adbc_core::error::{AdbcStatusCode, Error, Status};
use adbc_ffi::{FFI_AdbcDriver, FFI_AdbcError, FFIDriver as _, export_error};

use crate::driver::Driver;
use crate::failure::refused;

/// Fills in the table of functions for a driver manager that asks for ADBC 1.1.
///
/// # Safety
/// `driver` must be null or point to room for the table of functions of `version`, `error` must be null or point to an
/// error as `adbc.h` describes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AdbcDriverZuzenInit(
    version: c_int,
    driver: *mut c_void,
    error: *mut FFI_AdbcError,
) -> AdbcStatusCode {
    let refuse = |reason: Error| -> AdbcStatusCode {
        let status = reason.status.into();
        // SAFETY: the caller's `error` is null or as `adbc.h` has it.
        unsafe { export_error(error, reason) };
        status
    };
    if version != ADBC_VERSION_1_1_0 {
        return refuse(refused(
            Status::NotImplemented,
            format!("version {version} of ADBC is not known"),
            format!(
                "this driver speaks ADBC 1.1.0 ({ADBC_VERSION_1_1_0}); managers ask for it first"
            ),
        ));
    }
    if driver.is_null() {
        return refuse(refused(
            Status::InvalidArguments,
            "there is no place for the driver's functions",
            "pass a pointer to an AdbcDriver",
        ));
    }
    let mut functions = Driver::ffi_driver();
    failures::complete(&mut functions);
    // SAFETY: the caller gave room for a table of this version; it may hold anything, so it is not dropped.
    unsafe { std::ptr::write_unaligned(driver.cast::<FFI_AdbcDriver>(), functions) };
    ADBC_STATUS_OK
}

/// The same under the name that managers try when they know no other.
///
/// # Safety
/// As [`AdbcDriverZuzenInit`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn AdbcDriverInit(
    version: c_int,
    driver: *mut c_void,
    error: *mut FFI_AdbcError,
) -> AdbcStatusCode {
    // SAFETY: the caller promises the same.
    unsafe { AdbcDriverZuzenInit(version, driver, error) }
}
