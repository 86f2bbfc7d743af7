import process from 'node:process'
import { GOAL_STATES, type GoalSummary, type GoalsPage, type Summary } from '../../backend/api/api.ts'
import { printJson } from '../../otlp/json.ts'
import { type Command, parse, UsageError } from '../lib/command.ts'
import { DEFAULT_URL, RemoteBackend } from '../lib/remote-backend.ts'
import { type Shown, watchGoals } from '../lib/watch-goals.ts'
import { webAddress } from '../lib/web-address.ts'
import { costTable, spentByDay } from '../terminal/cost-table.ts'
import { goalList } from '../terminal/goal-list.ts'
import { printable, printableJson } from '../terminal/printable.ts'

const HELP = `goaltrace goals: lists the goals that a backend keeps, the one that changed last first

  goaltrace goals [--watch] [--json] [--state STATE] [--limit 20] [--url URL]
  goaltrace goals --costs [--json] [--url URL]

  --watch         stay, and show them as they change; without a terminal: each goal again when it changes
  --json          one goal a line, as GET /api/goals returns it
  --state STATE   only goals in this state; may be given several times:
                  ${GOAL_STATES.slice(0, 4).join(', ')},
                  ${GOAL_STATES.slice(4).join(', ')};
                  --watch shows when one leaves it, too
  --limit NUMBER  goals at most                 default 20
  --costs         what the goals that stopped in the last 30 days cost, by day and by agent;
                  with --json one day a line. The backend has the prices: see its --prices
  --url URL       where the backend is          default ${DEFAULT_URL}

  GOALTRACE_TOKEN   the token of a backend that requires one

\`goaltrace goal ID\` shows one goal's history.
`

/** Where an agent sends to by default. */
const TAKEN_FOR_GRANTED = /^http:\/\/(localhost|127\.0\.0\.1):4318\/?$/

/** Days that --costs looks back. */
const COST_DAYS = 30
/** Milliseconds. */
const DAY = 86_400_000

/** Width where the output is not a terminal. */
const WIDE = 120

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values } = parse('goals', args, {
      options: {
        watch: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        state: { type: 'string', multiple: true, default: [] },
        limit: { type: 'string', default: '20' },
        costs: { type: 'boolean', default: false },
        url: { type: 'string', default: DEFAULT_URL },
      },
    })
    const backend = new RemoteBackend(values.url)
    if (values.costs) {
      if (values.watch || values.state.length > 0) {
        throw new UsageError('--costs is about all goals that stopped: leave out --watch and --state.')
      }
      return printCosts(backend, values.json)
    }
    const query = new URLSearchParams([['limit', String(limitOf(values.limit))], ...values.state.map(stateParameter)])
    const shown: Shown = {
      query,
      print: values.json ? jsonLines : (goals) => `${goalList(goals, Date.now(), process.stdout.columns ?? WIDE)}\n`,
      headed: !values.json,
    }
    if (values.watch) return watchGoals(backend, shown, !values.json && process.stdout.isTTY)
    const { goals, total } = await backend.read<GoalsPage>(`/api/goals?${query}`)
    if (goals.length > 0) process.stdout.write(shown.print(goals))
    if (values.json) return 0
    if (goals.length === 0) process.stdout.write(`${noneYet(values.state.length > 0, values.url)}\n`)
    if (goals.length < total) process.stdout.write(`… and ${total - goals.length} more: --limit shows them.\n`)
    return 0
  },
}

async function printCosts(backend: RemoteBackend, asJson: boolean): Promise<number> {
  const since = new Date(Date.now() - COST_DAYS * DAY).toISOString()
  const summary = await backend.read<Summary>(`/api/summary?${new URLSearchParams({ since })}`)
  if (asJson) {
    process.stdout.write(
      spentByDay(summary)
        .map((day) => `${printableJson(printJson(day))}\n`)
        .join(''),
    )
  } else if (summary.stopped === 0) process.stdout.write(`No goal has stopped in the last ${COST_DAYS} days.\n`)
  else process.stdout.write(`${costTable(summary)}\n`)
  if (summary.cost === null) process.stderr.write('The backend knows no prices: start it with --prices FILE.\n')
  else if (summary.stopped > 0 && !asJson) process.stdout.write(`\nBy prices of ${printable(summary.cost.as_of)}.\n`)
  return 0
}

function noneYet(filtered: boolean, url: string): string {
  if (filtered) return 'No goal is in that state.'
  const start = `${reaching(url)}goaltrace run --map -- node agent.mjs`
  return `No goal has come yet: run an agent by \`${start}\`, or see \`goaltrace demo\`.`
}

/** The settings by which an agent's goals come to this backend. */
function reaching(url: string): string {
  const endpoint = TAKEN_FOR_GRANTED.test(url)
    ? ''
    : `OTEL_EXPORTER_OTLP_ENDPOINT=${webAddress('--url', url, DEFAULT_URL)} `
  // A shell puts the token in, so that it is never printed; an exporter decodes the space.
  const header = 'OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20$GOALTRACE_TOKEN" '
  return process.env.GOALTRACE_TOKEN ? endpoint + header : endpoint
}

function jsonLines(goals: readonly GoalSummary[]): string {
  return goals.map((goal) => `${printableJson(printJson(goal))}\n`).join('')
}

function stateParameter(given: string): [string, string] {
  if ((GOAL_STATES as readonly string[]).includes(given)) return ['state', given]
  throw new UsageError(`--state ${given} is not a state of a goal: give one of ${GOAL_STATES.join(', ')}.`)
}

function limitOf(given: string): number {
  if (/^\d{1,4}$/.test(given) && Number(given) >= 1 && Number(given) <= 1000) return Number(given)
  throw new UsageError(`--limit ${given} is not a number from 1 to 1000.`)
}
