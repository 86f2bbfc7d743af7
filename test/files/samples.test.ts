import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parsedFiles } from '../../src/mapping/configured-files.ts'
import type { GoalFiles } from '../../src/mapping/goal-files.ts'
import { changesIn, eventsOf } from './folded.ts'

const text = (name: string) => readFileSync(new URL(`samples/${name}`, import.meta.url), 'utf8')
const MAPPINGS = JSON.parse(text('mappings.json')) as Record<string, GoalFiles>

it.each(Object.entries(MAPPINGS))(
  'what an agent keeps in its files gives the events it should: %s',
  (name, mapping) => {
    const files = parsedFiles('goaltrace.config.json', JSON.stringify({ files: [mapping] }))
    const whole = text(mapping.read === 'lines' ? `${name}.jsonl` : `${name}.versions.jsonl`)
    // What follows the last newline is not written yet.
    const values = whole
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    expect(eventsOf(changesIn(files[0] as GoalFiles, values))).toEqual(JSON.parse(text(`${name}.expected.json`)))
  },
)
