import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { expect, it } from 'vitest'
import { ClientNotes } from '../../src/watch/codex/client-notes.ts'
import { scratchFolder } from '../cli/goaltrace.ts'

const CLIENT = { name: 'editor', version: '1', experimentalApi: null }

it.each([
  ['no JSON', '{"kind":'],
  ['null', 'null'],
  ['a text', '"client"'],
  ['a list', '[]'],
  ['of no client', '{"kind":"cleared","atMs":2000,"threadId":"t"}'],
  ['nested too deep', '['.repeat(200_000)],
  ['not UTF-8', Buffer.from([0x7b, 0xff, 0xfe])],
])('a note that is %s is left out, and those beside it are not', (_, line) => {
  const folder = join(scratchFolder(), 'notes')
  mkdirSync(folder)
  const file = join(folder, `${process.pid}-1.jsonl`)
  const note = (threadId: string) => `${JSON.stringify({ atMs: 1000, client: CLIENT, kind: 'cleared', threadId })}\n`
  writeFileSync(file, note('before'))
  appendFileSync(file, line)
  appendFileSync(file, `\n${note('after')}`)
  const notes = new ClientNotes(folder)
  notes.read()
  const deleted = (threadId: string) =>
    notes.of({ before: { threadId, goalId: 'g', status: 'active' } as never, after: null, atMs: 1001 } as never)
  expect([deleted('before'), deleted('after'), deleted('t')]).toMatchObject([
    { threadId: 'before' },
    { threadId: 'after' },
    ...[undefined],
  ])
  expect(notes.isAwaited('editor')).toBe(true)
})
