import { expect, it, vi } from 'vitest'
import { deliveryFault } from '../../src/telemetry/delivery-fault.ts'
import { destination } from '../../src/telemetry/destination.ts'
import { exporters } from '../../src/telemetry/exporters.ts'
import { warnings } from '../capture/observed-goals.ts'

const ALL = 'OTEL_EXPORTER_OTLP_ENDPOINT'
const LOGS = 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT'

it.each([
  [ALL, '127.0.0.1:4400', '127.0.0.1:4400 is not an address, and taken as if it were not set', 'http://127.0.0.1:4400'],
  [LOGS, 'localhost:4400', 'localhost:4400 is not an address', 'http://localhost:4400'],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'me:secret@host:1', '…@host:1 is not an address', 'http://…@host:1'],
  ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', ':4318', ':4318 is not an address, and taken as if', 'http://localhost:4318'],
])('%s=%s is said once to be no address', (variable, endpoint, sentence, example) => {
  const said = warnings()
  for (let times = 0; times < 2; times++) exporters({ [variable]: endpoint })
  expect(said).toHaveLength(1)
  expect(said[0]).toContain(`${variable}=${sentence}`)
  expect(said[0]).toMatch(new RegExp(`write it with http:// or https://, such as ${example}$`))
})

it.each([
  ['http://host:4400 ', '"http://host:4400 " is not an address, and taken as if it were not set'],
  [' http://me:secret@host:4400', '"…@host:4400" is not an address'],
])('an address with white space around it, "%s", is said to be none', async (endpoint, sentence) => {
  // A sentence is said once in a process, and another test has had it said.
  vi.resetModules()
  const said = warnings()
  const { exporters } = await import('../../src/telemetry/exporters.ts')
  exporters({ [ALL]: endpoint })
  expect(said).toEqual([`goaltrace: ${ALL}=${sentence}: write it without the white space around it`])
})

it.each([
  [{ [ALL]: 'http://all:4400 ' }, 'http://localhost:4318'],
  [{ [ALL]: ' http://all:4400' }, 'http://all:4400'],
  [{ [ALL]: 'http://all', [LOGS]: ' ' }, 'http://all'],
  [{}, 'http://localhost:4318'],
  [{ [ALL]: '127.0.0.1:4400' }, 'http://localhost:4318'],
  [{ [ALL]: 'https://me:secret@host/otlp/?key=secret', [LOGS]: '' }, 'https://host/otlp'],
  [{ [ALL]: 'http://all', [LOGS]: 'http://logs/v1/logs' }, 'http://logs/v1/logs'],
  [{ OTEL_LOGS_EXPORTER: 'console' }, 'the console'],
])('%j sends to %s', (env, to) => {
  expect(destination(env)).toBe(to)
})

it('names no variable that an exporter of the agent does not follow', () => {
  const error = Object.assign(new Error('Unauthorized'), { code: 401 })
  const fault = deliveryFault(error, "the agent's own exporter")
  expect(fault.message).toBe("the agent's own exporter: it answers 401 Unauthorized")
  expect(fault.cause).toBe(error)
})
