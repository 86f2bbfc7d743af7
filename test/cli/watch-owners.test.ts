import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { PI } from '../../src/files/presets/pi.ts'
import { DrainLock } from '../../src/outbox/drain-lock.ts'
import { openByAny } from '../../src/sqlite/drivers.ts'
import { linesOf } from '../files/preset-samples.ts'
import { json, LOGS, Session } from '../files/watching.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'
import { watching } from './watching.ts'

const LONG = { timeout: 50_000 }
/** The same sessions as those of the preset pi. */
const SESSIONS = { ...PI[0], path: ['~/.pi/agent/sessions/**/*.jsonl'] }
/** Lines of a session with five events. */
const LINES = linesOf('pi-kky42')

let folder: string
let receiver: Receiver

beforeEach(async () => {
  folder = scratchFolder()
  receiver = await Receiver.start()
})

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

function writeSession(id: string): void {
  const [header = '', ...lines] = LINES
  const own = JSON.stringify({ ...JSON.parse(header), id })
  write(`.pi/agent/sessions/--w--/${id}.jsonl`, `${[own, ...lines].join('\n')}\n`)
}

const sessions = () => new Set(receiver.logs.map(({ attributes: of }) => of['gen_ai.conversation.id']))

/** A process with a configuration of its own. */
function configured(name: string, files: readonly object[]) {
  write(`${name}/goaltrace.config.json`, JSON.stringify({ files }))
  return { GOALTRACE_CONFIG: join(folder, name, 'goaltrace.config.json') }
}

const watch = (args: readonly string[], env = {}) => watching(args, folder, receiver, env)
const env = () => ({
  HOME: folder,
  GOALTRACE_STATE_DIR: join(folder, 'state'),
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
})
const arrived = (count: number) => expect.poll(() => receiver.logs.length, LONG).toBe(count)

describe('files that two processes are to watch', () => {
  it('are watched by the one that came first, which the other names, and by the other once that has ended', async () => {
    const one = configured('one', [SESSIONS])
    const first = await watch([], one)
    // The documents of the preset are nobody else's.
    const second = await watch(['--preset', 'pi'])
    await second.says('matches is followed by another goaltrace process (')
    writeSession('a')
    await arrived(5)
    await second.end()
    await first.end()
    const third = await watch(['--preset', 'pi'])
    writeSession('b')
    await arrived(10)
    expect((await third.end()).err).toBe('')
    expect(readdirSync(join(folder, 'state')).filter((name) => name.endsWith('.globs'))).toEqual([])
  })

  it('are refused where nothing else is left, and after a kill they are free', async () => {
    const first = await watch(['--preset', 'pi'])
    const more = { ...env(), ...configured('two', [SESSIONS]) }
    const { code, err } = await goaltrace(['watch'], more, folder).ended
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(
        'what ~/.pi/agent/sessions/**/*.jsonl matches is followed by another goaltrace process (pi): end one of them, or let one match it.',
      ),
    ])
    first.child.kill('SIGKILL')
    await first.ended
    const second = await watch([], configured('two', [SESSIONS]))
    expect((await second.end()).err).toBe('')
  })

  it('are followed by none that cannot ask the others, which says what to do; afterwards they are free', async () => {
    process.env.GOALTRACE_STATE_DIR = join(folder, 'state')
    mkdirSync(join(folder, 'state'))
    const lock = new DrainLock('#globs', openByAny())
    expect(lock.tryAcquire()).toBe(true)
    const one = configured('one', [SESSIONS])
    const { code, err } = await goaltrace(['watch'], { ...env(), ...one }, folder).ended
    lock.release()
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /another one has \S+state\/\w+\.lock locked: end that process, or wait for it, and try again\./,
      ),
    ])
    const { err: later } = await (await watch([], one)).end()
    expect(later).toBe('')
  })

  it('are followed by both where no file can be of both', async () => {
    const first = await watch([], configured('one', [{ ...LOGS, path: ['~/one/*.jsonl'] }]))
    const second = await watch([], configured('two', [{ ...LOGS, path: ['~/two/*.jsonl'] }]))
    for (const name of ['one', 'two']) {
      const session = new Session(name)
      write(`${name}/a.jsonl`, json(session.header(), session.set('g')))
    }
    await arrived(2)
    expect((await first.end()).err + (await second.end()).err).toBe('')
  })
})

it('a file that a preset and the configuration of one process match has its past reported once, also without the preset later', async () => {
  const more = configured('one', [SESSIONS])
  const first = await watch(['--preset', 'pi'], more)
  writeSession('a')
  await arrived(5)
  await first.end()
  const second = await watch([], more)
  writeSession('b')
  await expect.poll(() => sessions().has('b'), LONG).toBe(true)
  await second.end()
  expect(receiver.logs).toHaveLength(10)
})
