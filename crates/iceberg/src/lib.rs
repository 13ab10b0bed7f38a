//! Tables of Apache Iceberg in a REST catalog: a commit appends files and moves marks, which are properties of
//! the table. No type of Arrow passes through.
#![cfg(feature = "engine")]

mod catalog;
mod guard;
mod table;

pub use catalog::{Catalog, Place};
pub use table::Table;
