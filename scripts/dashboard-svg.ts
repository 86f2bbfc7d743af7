import type { Panel, Query } from './dashboards/panel.ts'
import { escaped } from './terminal-svg.ts'

/** A data source's answer to a panel's query: numbers at times, with labels, or lines of text. */
export interface Answer {
  readonly query: Query
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>
    /** Seconds since 1970, and the value at that time. */
    readonly points: readonly (readonly [at: number, value: number])[]
  }[]
}

export interface PlacedPanel extends Panel {
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
}

/** In pixels; Grafana's grid has 24 columns. */
const COLUMN = 46
const ROW = 34
const GAP = 8
const PADDING = 12
const LINE = 22
const COLOURS = ['#73bf69', '#f2cc0c', '#5794f2', '#ff9830', '#f2495c', '#b877d9', '#8ab8ff']

/** A dashboard as a plain drawing: its panels and what is in them. Grafana draws them in more detail. */
export function dashboardSvg(title: string, panels: readonly (readonly [PlacedPanel, readonly Answer[]])[]): string {
  const bottom = Math.max(...panels.map(([{ gridPos }]) => gridPos.y + gridPos.h))
  const [width, height] = [24 * COLUMN + GAP, bottom * ROW + GAP]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>text { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #ccccdc } .title { font-weight: 600 } .dim { fill: #8e8e9b } .big { font-size: 26px; font-weight: 600 }</style>
<rect width="${width}" height="${height}" fill="#111217"/>
${panels.map(([panel, answers]) => placed(panel, answers)).join('\n')}
</svg>
`
}

function placed(panel: PlacedPanel, answers: readonly Answer[]): string {
  const { x, y, w, h } = panel.gridPos
  const [width, height] = [w * COLUMN - GAP, h * ROW - GAP]
  const inside: Box = { width: width - 2 * PADDING, height: height - 44 }
  return `<g transform="translate(${x * COLUMN + GAP} ${y * ROW + GAP})">
<rect width="${width}" height="${height}" rx="3" fill="#181b1f" stroke="#2c3035"/>
<text x="${PADDING}" y="22" class="title">${escaped(panel.title)}</text>
<g transform="translate(${PADDING} 36)">${drawn(panel, answers, inside)}</g>
</g>`
}

interface Box {
  readonly width: number
  readonly height: number
}

function drawn(panel: Panel, answers: readonly Answer[], box: Box): string {
  const unit = (panel.fieldConfig.defaults as { unit?: string }).unit
  const last = answers.flatMap(({ query, series }) =>
    series.map(({ labels, points }) => ({ name: nameOf(query, labels), labels, value: points.at(-1)?.[1] ?? 0 })),
  )
  switch (panel.type) {
    case 'stat':
      return numbers(last, unit, box)
    case 'timeseries':
      return lines(answers, box)
    case 'table':
      return rows(last, panel, box)
    default:
      return bars(last, unit, box)
  }
}

interface Value {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

function numbers(values: readonly Value[], unit: string | undefined, { width, height }: Box): string {
  const each = width / Math.max(1, values.length)
  const drawn = values.map(({ name, value }, index) => {
    const middle = (index + 0.5) * each
    const colour = COLOURS[index % COLOURS.length]
    // Names of neighbours would touch.
    const below = height / 2 + (values.length > 4 && index % 2 === 1 ? 40 : 24)
    return `<text x="${middle}" y="${height / 2}" text-anchor="middle" class="big" style="fill: ${colour}">${shown(value, unit)}</text><text x="${middle}" y="${below}" text-anchor="middle" class="dim">${escaped(name)}</text>`
  })
  return drawn.join('')
}

function bars(values: readonly Value[], unit: string | undefined, { width }: Box): string {
  const most = Math.max(1, ...values.map(({ value }) => value))
  const drawn = values.map(({ name, value }, index) => {
    const top = index * (LINE + 8)
    const length = Math.round((value / most) * (width - 210))
    return `<text x="120" y="${top + 15}" text-anchor="end">${escaped(name)}</text><rect x="130" y="${top}" width="${length}" height="${LINE - 2}" fill="${COLOURS[index % COLOURS.length]}"/><text x="${138 + length}" y="${top + 15}" class="dim">${shown(value, unit)}</text>`
  })
  return drawn.join('')
}

function lines(answers: readonly Answer[], { width, height }: Box): string {
  const all = answers.flatMap(({ series }) => series.flatMap(({ points }) => points))
  const [from, to] = [Math.min(...all.map(([at]) => at)), Math.max(...all.map(([at]) => at))]
  const most = Math.max(1, ...all.map(([, value]) => value))
  const [chart, scale] = [height - LINE - 18, 36]
  const x = (at: number) => Math.round(scale + ((at - from) / Math.max(1, to - from)) * (width - scale))
  const y = (value: number) => Math.round(chart - (value / most) * (chart - 8))
  const drawn = answers.flatMap(({ query, series }, answer) =>
    series.map(({ labels, points }, index) => {
      const colour = COLOURS[(answer + index) % COLOURS.length]
      const path = points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ')
      const at = (answer + index) * 110
      return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/><rect x="${at}" y="${height - 12}" width="12" height="4" fill="${colour}"/><text x="${at + 18}" y="${height - 5}" class="dim">${escaped(nameOf(query, labels))}</text>`
    }),
  )
  const grid = [0, 0.5, 1].map((part) => {
    const at = y(part * most)
    return `<path d="M${scale} ${at}H${width}" stroke="#2c3035"/><text x="${scale - 8}" y="${at + 5}" text-anchor="end" class="dim">${shown(part * most, undefined)}</text>`
  })
  const time = (at: number) => new Date(at * 1000).toISOString().slice(11, 16)
  const times = `<text x="${scale}" y="${chart + 16}" class="dim">${time(from)}</text><text x="${width}" y="${chart + 16}" text-anchor="end" class="dim">${time(to)}</text>`
  return grid.join('') + drawn.join('') + times
}

/** Columns under the names that the panel gives them, the value last; the greatest first. */
function rows(values: readonly Value[], { fieldConfig }: Panel, { width, height }: Box): string {
  const columns = (fieldConfig.overrides as Override[]).map(({ matcher, properties }) => {
    const setting = (id: string) => properties.find((each) => each.id === id)?.value as string | undefined
    return { key: matcher.options, title: setting('displayName') ?? '', unit: setting('unit') }
  })
  const x = (column: number) => Math.round((column * width) / columns.length)
  const head = columns.map(({ title }, column) => `<text x="${x(column)}" y="12" class="dim">${escaped(title)}</text>`)
  const sorted = values.toSorted((a, b) => b.value - a.value).slice(0, Math.floor((height - LINE) / LINE))
  const cells = sorted.flatMap(({ labels, value }, row) =>
    columns.map(({ key, unit }, column) => {
      const text = key in labels ? short(labels[key] ?? '') : shown(value, unit)
      return `<text x="${x(column)}" y="${(row + 1) * LINE + 12}">${escaped(text)}</text>`
    }),
  )
  return [...head, ...cells].join('')
}

interface Override {
  readonly matcher: { readonly options: string }
  readonly properties: readonly { readonly id: string; readonly value: unknown }[]
}

function nameOf({ legendFormat = '' }: Query, labels: Readonly<Record<string, string>>): string {
  return String(legendFormat).replace(/\{\{(\w+)\}\}/g, (_, label) => labels[label] ?? '')
}

/** As much of an id as is needed to distinguish it. */
function short(text: string): string {
  return text.length > 14 ? `${text.slice(0, 13)}…` : text
}

function shown(value: number, unit: string | undefined): string {
  if (unit === 'percentunit') return `${Math.round(value * 100)} %`
  const number = value >= 1000 ? `${(value / 1000).toFixed(1)} K` : String(Math.round(value * 10) / 10)
  return unit === 's' ? `${number} s` : number
}
