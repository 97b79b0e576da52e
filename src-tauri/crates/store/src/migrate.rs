//! Steps from an older file to the present schema.

use std::path::Path;

use rusqlite::Connection;

use crate::error::StoreError;

/// One file a step; never edited after a release.
const MIGRATIONS: &[&str] =
    &[include_str!("../migrations/0001_first.sql"), include_str!("../migrations/0002_bans.sql")];

/// The version this program writes.
pub(crate) fn newest() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Brings a file up to date, copying it aside first when it holds anything.
pub(crate) fn run(conn: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found: u32 = conn.query_row("pragma user_version", [], |row| row.get(0))?;
    if found > newest() {
        return Err(StoreError::Newer { found, known: newest() });
    }
    if found > 0 && found < newest() {
        copy_aside(conn, path, found)?;
    }
    for (version, sql) in (1_u32..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        let step = conn.transaction()?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", version)?;
        step.commit()?;
    }
    Ok(())
}

fn copy_aside(conn: &Connection, path: &Path, version: u32) -> Result<(), StoreError> {
    // The log must be folded in first, or the copy would lack the newest commits.
    conn.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
    let copy = path.with_extension(format!("v{version}.bak"));
    std::fs::copy(path, &copy).map(|_| ()).map_err(|source| StoreError::CopyAside { path: copy, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(conn: &Connection) -> Vec<(String, String)> {
        let mut statement = conn
            .prepare("select name, sql from sqlite_schema where sql is not null order by name")
            .expect("a schema can be read");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        rows.collect::<Result<_, _>>().expect("text")
    }

    #[test]
    fn the_page_of_truth_is_what_the_migrations_make() {
        let page = Connection::open_in_memory().expect("memory");
        page.execute_batch(include_str!("../schema.sql")).expect("the page is valid SQL");
        let mut steps = Connection::open_in_memory().expect("memory");
        run(&mut steps, Path::new("unused")).expect("migrations run");

        assert_eq!(shape(&page), shape(&steps));
    }

    #[test]
    fn a_newer_file_is_refused() {
        let mut conn = Connection::open_in_memory().expect("memory");
        conn.pragma_update(None, "user_version", newest() + 1).expect("pragma");

        assert!(matches!(run(&mut conn, Path::new("unused")), Err(StoreError::Newer { .. })));
    }
}
