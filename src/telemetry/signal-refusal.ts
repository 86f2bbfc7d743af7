import { clock } from '../base/clock.ts'
import { untraced } from './untraced.ts'

/** By these a receiver says that it has no place for a signal, or not in this form, whatever was sent. */
const NOT_THIS_SIGNAL = new Set<unknown>([404, 405, 406, 410, 415, 501])
/** A receiver may be given what it lacks, as a Collector a pipeline. */
const ASKED_AGAIN_MS = 60_000

/** What some receivers, such as MLflow, answer to an empty request. */
export const MALFORMED = 400

/** What a receiver says that has no place for a signal, or of one record that is malformed. */
export function isMalformed(error: unknown): boolean {
  return codeOf(error) === MALFORMED
}

export function isSignalRefused(error: unknown): boolean {
  return NOT_THIS_SIGNAL.has(codeOf(error))
}

const codeOf = (error: unknown) => (error as { code?: unknown } | undefined)?.code

export interface AnyExporter {
  export(items: never[], done: (result: { code: number; error?: Error }) => void): void
}

/**
 * Whether the receiver of a signal takes it, which an empty request tells. Some refuse that as malformed, and have a place for the signal.
 * @param orRefuses Whether that counts.
 */
export function takesNothing(exporter: AnyExporter | undefined, orRefuses: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    if (exporter === undefined) return resolve(false)
    untraced(() =>
      exporter.export([], ({ code, error }) => resolve(code === 0 || (orRefuses && codeOf(error) === MALFORMED))),
    )
  })
}

/** What is not sent for a while to a receiver that takes another signal only. */
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
