import type { MessagePort } from 'node:worker_threads'
import type { knownAddresses } from '../telemetry/name-lookup.ts'
import type { DeadLetter } from './acknowledgement.ts'
import type { OutboxRow } from './outbox-table.ts'

/** What an exiting thread hands to the one that sends for it; see exit-thread.ts. */
export interface ExitData {
  readonly port: MessagePort
  /** By the words below. */
  readonly words: Int32Array
  /** The `service.instance.id` to go on counting for. */
  readonly instance: string
  /** Of name-lookup.ts. */
  readonly addresses: ReturnType<typeof knownAddresses>
}

/** Where in the shared words the sending thread says how far it is. */
export const WORDS = {
  /** Counts what it says, to be waited on. */
  signal: 0,
  /** The number of the last batch that has arrived. */
  taken: 1,
  /** 1 once a batch could not be delivered: no other will be tried. */
  failed: 2,
  /** 1 when all is done. */
  done: 3,
} as const

export type ExitMessage = ExitBatch | ExitEnd

export interface ExitBatch {
  readonly kind: 'batch'
  /** From 1. */
  readonly number: number
  readonly outbox: ExitOutbox
  readonly rows: readonly OutboxRow[]
  /** The texts of senders that no batch of the outbox had before. */
  readonly senders: readonly (readonly [id: number, text: string | undefined])[]
}

export interface ExitOutbox {
  readonly name: string
  /** Undefined for a database in memory. */
  readonly file: string | undefined
  readonly orLocalhost: boolean
}

/** All batches have arrived: metrics follow. */
export interface ExitEnd {
  readonly kind: 'end'
  readonly outboxes: readonly ExitState[]
}

/** What metrics tell of an outbox, read by the exiting thread. */
export interface ExitState {
  readonly name: string
  readonly waiting: number
  /** Seconds. */
  readonly age: number | undefined
  /** Of each goal table how many rows have which status; of one that could not be counted, nothing. */
  readonly counts: readonly TableCount[]
}

export interface TableCount {
  readonly table: string
  readonly column: string
  readonly rows: readonly { readonly status: unknown; readonly count: number }[] | undefined
}

/** What comes back: a record that the receiver has refused for good, or why nothing more is sent. */
export type ExitAnswer =
  | { readonly kind: 'letter'; readonly name: string; readonly letter: DeadLetter }
  | { readonly kind: 'failed'; readonly error: Error }
