import { once } from 'node:events'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import { type DemoPlay, startPlay } from '../demo/demo-play.ts'
import { openStage, type Stage } from '../demo/stage.ts'
import { changesOf, printPayload, type StoredEvent, StoredEvents } from '../demo/stored-events.ts'
import { type Command, Failure, parse } from '../lib/command.ts'
import { eventLine, heading } from '../terminal/event-line.ts'
import { goalHistories } from '../terminal/goal-history.ts'
import { goalTable } from '../terminal/table.ts'
import { legend } from '../terminal/timeline.ts'
import { portOf } from './backend.ts'

const HELP = `goaltrace demo: watch the goals of two agents arrive in a backend

  goaltrace demo [--once] [--json] [--port PORT]

  --once        end when all is shown; so it does without a terminal
  --json        one codex_goal_event a line, and nothing else
  --port PORT   where the backend listens   default a free port

An agent with its own SQL (examples/agent.mjs) runs under --import goaltrace/register, and recorded sessions of Codex
are played through goaltrace's store and runtime. Their events go by OTLP over HTTP to a backend, and are shown as it
stores them. All of it is in a temporary folder, and gone in the end.
`

/** Milliseconds from one look at the backend to the next. */
const LOOK = 50
/** Milliseconds for the last events to arrive. */
const LATE = 8000

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values } = parse('demo', args, {
      options: { once: { type: 'boolean' }, json: { type: 'boolean' }, port: { type: 'string', default: '0' } },
    })
    const port = portOf(values.port)
    const stage = await openStage(port)
    try {
      await show(stage, values.json ? printPayload : undefined)
      if (!values.once && process.stdin.isTTY && process.stdout.isTTY) await serve(stage, values.json)
      return 0
    } catch (error) {
      // 128 + SIGINT, as shells say it.
      if (stage.stop.aborted) return 130
      throw error
    } finally {
      await stage.close()
    }
  },
}

async function show(stage: Stage, printJson?: (event: StoredEvent) => void): Promise<void> {
  const startedAt = Date.now()
  const print = printJson ?? ((event: StoredEvent) => printLine(event, startedAt))
  if (!printJson) process.stdout.write(`${introduction(stage)}\n\n${heading('     at')}\n`)
  const arriving = new StoredEvents(stage.backend.url)
  const shown: StoredEvent[] = []
  const look = async () => {
    await sleep(LOOK, undefined, { signal: stage.stop })
    for (const event of await arriving.read()) {
      shown.push(event)
      print(event)
    }
  }
  const play = startPlay(stage)
  try {
    while (!play.over) await look()
    await play.ended
    const lateAt = Date.now() + LATE
    while (changesOf(shown) < play.changes() && Date.now() < lateAt) await look()
    if (!printJson)
      process.stdout.write(`\n${goalTable(goalHistories(shown), startedAt, Date.now())}\n\n${legend()}\n\n`)
    report(shown, play, printJson === undefined)
  } finally {
    play.close()
  }
}

/** @throws {Failure} where something that an agent has committed was not shown. */
function report(shown: readonly StoredEvent[], play: DemoPlay, say: boolean): void {
  const [committed, arrived] = [play.changes(), changesOf(shown)]
  if (arrived !== committed) {
    throw new Failure(
      `The agents have committed ${committed} changes of goals, and ${arrived} were delivered: ` +
        'start it again; if it happens again, please report it with this output.',
    )
  }
  if (say) process.stdout.write(`${committed} committed changes, ${shown.length} events: every one was delivered.\n`)
}

async function serve({ backend, stop }: Stage, json = false): Promise<void> {
  const out = json ? process.stderr : process.stdout
  out.write(
    `The page and the backend go on at ${styleText('underline', backend.url)}: GET /api/goals, /api/events. Ctrl-C stops it.\n`,
  )
  if (!stop.aborted) await once(stop, 'abort')
}

function introduction({ backend }: Stage): string {
  const what = `${styleText('bold', 'goaltrace demo')}: goals of an unedited agent, and of recorded Codex sessions, as a backend stores them`
  return `${what}\nIts page shows them as they move: ${styleText('underline', backend.url)}`
}

function printLine({ occurred_at, payload, attributes }: StoredEvent, startedAt: number): void {
  const at = `${((Date.parse(occurred_at) - startedAt) / 1000).toFixed(2)} s`.padStart(7)
  process.stdout.write(`${eventLine(at, { kind: payload.event_params.event_kind, attributes })}\n`)
}
