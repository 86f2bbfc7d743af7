import type { Connection, Statement } from '../sqlite/connection.ts'
import { NodeSqliteConnection, type NodeSqliteDatabase } from '../sqlite/node-sqlite.ts'

/** A connection that can be observed: of better-sqlite3 (8 to 13), or a DatabaseSync of node:sqlite (Node 22.16, 24 or newer). */
export type ObservableDatabase = BetterSqlite3Database | NodeSqliteDatabase

/** What of better-sqlite3 is observed. Structural, so that its types are nobody's dependency. */
export interface BetterSqlite3Database extends Connection {
  prepare(sql: string): BetterSqlite3Statement
  close(): unknown
}

export interface BetterSqlite3Statement extends Statement {
  readonly source: string
  readonly readonly: boolean
  /** Whether it gives rows. */
  readonly reader: boolean
  readonly database: BetterSqlite3Database
  iterate(...args: unknown[]): IterableIterator<unknown>
}

const connections = new WeakMap<NodeSqliteDatabase, Connection>()

/** One a database, whoever asks. */
export function connectionOf(database: ObservableDatabase): Connection {
  if (!isNodeSqlite(database)) return database
  const connection = connections.get(database) ?? new NodeSqliteConnection(database)
  connections.set(database, connection)
  return connection
}

export function isNodeSqlite(database: ObservableDatabase): database is NodeSqliteDatabase {
  return 'isTransaction' in database
}
