import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { realPath } from '../../src/base/real-path.ts'
import { type ObserveOptions, observeGoals } from '../../src/index.ts'
import { CheckpointFile } from '../../src/outbox/checkpoint-file.ts'

const SCHEMA = readFileSync(new URL('../recordings/schema.sql', import.meta.url), 'utf8')

/** Codex's table in its own file, observed, with the statements that an agent has. */
export function observedGoals(options?: ObserveOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-telemetry-'))
  process.env.GOALTRACE_STATE_DIR = join(folder, 'state')
  const database = new Database(join(folder, 'goals.sqlite'))
  onTestFinished(() => {
    database.close()
    rmSync(folder, { recursive: true, force: true })
  })
  database.pragma('journal_mode = WAL')
  database.exec(SCHEMA)
  const observation = observeGoals(database, options)
  const insert = database.prepare(`INSERT INTO thread_goals VALUES (?, ?, 'Ship it', 'active', 1000, 0, 0, 0, 0)`)
  return {
    database,
    flush: () => observation.flush(),
    /** What was set aside of this file. */
    deadLetters: () => new CheckpointFile(realPath(database.name), Database).deadLetters(),
    create: (thread: string, goal = `goal of ${thread}`) => void insert.run(thread, goal),
    spend: (thread: string, tokens: number, seconds = 0) =>
      void database
        .prepare(
          `UPDATE thread_goals SET tokens_used = tokens_used + ?, time_used_seconds = time_used_seconds + ? WHERE thread_id = ?`,
        )
        .run(tokens, seconds, thread),
    set: (thread: string, status: string) =>
      void database.prepare('UPDATE thread_goals SET status = ? WHERE thread_id = ?').run(status, thread),
    clear: (thread: string) => void database.prepare('DELETE FROM thread_goals WHERE thread_id = ?').run(thread),
  }
}
