import { expect, it } from 'vitest'
import { PRESETS } from '../../src/files/presets.ts'
import { parsedFiles } from '../../src/mapping/configured-files.ts'
import type { GoalFiles } from '../../src/mapping/goal-files.ts'
import { LOGS, STATE } from './watching.ts'

const [GOALS] = LOGS.goals
const [SET] = GOALS?.records ?? []
const logs = (more: object) => ({ ...LOGS, ...more })
const record = (more: object) => logs({ goals: [{ ...GOALS, records: [{ ...SET, ...more }] }] })
const fields = (more: object) => logs({ goals: [{ ...GOALS, fields: { ...GOALS?.fields, ...more } }] })

it.each<[object, RegExp]>([
  [logs({ paths: [] }), /: files\[0\]\.paths is unknown; the keys are path, read, agent, thread/],
  [logs({ path: '~/x.jsonl' }), /: files\[0\]\.path is "~\/x\.jsonl"; expected a list of globs$/],
  [logs({ path: [] }), /: files\[0\]\.path names no file; give a glob$/],
  [logs({ path: ['~/a**b/x'] }), /: files\[0\]\.path\[0\] has \*\* beside other characters of a name; write it/],
  [logs({ path: ['/**/x.jsonl'] }), /: files\[0\]\.path\[0\] begins with a wildcard; name a folder first$/],
  [logs({ path: ['a/../x.jsonl'] }), /: files\[0\]\.path\[0\] has `\.\.`; write the path as it is$/],
  [logs({ read: 'line' }), /: files\[0\]\.read is "line"; expected one of lines, whole$/],
  [logs({ thread: { lines: {} } }), /: files\[0\]\.thread is an object; expected a path, \{"line": …/],
  [
    logs({ thread: { line: {}, at: 'a..b' } }),
    /: files\[0\]\.thread\.at is "a\.\.b"; expected a path such as data\.goal$/,
  ],
  [
    logs({ thread: { line: { type: {} }, at: 'a' } }),
    /: files\[0\]\.thread\.line\.type is an object; expected a value, a list/,
  ],
  [logs({ time: { at: 'x', unit: 'min' } }), /: files\[0\]\.time\.unit is "min"; expected one of s, ms$/],
  [logs({ goals: [] }), /: files\[0\]\.goals says of nothing that it is a goal; describe one kind of goals$/],
  [logs({ goals: [{ fields: { status: 's' } }] }), /: files\[0\]\.goals\[0\]\.records is missing; say which lines/],
  [logs({ goals: [{ ...GOALS, each: 'a' }] }), /: files\[0\]\.goals\[0\]\.each is for documents; use records$/],
  [
    record({ gone: true }),
    /: files\[0\]\.goals\[0\]\.records\[0\] says that the goal is gone, and where it is; say one/,
  ],
  [
    record({ add: { a: 'b' } }),
    /: files\[0\]\.goals\[0\]\.records\[0\]\.add is for a record with "merge": true; add that$/,
  ],
  [
    record({ thread: 'a' }),
    /: files\[0\]\.goals\[0\]\.records\[0\]\.thread is for a record with all goals; remove it$/,
  ],
  [fields({ status: undefined }), /: files\[0\]\.goals\[0\]\.fields\.status is missing; expected a path/],
  [
    { ...fields({ goalId: undefined }), thread: undefined },
    /: files\[0\]\.thread is missing, and \.goals\[0\]\.fields\.goalId is, so that goals of different files are one; name/,
  ],
  [fields({ tokens: 'a' }), /: files\[0\]\.goals\[0\]\.fields\.tokens is unknown; the keys are goalId, status/],
  [fields({ timeUsedSeconds: { at: 'a' } }), /: files\[0\]\.goals\[0\]\.fields\.timeUsedSeconds\.unit is missing/],
  [
    fields({ goalId: ['a', { join: 'b' }] }),
    /: files\[0\]\.goals\[0\]\.fields\.goalId\[1\]\.join is "b"; expected a list of paths$/,
  ],
  [
    logs({ goals: [{ ...GOALS, statuses: { done: 'finished' } }] }),
    /\.statuses\.done is "finished"; expected one of active/,
  ],
  [
    logs({ goals: [{ ...GOALS, statuses: { done: [{ when: {}, is: 'finished' }] } }] }),
    /\.statuses\.done\[0\]\.is is "finished"/,
  ],
  [
    { ...STATE, copied: { from: 'a' } },
    /: files\[0\] is read whole and names lines; remove lineId, parent and copied$/,
  ],
  [withBranch(STATE, 'parentId'), /: files\[0\]\.goals\[0\]\.branch is for lines; remove it$/],
  [
    { ...withBranch(LOGS, 'parentId'), lineId: undefined },
    /goals\[0\]\.branch names lines by lineId, which is missing; add it$/,
  ],
  [
    { ...LOGS, goals: [...withBranch(LOGS, 'parentId').goals, ...withBranch(LOGS, 'from').goals] },
    /goals\[0\]\.branch differs from another kind's; a line goes on from one other$/,
  ],
  [
    { ...LOGS, goals: LOGS.goals.map((one) => ({ ...one, branch: 'from', fields: { status: 'status' } })) },
    /goals\[0\]\.branch needs fields\.goalId; name it$/,
  ],
  [{ ...STATE, lineId: 'id' }, /: files\[0\] is read whole and names lines; remove lineId, parent and copied$/],
  [{ ...STATE, goals: [{ fields: { status: 's' } }] }, /: files\[0\]\.goals\[0\]\.fields\.goalId is missing; name it$/],
])('a mistake in a mapping of files is named with its path: %j', (files, sentence) => {
  const text = JSON.stringify({ files: [files] })
  expect(() => parsedFiles('goaltrace.config.json', text)).toThrow(sentence)
})

it.each(PRESETS.map(({ name, files }) => [name, files]))(
  'the preset %s is a mapping that could be written in the file',
  (_, files) => {
    expect(() => parsedFiles('preset', JSON.stringify({ files }))).not.toThrow()
  },
)

function withBranch(files: GoalFiles, branch: string): GoalFiles {
  return { ...files, goals: files.goals.map((one) => ({ ...one, branch })) }
}
