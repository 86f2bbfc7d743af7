import { describe, expect, it } from 'vitest'
import { expandGlob } from '../../src/mapping/glob.ts'
import { isOverlap } from '../../src/mapping/glob-overlap.ts'
import { json, LOGS, Session, STATE, Watching } from './watching.ts'

const FILE = 'sessions/w/one.jsonl'
const OTHER = { ...LOGS, path: ['sessions/w/*.jsonl'] }

describe('a file that an earlier entry has followed', () => {
  it('has its past reported by that alone, where a later entry follows it once that is gone', () => {
    const watching = new Watching([LOGS, OTHER])
    const session = new Session('s')
    watching.look()
    watching.write(FILE, json(session.header(), session.set('g')))
    expect(watching.look()).toEqual(['s created active 0'])
    watching.append(FILE, json(session.usage('g', 5)))
    expect(watching.look()).toEqual(['s usage_accounted active 5'])
    watching.restart([OTHER])
    expect(watching.look()).toEqual([])
    watching.append(FILE, json(session.usage('g', 6)))
    expect(watching.look()).toEqual(['s usage_accounted active 6'])
  })

  it('has it so where it is a document', () => {
    const other = { ...STATE, path: ['state/s*.json'] }
    const watching = new Watching([STATE, other])
    const state = (tokens: number) =>
      JSON.stringify({ sessions: { s: { goal: { id: 'g', status: 'active', tokens } } } })
    watching.look()
    watching.write('state/s.json', state(1))
    expect(watching.look()).toEqual(['s created active 1'])
    watching.restart([other])
    expect(watching.look()).toEqual([])
    watching.write('state/s.json', state(20))
    expect(watching.look()).toEqual(['s usage_accounted active 20'])
  })
})

describe('two globs', () => {
  const glob = (text: string) => {
    const found = expandGlob(text, {}, '/home/u', '/w')
    if (found === undefined) throw new Error(text)
    return found
  }
  it.each([
    ['~/.pi/agent/sessions/**/*.jsonl', '~/.pi/agent/sessions/**/*.jsonl', true],
    ['~/.pi/agent/sessions/**/*.jsonl', '~/.pi/agent/sessions/--w--/a.jsonl', true],
    ['~/.pi/agent/sessions/**/*.jsonl', '~/.pi/*/sessions/x*.jsonl', true],
    ['~/.pi/agent/**/*.jsonl', '~/.pi/agent/*.jsonl', true],
    ['~/.pi/agent/**/a/**/b/*.jsonl', '~/.pi/agent/**/b/**/a/*.jsonl', false],
    ['~/.pi/agent/**/a/**/*.jsonl', '~/.pi/agent/**/b/**/*.jsonl', true],
    ['~/.pi/agent/**/*.jsonl', '~/.pi/agent/**/*.json', false],
    ['~/.pi/agent/sessions/*.jsonl', '~/.pi/agent/sessions/*/a.jsonl', false],
    ['~/.pi/a/*.jsonl', '~/.pi/b/*.jsonl', false],
    ['~/.pi/a*c/*.json', '~/.pi/?b*/x.json', true],
    ['~/.pi/a*c/*.json', '~/.pi/b*/x.json', false],
    ['.opencode/goals/????.json', '.opencode/goals/state.json', false],
    ['.opencode/goals/?????.json', '.opencode/goals/state.json', true],
  ])('%s and %s: whether a file can be of both is %s', (one, other, expected) => {
    expect([isOverlap(glob(one), glob(other)), isOverlap(glob(other), glob(one))]).toEqual([expected, expected])
  })
})
