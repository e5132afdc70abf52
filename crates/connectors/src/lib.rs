//! The vendors as data: one TOML file per table, embedded or loaded from a folder.
