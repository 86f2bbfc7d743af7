import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { ObservedGoals } from '../demo/observed-goals.ts'
import { openStage } from '../demo/stage.ts'
import { parseSteps, playSteps, type Step } from '../demo/steps.ts'
import { printPayload, type StoredEvent, StoredEvents } from '../demo/stored-events.ts'
import { type Command, Failure, parseOne } from '../lib/command.ts'
import { eventLine, heading } from '../terminal/event-line.ts'

const HELP = `goaltrace replay: plays recorded steps of an agent through the whole way of a goal event

  goaltrace replay STEPS.jsonl [--json]

  --json   one codex_goal_event a line, and nothing else

A step a line, such as
  {"at_ms":334,"step":"set","thread_id":"t1","objective":"Write the note","token_budget":5000}
Others are clear, create_goal, update_goal, turn_started, token_usage, tool_finished, turn_error, turn_ended; the
package's test/recordings/steps has examples. The steps drive goaltrace's runtime and store on a temporary database; the
events go by OTLP over HTTP to a backend, and are printed as it stores them.

  OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES   what the events say of their sender
`

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values, operand: file } = parseOne(
      'replay',
      args,
      { json: { type: 'boolean' } },
      'Give one file of steps: `goaltrace help replay` shows one.',
    )
    const events = await replay(readSteps(file))
    if (values.json) for (const event of events) printPayload(event)
    else process.stdout.write(`${[heading(' #'), ...events.map(line)].join('\n')}\n`)
    return 0
  },
}

async function replay(steps: readonly Step[]): Promise<StoredEvent[]> {
  const stage = await openStage()
  try {
    const goals = new ObservedGoals(join(stage.folder, 'goals.db'), stage.backend.url)
    const clock = { now: Date.now() }
    for (const _ of playSteps(steps, goals.runtime(clock), clock, sayRefused));
    await goals.flush()
    goals.close()
    return await new StoredEvents(stage.backend.url).read()
  } finally {
    await stage.close()
  }
}

function readSteps(file: string): Step[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}. Name a file of steps.`)
  }
  try {
    return parseSteps(text, file)
  } catch (error) {
    throw new Failure(`${(error as Error).message}: \`goaltrace help replay\` shows what a step is.`)
  }
}

function sayRefused(step: Step, { message }: Error): void {
  process.stderr.write(`at ${step.atMs} ms, ${step.name} was refused: ${message}\n`)
}

function line({ payload, attributes }: StoredEvent, index: number): string {
  return eventLine(String(index + 1).padStart(2), { kind: payload.event_params.event_kind, attributes })
}
