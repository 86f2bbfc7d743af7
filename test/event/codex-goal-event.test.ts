import { describe, expect, it } from 'vitest'
import { codexGoalEvent, NotAGoalEvent } from '../../src/codex/codex-goal-event.ts'
import type { AnyValue, KeyValue } from '../../src/otlp/values.ts'

const attributes: Record<string, AnyValue> = {
  'gen_ai.conversation.id': { stringValue: 'a-thread' },
  'session.id': { stringValue: 'a-session' },
  'agent_goal.turn.id': { stringValue: 'a-turn' },
  'agent_goal.client.id': { stringValue: 'a-client' },
  'agent_goal.client.name': { stringValue: 'A Client' },
  'agent_goal.client.version': { stringValue: '1.2' },
  'agent_goal.client.rpc_transport': { stringValue: 'stdio' },
  'agent_goal.client.experimental_api': { boolValue: false },
  'agent_goal.thread.source': { stringValue: 'subagent' },
  'agent_goal.thread.subagent_source': { stringValue: 'review' },
  'agent_goal.thread.parent_id': { stringValue: 'its-parent' },
  'agent_goal.id': { stringValue: 'a-goal' },
  'agent_goal.status': { stringValue: 'active' },
  'agent_goal.has_token_budget': { boolValue: true },
  'agent_goal.usage.tokens': { intValue: '9007199254740993' },
  'agent_goal.usage.duration': { intValue: 7 },
}
const resource: Record<string, AnyValue> = {
  'service.version': { stringValue: '0.169.0' },
  'os.type': { stringValue: 'darwin' },
  'os.version': { stringValue: '27.1' },
  'host.arch': { stringValue: 'arm64' },
}

const translate = (more: Record<string, AnyValue | undefined> = {}, kind = 'usage_accounted', ofResource = {}) =>
  codexGoalEvent(`agent_goal.${kind}`, keyValues({ ...attributes, ...more }), keyValues({ ...resource, ...ofResource }))

describe('a log record of an accounted usage', () => {
  it('becomes the whole payload, with the names that Codex has for systems and architectures', () => {
    expect(translate()).toEqual({
      event_type: 'codex_goal_event',
      event_params: {
        thread_id: 'a-thread',
        session_id: 'a-session',
        turn_id: 'a-turn',
        app_server_client: {
          product_client_id: 'a-client',
          client_name: 'A Client',
          client_version: '1.2',
          rpc_transport: 'stdio',
          experimental_api_enabled: false,
        },
        runtime: {
          codex_rs_version: '0.169.0',
          runtime_os: 'macos',
          runtime_os_version: '27.1',
          runtime_arch: 'aarch64',
        },
        thread_source: 'subagent',
        subagent_source: 'review',
        parent_thread_id: 'its-parent',
        goal_id: 'a-goal',
        event_kind: 'usage_accounted',
        goal_status: 'active',
        has_token_budget: true,
        cumulative_tokens_accounted: 9007199254740993n,
        cumulative_time_accounted_seconds: 7,
      },
    })
  })

  it.each<[AnyValue, number | bigint]>([
    [{ doubleValue: 12.999 }, 12],
    [{ doubleValue: -12.999 }, -12],
    [{ doubleValue: -0.5 }, 0],
    [{ doubleValue: 7 }, 7],
    [{ doubleValue: '0.625' }, 0],
    [{ doubleValue: 2 ** 60 }, 2n ** 60n],
    [{ doubleValue: -(2 ** 63) }, -(2n ** 63n)],
  ])('has of %j seconds and tokens %s, because the payload has whole numbers', (value, whole) => {
    const { event_params: params } = translate({ 'agent_goal.usage.tokens': value, 'agent_goal.usage.duration': value })
    expect([params.cumulative_tokens_accounted, params.cumulative_time_accounted_seconds]).toEqual([whole, whole])
    expect(Object.is(params.cumulative_time_accounted_seconds, -0)).toBe(false)
  })

  it('leaves a null where nothing is known, and no budget', () => {
    const optional = Object.keys(attributes).filter((key) =>
      /turn|name|version|experimental|thread|budget|usage/.test(key),
    )
    const { event_params: params } = translate(Object.fromEntries(optional.map((key) => [key, undefined])))
    expect(params).toMatchObject({
      turn_id: null,
      app_server_client: { client_name: null, client_version: null, experimental_api_enabled: null },
      thread_source: null,
      subagent_source: null,
      parent_thread_id: null,
      has_token_budget: false,
      cumulative_tokens_accounted: null,
      cumulative_time_accounted_seconds: null,
    })
  })

  it('leaves names alone that every object knows', () => {
    const { runtime } = translate({}, 'created', { 'os.type': { stringValue: 'constructor' } }).event_params
    expect(runtime.runtime_os).toBe('constructor')
  })

  it('takes the first of two values', () => {
    const twice = [...keyValues(attributes), { key: 'session.id', value: { stringValue: 'another' } }]
    const { event_params: params } = codexGoalEvent('agent_goal.cleared', twice, keyValues(resource))
    expect(params.session_id).toBe('a-session')
  })
})

describe('a log record of another kind', () => {
  it.each(['created', 'status_changed', 'cleared'])('has no usage: %s', (kind) => {
    expect(translate({}, kind).event_params).toMatchObject({
      event_kind: kind,
      cumulative_tokens_accounted: null,
      cumulative_time_accounted_seconds: null,
    })
  })
})

describe('a log record that is not a goal event', () => {
  const order = [
    ...['gen_ai.conversation.id', 'session.id', 'agent_goal.turn.id', 'agent_goal.client.id', 'agent_goal.client.name'],
    ...['agent_goal.client.version', 'agent_goal.client.rpc_transport', 'agent_goal.client.experimental_api'],
    ...['service.version', 'os.type', 'os.version', 'host.arch', 'agent_goal.thread.source'],
    ...['agent_goal.thread.subagent_source', 'agent_goal.thread.parent_id', 'agent_goal.id', 'agent_goal.status'],
    ...['agent_goal.has_token_budget', 'agent_goal.usage.tokens', 'agent_goal.usage.duration'],
  ]

  it('is refused by the name of the first thing that is wrong, in the order of the payload', () => {
    expect([...order].sort()).toEqual([...Object.keys(attributes), ...Object.keys(resource)].sort())
    for (const [index, first] of order.entries()) {
      const wrong = Object.fromEntries(order.slice(index).map((key) => [key, { bytesValue: 'AAEC' }]))
      expect(() => translate(wrong, 'usage_accounted', wrong)).toThrow(new NotAGoalEvent(first))
    }
  })

  it.each(['', 'created', 'agent_goal.', 'agent_goal.created.', 'agent_goal.constructor'])(
    'by its name: %j',
    (name) => {
      expect(() => codexGoalEvent(name, keyValues(attributes), keyValues(resource))).toThrow(
        new NotAGoalEvent('event name'),
      )
    },
  )

  it.each<[string, AnyValue]>([
    ['session.id', { stringValue: '' }],
    ['session.id', {}],
    ['agent_goal.status', { stringValue: 'done' }],
    ['agent_goal.usage.tokens', { stringValue: '7' }],
    ['agent_goal.usage.tokens', { intValue: 'seven' }],
    ['agent_goal.usage.tokens', { intValue: 1.5 }],
    ['agent_goal.usage.tokens', { intValue: '9223372036854775808' }],
    ['agent_goal.usage.duration', { doubleValue: 2 ** 63 }],
    ['agent_goal.usage.duration', { doubleValue: 'NaN' }],
    ['agent_goal.usage.duration', { doubleValue: '' }],
  ])('by its %s: %j', (key, value) => {
    expect(() => translate({ [key]: value })).toThrow(new NotAGoalEvent(key))
  })

  it('is refused, and nothing worse, where JSON holds nulls', () => {
    const nulls = JSON.parse('[{"key":"gen_ai.conversation.id","value":null}]')
    expect(() => codexGoalEvent('agent_goal.created', nulls, [])).toThrow(new NotAGoalEvent('gen_ai.conversation.id'))
  })
})

function keyValues(values: Record<string, AnyValue | undefined>): KeyValue[] {
  return Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]))
}
