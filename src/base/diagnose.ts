import { diag } from '@opentelemetry/api'

const said = new Set<string>()

/** One line a cause and process: a fault that repeats at every mutation must not fill the agent's log. */
export function warnOnce(cause: string, sentence: string): void {
  if (said.has(cause)) return
  said.add(cause)
  try {
    diag.warn(`goaltrace: ${sentence}`)
  } catch {
    // The log is the app's own, and what it throws would end up in the agent's statement.
  }
}

/** Runs what goes through providers of the app's own: their faults must not keep the events from arriving. */
export function bestEffort<T>(what: string, run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    warnOnce(what, `goals are told without ${what}, since making them failed: ${reason(error)}`)
    return undefined
  }
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
