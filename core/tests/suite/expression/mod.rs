//! Expressions: every case of the shared table, random texts and values, hostile texts, the page in `docs`.

mod api;
mod corpus;
mod page;
mod properties;
mod table;
