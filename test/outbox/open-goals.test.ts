import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import type { Checkpoint } from '../../src/outbox/checkpoint.ts'
import { CheckpointFile } from '../../src/outbox/checkpoint-file.ts'
import type { OpenGoalChanges } from '../../src/outbox/checkpoint-store.ts'
import { stateFile } from '../../src/outbox/outbox-file.ts'
import { openByAny } from '../../src/sqlite/drivers.ts'

const PATH = '/agent/goals.db'
/** As large as an open goal is kept. */
const text = (n: number, version = 0) => JSON.stringify({ n, version, ids: 'x'.repeat(300) })
const key = (n: number) => `goals\0thread ${n}\0goal`
const added = (from: number, to: number): OpenGoalChanges =>
  Array.from({ length: to - from }, (_, n) => [key(from + n), text(from + n)])
const ended = (from: number, to: number): OpenGoalChanges =>
  Array.from({ length: to - from }, (_, n) => [key(from + n), null])

let seq = 0
let goals = ''

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'goaltrace-open-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  process.env.GOALTRACE_STATE_DIR = folder
  goals = stateFile(PATH, 'goals')
  seq = 0
})

/** A drain of one batch by a process of its own. @returns how many of the first goals are known, by then. */
function drain(changes: OpenGoalChanges, most = 60): string[] {
  const file = new CheckpointFile(PATH, openByAny())
  file.begin(
    (kept: Checkpoint) => ({ delivered: kept }),
    () => undefined,
  )
  const before = Array.from({ length: most }, (_, n) => file.openGoalOf(key(n))).filter((one) => one !== undefined)
  seq++
  file.write({ seq, uid: `uid ${seq}` }, changes)
  const after = Array.from({ length: most }, (_, n) => file.openGoalOf(key(n))).filter((one) => one !== undefined)
  file.close()
  expect(before.length + changes.filter(([, goal]) => goal !== null).length).toBeGreaterThanOrEqual(after.length)
  return after
}

const texts = (...of: readonly number[]) => of.map((n) => text(n))

it('are in the checkpoint’s line while they are few, in a file of their own while they are many, and in the line again after that', () => {
  drain(added(0, 3))
  expect(existsSync(goals)).toBe(false)
  drain(added(3, 40))
  expect(existsSync(goals)).toBe(true)
  drain(ended(2, 30))
  expect(existsSync(goals)).toBe(true)
  expect(drain(ended(30, 39))).toEqual(texts(0, 1, 39))
  expect(existsSync(goals)).toBe(false)
  expect(drain([[key(1), null]])).toEqual(texts(0, 39))
  drain(added(3, 40))
  expect(existsSync(goals)).toBe(true)
  expect(drain(ended(0, 40))).toEqual([])
  expect(existsSync(goals)).toBe(false)
})

it('do not go to and fro with each goal that begins and ends', () => {
  let count = 0
  while (!existsSync(goals)) drain(added(count, ++count))
  drain(ended(0, 1))
  drain(added(0, 1))
  drain(ended(0, 2))
  expect(existsSync(goals)).toBe(true)
})

it('are right after a kill between the line and the removal of their file', () => {
  drain(added(0, 40))
  copyFileSync(goals, `${goals}.before`)
  drain(ended(2, 40))
  expect(existsSync(goals)).toBe(false)
  copyFileSync(`${goals}.before`, goals)
  expect(drain([[key(1), text(1, 1)]])).toEqual([text(0), text(1, 1)])
  expect(existsSync(goals)).toBe(false)
})
