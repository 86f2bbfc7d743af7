import { existsSync } from 'node:fs'
import process from 'node:process'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { type GoalSnapshot, recordGoalChange, withGoalContext } from '../../src/index.ts'
import { warnings } from '../capture/observed-goals.ts'
import { goaltrace } from '../cli/goaltrace.ts'
import { Receiver } from '../receiver.ts'
import { arrived, endedAgent, fileOutbox, kinds } from './recorded-goals.ts'

process.env.OTEL_BLRP_SCHEDULE_DELAY = '20'

const DOWN = 'http://127.0.0.1:9'
const GOAL: GoalSnapshot = { threadId: 't', goalId: 'g', status: 'active', tokensUsed: 0, objective: 'Ship it' }

describe('recordGoalChange', () => {
  it('records a goal from its creation to its end, with what was known of each change', async () => {
    const { sent, options } = fileOutbox()
    const worked = { ...GOAL, tokensUsed: 12 }
    const done: GoalSnapshot = { ...worked, status: 'complete' }
    recordGoalChange(null, GOAL, { turnId: 'turn-1' }, options)
    withGoalContext({ sessionId: 's' }, () => recordGoalChange(GOAL, worked, { turnId: 'turn-2' }, options))
    recordGoalChange(worked, done, {}, options)
    recordGoalChange(done, null, {}, options)
    await arrived(sent, 4)
    expect(kinds(sent)).toEqual(['created', 'usage_accounted', 'status_changed', 'cleared'])
    expect(sent[1]?.attributes).toMatchObject({
      'gen_ai.conversation.id': 't',
      'session.id': 's',
      'agent_goal.id': 'g',
      'agent_goal.turn.id': 'turn-2',
      'agent_goal.usage.tokens': 12,
      'agent_goal.objective_length': 7,
    })
    expect(sent[2]?.attributes['agent_goal.previous_status']).toBe('active')
    expect(sent[0]?.attributes).not.toHaveProperty('agent_goal.objective')
  })

  it('distinguishes a goal without budget from one of which that is not known', async () => {
    const { sent, options } = fileOutbox()
    recordGoalChange(null, { ...GOAL, tokenBudget: null }, {}, options)
    recordGoalChange(null, { ...GOAL, tokenBudget: 0 }, {}, options)
    recordGoalChange(null, GOAL, {}, { ...options, captureObjective: true })
    await arrived(sent, 3)
    expect(sent.map(({ attributes }) => attributes['agent_goal.has_token_budget'])).toEqual([false, true, undefined])
    expect(sent[2]?.attributes).toMatchObject({ 'agent_goal.objective': 'Ship it', 'agent_goal.objective_length': 7 })
    expect(sent[2]?.attributes).not.toHaveProperty('agent_goal.usage.duration')
  })

  it('takes seconds and tokens with fractions, and reports each growth of them', async () => {
    const { sent, options } = fileOutbox()
    let before: GoalSnapshot | null = null
    for (const timeUsedSeconds of [0.625, 1.25, 1.25, 0.1 + 0.2]) {
      const after = { ...GOAL, timeUsedSeconds, tokensUsed: timeUsedSeconds }
      recordGoalChange(before, after, {}, options)
      before = after
    }
    await arrived(sent, 3)
    const seconds = sent.map(({ attributes }) => attributes['agent_goal.usage.duration'])
    expect(seconds).toEqual([0.625, 1.25, 0.1 + 0.2])
    expect(sent.map(({ attributes }) => attributes['agent_goal.usage.tokens'])).toEqual(seconds)
  })

  it('needs no file', async () => {
    const { sent, options } = fileOutbox()
    recordGoalChange(null, GOAL, {}, { exporter: options.exporter })
    await arrived(sent, 1)
    expect(existsSync(process.env.GOALTRACE_STATE_DIR ?? '')).toBe(false)
  })

  it('deletes delivered rows, but for the last', async () => {
    const { sent, options, outbox } = fileOutbox()
    for (let tokensUsed = 1; tokensUsed <= 5; tokensUsed++) {
      recordGoalChange(GOAL, { ...GOAL, tokensUsed }, {}, options)
      await arrived(sent, tokensUsed)
    }
    const rows = new Database(outbox).prepare('SELECT seq FROM _goaltrace_outbox').pluck().all()
    expect(rows.length).toBeLessThan(4)
    expect(rows.at(-1)).toBe(5)
  })

  it.each([
    [undefined, null, /before is missing; expected a goal, or null where there is none/, TypeError],
    [null, { ...GOAL, threadId: 7 }, /after\.threadId is 7; expected a name/, TypeError],
    [{ ...GOAL, status: 'done' }, null, /before\.status is "done"; expected one of active, /, TypeError],
    [null, { ...GOAL, tokensUsed: -1 }, /after\.tokensUsed is -1; expected a number from 0/, RangeError],
    [
      null,
      { ...GOAL, tokensUsed: Number.POSITIVE_INFINITY },
      /after\.tokensUsed is Infinity; expected a number from 0/,
      RangeError,
    ],
    [
      null,
      { ...GOAL, tokenBudget: 0.5 },
      /after\.tokenBudget is 0\.5; expected a whole number from 0, or null/,
      RangeError,
    ],
    [null, { ...GOAL, timeUsedSeconds: null }, /after\.timeUsedSeconds is null; expected a number from 0/, TypeError],
  ])('refuses what is not valid, and records nothing: %j, %j', (before, after, sentence, Fault) => {
    const { options, outbox } = fileOutbox()
    const call = () => recordGoalChange(before as null, after as GoalSnapshot, {}, options)
    expect(call).toThrow(Fault)
    expect(call).toThrow(sentence)
    expect(existsSync(outbox)).toBe(false)
  })

  it('records a goal with more in it, and says once what may be mistyped', () => {
    const said = warnings()
    const { options } = fileOutbox()
    for (const title of ['one', 'two'])
      recordGoalChange(null, { ...GOAL, tokenUsed: 3, title } as GoalSnapshot, {}, options)
    expect(said).toEqual([
      expect.stringMatching(
        /recordGoalChange: after\.tokenUsed is unknown; the keys are .*tokensUsed.*; the others are recorded/,
      ),
    ])
  })

  it('keeps a fault of its outbox to itself, and says it once', () => {
    const said = warnings()
    const { options } = fileOutbox('no/such/folder.db')
    recordGoalChange(null, GOAL, {}, options)
    recordGoalChange(GOAL, null, {}, options)
    expect(said).toEqual([expect.stringContaining(`changes of goals are not recorded in ${options.outbox}`)])
  })
})

describe('recordGoalChange in a process that ends', () => {
  const agent = (outbox: string, state: string, endpoint: string, end: string) =>
    endedAgent(
      `import { recordGoalChange } from 'goaltrace'
      recordGoalChange(null, ${JSON.stringify(GOAL)}, {}, { outbox: ${JSON.stringify(outbox)} })
      ${end}`,
      state,
      endpoint,
    )

  it('killed: what its outbox file keeps is delivered by goaltrace relay', async () => {
    const { outbox, state } = fileOutbox()
    const receiver = await Receiver.start()
    expect(await agent(outbox, state, DOWN, `process.kill(process.pid, 'SIGKILL')`)).toEqual([null, 'SIGKILL'])
    const env = { GOALTRACE_STATE_DIR: state, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    expect((await goaltrace(['relay', outbox, '--once'], env).ended).out).toContain('1 change delivered')
    expect(receiver.logs.map(({ eventName }) => eventName)).toEqual(['agent_goal.created'])
    expect(receiver.spans.map(({ name }) => name)).toEqual(['create_goal'])
  })

  it('in the next process if it was not delivered', async () => {
    const { outbox, state } = fileOutbox()
    const receiver = await Receiver.start()
    await agent(outbox, state, DOWN, '')
    await agent(outbox, state, receiver.url, 'await new Promise((resolve) => setTimeout(resolve, 1000))')
    await arrived(receiver.logs, 2)
    expect(new Set(receiver.uids).size).toBe(2)
  })
})
