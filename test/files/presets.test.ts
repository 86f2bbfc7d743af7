import { basename, dirname } from 'node:path'
import { expect, it } from 'vitest'
import { lineFilter } from '../../src/files/line-filter.ts'
import { PRESETS } from '../../src/files/presets.ts'
import { parsedFiles } from '../../src/mapping/configured-files.ts'
import { changesIn, eventsOf } from './folded.ts'
import { linesOf, mappingsFor, SAMPLES } from './preset-samples.ts'

it.each(SAMPLES)('the goals that %s has written are reported', (name, { path, events }) => {
  const [only, ...others] = mappingsFor(path)
  expect(others).toEqual([])
  expect(name.startsWith(only?.preset.split('-')[0] as string)).toBe(true)
  if (only === undefined) return
  const values = linesOf(name).map((line) => JSON.parse(line))
  const place = { name: basename(path).replace(/\.\w+$/, ''), folder: basename(dirname(path)) }
  expect(eventsOf(changesIn(only.files, values, place)).map((event) => Object.values(event))).toEqual(events)
  if (only.files.read === 'whole') return
  // What the filter holds back unread says nothing.
  const passes = lineFilter(only.files)
  const passed = values.filter((_, n) => passes(Buffer.from(linesOf(name)[n] as string)))
  expect(eventsOf(changesIn(only.files, passed, place))).toHaveLength(events.length)
})

it('a preset can be written into goaltrace.config.json as it is', () => {
  for (const { files } of PRESETS) {
    expect(parsedFiles('goaltrace.config.json', JSON.stringify({ files }))).toEqual(files)
  }
})
