import type { Query } from '../../scripts/dashboards/panel.ts'
import { jaegerSpans } from '../peers/jaeger.ts'
import type { Stack } from './stack.ts'

/** The data in a data source's answer to a panel's query: series with numbers, lines, or traces. */
export async function ask(
  stack: Stack,
  query: Query,
  variables: Readonly<Record<string, string>>,
): Promise<readonly unknown[]> {
  switch (query.datasource.uid) {
    case 'goaltrace-prometheus': {
      const answer = await get(stack.prometheus, query.range ? 'api/v1/query_range' : 'api/v1/query', {
        query: filled(query.expr, variables),
        ...(query.range === true && lately()),
      })
      return numbers(answer)
    }
    case 'goaltrace-loki': {
      const range = query.queryType === 'range'
      const answer = await get(stack.loki, range ? 'loki/api/v1/query_range' : 'loki/api/v1/query', {
        query: filled(query.expr, variables),
        ...(range && { ...lately(), limit: `${query.maxLines ?? 100}` }),
      })
      return answer.data.resultType === 'streams' ? answer.data.result : numbers(answer)
    }
    case 'goaltrace-jaeger': {
      const tags = Object.fromEntries(
        [...filled(query.tags, variables).matchAll(/([^ =]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
      )
      return await jaegerSpans(stack.jaeger, filled(query.service, variables), tags)
    }
    default:
      throw new RangeError(`No data source has the id ${query.datasource.uid}`)
  }
}

/** The labels and the structured metadata of the entries that a LogQL query finds. */
export async function linesOf(stack: Stack, query: string): Promise<Readonly<Record<string, string>>[]> {
  const answer = await get(stack.loki, 'loki/api/v1/query_range', { query, ...lately(), limit: '1000' })
  return answer.data.result.map(({ stream = {} }) => stream)
}

/** What Prometheus and Loki answer; an instant's series has a value, a range's has values. */
export interface Series {
  readonly metric?: Readonly<Record<string, string>>
  readonly stream?: Readonly<Record<string, string>>
  readonly value?: readonly [number, string]
  readonly values?: readonly (readonly [number, string])[]
}

interface Answer {
  readonly data: { readonly resultType: string; readonly result: readonly Series[] }
}

async function get(base: string, path: string, parameters: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(`${base}/${path}?${new URLSearchParams(parameters)}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} for ${JSON.stringify(parameters)}: ${text}`)
  return JSON.parse(text)
}

/** The last ten minutes, in seconds, which Prometheus and Loki both understand. */
function lately(): { start: string; end: string; step: string } {
  const now = Date.now() / 1000
  return { start: `${now - 600}`, end: `${now}`, step: '5' }
}

function numbers(answer: Answer): Series[] {
  return answer.data.result.filter(({ value, values = [] }) =>
    [...values, ...(value ? [value] : [])].some(([, number]) => Number.isFinite(Number(number))),
  )
}

function filled(text: unknown, variables: Readonly<Record<string, string>>): string {
  return String(text).replace(/\$(\w+)/g, (whole, name) => variables[name] ?? whole)
}
