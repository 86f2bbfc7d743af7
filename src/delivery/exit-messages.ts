import type { MessagePort } from 'node:worker_threads'
import type { DeadLetter } from '../outbox/checkpoint-store.ts'
import type { OutboxRow } from '../outbox/outbox-table.ts'
import type { knownAddresses } from '../telemetry/name-lookup.ts'

/** The data that the exit thread is started with. */
export interface ExitStart {
  readonly port: MessagePort
  /** Its first number grows with each heartbeat and each answer, which wakes the thread that waits. */
  readonly beats: Int32Array
  readonly outboxes: readonly ExitOutbox[]
  /** See instance.ts. */
  readonly instance: string
  /** Addresses of host names, as far as they are known. */
  readonly addresses: ReturnType<typeof knownAddresses>
}

export interface ExitOutbox {
  readonly name: string
  /** Undefined for a database in memory. */
  readonly file: string | undefined
  readonly defaultToLocalhost: boolean
}

/** From the thread that ends; `outbox` is an index into `outboxes`. */
export type ExitOrder =
  | {
      readonly kind: 'rows'
      readonly outbox: number
      readonly rows: readonly OutboxRow[]
      /** The senders that occur in these rows for the first time. */
      readonly senders: readonly (readonly [id: number, text: string | undefined])[]
    }
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
  /** The oldest batch that was under way is delivered. */
  | { readonly kind: 'delivered'; readonly outbox: number }
  | { readonly kind: 'refused'; readonly outbox: number; readonly letter: DeadLetter }
  | { readonly kind: 'failed'; readonly outbox: number; readonly error: ExitError }
  /** Everything has been sent, spans and metrics too, or cannot be. */
  | { readonly kind: 'done' }
