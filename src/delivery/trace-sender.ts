import type { ResourceAttributes } from '../event/resource-attributes.ts'
import type { UnsentSpans } from '../outbox/unsent-spans-file.ts'
import type { SpanSource } from '../telemetry/goal-spans.ts'
import { recordTraced, type TracedSpan } from '../telemetry/goal-trace.ts'

/** Milliseconds for which a checkpoint waits, at most, until the spans of goals' traces are sent. */
const LONGEST_MS = 2000
/** Spans that are kept with the checkpoint: about 200 KB. */
const MOST_KEPT = 256

export interface TraceSenderOptions {
  /** Where the spans that are kept are named; undefined where nothing that is kept outlives the process. */
  readonly keptSpans: Set<string> | undefined
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
  /** Not taken yet, by their ids. */
  readonly #waiting = new Map<string, TracedSpan>()
  /** The ids of those with the checkpoint: some of them may be taken by now. */
  readonly #kept = new Set<string>()
  /** Whether the receiver has not taken spans in time, nor any since. */
  #isBehind = false

  constructor(options: TraceSenderOptions) {
    this.#options = options
  }

  get areWaiting(): boolean {
    return this.#waiting.size > 0
  }

  /** @param unsent What is kept of spans that were not taken: sent with the next ones. Those that nothing here can send stay kept. */
  resume(unsent: UnsentSpans): void {
    const traced: TracedSpan[] = []
    for (const [id, text] of unsent) {
      if (text === null || this.#kept.has(id)) continue
      const one = this.#parsed(text)
      if (one === undefined) continue
      this.#kept.add(id)
      if (one !== 'damaged') this.#wait(id, one)
      if (one !== 'damaged') traced.push(one)
    }
    recordTraced({ traced })
  }

  /** @returns what has changed of the spans that are to be kept. */
  async send(traced: TracedSpan[]): Promise<UnsentSpans> {
    // Where there are only kept ones, no record waits for them.
    const isAwaited = traced.length === 0 || !this.#isBehind
    this.#add(traced)
    // Kept ones as well, since a process may have only one batch in which to report that they are taken.
    if (this.#waiting.size > 0) {
      const sent = this.#send()
      if (isAwaited) this.#isBehind = !(await within(LONGEST_MS, sent))
    }
    return [...this.#added(), ...this.#removed()]
  }

  /** Sends them without waiting. @returns all that are to be kept until they are taken. */
  keep(traced: TracedSpan[]): UnsentSpans {
    this.#add(traced)
    return [...this.#added()]
  }

  #add(traced: TracedSpan[]): void {
    for (const one of traced) if (this.#waiting.size < MOST_KEPT) this.#wait(one.span.spanId, one)
    recordTraced({ traced })
  }

  #wait(id: string, one: TracedSpan): void {
    this.#waiting.set(id, one)
    this.#options.keptSpans?.add(id)
  }

  /** @returns whether all that wait are taken. */
  async #send(): Promise<boolean> {
    const ids = [...this.#waiting.keys()]
    const isTaken = await this.#options.sendSpans()
    this.#isBehind = !isTaken
    for (const id of isTaken ? ids : []) {
      this.#waiting.delete(id)
      this.#options.keptSpans?.delete(id)
    }
    return isTaken
  }

  *#added(): Generator<[string, string]> {
    if (this.#options.keptSpans === undefined) return
    for (const [id, { source, span }] of this.#waiting) {
      if (this.#kept.has(id)) continue
      this.#kept.add(id)
      yield [id, JSON.stringify([this.#options.resourceOf(source) ?? {}, span])]
    }
  }

  *#removed(): Generator<[string, null]> {
    for (const id of this.#kept) {
      if (this.#waiting.has(id)) continue
      this.#kept.delete(id)
      yield [id, null]
    }
  }

  /** Undefined where spans are not sent here. */
  #parsed(text: string): TracedSpan | 'damaged' | undefined {
    try {
      const [resource, span] = JSON.parse(text) as [ResourceAttributes, TracedSpan['span']]
      const source = this.#options.sourceOf(resource)
      return source && { source, span }
    } catch {
      return 'damaged'
    }
  }
}

/** @returns whether the work succeeded in this time. */
async function within(ms: number, work: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false).unref()
  })
  const isDone = await Promise.race([work, late])
  clearTimeout(timer)
  return isDone
}
