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

it('a goal of qwen-code has the turn that changed it, until somebody else does', () => {
  const lines = linesOf('qwen-code').map((line) => JSON.parse(line))
  const [only] = mappingsFor('~/.qwen/projects/-w-fence/chats/a.jsonl')
  const changes = only ? changesIn(only.files, lines) : []
  const reported = changes.filter((one) => eventsOf([one]).length > 0)
  expect(reported.map(({ turnId }) => turnId?.slice(0, 8))).toEqual([
    ...[undefined, '07299545', '18abfeb5', '18abfeb5', '18abfeb5'],
    ...[undefined, 'b9fe9ffd', '47d3c822', '4b88c906', '4b88c906'],
    ...[undefined, 'a4e93df3', 'fd8fca48', 'f09fd129', 'f09fd129', undefined],
  ])
  expect(reported.slice(1).every(({ change }) => (change.after ?? change.before)?.model === 'scripted')).toBe(true)
})

it.each(SAMPLES.filter(([, { path }]) => path.endsWith('.jsonl')))(
  '%s reports when each change was made',
  (name, { path }) => {
    const [only] = mappingsFor(path)
    const changes = only
      ? changesIn(
          only.files,
          linesOf(name).map((line) => JSON.parse(line)),
        )
      : []
    const times = changes.map(({ atMs }) => atMs)
    expect(times.every((at) => at !== undefined)).toBe(true)
    expect(times).toEqual([...times].sort((a, b) => (a ?? 0) - (b ?? 0)))
  },
)

it('a budget of 0 tokens in a file is none', () => {
  const [state] = linesOf('opencode-ByBrawe').map((line) => JSON.parse(line))
  const [only] = mappingsFor('.opencode/goals/0123456789abcdef0123456789abcdef.json')
  const budgetOf = (maxTokens: number | null) => {
    const document = { ...state, budget: { ...state.budget, maxTokens } }
    return only && changesIn(only.files, [null, document]).map(({ change }) => change.after?.tokenBudget)
  }
  expect([budgetOf(0), budgetOf(null), budgetOf(5000)]).toEqual([[null], [null], [5000]])
})

it('a preset can be written into goaltrace.config.json as it is', () => {
  for (const { files } of PRESETS) {
    expect(parsedFiles('goaltrace.config.json', JSON.stringify({ files }))).toEqual(files)
  }
})
