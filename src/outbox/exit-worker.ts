import { workerData } from 'node:worker_threads'
import type { GoalDelivery } from '../telemetry/goal-delivery.ts'
import { deliveryOnce } from '../telemetry/goal-delivery-once.ts'
import { countFor } from '../telemetry/instance.ts'
import { useAddresses } from '../telemetry/name-lookup.ts'
import { printAtOnce } from './exit-console.ts'
import {
  type ExitAnswer,
  type ExitBatch,
  type ExitData,
  type ExitEnd,
  type ExitMessage,
  type ExitOutbox,
  type ExitState,
  WORDS,
} from './exit-messages.ts'

/** An outbox as far as it was handed over: what GoalDelivery asks of one, and of its health. */
class HandedOutbox {
  readonly file: string | undefined
  readonly deadLetters = 0
  readonly dropped = 0
  readonly failures = new Map<string, number>()
  readonly delivery: () => Promise<GoalDelivery>
  readonly senders = new Map<number, string | undefined>()
  state: ExitState | undefined

  constructor({ name, file, orLocalhost }: ExitOutbox) {
    this.file = file
    this.delivery = deliveryOnce({ orLocalhost }, this, name)
  }

  senderText(id: number): string | undefined {
    return this.senders.get(id)
  }

  countByStatus(table: string, column: string) {
    return this.state?.counts.find((count) => count.table === table && count.column === column)?.rows
  }

  read() {
    if (this.state === undefined) throw new Error('not known at an exit')
    return this.state
  }
}

const { port, words, instance, addresses } = (workerData as { goaltrace: ExitData }).goaltrace
const outboxes = new Map<string, HandedOutbox>()
let turn: Promise<void> = Promise.resolve()

countFor(instance)
useAddresses(addresses)
printAtOnce()
// The exporters keep nothing alive; this port does.
port.on('message', (message: ExitMessage) => {
  turn = turn.then(() => (message.kind === 'batch' ? deliver(message) : finish(message))).catch(fail)
})

async function deliver({ number, outbox, rows, senders }: ExitBatch): Promise<void> {
  if (Atomics.load(words, WORDS.failed) === 1) return
  const handed = outboxes.get(outbox.name) ?? new HandedOutbox(outbox)
  outboxes.set(outbox.name, handed)
  for (const [id, text] of senders) handed.senders.set(id, text)
  const delivery = await handed.delivery()
  await delivery
    .prepare(rows, handed)
    .send((letter) => answer({ kind: 'letter', name: outbox.name, letter: JSON.parse(JSON.stringify(letter)) }))
  say(WORDS.taken, number)
}

async function finish({ outboxes: states }: ExitEnd): Promise<void> {
  for (const state of states) {
    const handed = outboxes.get(state.name)
    if (handed) handed.state = state
  }
  for (const handed of outboxes.values()) (await handed.delivery()).rest()
  await Promise.allSettled([...outboxes.values()].map(async (handed) => (await handed.delivery()).flush()))
  say(WORDS.done, 1)
  port.close()
}

function fail(error: unknown): void {
  const { message, name, code } = error as Error & { code?: unknown }
  answer({ kind: 'failed', error: Object.assign(new Error(message ?? String(error)), { name, code }) })
  say(WORDS.failed, 1)
}

function answer(given: ExitAnswer): void {
  port.postMessage(given)
}

function say(word: number, value: number): void {
  Atomics.store(words, word, value)
  Atomics.add(words, WORDS.signal, 1)
  Atomics.notify(words, WORDS.signal)
}
