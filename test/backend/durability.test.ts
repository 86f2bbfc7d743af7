import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { goalRecord, logs } from './goal-records.ts'
import { clientOf, connectionTo, runningBackend, scratchFolder } from './running-backend.ts'

const SERVE = `
  const { startBackend } = await import(${JSON.stringify(new URL('../../src/backend/server.ts', import.meta.url).href)})
  console.log((await startBackend({ port: 0, file: process.argv[1] })).url)`

/** In its own process; `limit` is the size that its files may reach, in blocks of 512 bytes. */
async function spawnBackend(file: string, limit?: number): Promise<{ child: ChildProcess; url: string }> {
  const node = [process.execPath, '--input-type=module', '--eval', SERVE, '--', file]
  const [command, ...args] = limit ? ['sh', '-c', `ulimit -f ${limit}; exec "$@"`, 'sh', ...node] : node
  const child = spawn(command as string, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [url] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string]
  return { child, url }
}

function batch(name: string, size = 20): object {
  return logs(...Array.from({ length: size }, (_, at) => goalRecord({ 'log.record.uid': `${name}-${at}` })))
}

describe('a backend that is killed', () => {
  it('has what it answered 200, once', async () => {
    const file = join(scratchFolder(), 'backend.db')
    const answered: string[] = []
    for (let round = 0; round < 5; round++) {
      const { child, url } = await spawnBackend(file)
      const { post } = clientOf(url, file)
      // What the round before sent last may have had no answer: it is sent again, as a relay does.
      for (let at = 0; at < 40; at++) {
        const name = `batch-${String(round * 30 + at).padStart(4, '0')}`
        if (at === 25) setTimeout(() => child.kill('SIGKILL'), round)
        const status = await post('/v1/logs', batch(name)).then(
          (answer) => answer.status,
          () => 0,
        )
        if (status !== 200) break
        answered.push(name)
      }
      child.kill('SIGKILL')
      if (child.signalCode === null) await once(child, 'exit')
    }
    expect(answered.length).toBeGreaterThan(100)
    const witness = connectionTo(file)
    const kept = witness.prepare('SELECT uid, count(*) AS n FROM event GROUP BY uid').all() as {
      uid: string
      n: number
    }[]
    expect(witness.pragma('integrity_check', { simple: true })).toBe('ok')
    witness.close()
    const uids = new Set(kept.map((row) => row.uid))
    for (const name of answered) for (let at = 0; at < 20; at++) expect(uids.has(`${name}-${at}`)).toBe(true)
    expect(kept.every((row) => row.n === 1)).toBe(true)
    // A batch is there whole or not at all.
    expect(uids.size % 20).toBe(0)
  })
})

describe('a file that another connection writes', () => {
  it('is answered 503 with Retry-After, is reported, and takes the batch when it is free', async () => {
    const troubles: string[] = []
    const backend = await runningBackend({ report: (trouble) => troubles.push(trouble) })
    const other = connectionTo(backend.file)
    other.exec('BEGIN IMMEDIATE')
    const refused = await backend.post('/v1/logs', batch('a'))
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await refused.json()).toEqual({ message: expect.stringContaining('database is locked') })
    expect(troubles).toHaveLength(1)
    expect((await backend.get('/api/events')).events).toEqual([])
    // What brings nothing to store needs no lock.
    expect((await backend.post('/v1/logs', logs({}))).status).toBe(200)
    other.exec('ROLLBACK')
    other.close()
    expect((await backend.post('/v1/logs', batch('a'))).status).toBe(200)
    expect(backend.counts).toEqual({ stored: 20, duplicates: 0, rejected: 0 })
  })
})

describe.skipIf(process.platform === 'win32')('a disk without room', () => {
  it('is answered 503, keeps what was answered 200 and nothing of the rest, and is still read', async () => {
    const file = join(scratchFolder(), 'backend.db')
    const { url } = await spawnBackend(file, 1024)
    const { post, get, rows } = clientOf(url, file)
    let answered = 0
    let status = 200
    while (answered < 1000) {
      const answer = await post('/v1/logs', batch(`batch-${answered}`, 50))
      status = answer.status
      await answer.body?.cancel()
      if (status !== 200) break
      answered++
    }
    expect(status).toBe(503)
    expect(answered).toBeGreaterThan(0)
    expect((await post('/v1/logs', batch('later', 50))).status).toBe(503)
    expect((await get('/api/goals')).goals).toMatchObject([{ events: 50 * answered }])
    expect(rows('SELECT count(*) AS n FROM event')).toEqual([{ n: BigInt(50 * answered) }])
  })
})
