import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { RECORDINGS } from '../goal/golden.ts'
import { scratchFolder } from './goaltrace.ts'

const BIN = fileURLToPath(new URL('../../bin/goaltrace.cjs', import.meta.url))
const CHILD = fileURLToPath(new URL('./scripted-child.mjs', import.meta.url))

type Child = ChildProcessByStdio<Writable, Readable, Readable>
/** What a client does with a child; what it returns is compared. */
type Client = (child: Child) => Promise<unknown>

const WAYS = ['alone', 'tapped', 'tapped, without a place for notes'] as const

function start(way: (typeof WAYS)[number], args: readonly string[], state = scratchFolder()): Child {
  const blocked = join(scratchFolder(), 'file')
  writeFileSync(blocked, '')
  const own = [process.execPath, CHILD, ...args]
  const command = way === 'alone' ? own : [process.execPath, BIN, 'codex', 'app-server', '--', ...own]
  const env = { PATH: process.env.PATH, GOALTRACE_STATE_DIR: way.includes('without') ? blocked : state }
  const child = spawn(command[0] as string, command.slice(1), { env, stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.on('error', () => {})
  return child
}

/** How it ended, and what it said on stderr. */
async function endOf(child: Child): Promise<unknown> {
  let err = ''
  child.stderr.on('data', (piece) => {
    err += piece
  })
  const [code, signal] = await once(child, 'close')
  return { code, signal, err }
}

/** With each way, what a client sees has to be what it sees of the child alone. */
async function sameAsAlone(args: readonly string[], client: Client): Promise<void> {
  const seen = await Promise.all(
    WAYS.map(async (way) => {
      const child = start(way, args)
      const end = endOf(child)
      return { seen: await client(child), end: await end }
    }),
  )
  expect(seen[1]).toEqual(seen[0])
  expect(seen[2]).toEqual(seen[0])
}

/** @param length Bytes after which the stream may go on. */
async function hashOf(stream: Readable, length = Number.POSITIVE_INFINITY): Promise<string> {
  const hash = createHash('sha256')
  let read = 0
  for await (const piece of stream) {
    hash.update(piece)
    read += piece.length
    if (read >= length) break
  }
  return hash.digest('hex')
}

async function textOf(stream: Readable): Promise<string> {
  let text = ''
  for await (const piece of stream) text += piece
  return text
}

describe('a client of a tapped child sees what it sees of the child alone', () => {
  it('of binary noise, in pieces of any size', () =>
    sameAsAlone(['echo'], async (child) => {
      const noise = createHash('sha256').update('seed').digest()
      const hash = hashOf(child.stdout)
      for (let n = 0; n < 300; n++) {
        const piece = Buffer.alloc((n * 7919) % 70_000, noise.subarray(n % 32))
        if (!child.stdin.write(piece)) await once(child.stdin, 'drain')
      }
      child.stdin.end('"initialize" "thread/goal/updated" {]\n')
      return hash
    }))

  it('of a line of 100 MB, which the child reads and sends back while the client reads nothing for a while', async () => {
    const line = Buffer.concat([
      Buffer.alloc(100 << 20, '{"method":"thread/goal/updated","params":"'),
      Buffer.from('"}\n'),
    ])
    const child = start('tapped', ['echo'])
    child.stdin.write('\n')
    await once(child.stdout, 'readable')
    expect(String(child.stdout.read())).toBe('\n')
    const most = peakOf(child) + (0.75 * line.length) / 1024
    child.stdin.write(line)
    await sleep(500)
    expect(peakOf(child)).toBeLessThan(most)
    expect(await hashOf(child.stdout, line.length)).toBe(createHash('sha256').update(line).digest('hex'))
    // It runs until its input ends: one that is gone has no figure of its memory.
    expect(peakOf(child)).toBeLessThan(most)
    child.stdin.end()
    await once(child, 'close')
  })

  it.each(['ends with 7', 'kills itself', 'answers after the end'])('that %s', (mode) =>
    sameAsAlone([mode], async (child) => {
      if (mode.startsWith('answers')) child.stdin.end('a question\n')
      return await textOf(child.stdout)
    }),
  )

  it.each([
    ['ends on a signal', 'SIGTERM'],
    ['dies of a signal', 'SIGTERM'],
    ['dies of a signal', 'SIGINT'],
    ['dies of a signal', 'SIGHUP'],
  ] as const)('that %s, %s', (mode, signal) =>
    sameAsAlone([mode], async (child) => {
      await once(child.stdout, 'data')
      child.kill(signal)
      return undefined
    }),
  )

  it('that closes its output and goes on', () =>
    sameAsAlone(['closes its output'], async (child) => {
      const said = await textOf(child.stdout)
      const isRunning = child.exitCode === null
      child.stdin.end()
      return { said, isRunning }
    }))

  it('that closes its input and goes on', () =>
    sameAsAlone(['closes its input'], async (child) => {
      await once(child.stdout, 'data')
      const failed = new Promise((resolve) => child.stdin.on('error', () => resolve('its input is closed')))
      const writing = setInterval(() => child.stdin.write('is anybody there?\n'), 10)
      const seen = await failed
      clearInterval(writing)
      const isRunning = child.exitCode === null
      child.kill('SIGTERM')
      return { seen, isRunning }
    }))

  it('that writes to a closed pipe', () =>
    sameAsAlone(['writes to a closed pipe'], async (child) => {
      await once(child.stdout, 'data')
      child.stdout.destroy()
      return undefined
    }))

  it('that leaves a process behind which has its output open', async () => {
    const child = start('tapped', ['leaves a process behind'])
    const exited = once(child, 'exit')
    const [pid] = await once(child.stdout, 'data')
    onTestFinished(() => void process.kill(Number(pid), 'SIGKILL'))
    expect(await exited).toEqual([0, null])
    child.stdout.destroy()
  })
})

/** The most memory that a process had, in kilobytes. It has to run still. */
function peakOf({ pid }: Child): number {
  const [, peak] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  if (peak === undefined) throw new Error('the process has ended')
  return Number(peak)
}

it('a command that is not there is named, with the exit code that a shell has for it', async () => {
  const child = spawn(process.execPath, [BIN, 'codex', 'app-server', '--', 'no-such-codex'])
  const err = textOf(child.stderr)
  const [code] = await once(child, 'close')
  expect(code).toBe(127)
  expect(await err).toContain('There is no command no-such-codex')
})

it('notes the client and the turns of recorded conversations, and nothing of what they say', async () => {
  const folder = join(RECORDINGS, 'transcripts')
  if (!existsSync(folder)) return
  const state = scratchFolder()
  const marker = randomBytes(8).toString('hex')
  const transcript = readFileSync(join(folder, 'external-create-continue-complete.jsonl'), 'utf8')
  const marked = join(state, 'marked.jsonl')
  writeFileSync(marked, transcript.replaceAll(/"(objective|text|message|delta)":"[^"]*"/g, `"$1":"${marker}"`))
  expect(readFileSync(marked, 'utf8')).toContain(marker)
  const child = start('tapped', ['plays', marked], state)
  const out = textOf(child.stdout)
  const messages = transcript
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const { dir, msg } of messages) if (dir === 'out') child.stdin.write(`${JSON.stringify(msg)}\n`)
  child.stdin.end()
  await once(child, 'close')
  const heard = readFileSync(marked, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(await out).toBe(heard.flatMap(({ dir, msg }) => (dir === 'in' ? [`${JSON.stringify(msg)}\n`] : [])).join(''))
  const notes = join(state, 'codex-protocol')
  const [name = ''] = readdirSync(notes)
  const text = readFileSync(join(notes, name), 'utf8')
  expect(text).not.toContain(marker)
  const kept = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const goals = heard.filter(({ dir, msg }) => dir === 'in' && msg.method === 'thread/goal/updated')
  expect(kept.filter(({ kind }) => kind === 'goal').map(({ turnId }) => turnId)).toEqual(
    goals.map(({ msg }) => msg.params.turnId),
  )
  expect(kept.at(-1).client).toEqual({ name: 'goal-oracle', version: '9.9.9', experimentalApi: true })
})
