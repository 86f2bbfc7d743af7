import { reason } from '../base/diagnose.ts'
import { noteForRun } from '../base/run-notes.ts'
import type { UnsentSpans } from '../outbox/unsent-spans-file.ts'
import { findProviders } from '../telemetry/providers.ts'
import type { Batch } from './delivery.ts'
import { host } from './exit-host.ts'
import type { ExitOrder, ExitOutbox } from './exit-messages.ts'
import { GoalDelivery } from './goal-delivery.ts'
import { HandedOverOutbox } from './handed-over-outbox.ts'

/** Sends one outbox's rows: batches are prepared as they come, and sent one after the other. */
export class ExitSender {
  /** Resolves when everything has been delivered, or cannot be. */
  readonly over: Promise<void>
  readonly #outbox: number
  readonly #outboxView: HandedOverOutbox
  readonly #delivery: Promise<GoalDelivery>
  #before: Promise<void> = Promise.resolve()
  #end = () => {}

  constructor({ name, file, defaultToLocalhost }: ExitOutbox, outbox: number) {
    this.#outbox = outbox
    this.#outboxView = new HandedOverOutbox(file)
    this.#delivery = this.#find(name, defaultToLocalhost)
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  take(order: ExitOrder): void {
    if (order.kind === 'counts') this.#outboxView.counts = order.counts
    if (order.kind === 'spans') this.#resume(order.spans)
    if (order.kind === 'end') this.#before.then(() => this.#allDelivered(), this.#failed)
    if (order.kind !== 'rows') return
    for (const [id, text] of order.senders) this.#outboxView.senders.set(id, text)
    for (const [key, goal] of order.openGoals) this.#outboxView.openGoals.set(key, goal)
    const batch = this.#delivery.then((delivery) => this.#prepared(delivery.prepare(order.rows, this.#outboxView)))
    this.#before = Promise.all([batch, this.#before]).then(([batch]) => this.#send(batch))
    this.#before.catch(this.#failed)
  }

  /** Whether the receiver has accepted all pending rows. */
  get isDelivered(): boolean {
    return this.#outboxView.isEmpty
  }

  async sendSpansAndMetrics(): Promise<void> {
    const delivery = await this.#delivery
    delivery.onDrained()
    const sent = delivery.flush()
    const spans = await delivery.sendTraces()
    host.answer({ kind: 'spans', outbox: this.#outbox, spans })
    await sent
  }

  #resume(spans: UnsentSpans): void {
    this.#before = Promise.all([this.#delivery, this.#before]).then(([delivery]) => delivery.resume(spans))
    this.#before.catch(this.#failed)
  }

  #prepared(batch: Batch): Batch {
    const { openGoals } = this.#outboxView
    for (const [key, goal] of batch.openGoals ?? []) goal === null ? openGoals.delete(key) : openGoals.set(key, goal)
    return batch
  }

  async #find(name: string, defaultToLocalhost: boolean): Promise<GoalDelivery> {
    const providers = await findProviders({ defaultToLocalhost })
    noteForRun({ kind: 'sends', file: name, to: providers.to })
    const delivery = new GoalDelivery(providers, this.#outboxView.health, name)
    delivery.start((key) => this.#outboxView.openGoals.get(key))
    return delivery
  }

  async #send(batch: Batch): Promise<void> {
    await batch.send((letter) => {
      this.#outboxView.health.deadLetters++
      host.answer({ kind: 'refused', outbox: this.#outbox, letter })
    })
    const spans = batch.keepTraces()
    host.answer({ kind: 'delivered', outbox: this.#outbox, openGoals: batch.openGoals, spans })
    // Spans and metrics only, which nobody waits for any longer.
    if (!host.isLate()) batch.delivered()
  }

  #allDelivered(): void {
    this.#outboxView.isEmpty = true
    this.#end()
  }

  readonly #failed = (error: unknown): void => {
    const { code, name } = (error ?? {}) as { code?: number | string; name?: string }
    host.answer({ kind: 'failed', outbox: this.#outbox, error: { message: reason(error), code, name } })
    this.#end()
  }
}
