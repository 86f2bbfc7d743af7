import { warnOnce } from '../base/diagnose.ts'
import { LOST_SENDER, parseSender } from '../outbox/decode-row.ts'
import type { OutboxRow } from '../outbox/outbox-table.ts'
import type { UnsentSpans } from '../outbox/unsent-spans-file.ts'
import { destination } from '../telemetry/destination.ts'
import type { Drain } from './drain.ts'
import type { ExitAnswer, ExitError, ExitOutbox, ExitRun, GoalCounts } from './exit-messages.ts'
import { warnOfPending } from './pending-files.ts'

/** The largest goal table that is counted: about 10 ms. */
const MOST_COUNTED = 100_000

const UNANSWERED = 'there was no answer before the process ended'

/** One is sent while the next is made ready. */
const BATCHES_UNDER_WAY = 2

/** One outbox's pending rows, on their way to the script that sends them. */
export class ExitHandOver {
  readonly name: ExitOutbox
  readonly #drain: Drain
  readonly #underWay: (readonly OutboxRow[])[] = []
  readonly #senders = new Map<number, string | undefined>()
  #next: readonly OutboxRow[] | undefined
  readonly #unsent: UnsentSpans
  /** Whether it is still to be said what has become of the spans that are kept. */
  #keepsSpans: boolean

  /** @param unsent Kept spans that are to be sent too. @throws what SQLite says. */
  constructor(name: ExitOutbox, drain: Drain, unsent: UnsentSpans) {
    this.name = name
    this.#drain = drain
    this.#next = this.#read()
    this.#unsent = unsent
    this.#keepsSpans = this.#unsent.length > 0
  }

  /** Whether nothing is pending, nor under way. */
  get isDone(): boolean {
    return this.#isDelivered && !this.#keepsSpans
  }

  get #isDelivered(): boolean {
    return this.#next === undefined && this.#underWay.length === 0
  }

  /** Hands out what is there to begin with. */
  start(run: ExitRun, outbox: number): void {
    if (this.#unsent.length > 0) run.post({ kind: 'spans', outbox, spans: this.#unsent })
    if (this.#next === undefined) run.post({ kind: 'end', outbox })
    else this.post(run, outbox)
  }

  /** Hands out what may be under way now. */
  post(run: ExitRun, outbox: number): void {
    while (this.#next !== undefined && this.#underWay.length < BATCHES_UNDER_WAY) {
      const rows = this.#next
      const ids = new Set(rows.map(({ sender }) => sender).filter((id) => !this.#senders.has(id)))
      for (const id of ids) this.#senders.set(id, this.#drain.outbox.senderText(id))
      const senders = [...ids].map((id) => [id, this.#senders.get(id)] as const)
      run.post({ kind: 'rows', outbox, rows, senders, openGoals: this.#openGoalsOf(rows) })
      this.#underWay.push(rows)
      this.#next = this.#read()
      if (this.#next === undefined) {
        run.post({ kind: 'counts', outbox, counts: this.#counts() })
        run.post({ kind: 'end', outbox })
      }
    }
  }

  take(answer: Exclude<ExitAnswer, { kind: 'warned' | 'done' }>, run: ExitRun, outbox: number): void {
    if (answer.kind === 'refused') this.#drain.setAside(answer.letter)
    if (answer.kind === 'delivered') {
      const rows = this.#underWay.shift()
      if (rows) this.#drain.delivered(rows, answer.openGoals, answer.spans)
      this.#keepsSpans ||= answer.spans.length > 0
      this.post(run, outbox)
    }
    if (answer.kind === 'spans') {
      this.#drain.keepSpans(answer.spans)
      this.#keepsSpans = false
    }
    if (answer.kind === 'failed') this.#fail(errorOf(answer.error))
  }

  /** The exit's time is over: what is not delivered counts as failed. */
  giveUp(): void {
    if (!this.#isDelivered) this.#fail(new Error(`${destination()}: ${UNANSWERED}`))
    else if (this.#keepsSpans) warnOnce('spans kept', `spans are kept for the next start: ${UNANSWERED}`)
  }

  end(): void {
    this.#drain.end()
  }

  #openGoalsOf(rows: readonly OutboxRow[]) {
    const senders = new Map([...this.#senders].map(([id, text]) => [id, parseSender(text)]))
    return this.#drain.openGoalsOf(rows, (id) => senders.get(id) ?? LOST_SENDER)
  }

  #fail(error: Error): void {
    warnOfPending(this.name.name, error)
    this.#drain.failed(error)
    this.#next = undefined
    this.#underWay.length = 0
  }

  #read(): readonly OutboxRow[] | undefined {
    const { done, value } = this.#drain.batches.next()
    return done ? undefined : value
  }

  /** Counts for the gauge. A table that would take long is not counted. */
  #counts(): GoalCounts {
    const { outbox } = this.#drain
    const counts: Record<string, GoalCounts[string]> = {}
    for (const text of this.#senders.values()) {
      const { table } = parseSender(text)
      if (table.table in counts || outbox.hasMoreRows(table.table, MOST_COUNTED)) continue
      counts[table.table] = outbox.countByStatus(table.table, table.columns.status)
    }
    return counts
  }
}

function errorOf({ message, code, name }: ExitError): Error {
  return Object.assign(new Error(message), code === undefined ? { name } : { code })
}
