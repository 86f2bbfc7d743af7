import { parseDatabaseHeader } from '../sqlite/wal/database-header.ts'
import type { TrackedTables } from '../sqlite/wal/tracked-tables.ts'
import { startOf } from '../sqlite/wal/wal-frame.ts'
import type { WalHeader } from '../sqlite/wal/wal-header.ts'
import { applyCommits } from './apply-commits.ts'
import { DatabaseFile, isCertain } from './database-file.ts'
import type { DatabasePlace, DatabaseStep } from './database-step.ts'
import { differentPages, explainPages } from './file-comparison.ts'
import type { LogCopier } from './log-copier.ts'
import { UncertainPageError } from './log-image.ts'
import { isIntactAt, isNextOf } from './next-generation.ts'
import { pause } from './pause.ts'
import { ReadAhead, STEP_BYTES } from './read-ahead.ts'
import { readStill } from './still-image.ts'
import { idAt, type WalCommits, WalFile } from './wal-file.ts'

const PAUSE_MS = 2
/** A page that is just being written to the database looks like another one for a moment. */
const COMPARISONS = 4

/**
 * A SQLite database, followed from outside through its files alone: no lock is taken, no byte written. Each commit is
 * read from the log as it was made. Where the log that had them is gone, the tables are compared as they stand.
 */
export class WatchedDatabase {
  /** Whether there was a file at the last step. */
  isThere = true
  readonly #path: string
  #tables: TrackedTables
  #place: DatabasePlace | undefined
  #file: DatabaseFile | undefined
  #log: WalFile | undefined
  readonly #ahead: ReadAhead

  /**
   * @param place Where `tables` were read; undefined where they are not yet.
   * @param copier Reads the log while this thread is busy.
   */
  constructor(path: string, tables: TrackedTables, place: DatabasePlace | undefined, copier?: LogCopier) {
    this.#path = path
    this.#ahead = new ReadAhead(copier)
    this.#tables = tables
    this.#place = place
  }

  get tables(): TrackedTables {
    return this.#tables
  }

  /** Of a transaction that is in the midst of its file, or was when its process died. */
  journal(): string | undefined {
    return this.#file?.journal()
  }

  close(): void {
    this.#file?.close()
    this.#log?.close()
    this.#file = undefined
    this.#log = undefined
    this.#ahead.stop()
  }

  /**
   * What has happened since the last step; undefined where nothing has.
   * @throws {UnreadableDatabaseError} where it is encrypted or no database; {DamagedPageError} and {UncertainPageError}
   * where what was read does not fit together: then `compare` is the way to go on, with the tables as they were kept.
   */
  step(): DatabaseStep | undefined {
    const id = idAt(this.#path)
    this.isThere = id !== undefined
    if (id === undefined) return undefined
    if (this.#file?.id !== id) {
      this.close()
      this.#file = new DatabaseFile(this.#path)
    }
    if (this.#place === undefined) return this.compare('')
    if (this.#place.file !== id) return this.compare('it is another file by the same name')
    return this.#inLog(this.#place) ?? this.#withoutLog()
  }

  /** Takes the rows as they stand, whatever has led to them. @param why As DatabaseStep's `gap`. */
  compare(why: string): DatabaseStep | undefined {
    // What stands there at first has no history.
    const gap = this.#place === undefined ? '' : why
    this.#ahead.forget()
    const file = this.#file ?? new DatabaseFile(this.#path)
    this.#file = file
    const found = readStill({ path: this.#path, file, log: () => this.#currentLog() }, (image) => {
      const tables = this.#tables.copy()
      return { tables, change: tables.change('all', image) }
    })
    // At another step.
    if (found === undefined) return undefined
    const { image, log, stamp, value } = found
    this.#tables = value.tables
    this.#place = { file: file.id, header: image.header, log, stamp }
    return { changes: [value.change], gap, place: this.#place, more: true }
  }

  #inLog(place: DatabasePlace): DatabaseStep | undefined {
    if (place.log === undefined) return undefined
    this.#log ??= WalFile.open(this.#logPath)
    const log = this.#log
    if (log === undefined) return this.#lostLog()
    const at = this.#ahead.read(log, place.log)
    if (this.#ahead.commits.length > 0) return this.#apply(log, this.#ahead.take())
    this.#place = { ...place, log: at }
    const isWhole = log.holds(at)
    const header = log.header()
    if (header?.salt === at.header.salt) {
      if (!isWhole && log.header()?.salt === header.salt)
        return this.compare('its log is another one than was read, as after a power failure')
      if (idAt(this.#logPath) === log.id) return undefined
    }
    // Begun again or removed: what came before that was written before it, and is read first.
    const rest = log.commits(at, STEP_BYTES, true)
    if (rest.commits.length > 0) {
      this.#ahead.forget()
      return this.#apply(log, rest)
    }
    if (header === undefined || header.salt === at.header.salt) return this.#lostLog()
    // A longer one has overwritten what may have been the end of this one.
    return this.#begin(log, header, isIntactAt(log, at) && isNextOf(at.header, header))
  }

  /** The log is removed or emptied, and was read to its end; what was written after that shows in the database. */
  #lostLog(): undefined {
    if (idAt(this.#logPath) !== this.#log?.id) {
      this.#log?.close()
      this.#log = undefined
    }
    if (this.#place) this.#place = { ...this.#place, log: undefined, stamp: '' }
    this.#ahead.stop()
    return undefined
  }

  #withoutLog(): DatabaseStep | undefined {
    const [file, place] = [this.#file, this.#place]
    if (file === undefined || place === undefined || place.log !== undefined) return undefined
    if (this.#log && idAt(this.#logPath) !== this.#log.id) this.#lostLog()
    this.#log ??= WalFile.open(this.#logPath)
    const header = this.#log?.header()
    if (this.#log && header) return this.#begin(this.#log, header, false)
    const stamp = file.stamp()
    if ((isCertain(stamp) && stamp === place.stamp) || file.isUnderWay()) return undefined
    if (differentPages(this.#tables, file, place.header.pageSize).size > 0) {
      const { usesWal } = parseDatabaseHeader(file.head())
      return this.compare(usesWal ? 'its log was gone before it was read' : 'it has a rollback journal, no log')
    }
    this.#place = { ...place, stamp }
    return undefined
  }

  /**
   * A log that begins where the database's own file stood, if nothing was missed in between.
   * @param isNext Whether nothing can have been missed. Else the file has to be as it was: what the new log has written back to it
   * may have hidden what another log had written before.
   */
  #begin(log: WalFile, header: WalHeader, isNext: boolean): DatabaseStep | undefined {
    const [file, place] = [this.#file, this.#place]
    if (file === undefined || place === undefined) return undefined
    if (header.pageSize !== place.header.pageSize) return this.compare('its pages have another size')
    const start = startOf(header)
    for (let tries = 0; ; tries++) {
      const different = differentPages(this.#tables, file, place.header.pageSize)
      if (different.size > 0 && isNext) explainPages(different, log.commits(start, Number.POSITIVE_INFINITY, true))
      if (different.size === 0) break
      if (log.header()?.salt !== header.salt) return undefined
      if (tries >= COMPARISONS) return this.compare('its log was gone before it was read')
      pause(PAUSE_MS)
    }
    this.#place = { ...place, log: start }
    this.#ahead.forget()
    return { changes: [], place: this.#place, more: true }
  }

  #apply(log: WalFile, { commits, more }: WalCommits): DatabaseStep {
    const [file, place] = [this.#file, this.#place]
    if (file === undefined || place === undefined) throw new UncertainPageError('nothing is known of it')
    const before = { tables: this.#tables, file, log, header: place.header }
    const { changes, header } = applyCommits(commits, this.#ahead.commits, before)
    this.#place = { ...place, header, log: commits.at(-1)?.end }
    return { changes, place: this.#place, more }
  }

  #currentLog(): WalFile | undefined {
    if (this.#log && idAt(this.#logPath) !== this.#log.id) {
      this.#log.close()
      this.#log = undefined
    }
    this.#log ??= WalFile.open(this.#logPath)
    return this.#log
  }

  get #logPath(): string {
    return `${this.#path}-wal`
  }
}
