/**
 * How many goal events a second the Collector takes, and delivers: node test/collector/throughput.ts [CONFIG [PER_REQUEST]]
 * Sender, Collector and the backend it delivers to share this machine.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { gunzipSync } from 'node:zlib'
import { Collector, textOf, until } from './collector.ts'
import { type GoalRecord, logsRequest, recordings } from './records.ts'

const SECONDS = 10
const SENDERS = 8
const [config = 'config.yaml', perRequest = '50'] = process.argv.slice(2)
const goal = recordings()[0]?.record as GoalRecord
const records = Array.from({ length: Number(perRequest) }, (_, index) => ({ ...goal, uid: `${index}` }))
const request = logsRequest(records)

let delivered = 0
const backend = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const sent = Buffer.concat(chunks)
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
  delivered += body.toString('latin1').split('codex_goal_event').length - 1
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
}).listen(0, '127.0.0.1')
await new Promise((resolve) => backend.once('listening', resolve))

const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`
await using collector = await Collector.start({ ANALYTICS_URL: url }, textOf(config))
let taken = 0
let refused = 0
const start = performance.now()
await Promise.all(
  Array.from({ length: SENDERS }, async () => {
    while (performance.now() - start < SECONDS * 1000) {
      if ((await collector.post('logs', request)) === 200) taken += records.length
      else refused++
    }
  }),
)
const ofTaking = (performance.now() - start) / 1000
const memory = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${collector.pid}/status`, 'utf8'))?.[1]
await until(() => delivered >= taken, 300, 'everything is delivered')
const ofAll = (performance.now() - start) / 1000
backend.close()
backend.closeAllConnections()
console.log(`${config}, ${perRequest} events a request, ${SENDERS} senders:`)
console.log(
  `  taken ${Math.round(taken / ofTaking)}/s, refused ${refused} requests, at most ${Math.round(Number(memory) / 1024)} MB`,
)
console.log(`  delivered ${Math.round(delivered / ofAll)}/s until the last of ${delivered}`)
