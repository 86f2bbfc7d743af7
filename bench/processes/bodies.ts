import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { codexEvent } from './codex-event.ts'

/** Requests to a backend, made once and then changed in place, so that they cost the sender next to nothing. */

export interface Bodies {
  readonly path: string
  readonly type: string
  /** Goal events in each. */
  readonly events: number
  /** The next body: new uids, and after some time new goals. The previous buffer is overwritten. */
  next(): Buffer
}

const GOALS = 50
/**
 * After this many thousands of events all goals are new: the first create them, the last end them, so each has 40
 * events.
 */
const LIFE = 2

export const BODIES = {
  events: () => codexEvents(1000),
  json: () => otlp('application/json', JsonLogsSerializer),
  protobuf: () => otlp('application/x-protobuf', ProtobufLogsSerializer),
  single: () => codexEvents(1),
  // As relays send them: mostly one, after an outage as many as a batch holds.
  one: () => otlp('application/json', JsonLogsSerializer, 1),
  fifty: () => otlp('application/json', JsonLogsSerializer, 50),
  batch: () => otlp('application/json', JsonLogsSerializer, 512),
} satisfies Record<string, () => Bodies>

export type BodyName = keyof typeof BODIES

/** Placeholders in a template for the changing part of a uid and of a goal's ids; neither occurs otherwise. */
const UID = 'aaaaaaaaaaaa'
const GROUP = 'gggggg'
/** Uids of a later run sort after those of an earlier one. */
const RUN = Date.now().toString(16).padStart(12, '0')
const [firstGroup = 0, beginMs = 0, stepMs = 0] = process.argv.slice(6).map(Number)
/** When all occurred, unless the sender is given the start of its first goals and the interval to the next ones. */
const TIME = '1790000000000000000'
let made = 0
let uids = 0

/**
 * @param templates One for each thousand events of a goal's history.
 */
function bodies(path: string, type: string, events: number, templates: readonly Uint8Array[]): Bodies {
  const buffers = templates.map((template) => {
    const buffer = Buffer.from(template)
    return { buffer, uids: placesOf(buffer, UID), groups: placesOf(buffer, GROUP), times: placesOf(buffer, TIME) }
  })
  return {
    path,
    type,
    events,
    next() {
      const thousand = Math.floor((made++ * events) / 1000)
      const group = String(firstGroup + Math.floor(thousand / LIFE)).padStart(GROUP.length, '0')
      const { buffer, ...places } = buffers[thousand % buffers.length] as (typeof buffers)[number]
      for (const at of places.uids) buffer.write((uids++).toString(16).padStart(UID.length, '0'), at, 'latin1')
      for (const at of places.groups) buffer.write(group, at, 'latin1')
      if (beginMs > 0) {
        const time = `${Math.round(beginMs + (stepMs * thousand) / LIFE)}000000`
        for (const at of places.times) buffer.write(time, at, 'latin1')
      }
      return buffer
    },
  }
}

function codexEvents(size: number): Bodies {
  const templates = Array.from({ length: LIFE }, (_, thousand) => {
    const events = Array.from({ length: size }, (_, at) => payload(eventAt(size === 1 ? GOALS : at, thousand)))
    return Buffer.from(JSON.stringify({ events }))
  })
  return bodies('/codex/analytics-events/events', 'application/json', size, templates)
}

function otlp(type: string, serializer: typeof JsonLogsSerializer, size = 1000): Bodies {
  const templates = Array.from({ length: LIFE }, (_, thousand) => {
    const records = Array.from({ length: size }, (_, at) => logRecord(eventAt(size === 1 ? GOALS : at, thousand)))
    return serializer.serializeRequest(records) as Uint8Array
  })
  return bodies('/v1/logs', type, size, templates)
}

interface BenchEvent {
  readonly at: number
  readonly kind: string
  readonly status: string
}

function eventAt(at: number, thousand: number): BenchEvent {
  if (thousand === 0 && at < GOALS) return { at, kind: 'created', status: 'active' }
  if (thousand === LIFE - 1 && at >= 1000 - GOALS) return { at, kind: 'status_changed', status: 'complete' }
  return { at: at + 1000 * thousand, kind: 'usage_accounted', status: 'active' }
}

const resource = resourceFromAttributes({
  'service.name': 'bench-agent',
  'service.version': '1.2.3',
  'service.instance.id': '627cc493-f310-47de-96bd-71410b7dec09',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.name': 'opentelemetry',
  'telemetry.sdk.version': '2.12.0',
  'os.type': 'linux',
  'os.version': '12.0.0',
  'host.arch': 'amd64',
})

/** A single object: exporters group by it. */
const instrumentationScope = { name: 'goaltrace', version: '0.1.0' }

/** As the relay sends it. */
function logRecord({ at, kind, status }: BenchEvent): ReadableLogRecord {
  return {
    eventName: `agent_goal.${kind}`,
    hrTime: [Number(TIME) / 1e9, 0],
    hrTimeObserved: [Number(TIME) / 1e9, 0],
    severityNumber: 9,
    spanContext: {
      traceId: at.toString(16).padStart(32, '5'),
      spanId: at.toString(16).padStart(16, '5'),
      traceFlags: 1,
    },
    attributes: {
      'log.record.uid': `${RUN.slice(0, 8)}-${RUN.slice(8)}-7000-8000-${UID}`,
      'gen_ai.conversation.id': threadOf(at),
      'session.id': threadOf(at),
      'agent_goal.id': goalOf(at),
      'agent_goal.status': status,
      'agent_goal.client.id': 'bench-agent',
      'agent_goal.client.rpc_transport': 'in_process',
      'agent_goal.source': 'reported',
      'agent_goal.turn.id': `turn-${at}`,
      'agent_goal.has_token_budget': true,
      'agent_goal.token_budget': 1_000_000,
      'agent_goal.usage.tokens': 700 * at,
      'agent_goal.usage.duration': 3 * at,
      'agent_goal.objective_length': 21,
    },
    droppedAttributesCount: 0,
    resource,
    instrumentationScope,
  } as unknown as ReadableLogRecord
}

function payload({ at, kind, status }: BenchEvent): object {
  const usage = kind === 'usage_accounted' ? { tokens: 700 * at, seconds: 3 * at } : {}
  return codexEvent({ threadId: threadOf(at), goalId: goalOf(at), turnId: `turn-${at}`, kind, status, ...usage })
}

function threadOf(at: number): string {
  return `019a0000-${GROUP}-7000-8000-0000000000${String(at % GOALS).padStart(2, '0')}`
}

function goalOf(at: number): string {
  return `5fd7a4d0-${GROUP}-4000-8000-0000000000${String(at % GOALS).padStart(2, '0')}`
}

function placesOf(buffer: Buffer, text: string): number[] {
  const places: number[] = []
  for (let at = buffer.indexOf(text); at >= 0; at = buffer.indexOf(text, at + text.length)) places.push(at)
  return places
}
