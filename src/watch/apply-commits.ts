import { type DatabaseHeader, parseDatabaseHeader } from '../sqlite/wal/database-header.ts'
import type { TrackedChange, TrackedTables } from '../sqlite/wal/tracked-tables.ts'
import type { DatabaseFile } from './database-file.ts'
import { type FilePages, LogImage, UncertainPageError } from './log-image.ts'
import { refuseLater } from './still-image.ts'
import type { WalCommit, WalFile } from './wal-file.ts'

interface AppliedTo {
  readonly tables: TrackedTables
  readonly file: DatabaseFile
  readonly log: WalFile
  /** Of the database before them. */
  readonly header: DatabaseHeader
}

/**
 * What commits of a log have done to tables, which go on to be as the last one has left them.
 * @param later Commits that were read as well, and are not applied yet.
 * @throws {UncertainPageError} where a page of the database's file may be a later one; {DamagedPageError}. After both, the tables must
 * not be used.
 */
export function applyCommits(
  commits: readonly WalCommit[],
  later: readonly WalCommit[],
  { tables, file, log, header: before }: AppliedTo,
): { changes: TrackedChange[]; header: DatabaseHeader } {
  const changes: TrackedChange[] = []
  let header = before
  const fromFile: FilePages = new Map()
  for (const [n, { pages, end }] of commits.entries()) {
    const first = pages.get(1)
    if (first) header = parseDatabaseHeader(first)
    const image = new LogImage({ header, file, log, end, written: pages, fromFile })
    changes.push(tables.change(pages.keys(), image))
    if (fromFile.size > 0) refuseLater(fromFile, [...commits.slice(n + 1), ...later])
  }
  const end = commits.at(-1)?.end
  if (fromFile.size > 0 && end !== undefined) {
    refuseLater(fromFile, log.commits(end, Number.POSITIVE_INFINITY, true).commits)
    if (log.header()?.salt !== end.header.salt) throw new UncertainPageError('a page that is not in its log')
  }
  return { changes, header }
}
