import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** A benchmark's result, beside its target. */
export interface Figure {
  readonly what: string
  readonly measured: string
  /** Absent where there is no target. */
  readonly reach?: string
  readonly reached?: boolean
}

const README = new URL('README.md', import.meta.url)

export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, measured, reach, reached }) => [
    what,
    measured,
    reach ?? '',
    reached === undefined ? '' : reached ? 'yes' : '**no**',
  ])
  return markdownOf([['what', 'measured', 'to reach', 'reached'], ...rows])
}

/** A Markdown table, readable in a terminal too. The first row is the head. */
function markdownOf(all: readonly (readonly string[])[]): string {
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (cells: readonly string[]) => `| ${cells.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = all
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n')
}

/** Prints a table, and writes it into README.md between the marks of this name. */
export function putTable(name: string, rows: readonly (readonly string[])[], write: boolean): void {
  const report = `${machine()}\n\n${markdownOf(rows)}`
  console.log(report)
  if (write) put(name, report)
}

/** @throws {Error} where README.md has no such marks. */
export function put(name: string, report: string): void {
  const text = readFileSync(README, 'utf8')
  const place = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*(<!-- /${name} -->)`)
  if (!place.test(text))
    throw new Error(`bench/README.md has no marks for ${name}; add <!-- ${name} --> and <!-- /${name} -->`)
  writeFileSync(
    README,
    text.replace(place, (_, begin, end) => `${begin}\n${report}\n\n${end}`),
  )
}

/** When and on what it was measured. */
export function machine(): string {
  const [cpu] = cpus()
  return `${new Date().toISOString().slice(0, 10)}, ${process.platform} ${process.arch}, ${cpus().length} cores (${cpu?.model.trim()}), Node ${process.version}`
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}

/** Compared variants take turns in a different order each time. */
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
