//! Tables of Apache Iceberg in a REST catalog: a commit adds files, takes others out, and moves marks, which are
//! properties of the table. No type of Arrow passes through.
#![cfg(feature = "engine")]

mod catalog;
mod guard;
mod past;
mod replace;
mod rest;
mod table;

pub use catalog::{Catalog, Place};
pub use table::Table;
