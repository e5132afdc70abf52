//! The ADBC driver of zuzen: a shared library that every language can load.
