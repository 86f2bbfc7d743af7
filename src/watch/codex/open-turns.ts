import type { Connection } from '../../sqlite/connection.ts'

const TURNS = '_goaltrace_codex_turns'

const CREATE = `
CREATE TABLE IF NOT EXISTS ${TURNS} (turn TEXT PRIMARY KEY, thread TEXT NOT NULL, session TEXT NOT NULL, version TEXT) WITHOUT ROWID;`

export interface OpenTurn {
  readonly turnId: string
  readonly threadId: string
  readonly sessionId: string
  readonly version: string | undefined
}

/** Turns whose spans are not made yet. In goaltrace's own file, so that after a kill the next process makes them. */
export class OpenTurns {
  readonly #database: Connection

  constructor(database: Connection) {
    this.#database = database
    database.exec(CREATE)
  }

  add({ turnId, threadId, sessionId, version }: OpenTurn): void {
    const insert = this.#database.prepare(`INSERT OR REPLACE INTO ${TURNS} VALUES (?, ?, ?, ?)`)
    insert.run(turnId, threadId, sessionId, version ?? null)
  }

  all(): OpenTurn[] {
    const rows = this.#database.prepare(`SELECT turn, thread, session, version FROM ${TURNS}`).all()
    return (rows as { turn: string; thread: string; session: string; version: string | null }[]).map(
      ({ turn, thread, session, version }) => ({
        ...{ turnId: turn, threadId: thread, sessionId: session, version: version ?? undefined },
      }),
    )
  }

  drop(turnId: string): void {
    this.#database.prepare(`DELETE FROM ${TURNS} WHERE turn = ?`).run(turnId)
  }
}
