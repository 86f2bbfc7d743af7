/** node schemathesis.ts ST [options]: fills a backend with goals, and has schemathesis (the program ST) try it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { startBackend } from '../../src/backend/server.ts'
import { goalRecord, logs } from './goal-records.ts'

const GOLDEN = new URL('../recordings/golden/', import.meta.url)

const [st = 'st', ...options] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'goaltrace-schemathesis-'))
const troubles: string[] = []
const backend = await startBackend({
  port: 0,
  file: join(folder, 'backend.db'),
  jaeger: 'http://127.0.0.1:16686',
  report: (trouble) => troubles.push(trouble),
})
try {
  await fill(backend.url)
  const child = spawn(
    st,
    [
      ...['run', `${backend.url}/openapi.json`, '--url', backend.url, '--checks', 'all', '--mode', 'all'],
      // A stream has no end: stream.test.ts is about it.
      ...['--exclude-path', '/api/events/stream'],
      ...[
        '--phases',
        'examples,coverage,fuzzing',
        '--max-examples',
        '60',
        '--seed',
        '1',
        '--generation-database',
        'none',
      ],
      ...['--request-timeout', '10', '--continue-on-failure'],
      ...options,
    ],
    { stdio: 'inherit', cwd: folder },
  )
  const [code] = (await once(child, 'exit')) as [number | null]
  for (const trouble of troubles) console.error(trouble)
  process.exitCode = code === 0 && troubles.length > 0 ? 1 : (code ?? 1)
} finally {
  await backend.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Goals of recorded sessions, events with all that may stand beside a payload, and a record kept aside. */
async function fill(url: string): Promise<void> {
  const bodies: [string, unknown][] = readdirSync(GOLDEN).flatMap((file) => {
    const text = readFileSync(new URL(file, GOLDEN), 'utf8')
    return file.endsWith('.json') ? [['/codex/analytics-events/events', { events: JSON.parse(text) }]] : []
  })
  const hostile = goalRecord({
    'agent_goal.objective': '</script>\u0000\u001b[31m‮',
    'agent_goal.turn.id': 'turn \ud800',
  })
  const bad = goalRecord({ 'agent_goal.status': 'asleep' })
  bodies.push(['/v1/logs', logs(goalRecord(), goalRecord({}, { eventName: 'agent_goal.created' }), hostile, bad)])
  for (const [path, body] of bodies) {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`)
  }
}
