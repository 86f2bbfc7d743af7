// node test/upgrade/make-fixtures.mjs FOLDER: from an unpacked package of goaltrace 0.1.0, in a folder from which its
// dependencies are found, makes what the upgrade tests need of it: its code, and the files that it leaves behind.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { transform } from 'esbuild'

const [folder] = process.argv.slice(2)
const into = fileURLToPath(new URL('fixtures/0.1.0/', import.meta.url))
mkdirSync(into, { recursive: true })
for (const file of ['register.cjs', 'sdk.cjs', 'exit-worker.mjs']) {
  const { code } = await transform(readFileSync(join(folder, 'dist', file), 'utf8'), { minify: true, platform: 'node' })
  writeFileSync(join(into, `${file}.gz`), gzipSync(code, { level: 9 }))
}

const scratch = mkdtempSync(join(tmpdir(), 'goaltrace-0.1.0-'))
const state = join(scratch, 'state')
const [port, proxyPort] = [4391, 4392]
const backend = spawn(
  process.execPath,
  [join(folder, 'bin/goaltrace.cjs'), 'backend', '--port', String(port), '--db', join(scratch, 'backend.db')],
  { stdio: 'inherit' },
)
await sleep(2000)

// In front of the backend, so that it refuses what a backend takes.
let isDown = false
const proxy = createServer(async (request, response) => {
  const chunks = await Array.fromAsync(request)
  const body = Buffer.concat(chunks)
  if (isDown || body.includes('poisoned')) return response.writeHead(isDown ? 503 : 400).end()
  const headers = { 'content-type': request.headers['content-type'] }
  const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, { method: 'POST', headers, body })
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()))
}).listen(proxyPort)
await once(proxy, 'listening')

async function agent(...lines) {
  const script = fileURLToPath(new URL('agent.mjs', import.meta.url))
  const register = join(folder, 'dist/register.cjs')
  const child = spawn(process.execPath, ['--require', register, script, join(scratch, 'goals.sqlite')], {
    env: {
      ...process.env,
      GOALTRACE_STATE_DIR: state,
      OTEL_SERVICE_NAME: 'agent',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${proxyPort}`,
    },
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  for (const line of lines) {
    child.stdin.write(`${line}\n`)
    await sleep(1000)
  }
  child.kill('SIGKILL')
  await once(child, 'close')
}

await agent('create delivered', 'spend delivered', 'spend delivered', 'create poisoned', 'spend delivered')
isDown = true
await agent('spend delivered', 'create pending', 'spend pending')
backend.kill('SIGTERM')
await once(backend, 'close')
proxy.close()

// With its WAL in it.
const [ack] = readdirSync(state).filter((name) => name.endsWith('.ack'))
for (const [from, to] of [
  ['goals.sqlite', 'goals.sqlite'],
  [`state/${ack}`, 'goals.ack'],
  ['backend.db', 'backend.sqlite'],
]) {
  const database = new Database(join(scratch, from))
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
  writeFileSync(join(into, `${to}.gz`), gzipSync(readFileSync(join(scratch, from)), { level: 9 }))
}
