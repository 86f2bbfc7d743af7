import { clock } from '../base/clock.ts'
import { untraced } from './untraced.ts'

/** The statuses of a receiver that does not support a signal, or not in this form, whatever was sent. */
const NOT_THIS_SIGNAL = new Set<unknown>([404, 405, 406, 410, 415, 501])
/** Milliseconds until it is tried again: a receiver may be reconfigured, as a Collector that gets a pipeline. */
const ASKED_AGAIN_MS = 60_000

/** Answered to a malformed record, by some receivers, such as MLflow, to an empty request, and by some to a signal that they do not support. */
export function isMalformed(error: unknown): boolean {
  return codeOf(error) === 400
}

export function isSignalRefused(error: unknown): boolean {
  return NOT_THIS_SIGNAL.has(codeOf(error))
}

const codeOf = (error: unknown) => (error as { code?: unknown } | undefined)?.code

export interface AnyExporter {
  export(items: never[], done: (result: { code: number; error?: Error }) => void): void
}

/**
 * Whether the receiver takes this signal, by its answer to an empty request. Some that take it refuse an empty request as malformed.
 * @param orMalformed Whether that counts as taken.
 */
export function takesEmptyRequest(exporter: AnyExporter | undefined, orMalformed: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    if (exporter === undefined) return resolve(false)
    untraced(() => exporter.export([], ({ code, error }) => resolve(code === 0 || (orMalformed && isMalformed(error)))))
  })
}

/** Remembers for a while that a receiver does not take a signal. */
export class SignalRefusal {
  #until = Number.NEGATIVE_INFINITY
  #why: string | undefined

  /** Why nothing is to be sent now; undefined where it is to be tried. */
  get why(): string | undefined {
    return clock.now() < this.#until ? this.#why : undefined
  }

  begin(why: string): void {
    this.#until = clock.now() + ASKED_AGAIN_MS
    this.#why = why
  }
}
