//! The functions in C, as a driver manager calls them.
#![expect(unsafe_code, reason = "the functions are called as C calls them")]

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

use adbc_core::constants::{
    ADBC_ERROR_VENDOR_CODE_PRIVATE_DATA, ADBC_STATUS_INVALID_ARGUMENT, ADBC_STATUS_IO,
    ADBC_STATUS_NOT_IMPLEMENTED, ADBC_STATUS_OK, ADBC_VERSION_1_0_0, ADBC_VERSION_1_1_0,
};
use adbc_driver_zuzen::abi::{AdbcDriverInit, AdbcDriverZuzenInit};
use adbc_ffi::{
    FFI_AdbcConnection, FFI_AdbcDatabase, FFI_AdbcDriver, FFI_AdbcError, FFI_AdbcStatement,
};
use arrow::array::ffi::FFI_ArrowArray;
use arrow::array::ffi_stream::FFI_ArrowArrayStream;
use zuzen_simulator::Faults;

use crate::stage::{address, served};

fn no_error() -> FFI_AdbcError {
    FFI_AdbcError {
        message: null_mut(),
        vendor_code: ADBC_ERROR_VENDOR_CODE_PRIVATE_DATA,
        sqlstate: [0; 5],
        release: None,
        private_data: null_mut(),
        private_driver: null(),
    }
}

fn driver() -> FFI_AdbcDriver {
    let mut driver = MaybeUninit::<FFI_AdbcDriver>::uninit();
    let place = driver.as_mut_ptr().cast();
    // SAFETY: there is room for the table of 1.1, and it is filled in if the status says so.
    unsafe {
        assert_eq!(
            AdbcDriverInit(ADBC_VERSION_1_1_0, place, null_mut()),
            ADBC_STATUS_OK
        );
        driver.assume_init()
    }
}

fn said(text: *const c_char) -> String {
    // SAFETY: texts of errors end with a NUL.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned()
}

#[test]
fn other_versions_are_refused() {
    for version in [ADBC_VERSION_1_0_0, 2_000_000, 0] {
        let (mut error, mut place) = (no_error(), MaybeUninit::<FFI_AdbcDriver>::uninit());
        // SAFETY: as above; nothing is filled in.
        let status = unsafe { AdbcDriverZuzenInit(version, place.as_mut_ptr().cast(), &mut error) };
        assert_eq!(status, ADBC_STATUS_NOT_IMPLEMENTED);
        assert!(said(error.message).contains(&version.to_string()));
    }
    let mut error = no_error();
    // SAFETY: a null pointer is what is tried.
    let status = unsafe { AdbcDriverZuzenInit(ADBC_VERSION_1_1_0, null_mut(), &mut error) };
    assert_eq!(status, ADBC_STATUS_INVALID_ARGUMENT);
}

#[test]
fn a_stream_tells_its_error_in_c() {
    let simulator = served(Faults {
        fail_after: Some(3),
        ..Faults::default()
    });
    let driver = driver();
    let text = |text: &str| CString::new(text).unwrap();
    let (uri, value) = (
        text("uri"),
        text(&format!("{}MaxRetries=0;", address(&simulator))),
    );
    let sql = text("SELECT id FROM ticket_comments WHERE ticket_id < 100");
    // SAFETY: the handles live on the stack until they are released, in the order of the specification.
    unsafe {
        let (mut database, mut connection) = (
            FFI_AdbcDatabase {
                private_data: null_mut(),
                private_driver: null(),
            },
            FFI_AdbcConnection {
                private_data: null_mut(),
                private_driver: null(),
            },
        );
        let mut statement = FFI_AdbcStatement {
            private_data: null_mut(),
            private_driver: null(),
        };
        let mut rows = FFI_ArrowArrayStream::empty();
        let none = null_mut();
        for status in [
            driver.DatabaseNew.unwrap()(&mut database, none),
            driver.DatabaseSetOption.unwrap()(&mut database, uri.as_ptr(), value.as_ptr(), none),
            driver.DatabaseInit.unwrap()(&mut database, none),
            driver.ConnectionNew.unwrap()(&mut connection, none),
            driver.ConnectionInit.unwrap()(&mut connection, &mut database, none),
            driver.StatementNew.unwrap()(&mut connection, &mut statement, none),
            driver.StatementSetSqlQuery.unwrap()(&mut statement, sql.as_ptr(), none),
            driver.StatementExecuteQuery.unwrap()(&mut statement, &mut rows, null_mut(), none),
        ] {
            assert_eq!(status, ADBC_STATUS_OK);
        }
        let of_stream = driver.ErrorFromArrayStream.unwrap();
        let mut status = ADBC_STATUS_OK;
        assert!(of_stream(&mut rows, &mut status).is_null());
        let code = loop {
            let mut batch = FFI_ArrowArray::empty();
            let code = rows.get_next.unwrap()(&mut rows, &mut batch);
            assert!(
                code != 0 || !batch.is_released(),
                "the rows end without an error"
            );
            if code != 0 {
                break code;
            }
        };
        // EIO: the vendor fails.
        assert_eq!(code, 5);
        let error = of_stream(&mut rows, &mut status);
        assert_eq!(status, ADBC_STATUS_IO);
        let message = said((*error).message);
        assert_eq!(said(rows.get_last_error.unwrap()(&mut rows)), message);
        assert!(message.contains("hint: "), "{message}");
        assert!(driver.ErrorGetDetailCount.unwrap()(error) >= 3);
        // A stream of metadata has no error of ours.
        let mut kinds = FFI_ArrowArrayStream::empty();
        driver.ConnectionGetTableTypes.unwrap()(&mut connection, &mut kinds, none);
        assert!(of_stream(&mut kinds, &mut status).is_null());
        drop((rows, kinds));
        driver.StatementRelease.unwrap()(&mut statement, none);
        driver.ConnectionRelease.unwrap()(&mut connection, none);
        driver.DatabaseRelease.unwrap()(&mut database, none);
        assert_ne!(
            driver.DatabaseRelease.unwrap()(&mut database, none),
            ADBC_STATUS_OK
        );
    }
}
