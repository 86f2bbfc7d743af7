import { gzipSync } from 'node:zlib'
import { ROUTES } from '../../src/backend/routes.ts'
import { anyValue, goalRecord, keyValues, logs, payload, RESOURCE } from '../../test/backend/goal-records.ts'
import { encode } from '../../test/backend/otlp-encoder.ts'
import { binaryBody, jsonBody } from './bodies.ts'
import type { Random } from './random.ts'

export interface FuzzedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

const SPAN = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'set_goal_status',
  kind: 1,
  startTimeUnixNano: '1790000000123456789',
  endTimeUnixNano: '1790000000123556789',
  attributes: keyValues({ 'agent_goal.id': 'goal-1', list: { a: 1 } }),
  status: { code: 2, message: 'refused' },
}
const resource = { attributes: keyValues(RESOURCE) }
const METRICS = {
  resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: 'a', sum: { dataPoints: [{}] } }] }] }],
}
const TRACES = {
  resourceSpans: [{ resource, scopeSpans: [{ spans: [SPAN, { ...SPAN, spanId: 'b7ad6b7169203332' }] }] }],
}

function someLogs(random: Random): object {
  const goal = { 'agent_goal.id': `goal-${random.below(50)}`, 'gen_ai.conversation.id': `thread-${random.below(9)}` }
  const at = { timeUnixNano: String(1_790_000_000_000_000_000n + BigInt(random.below(1_000_000))) }
  const named = goalRecord({ ...goal, 'log.record.uid': `uid-${random.below(1_000_000)}` }, at)
  return random.once(3) ? logs(named, { ...at, body: anyValue(payload({ goal_id: 'goal-1' })) }) : logs(named)
}

const QUERIES = [
  'limit',
  'after',
  'since',
  'until',
  'thread',
  'goal',
  'state',
  'kind',
  'status',
  'service',
  'search',
  'cursor',
  'newest',
]
const VALUES = [
  '0',
  '1',
  '100',
  '-1',
  '1e9',
  '99999999999999999999',
  '',
  'goal-1',
  'active',
  'cleared',
  '%00',
  '%ff',
  '%',
  "'",
  '%F0%9F%98%80',
]
const TIMES = ['2026-09-21', '2026-09-21T14:13:20Z', '2026-09-21T14:13:20.123+02:00', '0000-01-01', '9999-12-31', 'now']

/** The streams of events never end, so they are not requested here. */
const PATHS = [
  ...Object.keys(ROUTES).filter((path) => !path.endsWith('/stream')),
  '/',
  '/nowhere',
  '/api/goals/%/x',
  '//',
  '/api/../v1/logs',
]

export function fuzzedRequest(random: Random): FuzzedRequest {
  return random.once(4) ? question(random) : post(random)
}

function post(random: Random): FuzzedRequest {
  const codex = random.once(3)
  const kind = random.below(4)
  const [path, good] = codex
    ? ['/codex/analytics-events/events', { events: [payload({ goal_id: `goal-${random.below(50)}` }), payload()] }]
    : kind === 0
      ? ['/v1/traces', TRACES]
      : kind === 1
        ? ['/v1/metrics', METRICS]
        : ['/v1/logs', someLogs(random)]
  const binary = !codex && random.once(2)
  const message = path === '/v1/traces' ? 'Traces' : 'Logs'
  let body: string | Buffer = binary
    ? binaryBody(random, path === '/v1/metrics' ? Buffer.from([10, 2, 18, 0]) : encode(message, good))
    : jsonBody(random, good)
  const headers: Record<string, string> = { 'content-type': binary ? 'application/x-protobuf' : 'application/json' }
  if (random.once(10)) {
    body = binaryBody(random, gzipSync(body))
    headers['content-encoding'] = 'gzip'
  }
  if (random.once(100))
    headers['content-type'] = random.of(['text/plain', 'application/json; x', 'x', 'application/x-protobuf'])
  if (random.once(200)) headers['content-encoding'] = random.of(['br', 'gzip', 'identity', 'x'])
  return { method: 'POST', path: random.once(100) ? random.of(PATHS) : path, headers, body }
}

function question(random: Random): FuzzedRequest {
  const path = random
    .of(PATHS)
    .replace(/\{\w+\}/g, () => (random.once(2) ? `goal-${random.below(50)}` : random.of(VALUES)))
  const parameters = Array.from({ length: random.below(4) }, () => {
    const name = random.of(QUERIES)
    return `${name}=${name === 'since' || name === 'until' ? random.of(TIMES) : random.of(VALUES)}`
  })
  const method = random.once(20) ? random.of(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']) : 'GET'
  return { method, path: `${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`, headers: {}, body: '' }
}
