import type { DeadLetter, OpenGoalChanges } from '../outbox/checkpoint-store.ts'
import type { OutboxRow } from '../outbox/outbox-table.ts'
import type { UnsentSpans } from '../outbox/unsent-spans-file.ts'
import type { knownAddresses } from '../telemetry/name-lookup.ts'
import type { sendBlocking } from '../telemetry/otlp-request.ts'

/** What the script that sends at an exit is started with. */
export interface ExitTask {
  readonly outboxes: readonly ExitOutbox[]
  /** See instance.ts. */
  readonly instance: string
  /** Addresses of host names, as far as they are known. */
  readonly addresses: ReturnType<typeof knownAddresses>
}

/** What the script is given by the context or thread that runs it. */
export interface ExitHost extends ExitTask {
  /** Undefined in a thread, where requests are sent as ever. */
  readonly send: Parameters<typeof sendBlocking>[0]
  /** Whether the exit's time is over. */
  isLate(): boolean
  answer(said: ExitAnswer): void
  /** Called once, when orders can be taken. */
  onOrder(take: (order: ExitOrder) => void): void
}

/** Runs the script, and waits for it. */
export interface ExitRun {
  post(order: ExitOrder): void
  /** Returns when all is sent, or it is too late. */
  run(take: (answer: ExitAnswer) => void): void
}

export interface ExitOutbox {
  readonly name: string
  /** Undefined for a database in memory. */
  readonly file: string | undefined
  readonly defaultToLocalhost: boolean
}

/** To the script; `outbox` is an index into `outboxes`. */
export type ExitOrder =
  | {
      readonly kind: 'rows'
      readonly outbox: number
      readonly rows: readonly OutboxRow[]
      /** The senders that occur in these rows for the first time. */
      readonly senders: readonly (readonly [id: number, text: string | undefined])[]
      /** What is kept of the goals in these rows that are not over. */
      readonly openGoals: readonly (readonly [key: string, goal: string])[]
    }
  /** Spans that are kept, before any rows. */
  | { readonly kind: 'spans'; readonly outbox: number; readonly spans: UnsentSpans }
  | { readonly kind: 'counts'; readonly outbox: number; readonly counts: GoalCounts }
  /** There are no more rows. */
  | { readonly kind: 'end'; readonly outbox: number }

/** How many goals of which table have which status, in the table's own words. */
export type GoalCounts = Readonly<
  Record<string, readonly { readonly status: unknown; readonly count: number }[] | undefined>
>

/** An error's own properties are lost between threads. */
export interface ExitError {
  readonly message: string
  readonly code: number | string | undefined
  readonly name: string | undefined
}

export type ExitAnswer =
  /** The oldest batch that was under way is delivered; its spans are on their way, and kept until they are taken. */
  | {
      readonly kind: 'delivered'
      readonly outbox: number
      readonly openGoals: OpenGoalChanges | undefined
      readonly spans: UnsentSpans
    }
  /** What has become of the spans that are kept. */
  | { readonly kind: 'spans'; readonly outbox: number; readonly spans: UnsentSpans }
  | { readonly kind: 'refused'; readonly outbox: number; readonly letter: DeadLetter }
  | { readonly kind: 'failed'; readonly outbox: number; readonly error: ExitError }
  | { readonly kind: 'warned'; readonly cause: string; readonly sentence: string }
  /** Everything has been sent, spans and metrics too, or cannot be. */
  | { readonly kind: 'done' }
