import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startBackend } from '../src/backend/server.ts'
import { ObservedGoals } from '../src/cli/demo/observed-goals.ts'
import { parseSteps, playSteps } from '../src/cli/demo/steps.ts'
import { StoredEvents } from '../src/cli/demo/stored-events.ts'
import type { CodexGoalEvent } from '../src/codex/codex-goal-event.ts'
import type { ThreadContext } from '../src/event/goal-context.ts'
import {
  comparable,
  type GoldenEvent,
  type GoldenParams,
  goldenEvents,
  goldenParams,
  RECORDINGS,
  type Recording,
  recordings,
} from './goal/golden.ts'

const BIN = fileURLToPath(new URL('../bin/goaltrace.cjs', import.meta.url))

describe('the steps of real Codex, through the whole way to a backend', () => {
  it(`are in ${RECORDINGS}`, () => {
    expect(recordings()).not.toHaveLength(0)
  })

  for (const recording of recordings()) {
    it(`${recording.name}: are stored as the payloads that Codex posted`, async () => {
      const posted = goldenEvents(recording.goldenFile)
      const golden = posted.map((event) => event.event_params)
      const stored = await play(recording, posted)
      const params = stored.map(({ event_type, event_params, ...more }) => {
        expect([event_type, more]).toEqual(['codex_goal_event', {}])
        return event_params
      })
      // In Codex's order too, and none of them missing: comparable() asks only for those that are there.
      expect(params.map(Object.keys)).toEqual(golden.map(Object.keys))
      const { actual, expected } = comparable(params, golden)
      expect(actual).toEqual(expected)
    })
  }
})

describe('goaltrace replay --json', () => {
  for (const recording of recordings().slice(0, 3)) {
    it(`${recording.name}: prints the payloads, a line each`, async () => {
      const golden = goldenParams(recording.goldenFile)
      const printed = await replay(recording, golden)
      const { actual, expected } = comparable(printed.map(fromSteps), golden.map(fromSteps))
      expect(actual).toEqual(expected)
      expect(printed).toHaveLength(golden.length)
    })
  }
})

/** Runtime store, triggers, outbox, relay, OTLP over HTTP, backend: all real, and all in a folder of the test's own. */
async function play({ stepsFile }: Recording, golden: readonly GoldenEvent[]): Promise<CodexGoalEvent[]> {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-recording-'))
  // The relay sends when it is asked to, and not once more when the folder is gone.
  setEnvironment({ GOALTRACE_STATE_DIR: join(folder, 'state'), OTEL_BLRP_SCHEDULE_DELAY: '3600000' })
  const backend = await startBackend({ port: 0, file: join(folder, 'backend.db') })
  let atMs = 0
  const goals = new ObservedGoals(join(folder, 'goals.db'), backend.url, {
    resource: resourceOf(golden[0]?.event_params),
    threads: (threadId) => contextOf(postedNext(golden, threadId, atMs)),
  })
  onTestFinished(async () => {
    goals.close()
    await backend.close()
    rmSync(folder, { recursive: true })
  })
  const clock = { now: Date.now() }
  const steps = parseSteps(readFileSync(stepsFile, 'utf8'), stepsFile)
  const refused = () => {}
  for (const step of playSteps(steps, goals.runtime(clock), clock, refused)) atMs = step.atMs
  await goals.flush()
  expect(backend.counts.rejected).toBe(0)
  return (await new StoredEvents(backend.url).read()).map(({ payload }) => payload)
}

async function replay({ stepsFile }: Recording, golden: readonly GoldenParams[]): Promise<GoldenParams[]> {
  const resource = Object.entries(resourceOf(golden[0])).map(([key, value]) => `${key}=${value}`)
  const child = spawn(process.execPath, [BIN, 'replay', stepsFile, '--json'], {
    env: { PATH: process.env.PATH, OTEL_RESOURCE_ATTRIBUTES: resource.join(',') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  expect(await once(child, 'close')).toEqual([0, null])
  const lines = out.split('\n')
  expect(lines.pop()).toBe('')
  return lines.map((line) => (JSON.parse(line) as CodexGoalEvent).event_params)
}

/** Of an event, all but what no step has. */
function fromSteps(params: GoldenParams): GoldenParams {
  const {
    app_server_client: _client,
    session_id: _session,
    thread_source: _source,
    subagent_source: _subagent,
    parent_thread_id: _parent,
    ...known
  } = params
  return known as GoldenParams
}

function resourceOf(params: GoldenParams | undefined): Record<string, string> {
  if (params === undefined) return {}
  const { runtime } = params
  return {
    'service.version': runtime.codex_rs_version,
    'os.type': runtime.runtime_os,
    'os.version': runtime.runtime_os_version,
    'host.arch': runtime.runtime_arch,
  }
}

/** Of a thread's events the one that a step then leads to, as another client may have taken the thread over by then. */
function postedNext(golden: readonly GoldenEvent[], threadId: string, atMs: number): GoldenParams | undefined {
  const ofThread = golden.filter(({ event_params }) => event_params.thread_id === threadId)
  return (ofThread.find((event) => event.at_ms >= atMs) ?? ofThread.at(-1))?.event_params
}

function contextOf(params: GoldenParams | undefined): ThreadContext | undefined {
  return (
    params && {
      sessionId: params.session_id,
      client: {
        id: params.app_server_client.product_client_id,
        name: params.app_server_client.client_name,
        version: params.app_server_client.client_version,
        rpcTransport: params.app_server_client.rpc_transport,
        experimentalApi: params.app_server_client.experimental_api_enabled,
      },
      threadSource: params.thread_source,
      subagentSource: params.subagent_source,
      parentThreadId: params.parent_thread_id,
    }
  )
}

function setEnvironment(values: Record<string, string>): void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, values)
  onTestFinished(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
}
