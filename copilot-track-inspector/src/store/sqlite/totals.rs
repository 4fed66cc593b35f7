//! The `totals` table, which has one row.

use rusqlite::Connection;

use crate::{numbers::totals::Totals, store::error::StoreError};

pub(super) fn read(connection: &Connection) -> Result<Totals, StoreError> {
    let json: String = connection
        .prepare_cached("SELECT json FROM totals")?
        .query_row([], |row| row.get(0))?;
    Ok(serde_json::from_str(&json)?)
}

pub(super) fn save(connection: &Connection, totals: &Totals) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE totals SET json = ?")?
        .execute([serde_json::to_string(totals)?])?;
    Ok(())
}
