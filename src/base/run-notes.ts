import { appendFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** Names the file in which `goaltrace run` finds what its child processes noted. */
export const RUN_NOTES = 'GOALTRACE_RUN_NOTES'

export type RunNote =
  /** A process is observed. */
  | { readonly kind: 'observes' }
  /** A process is not. */
  | { readonly kind: 'unobserved'; readonly why: string }
  /** Goals are kept here. @param next The number that the outbox's next row had. */
  | {
      readonly kind: 'goals'
      readonly file: string
      readonly tables: readonly string[]
      readonly next: number
      readonly memory: boolean
    }
  /** It was written to, and no goals are kept here, as far as that is known. @param others Tables that have a status. */
  | {
      readonly kind: 'bare'
      readonly file: string
      readonly others?: readonly string[]
      readonly left?: readonly string[]
    }
  | UnmappedNote
  /** Goals were changed here by a text that made or altered tables too. */
  | { readonly kind: 'unseen'; readonly file: string }
  /** A table was dropped with goals in it. */
  | { readonly kind: 'dropped'; readonly file: string; readonly table: string; readonly goals: number }
  | { readonly kind: 'sends'; readonly file: string; readonly to: string }
  /** The receiver did not accept spans or metrics, and they are lost. */
  | { readonly kind: 'lost'; readonly what: 'spans'; readonly count: number; readonly why: string; readonly at: number }
  | { readonly kind: 'lost'; readonly what: 'metrics'; readonly why: string }
  /** The receiver did not take spans before the process ended; the next one sends them. */
  | { readonly kind: 'kept'; readonly spans: number; readonly why: string; readonly at: number }
  /** These log records are not sent: the receiver takes none, but other signals. @param upTo The number of the last row of the batch. */
  | {
      readonly kind: 'notSent'
      readonly file: string
      readonly records: number
      readonly why: string
      readonly upTo: number
    }
  | { readonly kind: 'fails'; readonly file: string; readonly why: string }
  /** The receiver has refused a request as it is, which is sent again in parts. */
  | { readonly kind: 'refuses'; readonly why: string }
  /** Of a batch that is delivered, changes that no event reports. @param upTo The number of its last row. */
  | {
      readonly kind: 'unreported'
      readonly file: string
      readonly table: string
      readonly word: string
      readonly changes: number
      readonly upTo: number
    }
  /** The receiver has answered with success, but rejected some log records, and does not say which. @param at Milliseconds since 1970. */
  | {
      readonly kind: 'rejected'
      readonly records: number
      readonly of: number
      readonly why: string
      readonly at: number
    }

/** Nothing maps these tables, or nothing has until now. */
export interface UnmappedNote {
  readonly kind: 'unmapped'
  readonly file: string
  readonly tables: readonly {
    readonly table: string
    readonly columns: object
    /** What its own words mean. */
    readonly statuses: Readonly<Record<string, string>>
    /** How many words of other agents are mapped beside them. */
    readonly more: number
    readonly usage?: object | undefined
  }[]
  /** Words whose meaning only the agent's author knows. */
  readonly unknown: readonly { readonly table: string; readonly word: string }[]
  /** Words that are taken for `active` only because a new row has them. */
  readonly begins: readonly { readonly table: string; readonly word: string }[]
  /** What looks as if it mattered and is not mapped, and why. */
  readonly left: readonly string[]
  /** Other tables that have a status. */
  readonly others: readonly string[]
  /** What has become of the file that maps them, where that was asked for. */
  readonly written?: { readonly to: string; readonly how: string; readonly why?: string }
}

/** Where a database is, as far as that is known: a deleted folder has no path. */
export function placeOf({ name, memory }: { readonly name: string; readonly memory: boolean }): string {
  try {
    return memory ? name : resolve(name)
  } catch {
    return name
  }
}

const file = process.env[RUN_NOTES]
const noted = new Set<string>()
let take: ((note: RunNote) => void) | undefined

/** For a command that delivers itself, and says at its end what has become of that. @param heard Called with each note. Must not throw. */
export function hearNotes(heard: (note: RunNote) => void): void {
  take = heard
}

/**
 * Once per fact and process, and written at once, since a killed process runs no exit handlers. Does nothing without
 * `goaltrace run`.
 */
export function noteForRun(note: RunNote): void {
  take?.(note)
  if (!file) return
  try {
    const fact = JSON.stringify({ ...note, next: undefined })
    if (noted.has(fact)) return
    noted.add(fact)
    appendFileSync(file, `${JSON.stringify(note)}\n`)
  } catch {
    // The note is lost then; the agent goes on.
  }
}
