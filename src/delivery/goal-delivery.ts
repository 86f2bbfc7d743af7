import { bestEffort, warnOnce } from '../base/diagnose.ts'
import { noteForRun } from '../base/run-notes.ts'
import type { DeadLetter } from '../outbox/checkpoint-store.ts'
import { decode, LOST_SENDER, parseSender, type UnreadableRow } from '../outbox/decode-row.ts'
import type { OutboxView } from '../outbox/outbox.ts'
import type { HealthView } from '../outbox/outbox-health.ts'
import type { OutboxRow } from '../outbox/outbox-table.ts'
import { type Sender, serviceOf } from '../outbox/row-changes.ts'
import { type UnmappedChanges, unmappedChanges } from '../outbox/unmapped-changes.ts'
import { warnOfUnmapped } from '../outbox/unmapped-words.ts'
import type { UnsentSpans } from '../outbox/unsent-spans-file.ts'
import { logResource } from '../telemetry/goal-logs.ts'
import { GoalMetrics } from '../telemetry/goal-metrics.ts'
import { type CommittedChange, GoalSignals, type Signals } from '../telemetry/goal-signals.ts'
import { hasGoalTraces, recordTraced } from '../telemetry/goal-trace.ts'
import type { Providers } from '../telemetry/providers.ts'
import type { Batch, Delivery } from './delivery.ts'
import { reportHealth } from './health-metrics.ts'
import { type LogSender, logSenderOf } from './log-sender.ts'
import { PendingOpenGoals } from './pending-open-goals.ts'
import { StatusCounts } from './status-counts.ts'
import { TraceSender } from './trace-sender.ts'

type KnownSender = Sender & CommittedChange['sender']

/** Records per request: the most that a batch of the default size has. One stretched by a transaction has more. */
const MOST_RECORDS = 1024

/** Decodes an outbox's rows, builds log records, spans and metrics, and sends them in this order. */
export class GoalDelivery implements Delivery {
  readonly #providers: Providers
  readonly #name: string
  readonly #gathered: () => Promise<unknown>
  /** Undefined if no log records are to be exported. */
  readonly #logs: LogSender | undefined
  readonly #signals = new GoalSignals()
  readonly #senders = new Map<string | undefined, KnownSender>()
  /** Senders by the number that the outbox gives them, for one drain: a recreated outbox may give it to another. */
  readonly #numbered = new Map<number, KnownSender>()
  /** Batches that are prepared, and whose spans of goals' traces are not sent yet. */
  #batchesWithTraces = 0
  readonly #health: HealthView | undefined
  readonly #counts = new StatusCounts()
  /** Undefined where goals have no traces of their own. */
  readonly #openGoals = hasGoalTraces(process.env) ? new PendingOpenGoals() : undefined
  readonly #traces: TraceSender
  #metrics: GoalMetrics | undefined
  #outbox: OutboxView | undefined

  /**
   * @param health The outbox's, if metrics of it are to be reported too.
   * @param name What the outbox belongs to, for `goaltrace run`.
   * @param gathered Resolves when all outboxes of this process that are about to do the same have done so: one request is for all.
   */
  constructor(providers: Providers, health?: HealthView, name = '', gathered: () => Promise<unknown> = async () => {}) {
    this.#providers = providers
    this.#name = name
    this.#gathered = gathered
    this.#health = health
    const { logExporter, to, takesOthersOnly } = providers
    this.#traces = new TraceSender({
      keptSpans: health?.file === undefined ? undefined : providers.keptSpans,
      sendSpans: () => this.#sendSpans(),
      sourceOf: (resource) => providers.spans(resource),
      resourceOf: (source) => [...this.#senders.values()].find(({ spans }) => spans === source)?.resource,
    })
    this.#logs = logExporter && logSenderOf(logExporter, to, gathered, takesOthersOnly)
  }

  start(openGoalOf: (key: string) => string | undefined): void {
    this.#batchesWithTraces = 0
    this.#signals.start()
    this.#openGoals?.start(openGoalOf)
    this.#numbered.clear()
  }

  resume(unsent: UnsentSpans): void {
    if (this.#openGoals) this.#traces.resume(unsent)
  }

  sendTraces(): Promise<UnsentSpans> {
    return this.#traces.send([])
  }

  get spansWait(): boolean {
    return this.#traces.areWaiting
  }

  prepare(rows: readonly OutboxRow[], outbox: OutboxView): Batch {
    this.#outbox = outbox
    const { changes, unreadable } = decode(rows, (id) => this.#sender(id, outbox))
    const unmapped = unmappedChanges(changes)
    warnOfUnmapped(unmapped)
    const upTo = rows.at(-1)?.seq ?? 0
    const openGoals = this.#followed()
    const signals = this.#signals.of(changes, openGoals)
    const hasTraces = signals.traced.length > 0
    if (hasTraces) this.#batchesWithTraces++
    const traced = () => {
      if (hasTraces) this.#batchesWithTraces--
      return signals.traced
    }
    return {
      openGoals: openGoals?.take(),
      send: (setAside) => this.#send(signals, unreadable, setAside, upTo),
      sendTraces: () => this.#traces.send(traced()),
      keepTraces: () => this.#traces.keep(traced()),
      delivered: () => {
        for (const one of unmapped) noteForRun({ kind: 'unreported', file: this.#name, ...one, upTo })
        this.#delivered(signals, unmapped)
      },
    }
  }

  onDrained(): void {
    this.#providers.measured()
  }

  flush(): Promise<void> {
    this.#counts.renew()
    return this.#providers.flush()
  }

  async #send(
    { records }: Signals,
    unreadable: readonly UnreadableRow[],
    setAside: (letter: DeadLetter) => void,
    upTo: number,
  ): Promise<void> {
    let notSent = { records: 0, why: '' }
    try {
      for (let start = 0; start < records.length; start += MOST_RECORDS) {
        const part = records.slice(start, start + MOST_RECORDS)
        const why = await this.#logs?.send(part, setAside)
        if (why) notSent = { records: notSent.records + part.length, why }
      }
    } catch (error) {
      // They waited to go with this batch's.
      if (this.#batchesWithTraces > 0) void this.#sendSpans()
      // Without metrics the failure would not be reported.
      this.#metrics ??= bestEffort('metrics', () => this.#measure())
      throw error
    }
    if (notSent.records > 0) noteForRun({ kind: 'notSent', file: this.#name, ...notSent, upTo })
    for (const row of unreadable) setAside(unreadableLetter(row))
  }

  #delivered(signals: Signals, unmapped: readonly UnmappedChanges[]): void {
    recordTraced(signals)
    this.#signals.confirm(signals)
    // The next batch's traces take them along, in one request.
    if (this.#batchesWithTraces === 0) void this.#sendSpans()
    // Metrics count what is delivered, so that a batch which has to be sent again counts once.
    this.#metrics ??= bestEffort('metrics', () => this.#measure())
    bestEffort('metrics', () => {
      for (const event of signals.events) this.#metrics?.record(event)
      for (const { word, changes } of unmapped) this.#metrics?.recordUnmapped(word, changes)
      this.#metrics?.add()
    })
  }

  async #sendSpans(): Promise<boolean> {
    await this.#gathered()
    return await this.#providers.exportSpans()
  }

  /** Undefined where spans are not exported at all, or by a tracer that cannot be given their ids. */
  #followed(): PendingOpenGoals | undefined {
    const canFollow = [...this.#senders.values()].every(({ spans }) => spans?.flagsOf)
    return canFollow ? this.#openGoals : undefined
  }

  #sender(id: number, outbox: OutboxView): KnownSender {
    const known = this.#numbered.get(id)
    if (known) return known
    const text = outbox.senderText(id)
    const sender = this.#senders.get(text) ?? this.#meet(parseSender(text))
    this.#senders.set(text, sender)
    this.#numbered.set(id, sender)
    return sender
  }

  #meet(sender: Sender): KnownSender {
    const { resource } = sender
    if (sender === LOST_SENDER) {
      warnOnce('sender', 'a row whose sender is lost is delivered without its resource and its mapping')
    }
    const spans = bestEffort('spans', () => this.#providers.spans(resource))
    return { ...sender, log: logResource(resource), service: serviceOf(sender), spans }
  }

  /** @returns undefined while there is no sender, and if no metrics are to be exported. */
  #measure(): GoalMetrics | undefined {
    const [first] = this.#senders.values()
    const file = this.#health?.file
    const meters = first && this.#providers.meters(first.resource, file)
    if (meters === undefined) return undefined
    if (this.#health) reportHealth(meters, this.#health)
    return new GoalMetrics(meters, file, () => this.#counts.read(this.#tables(), this.#outbox))
  }

  /** One table for each name, as the last sender has mapped it. */
  #tables(): Iterable<Sender['table']> {
    return new Map([...this.#senders.values()].map(({ table }) => [table.table, table])).values()
  }
}

/** The dead letter of an unreadable row, which no later run could report either. */
function unreadableLetter({ seq, why }: UnreadableRow): DeadLetter {
  warnOnce('row', `row ${seq} of the outbox cannot be read (${why}) and is set aside: goaltrace outbox FILE shows it`)
  return { uid: `row ${seq}`, reason: `cannot be read: ${why}`, record: null }
}
