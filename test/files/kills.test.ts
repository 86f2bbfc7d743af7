import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { scratchFolder } from '../cli/goaltrace.ts'
import { watching } from '../cli/watching.ts'
import { Receiver } from '../receiver.ts'
import { LOGS } from './watching.ts'

const LONG = { timeout: 50_000 }
const ROUNDS = 8

it('a writer of 200 lines a second and its reader are killed again and again: each line arrives once, in order', async () => {
  const folder = scratchFolder()
  const sessions = join(folder, 'sessions')
  mkdirSync(sessions)
  writeFileSync(join(folder, 'goaltrace.config.json'), JSON.stringify({ files: [LOGS] }))
  const receiver = await Receiver.start()
  const watch = () => watching([], folder, receiver)
  let watcher = await watch()
  let writer = await newWriter(sessions)
  for (let round = 0; round < ROUNDS; round++) {
    const before = received(receiver).length
    await expect.poll(() => received(receiver).length, LONG).toBeGreaterThan(before + 60)
    await sleep(round * 7)
    if (round % 3 !== 0) watcher.child.kill('SIGKILL')
    if (round % 3 !== 1) {
      writer.kill('SIGKILL')
      await once(writer, 'close')
      writer = await newWriter(sessions)
    }
    if (round % 3 !== 0) {
      await watcher.ended
      await sleep(100)
      watcher = await watch()
    }
  }
  writer.kill('SIGKILL')
  await once(writer, 'close')
  const truth = truthOf(sessions)
  await expect.poll(() => received(receiver).length, LONG).toBe(truth.length)
  watcher.child.kill('SIGINT')
  expect(await watcher.ended).toMatchObject({ code: 0, err: '' })
  const bySession = (events: readonly string[]) =>
    events.toSorted((one, other) => one.slice(0, 2).localeCompare(other.slice(0, 2)))
  expect(bySession(received(receiver))).toEqual(bySession(truth))
})

async function newWriter(folder: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('session-writer.mjs', import.meta.url))
  const writer = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void writer.kill('SIGKILL'))
  await once(writer.stdout as NodeJS.ReadableStream, 'data')
  return writer
}

/** What the files say, line by line. */
function truthOf(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    const lines = text.slice(0, text.lastIndexOf('\n')).split('\n').slice(1)
    return lines.map((line, tokens) => {
      const { data } = JSON.parse(line)
      expect((data.goal ?? data).tokensUsed).toBe(tokens)
      return `${name.slice(0, 2)} ${tokens === 0 ? 'created' : 'usage_accounted'} ${tokens}`
    })
  })
}

/** Each once, as it came first. */
function received({ logs }: Receiver): string[] {
  const records = new Map(logs.toReversed().map((record) => [record.uid, record]))
  return [...records.values()].toReversed().map(({ eventName, attributes }) => {
    const kind = eventName.replace('agent_goal.', '')
    return `${attributes['gen_ai.conversation.id']} ${kind} ${attributes['agent_goal.usage.tokens']}`
  })
}
