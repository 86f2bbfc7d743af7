import { noteForRun } from '../run-notes.ts'
import { warnOnce } from '../telemetry/diagnose.ts'
import type { Acknowledgements } from './acknowledgement.ts'
import { uidOf } from './change-context.ts'
import { parseSender } from './decode-row.ts'
import type { ExitOutbox, ExitState } from './exit-messages.ts'
import type { ExitThread } from './exit-thread.ts'
import type { Mark } from './mark.ts'
import type { Outbox } from './outbox.ts'
import type { OutboxHealth } from './outbox-health.ts'
import type { OutboxRow } from './outbox-table.ts'
import { warnOfWaiting } from './waiting-files.ts'

/** Batches that are on their way at once: one is sent while the next is handed over. */
const AHEAD = 2
/** Counting the rows of a larger goal table would take the time that is for sending. */
const MOST_COUNTED = 100_000

let batches = 0

/** Hands what waits in an outbox, read here, to a thread that sends it, and keeps the mark as it arrives. */
export class ExitDrain {
  readonly #thread: () => ExitThread
  readonly #of: ExitOutbox
  readonly #outbox: Outbox
  readonly #acknowledgements: Acknowledgements
  readonly #health: OutboxHealth
  readonly #senders = new Map<number, string | undefined>()
  readonly #ahead: { readonly number: number; readonly last: OutboxRow }[] = []

  constructor(
    thread: () => ExitThread,
    of: ExitOutbox,
    outbox: Outbox,
    acknowledgements: Acknowledgements,
    health: OutboxHealth,
  ) {
    this.#thread = thread
    this.#of = of
    this.#outbox = outbox
    this.#acknowledgements = acknowledgements
    this.#health = health
  }

  /** @returns how far it is delivered in the end. Throws what SQLite says. */
  run(mark: Mark, size: number): Mark {
    let reached = mark
    const arrive = () => {
      const next = this.#arrive()
      if (next) reached = next
      return next !== undefined
    }
    for (const rows of this.#outbox.batches(mark.seq, size)) {
      this.#post(rows)
      if (this.#ahead.length >= AHEAD && !arrive()) return reached
    }
    while (this.#ahead.length > 0 && arrive());
    return reached
  }

  /** Whether there was anything to deliver. */
  get began(): boolean {
    return this.#senders.size > 0
  }

  state(): ExitState {
    const { waiting, age } = this.#health.read()
    return { name: this.#of.name, waiting, age, counts: this.#counts() }
  }

  #post(rows: readonly OutboxRow[]): void {
    const last = rows.at(-1)
    if (last === undefined) return
    const unknown = new Set(rows.map(({ sender }) => sender).filter((id) => !this.#senders.has(id)))
    const senders = [...unknown].map((id) => [id, this.#outbox.senderText(id)] as const)
    for (const [id, text] of senders) this.#senders.set(id, text)
    const number = ++batches
    this.#thread().post({ kind: 'batch', number, outbox: this.#of, rows, senders })
    this.#ahead.push({ number, last })
  }

  /** @returns undefined where the next batch has not arrived in time. */
  #arrive(): Mark | undefined {
    const next = this.#ahead.shift()
    if (next === undefined) return undefined
    const taken = this.#thread().taken(next.number)
    this.#hear()
    if (!taken) return undefined
    const mark = { seq: next.last.seq, uid: uidOf(next.last.context) }
    this.#acknowledgements.write(mark)
    return mark
  }

  #hear(): void {
    for (const answer of this.#thread().answers()) {
      if (answer.kind === 'letter') {
        this.#acknowledgements.setAside(answer.letter)
        this.#health.deadLetters++
        warnOnce(`refused ${answer.letter.reason}`, `a log record is refused (${answer.letter.reason}) and set aside`)
      } else {
        this.#health.failed(answer.error)
        noteForRun({ kind: 'fails', file: this.#of.name, why: answer.error.message })
        warnOfWaiting(this.#of.name, answer.error)
      }
    }
  }

  #counts(): ExitState['counts'] {
    const tables = new Map(
      [...this.#senders.values()].map((text) => [parseSender(text).table.table, parseSender(text)]),
    )
    return [...tables.values()].map(({ table: { table, columns } }) => {
      const column = columns.status
      const large = this.#outbox.hasMoreRows(table, MOST_COUNTED)
      return { table, column, rows: large ? undefined : this.#outbox.countByStatus(table, column) }
    })
  }
}
