import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { goalEvents } from '../../src/event/goal-event.ts'
import type { FileChange } from '../../src/files/file-change.ts'
import { WatchedFiles } from '../../src/files/watched-files.ts'
import type { GoalFiles } from '../../src/mapping/goal-files.ts'
import type { Connection } from '../../src/sqlite/connection.ts'

/** Files of an agent in a folder that is gone when the test is over, and what is reported of them. */
export class Watching {
  readonly folder = mkdtempSync(join(tmpdir(), 'goaltrace-files-'))
  /** As `thread kind status tokens`. */
  readonly events: string[] = []
  readonly changes: FileChange[] = []
  readonly sources: string[] = []
  readonly said: string[] = []
  readonly captureContent: boolean
  readonly #mappings: readonly GoalFiles[]
  #files: WatchedFiles | undefined

  constructor(mappings: readonly GoalFiles[], captureContent = false) {
    this.#mappings = mappings
    this.captureContent = captureContent
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
  }

  /** As another process would: all that is known is in the file. */
  restart(mappings = this.#mappings): this {
    const database = new Database(this.state)
    // No test pulls the plug.
    database.pragma('synchronous = OFF')
    onTestFinished(() => void database.close())
    this.#files = new WatchedFiles({
      ...{ mappings, captureContent: this.captureContent, own: database as unknown as Connection },
      places: { env: { HOME: this.folder }, home: this.folder, folder: this.folder },
      write: (_, found, source) => {
        const events = goalEvents(found.change)
        if (events.length === 0) return false
        this.changes.push(found)
        for (const { kind, goal } of events) {
          this.sources.push(source)
          this.events.push(`${goal.threadId} ${kind} ${goal.status} ${goal.tokensUsed ?? '-'}`)
        }
        return true
      },
      found() {},
      say: (sentence) => this.said.push(sentence.replaceAll(this.folder, '')),
      folder() {},
    })
    return this
  }

  get state(): string {
    return join(this.folder, 'own.db')
  }

  get size(): number {
    return this.#files?.size ?? 0
  }

  /** Looks, until nothing is left to do. @returns the events since the last time. */
  look(): string[] {
    if (this.#files === undefined) this.restart()
    const files = this.#files as WatchedFiles
    const before = this.events.length
    files.scan()
    files.retry()
    this.steps()
    return this.events.slice(before)
  }

  /** Reads what is due, without a look for more. @returns the events. */
  steps(): string[] {
    const before = this.events.length
    while (this.#files?.step()) {}
    return this.events.slice(before)
  }

  touch(path: string): void {
    this.#files?.touch(this.path(path))
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, content: string | Buffer): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), content)
  }

  append(name: string, content: string | Buffer): void {
    appendFileSync(this.path(name), content)
  }
}

export const json = (...values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')

/** A log as pi writes it, with goals of one extension. */
export const LOGS: GoalFiles = {
  path: ['sessions/**/*.jsonl'],
  read: 'lines',
  thread: { line: { type: 'session' }, at: 'id' },
  parent: { line: { type: 'session' }, at: 'parentSession' },
  lineId: 'id',
  time: 'timestamp',
  goals: [
    {
      records: [
        { where: { type: 'custom', customType: 'goal', 'data.action': 'set' }, at: 'data.goal' },
        { where: { type: 'custom', customType: 'goal', 'data.action': 'usage' }, at: 'data', merge: true },
        { where: { type: 'custom', customType: 'goal', 'data.action': 'clear' }, gone: true },
      ],
      fields: {
        goalId: 'goalId',
        status: 'status',
        objective: 'objective',
        tokensUsed: 'tokensUsed',
        reason: 'reason',
      },
    },
  ],
}

/** A log whose lines have no ids, as a ledger that is compacted. */
export const LEDGER: GoalFiles = {
  path: ['ledger.jsonl'],
  read: 'lines',
  thread: 'threadId',
  time: 'timestamp',
  goals: [
    {
      records: [
        { where: { action: 'checkpoint' }, at: 'goal' },
        { where: { action: 'patch' }, at: 'changes', merge: true },
        { where: { action: 'clear' }, gone: true },
        { where: { action: 'checkpoint-set' }, all: 'goals', thread: 'threadId' },
      ],
      fields: { goalId: { join: ['thread', 'createdAt'] }, status: 'status', tokensUsed: 'tokensUsed' },
    },
  ],
}

/** A document with an object by session. */
export const STATE: GoalFiles = {
  path: ['state/*.json'],
  read: 'whole',
  thread: { key: 1 },
  time: 'updatedAt',
  goals: [
    { each: 'sessions.*.goal', fields: { goalId: 'id', status: 'status', tokensUsed: 'tokens', objective: 'text' } },
  ],
}

/** The lines of a session of `LOGS`. */
export class Session {
  readonly id: string
  readonly #startMs: number
  #count = 0

  constructor(id: string, startMs = Date.UTC(2026, 0, 1)) {
    this.id = id
    this.#startMs = startMs
  }

  header(more: object = {}): object {
    return { type: 'session', version: 3, id: this.id, timestamp: this.#time(), cwd: '/w', ...more }
  }

  set(goalId: string, status = 'active', tokensUsed = 0): object {
    return this.#entry({ action: 'set', goal: { goalId, status, tokensUsed, objective: `do ${goalId}` } })
  }

  usage(goalId: string, tokensUsed: number, status = 'active'): object {
    return this.#entry({ action: 'usage', goalId, status, tokensUsed })
  }

  clear(): object {
    return this.#entry({ action: 'clear', goal: null })
  }

  message(text: string): object {
    return { type: 'message', id: this.#nextId(), timestamp: this.#time(), message: { role: 'user', content: text } }
  }

  #entry(data: object): object {
    return { type: 'custom', customType: 'goal', data, id: this.#nextId(), parentId: null, timestamp: this.#time() }
  }

  #nextId(): string {
    this.#count++
    return `${this.id}-${this.#count}`
  }

  #time(): string {
    return new Date(this.#startMs + this.#count * 1000).toISOString()
  }
}
