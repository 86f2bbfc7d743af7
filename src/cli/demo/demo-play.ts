import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../lib/command.ts'
import { committedChanges } from '../lib/outbox-of-file.ts'
import { packageFile, registerUrl } from '../lib/package-file.ts'
import { ObservedGoals } from './observed-goals.ts'
import type { Stage } from './stage.ts'
import { parseSteps, playSteps } from './steps.ts'

/** Recorded sessions, and when each of them starts, in milliseconds. */
const RECORDINGS = [
  { name: 'external-create-continue-complete', startMs: 0 },
  { name: 'budget-limited-tool-finish', startMs: 1600 },
  { name: 'turn-error-blocked', startMs: 3200 },
  { name: 'otel-goal-lifecycle', startMs: 4300 },
] as const

/** Objectives are recorded only if that is asked for; these are not secret. */
const CAPTURE = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' }

export interface DemoPlay {
  /** Whether it has come to its end. */
  readonly over: boolean
  /** Rejects where an agent failed. */
  readonly ended: Promise<void>
  /** How many changes of goals were committed so far. */
  changes(): number
  /** Ends what still plays. */
  close(): void
}

/** Plays an agent without any goaltrace code in its own process, and recorded sessions in this one. */
export function startPlay(stage: Stage): DemoPlay {
  const closing = new AbortController()
  const stop = AbortSignal.any([stage.stop, closing.signal])
  const agentFile = join(stage.folder, 'agent.db')
  const codexFile = join(stage.folder, 'codex.db')
  const goals = new ObservedGoals(codexFile, stage.backend.url, {
    resource: { 'service.name': 'codex-recording' },
    captureObjective: true,
  })
  const play = {
    over: false,
    ended: Promise.all([
      runAgent(agentFile, stage, stop),
      ...RECORDINGS.map((recording) => playRecording(recording, goals, stop)),
    ]).then(() => {}),
    changes: () => committedChanges(agentFile) + committedChanges(codexFile),
    close: () => {
      closing.abort()
      goals.close()
    },
  }
  const over = () => {
    play.over = true
  }
  play.ended.then(over, over)
  return play
}

async function runAgent(file: string, stage: Stage, stop: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, ['--import', registerUrl(), packageFile('examples/agent.mjs'), file], {
    // Where no goaltrace.config.json maps other tables.
    cwd: stage.folder,
    env: { ...stage.env, ...CAPTURE, OTEL_SERVICE_NAME: 'example-agent' },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: stop,
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code !== 0) throw new Failure(`The example agent ended with ${signal ?? `exit code ${code}`}: ${said.trim()}`)
}

/** At the pace at which it was recorded. */
async function playRecording(
  { name, startMs }: (typeof RECORDINGS)[number],
  goals: ObservedGoals,
  stop: AbortSignal,
): Promise<void> {
  const file = packageFile(`test/recordings/steps/${name}.jsonl`)
  const steps = parseSteps(readFileSync(file, 'utf8'), file)
  await sleep(startMs, undefined, { signal: stop })
  const began = Date.now()
  const clock = { now: began }
  for (const step of playSteps(steps, goals.runtime(clock), clock, () => {})) {
    await sleep(Math.max(0, began + step.atMs - Date.now()), undefined, { signal: stop })
  }
}
