import type { SqlValue } from '../outbox/outbox-table.ts'

/** What a row of usage says: of which goal, and how much. */
export type UsageRow = readonly [goal: SqlValue, tokens: SqlValue, seconds: SqlValue]

/** Tokens and seconds. */
export type Usage = readonly [tokens: number, seconds: number]

const NONE: Usage = [0, 0]

/** Relative error of a sum of doubles that parts are subtracted from again. */
const ROUNDING = 1e-12

/**
 * What the triggers of a usage table note before a row changes, since it cannot be read afterwards: rows that a REPLACE
 * deletes without a delete trigger, and the usage of a goal whose rows go with it; and what they know of its sum.
 */
export class UsageNotes {
  /** Keyed by the kind of write (`insert` or `update`) and the content of the row that is written. */
  readonly #replaced = new Map<string, UsageRow[]>()
  readonly #last = new Map<string, Usage>()
  /** What goals have used by now, as far as it is certain. */
  readonly #totals = new Map<string, Usage>()
  #before = NONE
  #trusted = false
  /** Whether a statement has started and not ended. If it is still set at the next one, V8 has ended it, and SQLite has undone it. */
  #running = false

  /**
   * A statement starts. What a goal has used stays certain from one row to the next, and from one statement of a
   * transaction to the next, since no other connection can write in it; without it, n rows would cost n sums over n rows.
   * @param single Whether the text is one statement, and so ends no transaction on its way.
   */
  start(inTransaction: boolean, single: boolean): void {
    if (this.#replaced.size > 0) this.#replaced.clear()
    if (this.#last.size > 0) this.#last.clear()
    if (!inTransaction || !single || this.#running) this.forget()
    this.#trusted = single
    this.#running = true
  }

  /** The statement has run. */
  end(): void {
    this.#running = false
  }

  /** A goal's own row changes, or something may be taken back. */
  forget(): void {
    if (this.#totals.size > 0) this.#totals.clear()
  }

  /** The goal itself if its rows have to be summed up, else null. */
  unknown(goal: SqlValue): SqlValue {
    return this.#trusted && this.#totals.has(String(goal)) ? null : goal
  }

  /** After a change by `tokens` and `seconds`; the sums over all rows count where they were asked for. */
  changed(
    goal: SqlValue,
    how: string | null,
    ...[of, ofTokens, ofSeconds, tokens, seconds, allTokens, allSeconds]: SqlValue[]
  ): void {
    const id = String(goal)
    const known = this.#trusted ? this.#totals.get(id) : undefined
    const lost = this.#lost(how, [of ?? null, ofTokens ?? null, ofSeconds ?? null], goal)
    const grown: Usage = [Number(tokens) - lost[0], Number(seconds) - lost[1]]
    const now: Usage = known
      ? [added(known[0], grown[0]), added(known[1], grown[1])]
      : [Number(allTokens), Number(allSeconds)]
    const then = (which: 0 | 1) => withoutRounding(known?.[which] ?? now[which] - grown[which], now[which], lost[which])
    this.#before = [then(0), then(1)]
    this.#totals.set(id, now)
  }

  /** What the goal whose change is captured had used before it. */
  before(_goal: SqlValue, which: 0 | 1): number {
    return this.#before[which]
  }

  total(goal: SqlValue, which: 0 | 1): number | null {
    return this.#totals.get(String(goal))?.[which] ?? null
  }

  /** Each BEFORE trigger starts with this: what a row that was then ignored has noted is void. */
  writing(how: string, ...row: UsageRow): void {
    this.#replaced.delete(key(how, row))
  }

  /** The row that is written may take this one's place. */
  replacing(how: string, goal: SqlValue, tokens: SqlValue, seconds: SqlValue, ...replaced: UsageRow): void {
    const at = key(how, [goal, tokens, seconds])
    this.#replaced.set(at, [...(this.#replaced.get(at) ?? []), replaced])
  }

  /** A delete trigger has captured the row, so it does not count as replaced. */
  deleted(...row: UsageRow): void {
    for (const replaced of this.#replaced.values()) {
      const index = replaced.findIndex((one) => key('', one) === key('', row))
      if (index >= 0) replaced.splice(index, 1)
    }
  }

  /** What the rows that this one has replaced had said of the goal. */
  #lost(how: string | null, row: UsageRow, goal: SqlValue): Usage {
    if (this.#replaced.size === 0 || how === null) return NONE
    const rows = (this.#replaced.get(key(how, row)) ?? []).filter(([of]) => same(of, goal))
    const sum = (which: 1 | 2) => rows.reduce((total, row) => total + (Number(row[which]) || 0), 0)
    return [sum(1), sum(2)]
  }

  /** The n-th other goal of which this row has replaced rows; null where there is none. */
  elsewhere(how: string | null, goal: SqlValue, tokens: SqlValue, seconds: SqlValue, n: number): SqlValue {
    if (this.#replaced.size === 0 || how === null) return null
    const goals = (this.#replaced.get(key(how, [goal, tokens, seconds])) ?? []).map(([of]) => of)
    const others = goals.filter((one, at) => !same(one, goal) && goals.findIndex((first) => same(first, one)) === at)
    return others[n] ?? null
  }

  /** A goal is about to be deleted, perhaps with its rows of usage. */
  clearing(goal: SqlValue, tokens: number, seconds: number): void {
    this.forget()
    this.#last.set(String(goal), [tokens, seconds])
  }

  last(goal: SqlValue, which: 0 | 1): number | null {
    return this.#last.get(String(goal))?.[which] ?? null
  }
}

/** What is left of doubles that are subtracted again may be nothing but rounding; then it is 0. */
function added(sum: number, by: number): number {
  const now = sum + by
  return Math.abs(now) < 1e-12 * Math.abs(by) ? 0 : now
}

/** A sum before rows of it were replaced; `now` itself if the two differ only by rounding. */
function withoutRounding(before: number, now: number, lost: number): number {
  return lost !== 0 && Math.abs(before - now) <= ROUNDING * Math.max(Math.abs(now), Math.abs(lost)) ? now : before
}

function key(how: string, row: UsageRow): string {
  return `${how}\0${row.map(String).join('\0')}`
}

/** Columns of different types hold the same goal's id as values of different types. */
function same(a: SqlValue, b: SqlValue): boolean {
  return String(a) === String(b)
}
