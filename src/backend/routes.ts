import type { IncomingMessage } from 'node:http'
import { codexEvents } from './codex-events.ts'
import type { EventStore, Stored } from './event-store.ts'
import type { Intake } from './intake.ts'
import { Malformed } from './malformed.ts'
import { otlpLogs } from './otlp-logs.ts'
import { eventsJson, goalsJson, type Page, rejectedJson } from './queries.ts'
import { Refusal } from './refusal.ts'
import { mediaType, readBody, readJson } from './request-body.ts'

export interface Answer {
  readonly type: string
  readonly body: string
}

export interface Visit {
  readonly request: IncomingMessage
  readonly query: URLSearchParams
  readonly store: EventStore
  readonly took: (stored: Stored) => void
}

type Route = (visit: Visit) => Answer | Promise<Answer>

export const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/': { GET: () => ({ type: 'text/plain; charset=utf-8', body: WELCOME }) },
  '/healthz': { GET: () => json('{"status":"ok"}') },
  '/v1/logs': {
    POST: async (visit) => {
      const { rejected } = await ingest(visit, otlpLogs)
      const [first] = rejected
      if (!first) return json('{}')
      const rejectedLogRecords = String(rejected.length)
      const errorMessage = `Goal records kept aside, see GET /api/rejected; the first for: ${first.reason}`
      return json(JSON.stringify({ partialSuccess: { rejectedLogRecords, errorMessage } }))
    },
  },
  '/v1/traces': { POST: dropped },
  '/v1/metrics': { POST: dropped },
  '/codex/analytics-events/events': {
    POST: async (visit) => {
      const { rejected } = await ingest(visit, codexEvents)
      return json(JSON.stringify({ rejected: rejected.length }))
    },
  },
  '/api/events': { GET: ({ store, query }) => json(eventsJson(store.database, page(query))) },
  '/api/goals': { GET: ({ store, query }) => json(goalsJson(store.database, page(query))) },
  '/api/rejected': { GET: ({ store, query }) => json(rejectedJson(store.database, page(query))) },
}

async function ingest(visit: Visit, read: (body: unknown, receivedAtMs: number) => Intake): Promise<Intake> {
  const body = await readJson(visit.request)
  const receivedAtMs = Date.now()
  const intake = intakeOf(() => read(body, receivedAtMs))
  visit.took(visit.store.append(intake, receivedAtMs))
  return intake
}

function intakeOf(read: () => Intake): Intake {
  try {
    return read()
  } catch (error) {
    if (error instanceof Malformed) throw new Refusal(400, `The body is not what this address reads: ${error.message}.`)
    throw error
  }
}

/**
 * An agent that sends all of its signals to one endpoint must not see errors for those that are not kept here. In
 * protobuf an empty message, the full success, has no bytes.
 */
async function dropped({ request }: Visit): Promise<Answer> {
  await readBody(request)
  const type = mediaType(request)
  return type === 'application/x-protobuf' ? { type, body: '' } : json('{}')
}

function page(query: URLSearchParams): Page {
  return {
    after: whole(query, 'after', 0, Number.MAX_SAFE_INTEGER),
    limit: whole(query, 'limit', 100, 1000),
    thread: query.get('thread'),
    goal: query.get('goal'),
  }
}

function whole(query: URLSearchParams, name: string, otherwise: number, most: number): number {
  const given = query.get(name)
  if (given === null) return otherwise
  if (!/^\d{1,15}$/.test(given) || Number(given) > most) {
    throw new Refusal(400, `${name}=${given} is not a whole number from 0 to ${most}.`)
  }
  return Number(given)
}

function json(body: string): Answer {
  return { type: 'application/json', body }
}

const WELCOME = `goaltrace backend: the goals of your agents

POST /v1/logs                          OTLP/HTTP JSON: goal events
POST /codex/analytics-events/events    {"events":[…]}, as Codex posts it
GET  /api/goals                        one a goal: status, tokens, time
GET  /api/events?after=CURSOR          newest last; filters: thread, goal
GET  /api/rejected                     goal records kept aside, with the reason
GET  /healthz
`
