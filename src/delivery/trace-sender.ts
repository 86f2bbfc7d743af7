import { setTimeout as pause } from 'node:timers/promises'
import type { Signals } from '../telemetry/goal-signals.ts'
import { recordTraced } from '../telemetry/goal-trace.ts'

/** Milliseconds for which a checkpoint waits, at most, until the spans of goals' traces are sent. */
const LONGEST_MS = 2000

/**
 * Sends the spans of goals' traces before the checkpoint moves: after that no process makes them again. Waits for them a moment
 * only, and not at all for a receiver that is behind: records go on without them.
 */
export class TraceSender {
  readonly #export: () => Promise<void>
  #isBehind = false

  /** @param sendSpans Sends the spans made since; resolves when none is pending any more. Never rejects. */
  constructor(sendSpans: () => Promise<void>) {
    this.#export = sendSpans
  }

  async send(signals: Pick<Signals, 'traced'>): Promise<void> {
    if (signals.traced.length === 0) return
    recordTraced(signals)
    const wasBehind = this.#isBehind
    this.#isBehind = true
    const sent = this.#export().then(() => {
      this.#isBehind = false
    })
    if (wasBehind) return
    const over = new AbortController()
    const late = pause(LONGEST_MS, undefined, { ref: false, signal: over.signal }).catch(() => {})
    await Promise.race([sent, late])
    over.abort()
  }
}
