import { join } from 'node:path'
import { scratchFolder } from '../cli/goaltrace.ts'
import { SqlProcess } from './sql-process.ts'

export const GOALS = { name: 'goals', columns: ['id', 'tokens'], required: ['id'], lengths: [] }
export const SPEND = 'UPDATE goals SET tokens = tokens + 1'
export const CHECKPOINT = 'PRAGMA wal_checkpoint'

/** A database with one goal in WAL mode, in a process that checkpoints only when asked. */
export async function tokensDatabase(): Promise<{ file: string; writer: SqlProcess }> {
  const file = join(scratchFolder(), 'goals.db')
  const writer = new SqlProcess(file)
  await writer.run(
    ...['open', 'PRAGMA journal_mode = WAL', 'PRAGMA wal_autocheckpoint = 0'],
    ...['CREATE TABLE goals (id INTEGER PRIMARY KEY, tokens INT)', 'INSERT INTO goals VALUES (1, 0)'],
  )
  return { file, writer }
}
