import { diag } from '@opentelemetry/api'

const said = new Set<string>()

/** One line a cause and process: a fault that repeats at every mutation must not fill the agent's log. */
export function warnOnce(cause: string, sentence: string): void {
  if (said.has(cause)) return
  said.add(cause)
  diag.warn(`goaltrace: ${sentence}`)
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
