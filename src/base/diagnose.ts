import { diag } from '@opentelemetry/api'

const said = new Set<string>()

let handedOn: ((cause: string, sentence: string) => void) | undefined

/** From now on warnings of this thread are another's to say: no logger is there in this one. */
export function handOnWarnings(to: (cause: string, sentence: string) => void): void {
  handedOn = to
}

/** One line per cause and process: a fault that repeats at every mutation must not fill the agent's log. */
export function warnOnce(cause: string, sentence: string): void {
  sayOnce(cause, sentence, handedOn ? () => handedOn?.(cause, sentence) : (line) => diag.warn(line))
}

let printNotice: ((line: string) => void) | undefined

/** Where notices go, as long as nobody has said which messages they want. */
export function printNotices(print: (line: string) => void): void {
  printNotice = print
}

/** As `warnOnce`, of what somebody has to know who has not asked for messages: under `register` it is printed. */
export function notify(cause: string, sentence: string): void {
  sayOnce(cause, sentence, printNotice ?? ((line) => diag.warn(line)))
}

function sayOnce(cause: string, sentence: string, say: (line: string) => void): void {
  if (said.has(cause)) return
  said.add(cause)
  try {
    say(`goaltrace: ${sentence}`)
  } catch {
    // The logger is the app's, and whatever it throws would surface in the agent's statement.
  }
}

/** Runs code that goes through the app's own providers: their faults must not keep events from being delivered. */
export function bestEffort<T>(what: string, run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    warnOnce(what, `goals are reported without ${what}, because creating them failed: ${reason(error)}`)
    return undefined
  }
}

/** Why something failed, in one line. */
export function reason(error: unknown): string {
  // Not by its class: Node's errors are of another realm in a test runner's sandbox, and in the script of an exit.
  const { message, errors, name } = Object(error) as { message?: unknown; errors?: unknown; name?: unknown }
  if (typeof message !== 'string') return String(error)
  if (message !== '') return message
  // For a name with several addresses, such as localhost, Node's error has a message for each, but none itself.
  const each = Array.isArray(errors) ? errors.map(reason) : []
  return each.join(', ') || String(name)
}
