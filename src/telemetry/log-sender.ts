import { context, createContextKey } from '@opentelemetry/api'
import type { DeadLetter } from '../outbox/acknowledgement.ts'
import { deliveryFault } from './delivery-fault.ts'
import { reason, warnOnce } from './diagnose.ts'
import type { GoalLogExporter, GoalLogRecord } from './goal-logs.ts'

/** The key of `suppressTracing` in @opentelemetry/core, the same in every copy of it. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** So many records alone, refused one after the other with none taken ever, are a receiver that takes none. */
const HOPELESS = 8

/**
 * Sends batches of log records. One that the receiver refuses as it is (400, 413 for its size, or all of it rejected) is halved until the bad
 * record is alone and set aside, because OTLP names no record in a refusal, and the good ones must not wait for ever
 * (https://opentelemetry.io/docs/specs/otlp/#failures-1).
 */
export class LogSender {
  readonly #exporter: GoalLogExporter | undefined
  readonly #to: string
  /** The receiver has taken something, so that what it refuses is at fault itself. */
  #takes = false

  /**
   * Without an exporter nobody wants log records, and all is well.
   * @param to Where the exporter sends, for messages.
   */
  constructor(exporter: GoalLogExporter | undefined, to: string) {
    this.#exporter = exporter
    this.#to = to
  }

  /** @throws what the exporter said and where it has sent, where the records may be taken later; then all of them are to be sent again. */
  async send(records: readonly GoalLogRecord[], setAside: (letter: DeadLetter) => void): Promise<void> {
    const letters: DeadLetter[] = []
    await this.#send(records, letters).catch((error) => {
      throw deliveryFault(error, this.#to)
    })
    // A receiver that has taken nothing is a wrong address, and no reason to set anything aside.
    if (letters[0] && !this.#takes) throw new Error(`${this.#to} takes no log records: ${letters[0].reason}`)
    for (const letter of letters) {
      warnOnce(
        `refused ${letter.reason}`,
        `a log record is refused (${letter.reason}) and set aside: goaltrace outbox FILE shows it`,
      )
      setAside(letter)
    }
  }

  async #send(records: readonly GoalLogRecord[], letters: DeadLetter[]): Promise<void> {
    try {
      await this.#export(records)
      if (records.length > 0) this.#takes = true
    } catch (error) {
      if (!isRefusal(error)) throw error
      const [record] = records
      if (records.length > 1) {
        const middle = records.length >> 1
        await this.#send(records.slice(0, middle), letters)
        await this.#send(records.slice(middle), letters)
      } else if (record)
        letters.push({ uid: String(record.attributes['log.record.uid']), reason: reason(error), record })
      if (!this.#takes && letters.length >= HOPELESS) throw error
    }
  }

  #export(records: readonly GoalLogRecord[]): Promise<void> {
    const exporter = this.#exporter
    if (exporter === undefined || records.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const done = ({ code, error }: { code: number; error?: Error }) => {
        // ExportResultCode.SUCCESS is 0.
        if (code === 0) resolve()
        else reject(error ?? new Error('the exporter reported a failure without a reason'))
      }
      // As the SDK's own processors do, lest an app that traces HTTP sees goaltrace's requests among its own.
      const untraced = context.active().setValue(SUPPRESS_TRACING, true)
      const returned: unknown = context.with(untraced, () => exporter.export([...records], done))
      // One that is written as an async function would end the agent by a rejection that nobody handles.
      Promise.resolve(returned).catch(reject)
    })
  }
}

/** The name of the error where a receiver has answered 200 and rejected all of a batch. */
export const REJECTED = 'Rejected'

/** An OTLPExporterError has the status of the answer as its code. */
function isRefusal(error: unknown): boolean {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return code === 400 || code === 413 || name === REJECTED
}
