import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { constants } from '../../scripts/semconv/constants.ts'
import { readRegistry } from '../../scripts/semconv/registry.ts'
import { tables } from '../../scripts/semconv/tables.ts'
import { GOAL_EVENT_KINDS } from '../../src/event/goal-event.ts'
import * as semconv from '../../src/event/semconv.ts'
import { GOAL_STATUSES } from '../../src/goal/goal.ts'

const root = join(import.meta.dirname, '../..')

describe('the registry of names', () => {
  it('gives the constants and the tables that are checked in', () => {
    const registry = readRegistry(root)
    expect(readFileSync(join(root, 'src/event/semconv.ts'), 'utf8')).toBe(constants(registry))
    expect(readFileSync(join(root, 'docs/attributes.md'), 'utf8')).toBe(tables(registry))
  })

  it('names every event and status that there is', () => {
    expect(valuesOf('EVENT_')).toEqual(GOAL_EVENT_KINDS.map((kind) => `agent_goal.${kind}`))
    expect(valuesOf('AGENT_GOAL_STATUS_VALUE_')).toEqual([...GOAL_STATUSES])
    expect(valuesOf('SPAN_')).toEqual([
      'create_goal',
      'account_goal_usage',
      'set_goal_status',
      'clear_goal',
      'invoke_agent',
      'goal',
      'phase',
      'turn',
    ])
    expect(valuesOf('METRIC_')).toEqual([
      'agent_goal.transitions',
      'agent_goal.unmapped',
      'agent_goal.usage.tokens',
      'agent_goal.usage.duration',
      'agent_goal.count',
      'agent_goal.outbox.waiting',
      'agent_goal.outbox.age',
      'agent_goal.outbox.dead_letters',
      'agent_goal.outbox.dropped',
      'agent_goal.outbox.failures',
    ])
  })

  function valuesOf(prefix: string): string[] {
    return Object.entries(semconv).flatMap(([name, value]) => (name.startsWith(prefix) ? [value] : []))
  }
})

describe('a registry with a fault', () => {
  let copy: string

  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'goaltrace-semconv-'))
    cpSync(join(root, 'semconv'), join(copy, 'semconv'), { recursive: true })
  })
  afterEach(() => rmSync(copy, { recursive: true }))

  it('is accepted before it has the fault', () => {
    expect(() => readRegistry(copy)).not.toThrow()
  })

  it.each([
    [
      'another format',
      'events',
      'definition/2',
      'definition/1',
      /events.yaml: file_format is not one of definition\/2/,
    ],
    [
      'an unknown key',
      'attributes',
      '    brief: The goal. ',
      '    breif: The goal. ',
      /agent_goal.id\] has the unknown key/,
    ],
    ['a missing key', 'attributes', '    brief: The goal. ', '    note: The goal. ', /agent_goal.id\] has no brief/],
    [
      'a missing type',
      'attributes',
      'objective_length\n    type: int\n',
      'objective_length\n',
      /objective_length\] has no type/,
    ],
    [
      'an unknown type',
      'attributes',
      'objective_length\n    type: int',
      'objective_length\n    type: integer',
      /type is not one of/,
    ],
    ['an unknown section', 'metrics', 'metrics:', 'meters:', /metrics.yaml: has the unknown key meters/],
    ['an unknown requirement', 'events', 'level: required', 'level: needed', /requirement_level is not one of/],
    ['an unknown instrument', 'metrics', 'instrument: gauge', 'instrument: meter', /instrument is not one of/],
    ['a metric without unit', 'metrics', '    unit: s\n', '', /agent_goal.usage.duration\] has no unit/],
    ['an unknown kind of span', 'spans', 'kind: internal', 'kind: inside', /kind is not one of internal/],
    ['a ref to nothing', 'metrics', 'ref: agent_goal.status', 'ref: agent_goal.state', /there is no agent_goal.state/],
    ['a group that is not there', 'events', 'goal.context', 'goal.contexts', /there is no group .*contexts/],
    [
      'an attribute twice in an event',
      'events',
      'ref: log.record.uid',
      'ref: agent_goal.id',
      /has agent_goal.id twice/,
    ],
    ['a name in camelCase', 'events', 'agent_goal.cleared', 'agent_goal.goalCleared', /is not snake_case/],
    ['a name elsewhere', 'events', 'name: agent_goal.cleared', 'name: gen_ai.goal.cleared', /is not in agent_goal/],
    ['a name twice', 'events', 'name: agent_goal.cleared', 'name: agent_goal.created', /is defined twice/],
    [
      'an attribute that is a namespace',
      'attributes',
      'key: agent_goal.previous_status',
      'key: agent_goal.turn',
      /is the namespace/,
    ],
    ['a value twice', 'attributes', 'value: websocket', 'value: stdio', /stdio is there twice/],
    ['a string without examples', 'attributes', '    examples: [active, paused]\n', '', /is a string without examples/],
    [
      'an example of another type',
      'attributes',
      'examples: [42]',
      'examples: [forty]',
      /its example forty is not of type int/,
    ],
    ['a total in a counter', 'metrics', 'agent_goal.transitions', 'agent_goal.transitions_total', /ends in total/],
    ['an attribute without use', 'attributes', 'ref: host.arch', 'ref: os.name', /host.arch: nothing refers to it/],
    ['a missing dependency', 'manifest', 'registry_path: semconv/upstream', 'registry_path: semconv/other', /ENOENT/],
  ])('is refused: %s', (_, file, from, to, message) => {
    const path = join(copy, 'semconv/model', `${file}.yaml`)
    const text = readFileSync(path, 'utf8')
    expect(text).toContain(from)
    writeFileSync(path, text.replace(from, to))
    expect(() => readRegistry(copy)).toThrow(message)
  })
})
