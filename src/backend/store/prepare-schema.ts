import type { Database } from 'better-sqlite3'
import { SCHEMA } from './schema.ts'
import { upgradeSchema } from './upgrade-schema.ts'

const VERSION = 8
/** Marks the file as a backend's, in its header (https://sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x676f616c

/**
 * The version that created the file; undefined if it is empty. Call it before anything is set on it: another program's
 * file is left as it is, its journal too.
 * @throws {Error} if the file is another program's database or a newer goaltrace's.
 */
export function versionOf(database: Database): number | undefined {
  if (database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0) return undefined
  if (database.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new Error(`${database.name} is another program's database: name a file of the backend's own`)
  }
  const version = database.pragma('user_version', { simple: true }) as number
  if (version <= VERSION) return version
  throw new Error(`${database.name} was made by a newer goaltrace: update this one, or name another file`)
}

/**
 * Creates the tables in an empty file, or upgrades those of an earlier version.
 * @throws {Error} as versionOf does.
 */
export function prepareSchema(database: Database): void {
  // Immediate: two backends that start on one new file must not both find it empty.
  database
    .transaction(() => {
      const version = versionOf(database)
      if (version === VERSION) return
      if (version !== undefined) upgradeSchema(database, version)
      else {
        database.exec(SCHEMA)
        database.pragma(`application_id = ${APPLICATION_ID}`)
      }
      database.pragma(`user_version = ${VERSION}`)
    })
    .immediate()
}
