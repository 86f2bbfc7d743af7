import process from 'node:process'
import type { About, GoalDetail } from '../../backend/api/api.ts'
import { parseJson } from '../../otlp/json.ts'
import { type Command, Failure, parseOne } from '../lib/command.ts'
import { findGoal } from '../lib/find-goal.ts'
import { DEFAULT_URL, RemoteBackend } from '../lib/remote-backend.ts'
import { goalDetailText } from '../terminal/goal-detail-text.ts'
import { printableJson } from '../terminal/printable.ts'

const HELP = `goaltrace goal: shows a goal's history, as a backend keeps it

  goaltrace goal ID [--json] [--url URL]

  ID          a goal's id, a part of it that no other has, or THREAD/GOAL
  --json      all of it as one JSON object, as GET /api/goals/{thread}/{goal} returns it
  --url URL   where the backend is   default ${DEFAULT_URL}

  GOALTRACE_TOKEN   the token of a backend that requires one

\`goaltrace goals\` lists them.
`

const WIDE = 120

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values, operand: id } = parseOne(
      'goal',
      args,
      { json: { type: 'boolean' }, url: { type: 'string', default: DEFAULT_URL } },
      'Give one goal, by its id or a part of it: `goaltrace goals` lists them.',
    )
    const backend = new RemoteBackend(values.url)
    const { thread_id, goal_id } = await findGoal(backend, id)
    const text = await backend.text(`/api/goals/${encodeURIComponent(thread_id)}/${encodeURIComponent(goal_id)}`)
    if (text === undefined)
      throw new Failure('The goal has been removed meanwhile: `goaltrace goals` lists those that are left.')
    if (values.json) {
      process.stdout.write(`${printableJson(text)}\n`)
      return 0
    }
    const { jaeger } = await backend.read<About>('/api/about')
    process.stdout.write(
      goalDetailText(parseJson(text) as GoalDetail, jaeger, Date.now(), process.stdout.columns ?? WIDE),
    )
    return 0
  },
}
