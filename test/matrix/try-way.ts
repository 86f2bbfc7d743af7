import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Receiver } from '../receiver.ts'
import type { Cell } from './cells.ts'
import type { Installed } from './install.ts'
import { starts, type Way } from './ways.ts'

const EVENTS = ['created', 'usage_accounted', 'status_changed', 'cleared'].map((name) => `agent_goal.${name}`)
/** Of the changes that the agent makes in a span of its own; without one, the goal's trace shows all but the first. */
const CHANGES = ['create_goal', 'account_goal_usage', 'set_goal_status']
const OF_GOAL = ['active', 'goal']
const PATIENCE_MS = 20_000

interface End {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the agent without goaltrace and with it. @returns what is wrong, or nothing. */
export async function tryWay(cell: Cell, way: Way, { folder, node, nodeArgs }: Installed): Promise<string[]> {
  const own = cell.openTelemetry !== 'none'
  const start = starts(cell, way)
  const receiver = await Receiver.listen()
  const scratch = mkdtempSync(join(tmpdir(), 'goaltrace-matrix-'))
  const run = (args: readonly string[], file: string, until: () => boolean) =>
    runAgent(
      node,
      [...nodeArgs, ...args, way.agent, join(scratch, file), ...(way.exits ? ['exit'] : [])],
      folder,
      until,
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        GOALTRACE_STATE_DIR: join(scratch, 'state'),
        ...(way.exits && { OTEL_BLRP_SCHEDULE_DELAY: '600000', GOALTRACE_EXIT_LIMIT: String(PATIENCE_MS) }),
      },
    )
  try {
    const bare = await run(start.bare, 'bare.sqlite', () => true)
    receiver.forget()
    const arrived = () => receiver.logs.length >= EVENTS.length && (own || receiver.spans.length >= 1 + OF_GOAL.length)
    const observed = await run(start.observed, 'observed.sqlite', arrived)
    return [...differences(bare, observed), ...missing(receiver, own)]
  } finally {
    await receiver.stop()
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function runAgent(
  node: string,
  args: readonly string[],
  cwd: string,
  until: () => boolean,
  env: NodeJS.ProcessEnv,
): Promise<End> {
  const child = spawn(node, args, {
    cwd,
    env: {
      PATH: process.env.PATH,
      OTEL_SERVICE_NAME: 'agent',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      OTEL_NODE_RESOURCE_DETECTORS: 'env,process',
      ...env,
    },
    stdio: 'pipe',
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const started = Date.now()
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve))
  while (child.exitCode === null && !until() && Date.now() - started < PATIENCE_MS) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  child.stdin.end()
  const late = setTimeout(() => void child.kill('SIGKILL'), PATIENCE_MS)
  const code = await ended
  clearTimeout(late)
  // Node's own warnings contain the process id.
  return { code, stdout, stderr: stderr.replaceAll(`(node:${child.pid})`, '(node)') }
}

function differences(bare: End, observed: End): string[] {
  if (bare.code !== 0) return [`the agent alone ends with ${bare.code}: ${bare.stderr}`]
  if (isDeepStrictEqual(bare, observed)) return []
  return [`the agent ended with ${JSON.stringify(observed)}, without goaltrace with ${JSON.stringify(bare)}`]
}

/** Events, spans, parents and providers, as they are to be. */
function missing({ logs, spans }: Receiver, own: boolean): string[] {
  const wrong: string[] = []
  const expect = (what: string, found: unknown, wanted: unknown) => {
    if (!isDeepStrictEqual(found, wanted)) {
      wrong.push(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
    }
  }
  const turn = spans.find(({ name }) => name === 'turn')
  const changes = CHANGES.slice(0, own ? 3 : 1).map((name) => spans.find((span) => span.name === name))
  const root = spans.find(({ name }) => name === 'goal')
  expect(
    'events',
    logs.map(({ eventName }) => eventName),
    EVENTS,
  )
  expect('different uids', new Set(logs.map(({ uid }) => uid)).size, EVENTS.length)
  expect(
    'spans',
    spans.map(({ name }) => name).filter((name) => name !== 'turn'),
    [...CHANGES.slice(0, changes.length), ...OF_GOAL],
  )
  expect(
    'spans of events',
    logs.map(({ spanId }) => spanId || undefined),
    // The goal is complete before it is cleared.
    [...changes, ...(own ? [] : [root, root])].map((span) => span?.spanId).concat([undefined]),
  )
  const parents = changes.map((span) => span?.parentSpanId || undefined)
  expect(
    'parents',
    parents,
    changes.map(() => (own ? turn?.spanId : root?.spanId)),
  )
  expect('the trace of the goal', spans.find(({ name }) => name === 'active')?.parentSpanId, root?.spanId)
  if (own) expect("the agent's own span", turn?.name, 'turn')
  if (own) expect('trace', new Set([turn, ...changes].map((span) => span?.traceId)).size, 1)
  if (own && root?.traceId === turn?.traceId) wrong.push("the goal's trace is the agent's")
  // The app's own provider has detected the process; goaltrace's private one has the service only.
  expect(
    "spans of the app's own provider",
    [...changes, root].map((span) => span?.resource['process.pid'] !== undefined),
    Array(changes.length + 1).fill(own),
  )
  expect(
    'services',
    [...logs, ...spans].map(({ resource }) => resource['service.name']),
    Array(own ? 10 : 7).fill('agent'),
  )
  return wrong
}
