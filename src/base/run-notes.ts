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
  /** It was written to, and no goals are kept here. */
  | { readonly kind: 'bare'; readonly file: string }
  /** Goals were changed here by a text that made or altered tables too. */
  | { readonly kind: 'unseen'; readonly file: string }
  /** A table was dropped with goals in it. */
  | { readonly kind: 'dropped'; readonly file: string; readonly table: string; readonly goals: number }
  | { readonly kind: 'sends'; readonly file: string; readonly to: string }
  /** The receiver did not accept spans or metrics, and they are lost. */
  | { readonly kind: 'lost'; readonly what: 'spans' | 'metrics'; readonly why: string }
  | { readonly kind: 'fails'; readonly file: string; readonly why: string }

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

/**
 * Once per fact and process, and written at once, since a killed process runs no exit handlers. Does nothing without
 * `goaltrace run`.
 */
export function noteForRun(note: RunNote): void {
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
