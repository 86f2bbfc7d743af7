import { describe, expect, it } from 'vitest'
import { parseSteps, playSteps } from '../../src/cli/demo/steps.ts'
import { GoalRuntime } from '../../src/goal/goal-runtime.ts'
import { SqliteGoalStore } from '../../src/goal/sqlite-goal-store.ts'
import { temporaryDatabase } from './temporary-database.ts'

const line = (step: object) => JSON.stringify({ at_ms: 0, thread_id: 't', ...step })

function agent() {
  const clock = { now: 1_000_000 }
  const now = () => clock.now
  const store = new SqliteGoalStore(temporaryDatabase().connect(), { now })
  return { clock, store, runtime: new GoalRuntime(store, { now }) }
}

describe('a steps file', () => {
  it('may be empty, and may have empty lines', () => {
    expect(parseSteps('', 'f')).toEqual([])
    expect(parseSteps(`\n${line({ step: 'clear' })}\n\n`, 'f')).toHaveLength(1)
  })

  it.each([
    ['{"at_ms":', /^f\.jsonl:2: .*JSON/],
    ['[]', /^f\.jsonl:2: a step is a JSON object$/],
    [line({ step: 'jump' }), /^f\.jsonl:2: no step is named 'jump'; there are set, clear, /],
    [line({ step: 'toString' }), /no step is named 'toString'/],
    [line({ step: 'clear', thread_id: '' }), /thread_id is ""; a string belongs there/],
    [line({ step: 'clear', at_ms: -1 }), /at_ms is -1; a whole number from 0 belongs there/],
    [line({ step: 'turn_started' }), /turn_id is missing/],
    [line({ step: 'tool_finished' }), /turn_id is missing/],
    [line({ step: 'token_usage', input_tokens: 1, cached_input_tokens: 0.5 }), /cached_input_tokens is 0\.5/],
    [line({ step: 'turn_error', turn_id: '1', error: 'odd' }), /error is "odd"; usage_limit or other belongs there/],
    [line({ step: 'turn_ended', turn_id: '1' }), /status is missing; completed or interrupted or failed/],
    [line({ step: 'update_goal' }), /status is missing/],
  ])('with a mistake is refused, naming file and line: %s', (text, message) => {
    const file = `${line({ step: 'clear' })}\n${text}\n`
    expect(() => parseSteps(file, 'f.jsonl')).toThrow(SyntaxError)
    expect(() => parseSteps(file, 'f.jsonl')).toThrow(message)
  })
})

describe('steps played', () => {
  const steps = parseSteps(
    [
      line({ at_ms: 100, step: 'set', objective: 'a', token_budget: 1000 }),
      line({ at_ms: 200, step: 'set', token_budget: null }),
      line({ at_ms: 1500, step: 'clear' }),
    ].join('\n'),
    'f',
  )

  it('are played one by one, when the caller asks for the next', () => {
    const { clock, store, runtime } = agent()
    const seen: [string, number | undefined][] = []
    for (const step of playSteps(steps, runtime, clock)) seen.push([step.name, store.get('t')?.updatedAtMs])
    expect(seen).toEqual([
      ['set', undefined],
      ['set', 1_000_100],
      ['clear', 1_000_200],
    ])
    expect(store.get('t')).toBeNull()
    expect(clock.now).toBe(1_001_500)
  })

  it('report what the runtime refuses, or end there', () => {
    const { clock, store, runtime } = agent()
    const wrong = parseSteps(
      [
        line({ step: 'set', objective: 'a', token_budget: 0 }),
        line({ step: 'set', objective: 'a', status: 'bogus' }),
        line({ step: 'create_goal', token_budget: null }),
        line({ step: 'create_goal', objective: 'a' }),
        line({ step: 'create_goal', objective: 'b' }),
        line({ step: 'update_goal', status: 'active' }),
        line({ step: 'set', status: 'paused' }),
      ].join('\n'),
      'f',
    )
    const refused: string[] = []
    for (const _ of playSteps(wrong, runtime, clock, (step, error) => refused.push(`${step.name} ${error.name}`)));
    expect(refused).toEqual([
      'set RangeError',
      'set RangeError',
      'create_goal TypeError',
      'create_goal UnfinishedGoalError',
      'update_goal RangeError',
    ])
    expect(store.list()).toMatchObject([{ objective: 'a', status: 'paused' }])
    expect(() => [...playSteps(wrong, runtime, clock)]).toThrow(/tokenBudget is 0/)
  })
})
