import { describe, expect, it } from 'vitest'
import { GoalRuntime } from '../../src/goal/goal-runtime.ts'
import { callGoalTool, GOAL_TOOLS } from '../../src/goal/goal-tools.ts'
import { SqliteGoalStore } from '../../src/goal/sqlite-goal-store.ts'
import { aiSdkTools, anthropicTools, openAiChatTools, openAiTools } from '../../src/goal/vendor-tools.ts'
import { temporaryDatabase } from './temporary-database.ts'

function model() {
  const database = temporaryDatabase().connect()
  const runtime = new GoalRuntime(new SqliteGoalStore(database))
  runtime.turnStarted('t', '1')
  return {
    runtime,
    database,
    call: (name: string, input: unknown) => callGoalTool(runtime, 't', name, input),
    goal: () => runtime.getGoal('t'),
  }
}

describe('a model that calls a goal tool', () => {
  it('takes on a goal, reads it with what is left of its budget, and ends it', () => {
    const { call, runtime } = model()
    const created = call('create_goal', { objective: ' Write the note ', token_budget: 200 })
    expect(created).toEqual({
      goal: {
        objective: 'Write the note',
        status: 'active',
        token_budget: 200,
        tokens_used: 0,
        time_used_seconds: 0,
      },
      remaining_tokens: 200,
    })
    runtime.tokenUsage('t', { inputTokens: 100, cachedInputTokens: 20, outputTokens: 30 })
    runtime.toolFinished('t', '1')
    expect(call('get_goal', {})).toMatchObject({ goal: { tokens_used: 110 }, remaining_tokens: 90 })
    runtime.tokenUsage('t', { inputTokens: 300, cachedInputTokens: 20, outputTokens: 30 })
    expect(call('update_goal', { status: 'complete' })).toMatchObject({
      goal: { status: 'complete', tokens_used: 310 },
      remaining_tokens: 0,
    })
  })

  it('reads that there is no goal', () => {
    expect(model().call('get_goal', {})).toEqual({ goal: null, remaining_tokens: null })
  })

  it('may give its arguments as JSON text, and leave the budget out or null', () => {
    const { call } = model()
    expect(call('create_goal', '{"objective":"a"}')).toMatchObject({ goal: { token_budget: null } })
    expect(call('update_goal', '{"status":"complete"}')).toMatchObject({ goal: { status: 'complete' } })
    expect(call('create_goal', { objective: 'b', token_budget: null })).toMatchObject({ remaining_tokens: null })
  })

  it.each([
    ['create_goal', { objective: '  ' }, /objective is empty; pass 1 to 4000 characters\.$/],
    ['create_goal', { objective: 'x'.repeat(4001) }, /4001 characters/],
    ['create_goal', {}, /objective is undefined/],
    ['create_goal', { objective: 'a', token_budget: 0 }, /token_budget is 0; pass a whole number of tokens from 1/],
    ['create_goal', { objective: 'a', token_budget: '9' }, /token_budget is '9'/],
    ['create_goal', '{"objective":', /takes its arguments as a JSON object/],
    ['create_goal', [1], /takes its arguments as a JSON object/],
    ['create_goal', null, /takes its arguments as a JSON object/],
    ['update_goal', { status: 'active' }, /complete, blocked, paused; any other is set by the user or the system\.$/],
    ['update_goal', {}, /takes a status of/],
    ['update_goal', { status: 'complete' }, /has no goal to update/],
    ['delete_goal', {}, /no tool named delete_goal; use create_goal, get_goal, update_goal\.$/],
  ])('gets a sentence that says why it is refused: %s %j', (name, input, sentence) => {
    const { call, goal } = model()
    expect(call(name, input)).toEqual({ error: expect.stringMatching(sentence) })
    expect(goal()).toBeNull()
  })

  it('is refused a goal over an unfinished one', () => {
    const { call, goal } = model()
    call('create_goal', { objective: 'a' })
    const before = goal()
    expect(call('create_goal', { objective: 'b' })).toEqual({ error: expect.stringContaining('not complete') })
    expect(goal()).toEqual(before)
  })

  it('gets no answer for a broken database: that is thrown', () => {
    const { call, database } = model()
    database.exec('DROP TABLE thread_goals')
    expect(() => call('create_goal', { objective: 'a' })).toThrow(/no such table/)
  })
})

describe('the goal tools', () => {
  it("keep to every vendor's strict mode", () => {
    for (const { schema } of GOAL_TOOLS) {
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(schema.required).toEqual(Object.keys(schema.properties))
    }
  })

  it('have the form that each vendor accepts', () => {
    const [create] = GOAL_TOOLS
    const { name, description, schema } = create ?? {}
    expect(openAiTools()[0]).toEqual({ type: 'function', name, description, parameters: schema, strict: true })
    expect(openAiChatTools()[0]).toEqual({
      type: 'function',
      function: { name, description, parameters: schema, strict: true },
    })
    expect(anthropicTools()[0]).toEqual({ name, description, input_schema: schema })
    expect([openAiTools(), openAiChatTools(), anthropicTools()].map((tools) => tools.length)).toEqual([3, 3, 3])
  })

  it('run in the AI SDK, wrapped in its schema', async () => {
    const { runtime, goal } = model()
    const tools = aiSdkTools(runtime, 't', (jsonSchema) => ({ wrapped: jsonSchema }))
    expect(Object.keys(tools)).toEqual(['create_goal', 'get_goal', 'update_goal'])
    expect(tools.create_goal.inputSchema).toEqual({ wrapped: GOAL_TOOLS[0]?.schema })
    await tools.create_goal.execute({ objective: 'a', token_budget: 5 })
    expect(goal()).toMatchObject({ objective: 'a', tokenBudget: 5 })
    expect(await tools.update_goal.execute({ status: 'blocked' })).toMatchObject({ goal: { status: 'blocked' } })
  })
})
