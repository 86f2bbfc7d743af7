import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { goaltrace, scratchFolder } from '../cli/goaltrace.ts'
import { Receiver } from '../receiver.ts'

const COMMITS = 40
const LONG = { timeout: 50_000 }

interface Truth {
  readonly thread: string
  readonly old_goal: string | null
  readonly goal: string | null
  readonly status: string
  readonly tokens: number
}

it('writer and watcher are killed again and again: the whole sequence arrives, each change once', async () => {
  const folder = scratchFolder()
  const file = join(folder, 'goals.db')
  const receiver = await Receiver.start()
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, GOALTRACE_STATE_DIR: join(folder, 'state') }
  let seed = 1
  let writer = await newWriter(file, seed)
  const first = truthOf(file).length
  const watch = async () => {
    const running = goaltrace(['watch', file], { ...env, OTEL_BLRP_SCHEDULE_DELAY: '20' })
    await running.prints('watching')
    return running
  }
  let watcher = await watch()
  for (let round = 0; round < 9; round++) {
    const written = turn(writer)
    if (round % 3 !== 0) {
      await sleep(round * 2)
      watcher.child.kill('SIGKILL')
      await watcher.ended
    }
    if (round % 3 !== 1) {
      writer.kill('SIGKILL')
      await once(writer, 'close')
    } else await written
    if (round % 3 !== 1) writer = await newWriter(file, ++seed)
    if (round % 3 !== 0) watcher = await watch()
    await expect.poll(() => received(receiver).length, LONG).toBe(expected(truthOf(file), first).length)
  }
  writer.stdin?.end()
  await once(writer, 'close')
  watcher.child.kill('SIGINT')
  const { code, err, out } = await watcher.ended
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('nothing is pending')
  expect(received(receiver)).toEqual(expected(truthOf(file), first))
  expect(new Set(receiver.logs.map(({ attributes }) => attributes['agent_goal.source']))).toEqual(new Set(['reported']))
})

async function newWriter(file: string, seed: number): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('goal-writer.mjs', import.meta.url))
  const writer = spawn(process.execPath, [script, file, String(seed * 7919), String(COMMITS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void writer.kill('SIGKILL'))
  await turn(writer)
  return writer
}

async function turn(writer: ChildProcess): Promise<void> {
  writer.stdin?.write('x')
  await Promise.race([once(writer.stdout as NodeJS.ReadableStream, 'data'), once(writer, 'close')])
}

function truthOf(file: string): Truth[] {
  const database = new Database(file, { readonly: true })
  try {
    return database.prepare('SELECT * FROM truth ORDER BY n').all() as Truth[]
  } finally {
    database.close()
  }
}

/** Each once, as it came first. */
function received({ logs }: Receiver): string[] {
  const records = new Map(logs.toReversed().map((record) => [record.uid, record]))
  return [...records.values()].toReversed().map(({ eventName, attributes }) => {
    const { 'agent_goal.status': status, 'agent_goal.usage.tokens': tokens } = attributes
    return `${attributes['gen_ai.conversation.id']} ${eventName.replace('agent_goal.', '')} ${status} ${tokens}`
  })
}

/** What goaltrace says of each change but the first ones, which were made before it was there. */
function expected(truth: readonly Truth[], first: number): string[] {
  const before = new Map<string, Truth>()
  const events: string[] = []
  for (const [n, now] of truth.entries()) {
    const old = before.get(now.thread)
    const event = (kind: string) => events.push(`${now.thread} ${kind} ${now.status} ${now.tokens}`)
    if (n >= first) {
      if (now.goal === null) event('cleared')
      else if (now.old_goal !== now.goal) event('created')
      else {
        if (old?.tokens !== now.tokens) event('usage_accounted')
        if (old?.status !== now.status) event('status_changed')
      }
    }
    before.set(now.thread, now)
  }
  return events
}
