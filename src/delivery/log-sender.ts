import { warnOnce } from '../base/diagnose.ts'
import type { DeadLetter } from '../outbox/checkpoint-store.ts'
import { answerOf, deliveryFault } from '../telemetry/delivery-fault.ts'
import type { GoalLogExporter, GoalLogRecord } from '../telemetry/goal-logs.ts'
import { isMalformed, isSignalRefused, SignalRefusal, takesEmptyRequest } from '../telemetry/signal-refusal.ts'
import { batchSizeOf } from './batch-size.ts'
import { isRefusal, LogExport } from './log-export.ts'

/** Stands for the answers of a receiver that has refused every single record. */
const ALL_MALFORMED = Object.assign(new Error('Bad Request'), { code: 400 })

/** A batch of one outbox, to be sent. */
interface Part {
  readonly records: readonly GoalLogRecord[]
  readonly setAside: (letter: DeadLetter) => void
  /** @param why Why none of it was taken, nor ever will be; undefined where all was. */
  readonly delivered: (why?: string) => void
  readonly failed: (error: unknown) => void
}

const NEXT =
  'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT names a receiver for which they wait in the outbox; OTEL_LOGS_EXPORTER=none sends none'

const senders = new WeakMap<GoalLogExporter, LogSender>()

/** One sender per exporter, whose exports must not run side by side (https://opentelemetry.io/docs/specs/otel/logs/sdk/#export). */
export function logSenderOf(
  exporter: GoalLogExporter,
  to: string,
  gathered: () => Promise<unknown>,
  takesOthersOnly: (error: unknown) => Promise<boolean>,
): LogSender {
  const known = senders.get(exporter) ?? new LogSender(exporter, to, gathered, takesOthersOnly)
  senders.set(exporter, known)
  return known
}

/**
 * Sends the batches of all outboxes of a process, one request at a time: those that are ready together go together, and what
 * comes while a request is under way goes with the next. A request that the receiver refuses as it is (400, 413 for its size, or all of it rejected) is halved
 * until the bad record is alone and set aside, because OTLP names no record in a refusal, and the good ones must not wait for
 * ever (https://opentelemetry.io/docs/specs/otlp/#failures-1).
 */
export class LogSender {
  readonly #exporter: GoalLogExporter
  readonly #export: LogExport
  readonly #to: string
  readonly #gathered: () => Promise<unknown>
  readonly #batchSize = batchSizeOf()
  readonly #takesOthersOnly: (error: unknown) => Promise<boolean>
  readonly #refusal = new SignalRefusal()
  #queue: Part[] = []
  #sending = false

  /**
   * @param to Where the exporter sends, for messages.
   * @param gathered Resolves when all outboxes that were about to send a batch have done so.
   * @param takesOthersOnly Asked when a receiver has answered that it takes no log records.
   */
  constructor(
    exporter: GoalLogExporter,
    to: string,
    gathered: () => Promise<unknown>,
    takesOthersOnly: (error: unknown) => Promise<boolean>,
  ) {
    this.#takesOthersOnly = takesOthersOnly
    this.#exporter = exporter
    this.#export = new LogExport(exporter)
    this.#to = to
    this.#gathered = gathered
  }

  /**
   * @returns why the receiver has taken none of them, which takes other signals only; undefined where it has.
   * @throws the exporter's error, with the address, if the records may be accepted later; then all of them have to be
   * sent again.
   */
  async send(records: readonly GoalLogRecord[], setAside: (letter: DeadLetter) => void): Promise<string | undefined> {
    if (records.length === 0) return undefined
    return new Promise((delivered, failed) => {
      this.#queue.push({ records, setAside, delivered, failed })
      if (!this.#sending) void this.#sendAll()
    })
  }

  async #sendAll(): Promise<void> {
    this.#sending = true
    while (this.#queue.length > 0) {
      await this.#gathered()
      const group = this.#nextGroup()
      try {
        if (this.#refusal.why === undefined) await this.#sendGroup(group)
        else for (const { delivered } of group) delivered(this.#refusal.why)
      } catch (error) {
        if (await this.#isRefused(error)) {
          for (const { delivered } of group) delivered(this.#refusal.why)
          continue
        }
        // What has been queued meanwhile would fail the same way, one timeout after the other.
        for (const { failed } of [...group, ...this.#queue.splice(0)]) failed(deliveryFault(error, this.#to))
      }
    }
    this.#sending = false
  }

  /** Whether the receiver takes other signals but no log records. Those signals must not wait for records that it never takes. */
  async #isRefused(error: unknown): Promise<boolean> {
    if (!isSignalRefused(error) && !(await this.#refusesEverything(error))) return false
    if (!(await this.#takesOthersOnly(error))) return false
    const why = answerOf(error)
    this.#refusal.begin(why)
    warnOnce('logs refused', `${this.#to} takes no log records (${why}), but other signals: no event is sent; ${NEXT}`)
    return true
  }

  /** Some receivers, such as VictoriaMetrics, answer 400 to a signal that they do not support, even to an empty request. */
  async #refusesEverything(error: unknown): Promise<boolean> {
    return isMalformed(error) && !this.#export.hasAccepted && !(await takesEmptyRequest(this.#exporter, false))
  }

  /** As many batches as fit into one request, at least one. */
  #nextGroup(): Part[] {
    let [size, count] = [0, 0]
    for (const { records } of this.#queue) {
      size += records.length
      if (count > 0 && size > this.#batchSize) break
      count++
    }
    return this.#queue.splice(0, count)
  }

  async #sendGroup(parts: readonly Part[]): Promise<void> {
    const [first] = parts
    if (first && parts.length === 1) return this.#sendAlone(first)
    try {
      await this.#export.export(parts.flatMap(({ records }) => records))
    } catch (error) {
      if (!isRefusal(error)) throw error
      // Down to one outbox: a bad record of one must not hold up the others.
      const middle = parts.length >> 1
      await this.#sendGroup(parts.slice(0, middle))
      return this.#sendGroup(parts.slice(middle))
    }
    for (const { delivered } of parts) delivered()
  }

  async #sendAlone({ records, setAside, delivered, failed }: Part): Promise<void> {
    const letters: DeadLetter[] = []
    try {
      await this.#export.halve(records, letters)
    } catch (error) {
      if (await this.#isRefused(error)) return delivered(this.#refusal.why)
      if (isRefusal(error)) return failed(deliveryFault(error, this.#to))
      throw error
    }
    // A receiver that has taken nothing is a wrong address, and no reason to set anything aside.
    if (letters[0] && !this.#export.hasAccepted) {
      if (await this.#isRefused(ALL_MALFORMED)) return delivered(this.#refusal.why)
      return failed(new Error(`${this.#to} accepts no log records: ${letters[0].reason}`))
    }
    try {
      for (const letter of letters) {
        warnOnce(
          `refused ${letter.reason}`,
          `a log record is refused (${letter.reason}) and set aside: goaltrace outbox FILE shows it`,
        )
        setAside(letter)
      }
      delivered()
    } catch (error) {
      failed(error)
    }
  }
}
