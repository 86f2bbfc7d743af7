import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { warnOnce } from '../base/diagnose.ts'
import { numberOf } from '../base/environment.ts'
import { noteForRun } from '../base/run-notes.ts'
import { answerOf } from './delivery-fault.ts'
import { jsonSpans } from './json-spans.ts'
import type { OtlpConfiguration } from './otlp-configuration.ts'
import { OtlpExporter } from './otlp-exporter.ts'
import { serializersOf } from './otlp-serializers.ts'
import { protobufSpans } from './protobuf-spans.ts'
import type { Retries } from './retries.ts'
import { isSignalRefused, SignalRefusal } from './signal-refusal.ts'
import { untraced } from './untraced.ts'

export interface GoalSpanExporter {
  export(spans: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void
}

/** Spans pending for a slow receiver; more are dropped, as a batch processor's queue would. */
const MOST_WAITING = 8192
const NEXT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT names another one, and OTEL_TRACES_EXPORTER=none sends none'
/** A receiver that has fallen behind catches up by larger requests, of about 2 MB at most. */
const MOST_SENT = 2048
/** Milliseconds until spans that were not taken are sent again, where no new ones come: the exporter has tried for ten seconds by then. */
const AGAIN_MS = 5000

export function otlpSpanExporter(configuration: OtlpConfiguration): GoalSpanExporter {
  return new OtlpExporter(configuration, serializersOf(jsonSpans, protobufSpans))
}

/** Spans go with their batch of log records, not by their own queue and timer, which would drop most of a burst. */
export class SpanBatch {
  readonly #exporter: GoalSpanExporter
  readonly #mostWaiting: number
  readonly #mostSent: number
  readonly #refusal = new SignalRefusal()
  readonly #retries: Retries
  /** See `Providers`. */
  readonly kept = new Set<string>()
  #spans: ReadableSpan[] = []
  /** How many of the oldest are due: the others wait until their log records are delivered. */
  #due = 0
  #sending: Promise<boolean> | undefined
  #isPausing = false

  constructor(exporter: GoalSpanExporter, env: NodeJS.ProcessEnv, retries: Retries) {
    this.#exporter = exporter
    this.#retries = retries
    this.#mostWaiting = numberOf(env, 'OTEL_BSP_MAX_QUEUE_SIZE', { least: 1 }) ?? MOST_WAITING
    this.#mostSent = numberOf(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', { least: 1 }) ?? MOST_SENT
  }

  add(span: ReadableSpan): void {
    if (this.#spans.length < this.#mostWaiting) this.#spans.push(span)
    else
      warnOnce('spans', 'the receiver of spans is too slow, or does not answer: some are dropped; log records are not')
  }

  /**
   * Sends the spans made until now.
   * @returns whether the receiver has taken or refused all of them; false where they are sent again later, or given up as the process ends.
   */
  export(): Promise<boolean> {
    this.#due = this.#spans.length
    this.#sending ??= this.#exportAll()
    return this.#sending
  }

  async #exportAll(): Promise<boolean> {
    // Batches that are delivered together have one request.
    await Promise.resolve()
    try {
      while (this.#due > 0) {
        const spans = this.#spans.splice(0, Math.min(this.#due, this.#mostSent))
        this.#due -= spans.length
        const end = await this.#export(spans)
        if (end === 'answered') continue
        // The process may have more to do than it seems, and then sends what is kept.
        this.#spans.unshift(...(end === 'later' ? spans : this.#keptOf(spans)))
        this.#due = 0
        if (end === 'later') void this.#exportAgain()
        return false
      }
      return true
    } finally {
      // At once: what is due from here on is not sent by this any more.
      this.#sending = undefined
    }
  }

  async #exportAgain(): Promise<void> {
    if (this.#isPausing) return
    this.#isPausing = true
    const again = await this.#retries.pause(AGAIN_MS)
    this.#isPausing = false
    if (again) await this.export()
  }

  #export(spans: ReadableSpan[]): Promise<'answered' | 'later' | 'given up'> {
    const { why: refused } = this.#refusal
    if (refused !== undefined) {
      this.#lost(spans, refused)
      return Promise.resolve('answered')
    }
    return new Promise((resolve) => {
      untraced(() =>
        this.#exporter.export(spans, ({ code, error }) => {
          if (code === 0) return resolve('answered')
          const why = error ? answerOf(error) : 'it does not say why'
          // Whatever has a status is the receiver's last word; the others are a busy receiver, and none at all.
          const isAnswered = typeof (error as { code?: unknown } | undefined)?.code === 'number'
          if (!isAnswered && !this.#retries.isStopped) {
            warnOnce('spans later', `spans are not taken yet, and are sent again: ${why}; ${NEXT}`)
            return resolve('later')
          }
          if (isSignalRefused(error)) this.#refusal.begin(why)
          this.#lost(spans, why, isAnswered)
          resolve(isAnswered ? 'answered' : 'given up')
        }),
      )
    })
  }

  #lost(spans: readonly ReadableSpan[], why: string, isAnswered = true): void {
    const kept = isAnswered ? 0 : this.#keptOf(spans).length
    if (kept > 0) {
      warnOnce(
        'spans kept',
        `the receiver does not take spans before the process ends; they are kept for the next start: ${why}; ${NEXT}`,
      )
      noteForRun({ kind: 'kept', spans: kept, why, at: Date.now() })
    }
    const length = spans.length - kept
    if (length === 0) return
    const what = isAnswered
      ? 'the receiver does not accept spans, which are lost'
      : 'the receiver does not take spans before the process ends'
    warnOnce('spans sent', `${what}: ${why}; ${NEXT}`)
    noteForRun({ kind: 'lost', what: 'spans', count: length, why, at: Date.now() })
  }

  #keptOf(spans: readonly ReadableSpan[]): ReadableSpan[] {
    return spans.filter((span) => this.kept.has(span.spanContext().spanId))
  }
}
