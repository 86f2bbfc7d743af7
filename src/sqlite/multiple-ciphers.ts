import { likeBetterSqlite3 } from './better-sqlite3/driver.ts'

/**
 * better-sqlite3 with SQLite3 Multiple Ciphers, for encrypted files. goaltrace needs no key: it reads an agent's file through
 * the agent's own connection. A file that it opens apart, once all are closed, it cannot read; its rows are copied before.
 */
export const multipleCiphers = likeBetterSqlite3({ name: 'better-sqlite3-multiple-ciphers', oldest: 11, newest: 13 })
