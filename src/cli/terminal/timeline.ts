import { styleText } from 'node:util'
import { styleOf } from './event-line.ts'
import type { GoalHistory } from './goal-history.ts'

/** The characters for a status: its first cell, and the ones after it. */
const GLYPHS: Readonly<Record<string, readonly [begin: string, on: string]>> = {
  active: ['━', '━'],
  paused: ['◇', '┄'],
  budget_limited: ['▲', '┄'],
  usage_limited: ['▲', '┄'],
  blocked: ['■', '┄'],
  complete: ['●', '┄'],
  replaced: ['◌', ' '],
  cleared: ['○', ' '],
}
const NOT_YET = ' '
const LEGEND_GAP = '   '

/** A goal's statuses from one instant to another, in milliseconds since 1970, as this many characters. */
export function timeline(
  { statuses }: Pick<GoalHistory, 'statuses'>,
  fromMs: number,
  toMs: number,
  width: number,
): string {
  const cellOf = (atMs: number) =>
    Math.min(width - 1, Math.floor(((atMs - fromMs) / Math.max(1, toMs - fromMs)) * width))
  const begins = new Map<number, string>()
  let before: string | undefined
  for (const { atMs, status } of statuses) {
    // A status that ends within its first cell is not shown; the next one is.
    if (status !== before) begins.set(cellOf(atMs), status)
    before = status
  }
  const runs: { status: string; text: string }[] = []
  let status = ''
  for (let cell = 0; cell < width; cell++) {
    const begin = begins.get(cell)
    if (begin !== undefined || runs.length === 0) runs.push({ status: begin ?? '', text: '' })
    status = begin ?? status
    const [first, on] = (Object.hasOwn(GLYPHS, status) && GLYPHS[status]) || [NOT_YET, NOT_YET]
    const run = runs.at(-1)
    if (run) run.text += begin === undefined ? on : first
  }
  return runs.map(({ status, text }) => styleText(styleOf(status), text)).join('')
}

/** The legend, wrapped to the terminal's width. */
export function legend(columns = Infinity): string {
  const drawn = {
    active: 'active',
    paused: 'paused',
    blocked: 'blocked',
    usage_limited: 'limited',
    complete: 'complete',
    replaced: 'replaced',
    cleared: 'cleared',
  }
  const lines: string[] = []
  let left = 0
  for (const [status, word] of Object.entries(drawn)) {
    const entry = `${styleText(styleOf(status), GLYPHS[status]?.[0] ?? '')} ${word}`
    const width = 2 + word.length
    left -= LEGEND_GAP.length + width
    if (lines.length > 0 && left >= 0) lines.push(`${lines.pop()}${LEGEND_GAP}${entry}`)
    else {
      lines.push(entry)
      left = columns - width
    }
  }
  return lines.join('\n')
}
