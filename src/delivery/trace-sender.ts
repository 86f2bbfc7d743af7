import { setTimeout as pause } from 'node:timers/promises'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import type { OpenGoalChanges } from '../outbox/checkpoint-store.ts'
import { unsentKey } from '../outbox/unsent-spans.ts'
import type { Signals } from '../telemetry/goal-signals.ts'
import type { SpanSource } from '../telemetry/goal-spans.ts'
import { recordTraced, type TracedSpan } from '../telemetry/goal-trace.ts'

/** Milliseconds for which a checkpoint waits, at most, until the spans of goals' traces are sent. */
const LONGEST_MS = 2000
/** Spans that are kept with the checkpoint: about 200 KB. */
const MOST_KEPT = 256

export interface TraceSenderOptions {
  /** Sends the spans made since. @returns whether none is pending any more. Never rejects. */
  readonly sendSpans: () => Promise<boolean>
  readonly sourceOf: (resource: ResourceAttributes) => SpanSource | undefined
  readonly resourceOf: (source: SpanSource) => ResourceAttributes | undefined
}

/**
 * Sends the spans of goals' traces before the checkpoint moves: after that no process makes them again. Waits for them a moment
 * only, and not at all for a receiver that is behind: records go on without them, and they are kept with the checkpoint, so that
 * the next process sends them where this one is killed.
 */
export class TraceSender {
  readonly #options: TraceSenderOptions
  /** Not taken yet, by `unsentKey`. */
  readonly #waiting = new Map<string, TracedSpan>()
  /** The keys of those with the checkpoint: some of them may be taken by now. */
  readonly #kept = new Set<string>()
  /** Whether the receiver has not taken spans in time, nor any since. */
  #isBehind = false

  constructor(options: TraceSenderOptions) {
    this.#options = options
  }

  /** A drain begins. @param unsent What is kept of spans that were not taken. */
  start(unsent: OpenGoalChanges): void {
    const traced: TracedSpan[] = []
    for (const [key, text] of unsent) {
      if (this.#kept.has(key)) continue
      this.#kept.add(key)
      const one = text === null ? undefined : this.#parsed(text)
      if (one === undefined) continue
      this.#waiting.set(key, one)
      traced.push(one)
    }
    if (traced.length === 0) return
    recordTraced({ traced })
    void this.#send()
  }

  /** @returns what has changed of the spans that are kept with the checkpoint. */
  async send({ traced }: Pick<Signals, 'traced'>): Promise<OpenGoalChanges> {
    for (const one of traced) if (this.#waiting.size < MOST_KEPT) this.#waiting.set(unsentKey(one.span.spanId), one)
    recordTraced({ traced })
    // Kept ones as well, since a process may have only one batch in which to report that they are taken.
    if (this.#waiting.size > 0) {
      const sent = this.#send()
      if (!this.#isBehind) this.#isBehind = !(await within(LONGEST_MS, sent))
    }
    return [...this.#added(), ...this.#removed()]
  }

  /** @returns whether all that wait are taken. */
  async #send(): Promise<boolean> {
    const keys = [...this.#waiting.keys()]
    const isTaken = await this.#options.sendSpans()
    this.#isBehind = !isTaken
    if (isTaken) for (const key of keys) this.#waiting.delete(key)
    return isTaken
  }

  *#added(): Generator<[string, string]> {
    for (const [key, { source, span }] of this.#waiting) {
      if (this.#kept.has(key)) continue
      this.#kept.add(key)
      yield [key, JSON.stringify([this.#options.resourceOf(source) ?? {}, span])]
    }
  }

  *#removed(): Generator<[string, null]> {
    for (const key of this.#kept) {
      if (this.#waiting.has(key)) continue
      this.#kept.delete(key)
      yield [key, null]
    }
  }

  #parsed(text: string): TracedSpan | undefined {
    try {
      const [resource, span] = JSON.parse(text) as [ResourceAttributes, TracedSpan['span']]
      const source = this.#options.sourceOf(resource)
      return source && { source, span }
    } catch {
      // Damaged: it is lost.
      return undefined
    }
  }
}

/** @returns whether the work succeeded in this time. */
async function within(ms: number, work: Promise<boolean>): Promise<boolean> {
  const over = new AbortController()
  const late = pause(ms, false, { ref: false, signal: over.signal }).catch(() => false)
  const isDone = await Promise.race([work, late])
  over.abort()
  return isDone
}
