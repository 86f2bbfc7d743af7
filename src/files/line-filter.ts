import type { FileConditions, GoalFiles } from '../mapping/goal-files.ts'
import { isLineSource } from './line-values.ts'

/** A test of whether a line can matter to its mapping at all. Most lines of a session are messages: this saves parsing them. */
export function lineFilter({ goals, thread, turn, model, parent }: GoalFiles): (line: Buffer) => boolean {
  const texts = new Set<string | undefined>()
  for (const { where, all, at } of goals.flatMap(({ records = [] }) => records)) texts.add(textIn(where, all ?? at))
  for (const source of [thread, turn, model, parent]) {
    if (!isLineSource(source)) continue
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
  // Only the first key: a line with `null` half-way down the path lacks the rest.
  const keys = held.flatMap(([key]) => key.split('.'))
  const first = path === undefined ? [] : path.split('.').slice(0, 1)
  const texts = [...values, ...keys, ...first].filter((text) => /^[\w-]+$/.test(text))
  return texts.sort((one, other) => other.length - one.length)[0]
}
