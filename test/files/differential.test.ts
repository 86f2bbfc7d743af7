import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LEDGER, LOGS, Watching } from './watching.ts'

/** What an agent does with a log, as numbers that choose. */
const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(1000)), { minLength: 5, maxLength: 40 })

/** A log as its agent keeps it, and the events that its lines are. */
class Log {
  readonly events: string[] = []
  readonly #watching: Watching
  readonly #name: string
  readonly #thread: string
  readonly #hasIds: boolean
  lines: string[] = []
  #goals = 0
  #tokens: number | undefined
  #count = 0
  #torn = ''

  constructor(watching: Watching, thread: string, hasIds: boolean) {
    this.#watching = watching
    this.#thread = thread
    this.#hasIds = hasIds
    this.#name = hasIds ? `sessions/${thread}.jsonl` : 'ledger.jsonl'
    watching.write(this.#name, '')
    if (hasIds) this.#append([JSON.stringify({ type: 'session', id: thread })])
  }

  get path(): string {
    return this.#watching.path(this.#name)
  }

  /** The next entries, whole but for the last one's end. */
  go(count: number, cut: number): void {
    const lines = Array.from({ length: count }, (_, n) => this.#entry(cut + n))
    this.#finish()
    this.#append(lines)
    if (cut % 3 !== 0) return
    this.#torn = this.#entry(cut)
    this.#watching.append(this.#name, this.#torn.slice(0, 1 + (cut % (this.#torn.length - 1))))
  }

  /** Written anew in its place, with all that it had, and more. */
  rewrite(): void {
    this.#drop()
    this.lines.splice(1, 0, JSON.stringify({ type: 'note', text: 'n'.repeat(this.#count * 7) }))
    writeFileSync(this.path, this.lines.map((line) => `${line}\n`).join(''))
  }

  /** The same through another file. */
  replace(): void {
    this.#drop()
    writeFileSync(`${this.path}.tmp`, this.lines.map((line) => `${line}\n`).join(''))
    renameSync(`${this.path}.tmp`, this.path)
  }

  /** Moved away, with what comes next in a new file. */
  rotate(n: number): void {
    this.#drop()
    // A file that was never seen cannot be found under another name.
    this.#watching.look()
    this.go(n % 3, 2)
    this.#drop()
    rmSync(`${this.path}.1`, { force: true })
    renameSync(this.path, `${this.path}.1`)
    this.lines = []
    this.#watching.write(this.#name, '')
    this.go(1 + (n % 3), 1)
  }

  /** A half entry is cut off, or written to its end. */
  #finish(): void {
    if (this.#torn === '') return
    if (this.#count % 2 === 0) {
      this.#drop()
      return
    }
    const size = this.lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
    truncateSync(this.path, size)
    const torn = this.#torn
    this.#torn = ''
    this.#append([torn])
  }

  /** Its agent was killed while it wrote: the entry was never made. */
  #drop(): void {
    if (this.#torn === '') return
    const size = this.lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
    truncateSync(this.path, size)
    const torn = JSON.parse(this.#torn)
    this.#torn = ''
    // What it would have said is said by the next entry.
    this.#append([JSON.stringify({ ...torn })])
  }

  #append(lines: readonly string[]): void {
    this.lines.push(...lines)
    for (const line of lines) this.#watching.append(this.#name, `${line}\n`)
  }

  #entry(n: number): string {
    this.#count++
    const id = `e${this.#count}`
    const goal = () => `g${this.#goals}`
    const event = (kind: string) => this.events.push(`${this.#thread} ${kind} active ${this.#tokens}`)
    if (this.#tokens !== undefined && n % 7 === 0) {
      event('cleared')
      this.#tokens = undefined
      const entry = { type: 'custom', customType: 'goal', data: { action: 'clear' }, id }
      return JSON.stringify(this.#hasIds ? entry : { action: 'clear', threadId: this.#thread, n: this.#count })
    }
    const isNew = this.#tokens === undefined
    if (isNew) this.#goals++
    this.#tokens = isNew ? 0 : (this.#tokens ?? 0) + 1
    event(isNew ? 'created' : 'usage_accounted')
    const parts = { goalId: goal(), status: 'active', tokensUsed: this.#tokens }
    if (this.#hasIds) {
      const data = isNew ? { action: 'set', goal: parts } : { action: 'usage', ...parts }
      return JSON.stringify({ type: 'custom', customType: 'goal', data, id })
    }
    const { goalId: _, ...others } = parts
    const whole = { threadId: this.#thread, createdAt: this.#goals, ...others }
    const entry = isNew ? { action: 'checkpoint', goal: whole } : { action: 'patch', changes: others }
    return JSON.stringify({ ...entry, threadId: this.#thread, n: this.#count })
  }
}

it.each([true, false])(
  'whatever an agent does to its log, each line of it is reported once and in order, with ids: %s',
  (hasIds) => {
    fc.assert(
      fc.property(steps, (steps) => {
        const watching = new Watching([hasIds ? LOGS : LEDGER])
        watching.look()
        const log = new Log(watching, 't', hasIds)
        for (const [what, n] of steps) {
          if (what < 4) log.go(n % 4, n)
          else if (what === 4) log.rewrite()
          else if (what === 5) log.replace()
          else if (what === 6) log.rotate(n)
          else if (what === 7) watching.restart()
          else watching.look()
        }
        log.go(1, 1)
        watching.look()
        expect(watching.events).toEqual(log.events)
      }),
      { numRuns: 60 },
    )
  },
)
