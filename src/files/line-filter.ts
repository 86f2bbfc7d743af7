import type { FileConditions, FileSource, GoalFiles } from '../mapping/goal-files.ts'

/** Whether a line may say something that its mapping looks for. Most lines of a session are messages, which are not even parsed. */
export function lineFilter({ goals, thread, turn, model, parent }: GoalFiles): (line: Buffer) => boolean {
  const texts = new Set<string | undefined>()
  for (const { where, all, at } of goals.flatMap(({ records = [] }) => records)) texts.add(textIn(where, all ?? at))
  for (const source of [thread, turn, model, parent]) {
    if (!isLine(source)) continue
    texts.add(textIn(source.line, source.at))
    if (source.until) texts.add(textIn(source.until))
  }
  if (texts.has(undefined)) return () => true
  const needles = [...texts].map((text) => Buffer.from(text as string))
  return (line) => needles.some((needle) => line.includes(needle))
}

/** The longest text that is in every line for which conditions hold, and which has no other way to be written in JSON. */
function textIn(conditions: FileConditions, path?: string): string | undefined {
  const held = Object.entries(conditions).filter(([, one]) => one !== null && typeof one !== 'object')
  const values = held.flatMap(([, one]) => (typeof one === 'string' ? [one] : []))
  // The path of a line that says `null` there is not in it, where it ends before that.
  const keys = held.flatMap(([key]) => key.split('.'))
  const first = path === undefined ? [] : path.split('.').slice(0, 1)
  const texts = [...values, ...keys, ...first].filter((text) => /^[\w-]+$/.test(text))
  return texts.sort((one, other) => other.length - one.length)[0]
}

function isLine(source: FileSource | undefined): source is Extract<FileSource, { readonly line: unknown }> {
  return typeof source === 'object' && 'line' in source
}
