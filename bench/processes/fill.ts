import { context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { withGoalContext } from '../../src/telemetry/goal-context.ts'
import { observedGoals } from './observed-goals.ts'

/**
 * An agent that dies before anything is delivered: node fill.ts FILE ROWS [turns] leaves this many changes of goals in the
 * outbox; with `turns`, each made in a span and a turn of the agent's.
 */
const [file = '', rows, turns] = process.argv.slice(2)
const CHANGES_A_TURN = 10
const GOALS = 1000

const database = observedGoals(file)
const take = database.prepare(
  `INSERT INTO thread_goals VALUES (?, ?, 'Make the tests green', 'active', 1000000000, 0, 0, 0, 0)`,
)
const spend = database.prepare(
  'UPDATE thread_goals SET tokens_used = tokens_used + 700, time_used_seconds = time_used_seconds + 3',
)
database.transaction(() => {
  for (let goal = 0; goal < GOALS; goal++) take.run(`thread-${goal}`, `goal-${goal}`)
})()
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
for (let round = 1; round < Number(rows) / GOALS; round++) {
  if (turns === undefined) spend.run()
  else inTurn(Math.floor(round / CHANGES_A_TURN) + 1, () => spend.run())
}
process.kill(process.pid, 'SIGKILL')

function inTurn(turn: number, change: () => void): void {
  const digits = turn.toString(16)
  const span = { traceId: digits.padStart(32, '1'), spanId: digits.padStart(16, '2'), traceFlags: TraceFlags.SAMPLED }
  const around = trace.setSpanContext(ROOT_CONTEXT, span)
  context.with(around, () => withGoalContext({ turnId: `turn ${turn}` }, change))
}
