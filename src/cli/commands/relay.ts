import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { counted } from '../../base/counted.ts'
import { hearNotes } from '../../base/run-notes.ts'
import { shellWord } from '../../base/shell-word.ts'
import type { DrainEnd, Relay } from '../../delivery/relay.ts'
import { fileRelay } from '../../delivery/relays.ts'
import { asksForLater, NO_OTLP, nextByStatus } from '../../telemetry/delivery-fault.ts'
import { type Command, Failure, parseOne } from '../lib/command.ts'
import { checkpointOf, deadLettersOf, type FileOutbox, open } from '../lib/outbox-of-file.ts'
import { UnreportedChanges } from '../lib/unreported-changes.ts'
import { inTime } from '../lib/watch-session.ts'
import { outboxOf } from '../lib/watched-state.ts'

const HELP = `goaltrace relay: delivers the goal events that are pending in an agent's database

  goaltrace relay FILE [--once]

  FILE     the SQLite database in which the agent keeps its goals
  --once   end when nothing is pending; else it goes on watching until Ctrl-C

An agent delivers automatically while it runs; this is for what it left behind. Whatever happens, an event leaves the outbox
only when the receiver has taken it.

  OTEL_EXPORTER_OTLP_ENDPOINT   where the events go   default http://localhost:4318
`

/** Milliseconds: by then, another process that is delivering has usually finished. */
const OCCUPIED_LIMIT = 1000
const OCCUPIED_PAUSE = 100
const WATCH_INTERVAL = 1000
const PROGRESS_INTERVAL = 200
/** Back to the line's start, and empty it. */
const REWRITE = '\r\u001b[K'

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values, operand: file } = parseOne(
      'relay',
      args,
      { once: { type: 'boolean' } },
      "Give one file, an agent's database: `goaltrace relay goals.db`.",
    )
    // Somebody wants them delivered: to a receiver that takes no log records they stay pending.
    process.env.OTEL_LOGS_EXPORTER ||= 'otlp'
    const found = outboxOf(file)
    const relay = fileRelay(found.path, open, { defaultToLocalhost: true })
    const progress = new Progress(found, file)
    // The exporters do not keep a process alive.
    const alive = setInterval(() => progress.show(), PROGRESS_INTERVAL)
    try {
      await deliver(relay, file).catch((error) => {
        if (values.once || error instanceof Occupied) throw error
        progress.say(error.message)
      })
      if (!values.once) await watch(relay, progress)
    } finally {
      clearInterval(alive)
      progress.end()
    }
    return 0
  },
}

class Occupied extends Failure {}

async function deliver(relay: Relay, file: string): Promise<void> {
  const until = Date.now() + OCCUPIED_LIMIT
  while ((await drained(relay, file)) === 'occupied') {
    if (Date.now() >= until) {
      throw new Occupied(
        `Another process is already delivering ${file}, most likely its agent: let it, or end it and try again.`,
      )
    }
    await sleep(OCCUPIED_PAUSE)
  }
}

async function drained(relay: Relay, file: string): Promise<DrainEnd> {
  try {
    return await relay.drain()
  } catch (error) {
    const next = 'start `goaltrace backend`, or name another receiver by OTEL_EXPORTER_OTLP_ENDPOINT'
    const why = `the receiver did not take it (${(error as Error).message})`
    throw new Failure(`Changes in ${file} stay pending, since ${why}${saysWhatToDo(error) ? '' : `: ${next}`}.`)
  }
}

/** Whether the error names the next step itself; then no other may contradict it. */
function saysWhatToDo(error: unknown): boolean {
  const { code, name, cause } = error as Error & { code?: unknown }
  return nextByStatus(code) !== undefined || name === NO_OTLP || asksForLater(cause)
}

/** The relay pauses after failures, and waits for other processes, as in an agent. */
async function watch(relay: Relay, progress: Progress): Promise<void> {
  const log = (message: string) => progress.say(message)
  diag.setLogger({ error: log, warn: log, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN)
  const waking = setInterval(() => relay.wake(), WATCH_INTERVAL)
  progress.watch()
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve())
  })
  clearInterval(waking)
  // What is under way arrives, and is counted as delivered.
  await inTime([relay.drain()])
  relay.stop()
}

/** What has been delivered and what is pending: a line that is rewritten on a terminal, a sentence at the end elsewhere. */
class Progress {
  readonly #found: FileOutbox
  readonly #file: string
  readonly #from: number
  readonly #setAsideBefore: number
  readonly #terminal = process.stdout.isTTY
  readonly #unreported = new UnreportedChanges()
  #watching = false
  #shown = ''

  constructor(found: FileOutbox, file: string) {
    this.#found = found
    this.#file = file
    this.#from = checkpointOf(found).seq
    this.#setAsideBefore = deadLettersOf(found).length
    hearNotes((note) => {
      if (note.kind === 'unreported') this.#unreported.add(note)
    })
  }

  watch(): void {
    this.#watching = true
    if (!this.#terminal) process.stdout.write(`${this.#text()}; watching, Ctrl-C stops it\n`)
  }

  show(): void {
    if (!this.#terminal) return
    const text = `${this.#text()}${this.#watching ? '; Ctrl-C stops it' : ''}`
    if (text !== this.#shown) process.stdout.write(`${REWRITE}${text}`)
    this.#shown = text
  }

  say(message: string): void {
    process.stderr.write(`${this.#terminal ? REWRITE : ''}${message}\n`)
    this.#shown = ''
  }

  end(): void {
    process.stdout.write(`${this.#terminal ? REWRITE : ''}${this.#text()}${this.#unreported.text()}\n`)
  }

  #text(): string {
    const { seq } = checkpointOf(this.#found)
    const { count } = this.#found.outbox.waiting(seq)
    const setAside = deadLettersOf(this.#found).length - this.#setAsideBefore
    const delivered = `${counted(Math.max(0, seq - this.#from - setAside), 'change')} delivered`
    const why = setAside > 0 ? `, ${setAside} set aside (\`goaltrace outbox ${shellWord(this.#file)}\` shows why)` : ''
    return `${this.#file}: ${delivered}${why}, ${count === 0 ? 'nothing is pending' : `${counted(count, 'change')} pending`}`
  }
}
