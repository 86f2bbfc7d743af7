import type { FileLine, FileSource, GoalFiles } from '../mapping/goal-files.ts'
import { fits } from './conditions.ts'
import type { FileName } from './file-change.ts'
import { text } from './goal-values.ts'
import { at } from './json-path.ts'

const SOURCES = ['thread', 'turn', 'model', 'parent'] as const

type Source = (typeof SOURCES)[number]

/** What earlier lines of a file have said that holds for later ones. */
export type LineValues = Readonly<Partial<Record<Source, string>>>

/** What holds from a line on. */
export function valuesFrom(line: unknown, files: GoalFiles, values: LineValues): LineValues {
  let next = values
  for (const name of SOURCES) {
    const source = files[name]
    if (!isLine(source) || !fits(source.line, line)) continue
    const value = text(at(line, source.at))
    if (value !== undefined && value !== next[name]) next = { ...next, [name]: value }
  }
  return next
}

/** What holds no more after a line. */
export function valuesAfter(line: unknown, files: GoalFiles, values: LineValues): LineValues {
  let next = values
  for (const name of SOURCES) {
    const source = files[name]
    if (!isLine(source) || source.until === undefined || next[name] === undefined || !fits(source.until, line)) continue
    const { [name]: _, ...others } = next
    next = others
  }
  return next
}

/** What a line, or the lines before it, or the file's name says; undefined where nothing does. */
export function saidOf(
  name: Source,
  line: unknown,
  files: GoalFiles,
  values: LineValues,
  file: FileName,
): string | undefined {
  const source = files[name]
  if (source === undefined) return undefined
  if (typeof source === 'string') return text(at(line, source))
  if (isLine(source)) return values[name]
  return 'file' in source ? file[source.file] : undefined
}

function isLine(source: FileSource | undefined): source is FileLine {
  return typeof source === 'object' && 'line' in source
}
