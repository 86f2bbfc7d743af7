import type { CodexRowChange } from '../../codex/place-change.ts'
import type { GoalSnapshot } from '../../event/goal-change.ts'
import type { Connection } from '../../sqlite/connection.ts'

const HELD = '_goaltrace_codex_held'
const THREADS = '_goaltrace_codex_threads'

const CREATE = `
CREATE TABLE IF NOT EXISTS ${HELD} (seq INTEGER PRIMARY KEY, change TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ${THREADS} (goal TEXT, thread TEXT, PRIMARY KEY (goal, thread)) WITHOUT ROWID;`

/** A change that was read and is not reported yet, because its thread's rollout does not have its cause yet. */
export interface HeldChange extends CodexRowChange {
  /** Whether it was concluded from rows as they stood, not read as it was committed. */
  readonly inferred: boolean
}

/** Changes between the database and the outbox, in goaltrace's own file: a process that dies loses none. */
export class HeldChanges {
  readonly #database: Connection

  constructor(database: Connection) {
    this.#database = database
    database.exec(CREATE)
  }

  add(change: HeldChange): void {
    this.#database.prepare(`INSERT INTO ${HELD} (change) VALUES (?)`).run(JSON.stringify(change))
  }

  /** In the order in which they were committed. */
  all(): { readonly seq: number; readonly change: HeldChange }[] {
    const rows = this.#database.prepare(`SELECT seq, change FROM ${HELD} ORDER BY seq`).safeIntegers(false).all()
    return (rows as { seq: number; change: string }[]).map(({ seq, change }) => ({ seq, change: JSON.parse(change) }))
  }

  drop(seq: number): void {
    this.#database.prepare(`DELETE FROM ${HELD} WHERE seq = ?`).run(seq)
  }

  /** The goals that were seen, and on which threads: a copy to another thread is no new goal. */
  goals(): Pick<GoalSnapshot, 'goalId' | 'threadId'>[] {
    const rows = this.#database.prepare(`SELECT goal AS goalId, thread AS threadId FROM ${THREADS}`).all()
    return rows as { goalId: string; threadId: string }[]
  }

  saw({ goalId, threadId }: GoalSnapshot): void {
    this.#database.prepare(`INSERT OR IGNORE INTO ${THREADS} VALUES (?, ?)`).run(goalId, threadId)
  }
}
