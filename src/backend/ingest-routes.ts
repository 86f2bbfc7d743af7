import { codexEvents } from './codex-events.ts'
import type { Intake } from './intake.ts'
import { Malformed } from './malformed.ts'
import { otlpLogs } from './otlp-logs.ts'
import { Refusal } from './refusal.ts'
import { mediaType, readBody, readJson } from './request-body.ts'
import { type Answer, json, type Methods, type Visit } from './route.ts'

/** Where agents and Collectors send to. */
export const INGEST_ROUTES: Readonly<Record<string, Methods>> = {
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
