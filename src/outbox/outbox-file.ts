import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { nodeCrypto } from '../base/node-crypto.ts'
import { stateDirectory, stateDirectoryPath } from '../base/state-directory.ts'
import type { OpenDatabase, OwnDatabase } from '../sqlite/open-database.ts'
import { Outbox } from './outbox.ts'

/** An outbox in a file that this process does not have open. @throws if the file does not exist. */
export function outboxOfFile(path: string, open: OpenDatabase): Outbox {
  return new Outbox((read) => openOutbox(path, open, read))
}

/**
 * Opens a file for the length of one reading: a connection that stays would keep the agent's close from tidying up its
 * WAL. It never writes, but is not opened read-only, because then it could not tidy up either.
 * @throws what SQLite says, also where the file does not exist.
 */
export function openOutbox<T>(path: string, open: OpenDatabase, read: (database: OwnDatabase) => T): T {
  const database = new open(path, { fileMustExist: true, timeout: 0 })
  try {
    database.exec('PRAGMA query_only = ON')
    return read(database)
  } finally {
    database.close()
  }
}

/** The state files of a database; `goals` is what goes on of their traces, `spans` what no receiver has taken of these, `ack` is how far 0.1.0 has delivered it, `watch` what is kept of a watched one, `globs` the files that a process follows. */
export type StateFileKind = 'lock' | 'checkpoint' | 'goals' | 'spans' | 'dead-letters' | 'ack' | 'watch' | 'globs'

/** Named after the database's real path. Throws as `stateDirectory` does. */
export function stateFile(path: string, kind: StateFileKind): string {
  return stateFiles(path)(kind)
}

/** The same of more than one kind, for which the directory is looked at once. */
export function stateFiles(path: string): (kind: StateFileKind) => string {
  const start = join(stateDirectory(), keyOf(path))
  return (kind) => `${start}.${kind}`
}

/** Whether it is there. Never throws, and makes no directory. */
export function hasStateFile(path: string, kind: StateFileKind): boolean {
  try {
    return existsSync(join(stateDirectoryPath(), `${keyOf(path)}.${kind}`))
  } catch {
    return false
  }
}

function keyOf(path: string): string {
  return nodeCrypto().createHash('sha256').update(path).digest('hex').slice(0, 32)
}
