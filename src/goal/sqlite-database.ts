/**
 * The part of a better-sqlite3 connection that is used here, so that any release of it, or a wrapper around it, will
 * do.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

export interface SqliteStatement {
  all(...parameters: unknown[]): unknown[]
}
