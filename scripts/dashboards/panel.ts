/** The part of Grafana's dashboard JSON that this project uses, and the data sources by their provisioned ids. */

const PROMETHEUS = { type: 'prometheus', uid: 'goaltrace-prometheus' }
const LOKI = { type: 'loki', uid: 'goaltrace-loki' }
const JAEGER = { type: 'jaeger', uid: 'goaltrace-jaeger' }

export interface Query {
  readonly refId: string
  readonly datasource: { readonly type: string; readonly uid: string }
  readonly [setting: string]: unknown
}

export interface Panel {
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource: Query['datasource']
  readonly targets: readonly Query[]
  readonly fieldConfig: { readonly defaults: object; readonly overrides: readonly object[] }
  readonly options: object
  readonly transformations?: readonly object[]
}

/** One value of each series, over the time that the dashboard shows. */
export function promValue(expr: string, legendFormat: string): Query {
  return { refId: 'A', datasource: PROMETHEUS, expr, legendFormat, instant: true, range: false }
}

/** A value for each step of time, two minutes at least: an agent sends its metrics once a minute. */
export function promSteps(expr: string, legendFormat: string): Query {
  return { refId: 'A', datasource: PROMETHEUS, expr, legendFormat, instant: false, range: true, interval: '2m' }
}

/** A table: one row per series, its labels and the value (`Value #A`) as columns. */
export function lokiTable(expr: string): Query {
  return { refId: 'A', datasource: LOKI, expr, queryType: 'instant' }
}

/** One value of each series, over the time that the dashboard shows. */
export function lokiValue(expr: string, legendFormat: string): Query {
  return { refId: 'A', datasource: LOKI, expr, legendFormat, queryType: 'instant' }
}

export function lokiSeries(expr: string, legendFormat: string): Query {
  return { refId: 'A', datasource: LOKI, expr, legendFormat, queryType: 'range' }
}

/** Lines, the newest first. */
export function lokiLines(expr: string, maxLines: number): Query {
  return { refId: 'A', datasource: LOKI, expr, queryType: 'range', direction: 'backward', maxLines }
}

/** Traces with a span that has these attributes, in logfmt. Jaeger searches within one service only. */
export function jaegerTraces(service: string, tags: string): Query {
  return { refId: 'A', datasource: JAEGER, queryType: 'search', service, tags, limit: 100 }
}

/** The address that shows a trace in Explore. @param id A variable of Grafana. */
export function traceLink(id: string): string {
  const query = { refId: 'A', datasource: JAEGER, query: id }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of Grafana.
  const panes = { trace: { datasource: JAEGER.uid, queries: [query], range: { from: '${__from}', to: '${__to}' } } }
  // A variable that is encoded is not replaced.
  const encoded = encodeURIComponent(JSON.stringify(panes)).replace(/%24%7B[\w.]+%7D/g, decodeURIComponent)
  return `/explore?schemaVersion=1&panes=${encoded}`
}

interface Looks {
  readonly description?: string
  readonly unit?: string
  readonly defaults?: object
  readonly overrides?: readonly object[]
  readonly options?: object
  readonly transformations?: readonly object[]
}

export function panel(type: string, title: string, queries: readonly Query[], looks: Looks = {}): Panel {
  const [first] = queries
  if (first === undefined) throw new RangeError(`The panel ${title} has no query; give it one.`)
  const { description, unit, defaults, overrides = [], options = {}, transformations } = looks
  return {
    type,
    title,
    ...(description && { description }),
    datasource: first.datasource,
    targets: queries.map((query, index) => ({ ...query, refId: 'ABCDEFGH'.charAt(index) })),
    fieldConfig: { defaults: { ...(unit && { unit }), ...defaults }, overrides },
    options,
    ...(transformations && { transformations }),
  }
}

/** The last value of each series, big. */
export const LAST = { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false } }

/** Shows a column by another name, in another unit, as a link. */
export function column(name: string, title: string, settings: Readonly<Record<string, unknown>> = {}): object {
  const properties = Object.entries({ displayName: title, ...settings }).map(([id, value]) => ({ id, value }))
  return { matcher: { id: 'byName', options: name }, properties }
}

const WIDTH = 24

/** Panels in rows of one height, sharing the width. Their ids are their positions, so that links to them stay valid. */
export function rows(...all: readonly (readonly [height: number, ...panels: Panel[]])[]): object[] {
  let y = 0
  return all.flatMap(([h, ...panels], row) => {
    const w = Math.floor(WIDTH / panels.length)
    const placed = panels.map((each, column) => ({
      id: (row + 1) * 10 + column,
      ...each,
      gridPos: { h, w, x: column * w, y },
    }))
    y += h
    return placed
  })
}

interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly variables: readonly object[]
  readonly links: readonly object[]
  readonly panels: readonly object[]
}

export function dashboard({ variables, ...rest }: Dashboard): object {
  return {
    ...rest,
    tags: ['goaltrace'],
    schemaVersion: 42,
    editable: false,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    templating: { list: variables },
    annotations: { list: [] },
  }
}

/** The agents' services, as Loki knows them. */
export function serviceVariable(settings: object): object {
  return {
    name: 'service',
    label: 'Agent',
    type: 'query',
    datasource: LOKI,
    query: { refId: 'services', type: 1, label: 'service_name', stream: '{service_name=~".+"}' },
    refresh: 2,
    sort: 1,
    ...settings,
  }
}
