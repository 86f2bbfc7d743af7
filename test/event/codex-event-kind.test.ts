import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { codexEventKind } from '../../src/codex/codex-event-kind.ts'
import { eventNameOf, GOAL_EVENT_KINDS } from '../../src/event/goal-event.ts'

interface Group {
  readonly statements: readonly string[]
}

const names = GOAL_EVENT_KINDS.map(eventNameOf)
const withoutPayload = names.filter((name) => codexEventKind(name) === null)

it('each kind of event has one of Codex, or is known to have none', () => {
  expect(names.filter((name) => codexEventKind(name) === undefined)).toEqual([])
  expect(codexEventKind('agent_goal.constructor')).toBeUndefined()
})

describe.each(['collector/config.yaml', 'collector/config-codex-wire.yaml'])('%s', (file) => {
  const { processors } = parse(readFileSync(file, 'utf8'))

  it('refuses no event by its name that is one of ours', () => {
    const statements = processors['transform/check'].log_statements.flatMap((group: Group) => group.statements)
    const check = statements.find((one: string) => one.includes('"event name"'))
    const listed = /agent_goal\\\\\.\(([\w|]+)\)/.exec(check)?.[1]?.split('|')
    expect(listed?.map((kind) => `agent_goal.${kind}`).sort()).toEqual(
      names.filter((name) => !withoutPayload.includes(name)).sort(),
    )
  })

  it('passes over the kinds that Codex does not have', () => {
    const dropped = processors['filter/goal_events'].logs.log_record.slice(1)
    expect(dropped).toEqual(withoutPayload.map((name) => `log.event_name == "${name}"`))
  })
})
