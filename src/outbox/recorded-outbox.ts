import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import { FIELDS, type Field, GOAL_FIELDS } from '../goal/goal-fields.ts'
import type { GoalColumns, GoalTable } from '../mapping/goal-table.ts'
import type { Connection, Statement } from '../sqlite/connection.ts'
import { Outbox, plain } from './outbox.ts'
import { DROP_SUPERSEDED, defineCompaction } from './outbox-compaction.ts'
import { GOAL_COLUMNS, OUTBOX, SENDERS, type SqlValue } from './outbox-table.ts'
import { checkVersion, upgradeOf } from './outbox-version.ts'
import type { RelayHandle } from './relay-handle.ts'

/** The mapping in these rows' sender. There is no such table: each value is in the outbox's column of its field. */
const RECORDED: GoalTable = {
  table: '(recorded)',
  columns: Object.fromEntries(FIELDS.map((field) => [GOAL_FIELDS[field].name, field])) as unknown as GoalColumns,
}

const WRITTEN = ['sender', 'context', ...GOAL_COLUMNS.map(({ column }) => column)]
const INSERT = `INSERT INTO ${OUTBOX} (${WRITTEN.join(', ')}) VALUES (${WRITTEN.map(() => '?').join(', ')})`

/** An outbox in its own database, into which changes are written by code, not by a trigger; the rows are the same. */
export class RecordedOutbox {
  readonly #database: Connection
  readonly #relay: RelayHandle
  readonly #sender: number
  readonly #insert: Statement

  constructor(database: Connection, resource: ResourceAttributes, relay: RelayHandle) {
    this.#database = database
    this.#relay = relay
    database.exec(upgradeOf(database, 'main'))
    checkVersion(database, 'main')
    const sender = JSON.stringify({ resource, table: RECORDED })
    const find = () => database.prepare(`SELECT id FROM ${SENDERS} WHERE sender = ?`).get(sender) as { id: number }
    if (find() === undefined) {
      database.prepare(`INSERT INTO ${SENDERS} SELECT coalesce(max(id), 0) + 1, ? FROM ${SENDERS}`).run(sender)
    }
    this.#sender = find().id
    this.#insert = database.prepare(INSERT)
    if (!database.lacksFunctions) this.#defineCompaction()
    // What an earlier process has left.
    relay.finds(new Outbox((read) => read(plain(database))))
  }

  /** @param context See change-context.ts. */
  write({ before, after }: GoalChange, context: Buffer, captureObjective: boolean): void {
    // Before the row is there, as V8 may end this in between: see capture/unfinished.ts.
    this.#relay.wake()
    const goal = { before, after, last: after ?? before }
    const values = GOAL_COLUMNS.map(({ field, of }) => valueIn(goal[of], field, captureObjective))
    const { lastInsertRowid } = this.#insert.run(this.#sender, context, ...values) as { lastInsertRowid: number }
    const below = this.#relay.trimBelow(Number(lastInsertRowid))
    if (below !== null) this.#database.prepare(`DELETE FROM ${OUTBOX} WHERE seq < ?`).run(below)
    if (this.#relay.compaction && !this.#database.lacksFunctions) this.#database.exec(DROP_SUPERSEDED.join('\n'))
  }

  #defineCompaction(): void {
    const kind = { directOnly: true, varargs: true, safeIntegers: false }
    defineCompaction(
      (name, fn) => this.#database.function(name, kind, fn as () => unknown),
      () => this.#relay.compaction,
    )
  }
}

function valueIn(goal: GoalSnapshot | null, field: Field, captureObjective: boolean): SqlValue {
  if (goal === null) return null
  const { name, is } = GOAL_FIELDS[field]
  if (field === 'objective') return contentOf(goal, captureObjective)
  if (is === 'content' && !captureObjective) return null
  // NULL is a goal without budget; an unknown budget is stored as a text, which is not a number, and read as unknown.
  if (is === 'limit') return goal[name] === undefined ? '' : goal[name]
  return goal[name] ?? null
}

function contentOf({ objective, objectiveLength }: GoalSnapshot, capture: boolean): SqlValue {
  if (objective === undefined) return objectiveLength ?? null
  return capture ? objective : [...objective].length
}
