import { DamagedPageError } from '../sqlite/wal/btree-page.ts'
import { parseDatabaseHeader } from '../sqlite/wal/database-header.ts'
import { pageSum } from '../sqlite/wal/table-tree.ts'
import { startOf, type WalPosition } from '../sqlite/wal/wal-frame.ts'
import { type DatabaseFile, isCertain } from './database-file.ts'
import { EMPTY_DATABASE, type FilePages, LogImage, UncertainPageError } from './log-image.ts'
import { pause } from './pause.ts'
import { STEP_BYTES } from './read-ahead.ts'
import { idAt, type WalCommit, type WalFile } from './wal-file.ts'

/** What was read of a database, all of it at one moment. */
export interface StillRead<T> {
  readonly value: T
  readonly image: LogImage
  /** The end in the log of what was read; undefined where there is no log. */
  readonly log: WalPosition | undefined
  /** Of the database's file. */
  readonly stamp: string
}

interface Files {
  readonly path: string
  readonly file: DatabaseFile
  /** Opens the log as it is named now. */
  readonly log: () => WalFile | undefined
}

const PAUSE_MS = 2
const MOST_TRIES = 100

/**
 * Reads from a database as it is at this moment, again if another process writes to it meanwhile.
 * @returns undefined where it is written to all the time, or where a transaction with a rollback journal is under way or was left by a process that died.
 * @throws what `read` does.
 */
export function readStill<T>(files: Files, read: (image: LogImage) => T): StillRead<T> | undefined {
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    try {
      const found = imageOf(files)
      if (found === undefined) return undefined
      const { image, log, stamp, stands } = found
      const value = read(image)
      if (stands()) return { value, image, log, stamp }
    } catch (error) {
      const isPassing = error instanceof DamagedPageError || error instanceof UncertainPageError
      if (!isPassing || tries === MOST_TRIES) throw error
    }
    if (tries < MOST_TRIES) pause(PAUSE_MS)
  }
  return undefined
}

interface StillImage {
  readonly image: LogImage
  readonly log?: WalPosition
  readonly stamp: string
  /** Whether all that was read of it is of one moment. @throws {UncertainPageError} where it is not. */
  stands(): boolean
}

function imageOf({ path, file, log: open }: Files): StillImage | undefined {
  const log = open()
  const start = log?.header()
  const stamp = file.stamp()
  const fromFile: FilePages = new Map()
  if (log === undefined || start === undefined) {
    if (file.isUnderWay()) return undefined
    const header = file.size === 0 ? EMPTY_DATABASE : parseDatabaseHeader(file.head())
    const image = new LogImage({ header, file, fromFile })
    // A rollback journal's transactions count themselves; what a log has written back shows only in the file's times.
    const isVisible = () => isCertain(stamp) || !header.usesWal
    const stands = () =>
      isVisible() &&
      !file.isUnderWay() &&
      file.stamp() === stamp &&
      log?.header() === undefined &&
      idAt(`${path}-wal`) === log?.id
    return { image, stamp, stands }
  }
  let end = startOf(start)
  for (let more = true; more; ) {
    const read = log.commits(end, STEP_BYTES, true)
    end = read.commits.at(-1)?.end ?? end
    more = read.more
  }
  const image = LogImage.withHeader({ file, log, end, fromFile })
  const stands = () => {
    refuseLater(fromFile, log.commits(end, Number.POSITIVE_INFINITY, true).commits)
    return log.header()?.salt === start.salt
  }
  return { image, log: end, stamp, stands }
}

/** @throws {UncertainPageError} where a page that was read from the file is one that a later commit has written. */
export function refuseLater(fromFile: FilePages, later: readonly WalCommit[]): void {
  for (const { pages } of later) {
    for (const [page, bytes] of pages) {
      const [one, other] = fromFile.get(page) ?? []
      if (one === undefined) continue
      const sums = pageSum(page, bytes)
      if (sums[0] === one && sums[1] === other) throw new UncertainPageError(`page ${page}`)
    }
  }
}
