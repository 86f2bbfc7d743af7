import { reason } from '../base/diagnose.ts'
import { noteForRun } from '../base/run-notes.ts'
import type { DeadLetter } from '../outbox/checkpoint-store.ts'
import { answerOf, REJECTED } from '../telemetry/delivery-fault.ts'
import type { GoalLogExporter, GoalLogRecord } from '../telemetry/goal-logs.ts'
import { untraced } from '../telemetry/untraced.ts'

/** After this many single refusals and no success, the receiver accepts nothing. */
const HOPELESS = 8

/** Exports records to one receiver, and finds those that it refuses among the others. */
export class LogExport {
  readonly #exporter: GoalLogExporter
  #hasAccepted = false

  constructor(exporter: GoalLogExporter) {
    this.#exporter = exporter
  }

  /** Whether the receiver has accepted a record before, so that a refused one is itself at fault. */
  get hasAccepted(): boolean {
    return this.#hasAccepted
  }

  /**
   * Halves a refused request until the bad records are alone.
   * @param letters Takes the records that are refused alone.
   * @throws the exporter's error, if the records may be accepted later, or none seems to be acceptable.
   */
  async halve(records: readonly GoalLogRecord[], letters: DeadLetter[]): Promise<void> {
    try {
      await this.export(records)
    } catch (error) {
      if (!isRefusal(error)) throw error
      noteForRun({ kind: 'refuses', why: answerOf(error) })
      const [record] = records
      if (records.length > 1) {
        const middle = records.length >> 1
        await this.halve(records.slice(0, middle), letters)
        await this.halve(records.slice(middle), letters)
      } else if (record)
        letters.push({ uid: String(record.attributes['log.record.uid']), reason: reason(error), record })
      if (!this.#hasAccepted && letters.length >= HOPELESS) throw error
    }
  }

  async export(records: readonly GoalLogRecord[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const done = ({ code, error }: { code: number; error?: Error }) => {
        // ExportResultCode.SUCCESS is 0.
        if (code === 0) resolve()
        else reject(error ?? new Error('the exporter reported a failure without a reason'))
      }
      const returned: unknown = untraced(() => this.#exporter.export([...records], done))
      // If `export` is an async function, an unhandled rejection of it would end the agent.
      Promise.resolve(returned).catch(reject)
    })
    this.#hasAccepted = true
  }
}

/** An OTLPExporterError has the status of the answer as its code. */
export function isRefusal(error: unknown): boolean {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return code === 400 || code === 413 || name === REJECTED
}
