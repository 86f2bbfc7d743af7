/** What a benchmark found, beside what it is to reach. */
export interface Figure {
  readonly what: string
  readonly measured: string
  /** Absent where nothing is promised. */
  readonly reach?: string
  readonly reached?: boolean
}

/** As Markdown, which a terminal shows as well. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, measured, reach, reached }) => [
    what,
    measured,
    reach ?? '',
    reached === undefined ? '' : reached ? 'yes' : '**no**',
  ])
  const all = [['what', 'measured', 'to reach', 'reached'], ...rows]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = all
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n')
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}

/** Ways that are compared take turns in another order each time. */
export function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
}

export function thousands(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}

export function milliseconds(ms: number): string {
  return `${ms.toFixed(Math.abs(ms) < 10 ? 1 : 0)} ms`
}
