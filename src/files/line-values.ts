import type { FileLine, FileSource, GoalFiles } from '../mapping/goal-files.ts'
import { fits } from './conditions.ts'
import type { FileName } from './file-change.ts'
import { at } from './json-path.ts'
import { text } from './json-values.ts'

const SOURCES = ['thread', 'turn', 'model', 'parent'] as const

type Source = (typeof SOURCES)[number]

/** What earlier lines have set that holds for later ones, such as the session's id in the first line. */
export type LineValues = Readonly<Partial<Record<Source, string>>>

/** The values that hold from this line on. */
export function valuesFrom(line: unknown, files: GoalFiles, values: LineValues): LineValues {
  let next = values
  for (const name of SOURCES) {
    const source = files[name]
    if (!isLineSource(source) || !fits(source.line, line)) continue
    const value = text(at(line, source.at))
    if (value !== undefined && value !== next[name]) next = { ...next, [name]: value }
  }
  return next
}

/** The values that still hold after this line, without those whose `until` it meets. */
export function valuesAfter(line: unknown, files: GoalFiles, values: LineValues): LineValues {
  let next = values
  for (const name of SOURCES) {
    const source = files[name]
    if (!isLineSource(source) || source.until === undefined || next[name] === undefined || !fits(source.until, line))
      continue
    const { [name]: _, ...others } = next
    next = others
  }
  return next
}

/** The thread, turn, model or parent of a line: from itself, from a line before it, or from the file's name. */
export function sourceValue(
  name: Source,
  line: unknown,
  files: GoalFiles,
  values: LineValues,
  file: FileName,
): string | undefined {
  const source = files[name]
  if (source === undefined) return undefined
  if (typeof source === 'string') return text(at(line, source))
  if (isLineSource(source)) return values[name]
  return 'file' in source ? file[source.file] : undefined
}

export function isLineSource(source: FileSource | undefined): source is FileLine {
  return typeof source === 'object' && 'line' in source
}
