import { reason, warnOnce } from '../base/diagnose.ts'
import { isRemoved } from '../base/removed-file.ts'
import type { Connection } from '../sqlite/connection.ts'
import type { OpenDatabase } from '../sqlite/open-database.ts'
import { resultCode } from '../sqlite/result-code.ts'
import { plain } from './outbox.ts'
import { copyOutbox } from './outbox-copy.ts'
import { openOutbox } from './outbox-file.ts'
import type { Readable } from './outbox-state.ts'

/** The outbox cannot be read at this moment; a moment later it can. */
export class OutboxBusyError extends Error {
  override readonly name = 'OutboxBusyError'
}

export interface AgentConnectionsOptions {
  /** The file's real path. */
  readonly file: string
  /** Opens the file with the agent's own copy of SQLite; undefined where goaltrace may not open it in this process. */
  readonly open: OpenDatabase | undefined
  /** Whether the file may be opened so while the agent has it open, too: whether it is known how the agent opened it. */
  readonly beside: boolean
  /** Opens a database in memory, for a copy. */
  readonly openCopy: OpenDatabase
  /** Runs goaltrace's own statements on a connection of the agent's, without waiting for locks. */
  readonly quietly: <T>(connection: Connection, run: () => T) => T
}

/**
 * The agent's connections to one file. While there is one, the outbox is read through it, between its statements: so no
 * lock, key, VFS or locking mode of the agent's is in the way, and none is lost. Only when all are closed, or in a
 * transaction, is the file opened once more, by the very copy of SQLite that the agent uses, for the length of a reading.
 */
export class AgentConnections {
  readonly #options: AgentConnectionsOptions
  // Not kept alive here: one that is dropped without close() is closed when it is collected.
  readonly #known = new Set<WeakRef<Connection>>()
  /** What was pending when the last connection was closed, if no other connection can open the file. */
  #kept: Readable | undefined
  #readable: boolean | undefined

  constructor(options: AgentConnectionsOptions) {
    this.#options = options
  }

  add(connection: Connection): void {
    if (![...this.#known].some((known) => known.deref() === connection)) this.#known.add(new WeakRef(connection))
  }

  /** Whether a change may still be uncommitted. */
  get inTransaction(): boolean {
    return this.#open().some(({ inTransaction }) => inTransaction)
  }

  /** Whether the file was removed and nothing can read it any more. */
  get isGone(): boolean {
    return this.#open().length === 0 && this.#kept === undefined && isRemoved(this.#options.file)
  }

  /** @throws {OutboxBusyError} where the file cannot be read just now; else what SQLite says. */
  read<T>(read: (database: Readable) => T): T {
    const { file, open, beside, quietly } = this.#options
    const connections = this.#open()
    const idle = connections.find(({ inTransaction }) => !inTransaction)
    if (idle) return quietly(idle, () => read(plain(idle)))
    if (connections.length === 0 && this.#kept) return read(this.#kept)
    if (open === undefined || (connections.length > 0 && !beside)) {
      throw new OutboxBusyError(`${file} is in a transaction, or cannot be opened by the agent's own SQLite`)
    }
    try {
      return openOutbox(file, open, read)
    } catch (error) {
      // The agent holds an exclusive lock, or has the key.
      if (connections.length > 0) throw new OutboxBusyError(`${file}: ${reason(error)}`, { cause: error })
      throw error
    }
  }

  /** Runs statements that write, where a connection of the agent's is open and idle. Throws what SQLite says. */
  write(run: (connection: Connection) => void): void {
    const idle = this.#open().find(({ inTransaction, readonly }) => !inTransaction && !readonly)
    if (idle) this.#options.quietly(idle, () => run(idle))
  }

  /** The last connection is about to close: copies what is pending from this row on, if it could not be read afterwards. */
  keep(seq: number): void {
    const [last, ...others] = this.#open()
    if (last === undefined || others.length > 0 || last.inTransaction || this.#isReadable()) return
    const { file, openCopy, quietly } = this.#options
    try {
      this.#kept = quietly(last, () => copyOutbox(last, seq, openCopy))
    } catch (error) {
      warnOnce(
        `keep ${file}`,
        `changes in ${file} stay pending until its next start, since reading them failed: ${reason(error)}`,
      )
    }
  }

  /** Whether the file can be read without the agent's connection. That it is locked now says nothing of later. */
  #isReadable(): boolean {
    const { file, open } = this.#options
    if (open === undefined) return false
    if (this.#readable !== undefined) return this.#readable
    try {
      openOutbox(file, open, (database) => database.prepare('SELECT 1 FROM sqlite_schema').get())
      this.#readable = true
      return true
    } catch (error) {
      if (resultCode(error) !== 'SQLITE_NOTADB') return true
      this.#readable = false
      return false
    }
  }

  #open(): Connection[] {
    const open: Connection[] = []
    for (const known of this.#known) {
      const connection = known.deref()
      if (connection?.open) open.push(connection)
      else this.#known.delete(known)
    }
    if (open.length > 0) this.#kept = undefined
    return open
  }
}
