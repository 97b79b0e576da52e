//! Steps from an older file to the present schema.

use std::path::Path;

use rusqlite::Connection;

use crate::error::StoreError;

/// One file a step; never edited after a release.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_places.sql"),
    include_str!("../migrations/0003_bans.sql"),
    include_str!("../migrations/0004_lifts.sql"),
    include_str!("../migrations/0005_clearing.sql"),
    include_str!("../migrations/0006_waived.sql"),
];

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
    fn what_was_known_of_one_place_each_moves_over() {
        let mut conn = Connection::open_in_memory().expect("memory");
        conn.execute_batch(MIGRATIONS[0]).expect("the first page");
        conn.pragma_update(None, "user_version", 1).expect("pragma");
        let known = "insert into peer values ('ana', '10.0.0.7', 7, 'b.example', 8, 99), ('ben', 'c', 9, null, null, null)";
        conn.execute_batch(known).expect("rows");
        let step = conn.transaction().expect("a transaction");
        step.execute_batch(MIGRATIONS[1]).expect("the step");
        step.commit().expect("a commit");

        let mut places = conn
            .prepare("select agent, host, port, source, learned_at from place order by 1, 2")
            .expect("sql");
        let row = |row: &rusqlite::Row<'_>| {
            Ok(format!(
                "{} {}:{} {} {}",
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, u16>(2)?,
                row.get::<_, String>(3)?,
                row.get::<_, i64>(4)?
            ))
        };
        let places: Vec<String> =
            places.query_map([], row).expect("rows").collect::<Result<_, _>>().expect("text");
        assert_eq!(places, ["ana 10.0.0.7:7 proven 99", "ana b.example:8 claimed 99", "ben c:9 proven 0"]);
        let heard = "select heard_at from peer where agent = 'ana'";
        assert_eq!(conn.query_row(heard, [], |row| row.get(0)), Ok(99));
    }

    #[test]
    fn a_newer_file_is_refused() {
        let mut conn = Connection::open_in_memory().expect("memory");
        conn.pragma_update(None, "user_version", newest() + 1).expect("pragma");

        assert!(matches!(run(&mut conn, Path::new("unused")), Err(StoreError::Newer { .. })));
    }
}
