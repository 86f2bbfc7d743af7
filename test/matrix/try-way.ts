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
const SPANS = ['create_goal', 'account_goal_usage', 'set_goal_status', 'clear_goal']
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
    const arrived = () => receiver.logs.length >= EVENTS.length && (own || receiver.spans.length >= SPANS.length)
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
  const goalSpans = SPANS.map((name) => spans.find((span) => span.name === name))
  const [clear] = goalSpans.slice(-1)
  expect(
    'events',
    logs.map(({ eventName }) => eventName),
    EVENTS,
  )
  expect('different uids', new Set(logs.map(({ uid }) => uid)).size, EVENTS.length)
  expect(
    'spans',
    spans.map(({ name }) => name).filter((name) => name !== 'turn'),
    SPANS,
  )
  expect(
    'spans of events',
    logs.map(({ spanId }) => spanId),
    goalSpans.map((span) => span?.spanId),
  )
  const parents = goalSpans.map((span) => span?.parentSpanId || undefined)
  expect('parents', parents, own ? [turn?.spanId, turn?.spanId, turn?.spanId, undefined] : Array(4).fill(undefined))
  if (own) expect("the agent's own span", turn?.name, 'turn')
  if (own) expect('trace', new Set([turn, ...goalSpans.slice(0, 3)].map((span) => span?.traceId)).size, 1)
  if (own && clear?.traceId === turn?.traceId) wrong.push('a change outside the turn is in its trace')
  // The app's own provider has detected the process; goaltrace's private one has the service only.
  expect(
    "spans of the app's own provider",
    goalSpans.map((span) => span?.resource['process.pid'] !== undefined),
    Array(4).fill(own),
  )
  expect(
    'services',
    [...logs, ...spans].map(({ resource }) => resource['service.name']),
    Array(own ? 9 : 8).fill('agent'),
  )
  return wrong
}
