import { closeSync, openSync } from 'node:fs'
import { realPath } from '../../base/real-path.ts'
import { CheckpointFile } from '../../outbox/checkpoint-file.ts'
import { DrainLock } from '../../outbox/drain-lock.ts'
import { outboxOfFile, stateFile } from '../../outbox/outbox-file.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { openByAny } from '../../sqlite/drivers.ts'
import type { OwnDatabase } from '../../sqlite/open-database.ts'
import { pause } from '../../watch/pause.ts'
import { Failure } from './command.ts'

/** Milliseconds that the file may be locked by who looks at it. */
const TIMEOUT = 2000
const LOOK_MS = 50

/** goaltrace's own file for something that is watched: how far it was read, and the outbox of what was found. */
export class OwnFile {
  readonly connection: Connection
  readonly #path: string
  readonly #database: OwnDatabase
  readonly #lock: DrainLock

  /**
   * @param key Names what is watched.
   * @param shown The same, for the user.
   * @throws {Failure} where another process watches it.
   */
  constructor(key: string, shown: string) {
    const open = openByAny()
    const path = stateFile(key, 'watch')
    this.#lock = new DrainLock(`${key}#watch`, open)
    if (!isAcquired(this.#lock))
      throw new Failure(`Another goaltrace watches ${shown} already: let it, or end it and try again.`)
    // SQLite would make it readable for others, and gives its log the same rights.
    closeSync(openSync(path, 'a', 0o600))
    // The checkpoint is named after it, and the directory may be given by a link or from the working directory.
    this.#path = realPath(path)
    this.#database = new open(this.#path, { timeout: TIMEOUT })
    this.connection = this.#database as unknown as Connection
    this.connection.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA cache_size = -500',
    )
  }

  /** Changes that are not delivered yet. */
  get pending(): number {
    const outbox = outboxOfFile(this.#path, openByAny())
    return outbox.waiting(outbox.standing(new CheckpointFile(this.#path, openByAny()).read()).seq).count
  }

  /** Lets another process watch it. The connection stays open for what is still to be delivered. */
  release(): void {
    this.#lock.release()
  }

  close(): void {
    this.#database.close()
    this.release()
  }
}

/** Another process may look for a moment whether it is held. */
function isAcquired(lock: DrainLock): boolean {
  if (lock.tryAcquire()) return true
  pause(LOOK_MS)
  return lock.tryAcquire()
}
