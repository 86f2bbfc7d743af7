import { copyFileSync, existsSync, globSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import Encrypted from 'better-sqlite3-multiple-ciphers'
import { describe, expect, it } from 'vitest'
import { AgentFolder } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'

const AGENT = 'test/agents/opened.mjs'
const CHANGES = 20

const package_ = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'))
const libc = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime
const [ADDON] = globSync(`**/*${process.platform}*${process.arch}*.node`, { cwd: package_ }).filter(
  (name) => name.includes('musl') === (libc === undefined),
)

/** Another copy of the addon, as a bundler or Electron makes one. */
function ownAddon(folder: AgentFolder): string {
  const copy = join(folder.path, 'own.node')
  copyFileSync(join(package_, ADDON ?? ''), copy)
  return copy
}

function goalsIn({ file }: AgentFolder, encrypted: boolean): number {
  const database = encrypted ? new Encrypted(file) : new Database(file)
  if (encrypted) database.pragma(`key = 'secret'`)
  const count = database.prepare('SELECT count(*) FROM thread_goals').pluck().get()
  database.close()
  return Number(count)
}

const WAYS = [
  'usual',
  'a path to its own addon',
  'an addon that it has loaded',
  'an exclusive lock',
  'a key',
  'a rollback journal',
]

describe.each(WAYS)('an agent that opens its database by %s', (way) => {
  const isEncrypted = way === 'a key'

  it('has all that it committed after a kill, one SQLite, and its events arrive', async () => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    const env = { ADDON: ownAddon(folder), OTEL_BLRP_SCHEDULE_DELAY: '20' }
    const killed = await folder.start(receiver.url, [way, CHANGES, 'killed'], env, AGENT, false).ended
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    // Its own: of two that a test's agent imports only the one that it uses is loaded, as the others are when first asked for.
    expect(killed.stdout.trim().split('\n')).toHaveLength(1)
    expect(goalsIn(folder, isEncrypted)).toBe(CHANGES)
    await folder.start(receiver.url, [way, 1, 'left open'], env, AGENT, false).ended
    expect(new Set(receiver.uids).size).toBe(CHANGES + 1)
  })

  it.each(['closed', 'left open'])('delivers at its exit, the database %s', async (end) => {
    const receiver = await Receiver.start()
    const folder = new AgentFolder()
    // Longer than it lives: nothing but the exit delivers.
    const env = { ADDON: ownAddon(folder), OTEL_BLRP_SCHEDULE_DELAY: '60000' }
    const { code, stdout, stderr } = await folder.start(receiver.url, [way, 5, end], env, AGENT, false).ended
    expect(code, stderr).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    // An exit has half a second, which a busy machine may need for other things: then the next start delivers.
    if (receiver.logs.length === 0) await folder.start(receiver.url, [way, 0, end], env, AGENT, false).ended
    expect(new Set(receiver.uids).size).toBe(5)
    expect(existsSync(folder.file)).toBe(true)
  })
})
