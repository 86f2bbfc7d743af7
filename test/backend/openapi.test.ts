import { describe, expect, it } from 'vitest'
import { GOAL_STATES } from '../../src/backend/api/api.ts'
import description from '../../src/backend/openapi.json' with { type: 'json' }
import { ROUTES } from '../../src/backend/routes.ts'
import { VERSION } from '../../src/base/version.ts'
import { CODEX_EVENT_KINDS } from '../../src/codex/codex-event-kind.ts'
import { GOAL_STATUSES } from '../../src/goal/goal.ts'
import { runningBackend } from './running-backend.ts'

// Whether the answers are what it says, schemathesis.sh finds out.
describe('the OpenAPI description', () => {
  it('is served, with the version that serves it', async () => {
    const backend = await runningBackend({ token: 'secret' })
    const served = await backend.get('/openapi.json')
    expect(served).toEqual({ ...description, info: { ...description.info, version: VERSION } })
  })

  it('has every address and method, and no other', () => {
    const served = Object.entries(ROUTES).map(([path, methods]) => [
      path,
      Object.keys(methods).map((one) => one.toLowerCase()),
    ])
    const described = Object.entries(description.paths).map(([path, methods]) => [path, Object.keys(methods)])
    expect(new Map([...served, ['/', ['get']]] as never)).toEqual(new Map(described as never))
  })

  it('has the statuses and kinds that there are', () => {
    const { GoalStatus, GoalState, EventKind } = description.components.schemas
    expect(GoalStatus.enum).toEqual(GOAL_STATUSES)
    expect(GoalState.enum).toEqual(GOAL_STATES)
    expect(EventKind.enum).toEqual(CODEX_EVENT_KINDS)
  })

  it('names the parameters that are taken, and all of them', async () => {
    const backend = await runningBackend()
    for (const [path, { get }] of Object.entries(description.paths) as [string, { get?: { parameters?: Named[] } }][]) {
      if (!get || !path.startsWith('/api/')) continue
      const names = (get.parameters ?? []).map(named).filter((one) => one.in === 'query')
      const answer = await fetch(`${backend.url}${path.replace(/[{}]/g, '')}?not_a_parameter=1`, { method: 'GET' })
      const { message } = (await answer.json()) as { message: string }
      const taken = /it takes (.*)\.$/.exec(message)?.[1]
      const listed = taken === 'none' ? [] : taken?.split(', ')
      expect([path, listed?.toSorted()]).toEqual([path, names.map((one) => one.name).toSorted()])
    }
  })
})

interface Named {
  readonly name: string
  readonly in: string
  readonly $ref?: string
}

function named(parameter: Named): Named {
  if (!parameter.$ref) return parameter
  return (description.components.parameters as unknown as Record<string, Named>)[
    parameter.$ref.split('/').at(-1) ?? ''
  ] as Named
}
