import { once } from 'node:events'
import { join } from 'node:path'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
// @ts-expect-error as it is built
import { EXIT_SOURCE } from '../dist/exit-source.cjs'
import { RUN_SCRIPT } from '../src/delivery/exit-thread.ts'
import { ROW_COLUMNS } from '../src/outbox/outbox.ts'
import { median, putTable } from './figures.ts'
import { REGISTER, scratchFolder, startNode, startSink } from './processes/child.ts'

/**
 * Where the time of an exit goes in the sending thread: alone, and beside four busy loops, in alternating rounds:
 * node bench/exit-parts.ts [ROUNDS] [--write].
 */
const [ROUNDS = 15] = process.argv.slice(2).map(Number).filter(Number.isInteger)
const BUSY = 4

/** What the thread notes, in order. */
const PARTS: Readonly<Record<string, string>> = {
  script: 'Node starts the thread',
  evaluated: 'its script is compiled and run',
  'request /v1/logs': 'log records are made, and their request',
  'connect /v1/logs': 'the connection is opened',
  'response /v1/logs': 'the receiver answers',
  delivered: 'its answer is read: the events are delivered',
  done: 'so are spans and metrics',
  ended: 'Node ends the thread',
}

const NOTES = `{
const { port } = require('node:worker_threads').workerData.goaltrace, post = port.postMessage.bind(port), notes = []
const note = (what) => notes.push([what, performance.timeOrigin + performance.now()])
note('script')
port.postMessage = (message) => { note(message.kind); if (message.kind === 'done') post({ kind: 'notes', notes }); post(message) }
const http = require('node:http'), { request } = http
http.request = (url, ...others) => {
  note('request ' + url.pathname)
  return request(url, ...others)
    .on('socket', (socket) => socket.on('connect', () => note('connect ' + url.pathname)))
    .on('response', () => note('response ' + url.pathname))
}
${RUN_SCRIPT}
note('evaluated')
}`

interface PendingRows {
  readonly rows: unknown[]
  readonly senders: unknown[]
}

const sink = await startSink()
const pending = await pendingRows()
const alone: Map<string, number>[] = []
const beside: Map<string, number>[] = []
for (let round = 0; round < ROUNDS; round++) {
  alone.push(await exit(pending))
  const loops = Array.from({ length: BUSY }, () => startNode(['-e', 'for (;;);']))
  beside.push(await exit(pending))
  for (const loop of loops) loop.kill('SIGKILL')
  await Promise.all(loops.map((loop) => once(loop, 'exit')))
}
sink.stop()
const figure = (rounds: readonly Map<string, number>[], part: string) =>
  median(rounds.map((parts) => parts.get(part) ?? Number.NaN)).toFixed(1)
const rows = Object.entries(PARTS).map(([part, what]) => [what, figure(alone, part), figure(beside, part)])
const whole = [alone, beside].map((rounds) => median(rounds.map((parts) => sum(parts.values()))).toFixed(1))
const head = ['milliseconds', 'alone', `beside ${BUSY} busy loops`]
putTable('exit parts', [head, ...rows, ['in all', ...whole]], process.argv.includes('--write'))

/** Rows of an agent that could send none: a hundred. */
async function pendingRows(): Promise<PendingRows> {
  const folder = scratchFolder()
  const file = join(folder, 'goals.sqlite')
  const env = {
    GOALTRACE_STATE_DIR: join(folder, 'state'),
    GOALTRACE_EXIT_LIMIT: '0',
    OTEL_BLRP_SCHEDULE_DELAY: '600000',
  }
  await once(startNode([...REGISTER, 'bench/agents/ending-agent.mjs', file, '100', '0'], env), 'exit')
  const database = new Database(file)
  const senders = database.prepare('SELECT id, sender FROM _goaltrace_senders').raw().all()
  return { rows: database.prepare(`SELECT ${ROW_COLUMNS} FROM _goaltrace_outbox ORDER BY seq`).all(), senders }
}

/** Milliseconds of each part. */
async function exit({ rows, senders }: PendingRows): Promise<Map<string, number>> {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const { port1, port2 } = new MessageChannel()
  const outboxes = [{ name: 'goals.sqlite', file: 'goals.sqlite', defaultToLocalhost: true }]
  const startedAt = performance.timeOrigin + performance.now()
  const worker = new Worker(NOTES, {
    eval: true,
    workerData: { script: EXIT_SOURCE, goaltrace: { port: port2, beats, outboxes, instance: 'bench', addresses: [] } },
    transferList: [port2],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url },
    execArgv: [],
    stdout: true,
    stderr: true,
  })
  port1.postMessage({ kind: 'rows', outbox: 0, rows, senders })
  port1.postMessage({ kind: 'end', outbox: 0 })
  const notes = notesOf(port1, beats)
  const doneAt = performance.timeOrigin + performance.now()
  await worker.terminate()
  notes.push(['ended', Math.max(doneAt, performance.timeOrigin + performance.now())])
  const known = notes.filter(([what]) => what in PARTS)
  return new Map(known.map(([what, at], index) => [what, at - (known[index - 1]?.[1] ?? startedAt)]))
}

function notesOf(port: MessagePort, beats: Int32Array): [what: string, at: number][] {
  for (let seen = 0; ; seen = Atomics.load(beats, 0)) {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      if (next.message.kind === 'notes') return next.message.notes
    }
    Atomics.wait(beats, 0, seen)
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0)
}
