import type { GoalChange, GoalSnapshot } from '../event/goal-change.ts'
import type { RowChanges, Sender } from './row-changes.ts'

/** One change, as it affects one goal. */
interface Step extends GoalChange {
  readonly row: number
  /** Among the changes of its row. */
  readonly index: number
  /** Set if the row goes from one goal to another, which is a step of both. */
  readonly move?: Move | undefined
}

interface Move {
  readonly change: GoalChange
  /** Whether one of the two goals is condensed, so that the move is no longer one change. */
  split: boolean
}

/**
 * For stores that save by deleting and inserting again, all goals or one, in one transaction: if a goal is deleted in it, the
 * steps from there to the end of the transaction become one, their net change. What a savepoint has rolled back
 * is in no row, and so in no step. Changes of goals that nothing deletes stay as they are.
 */
export function withoutRewrites<S extends Sender>(rows: readonly RowChanges<S>[]): RowChanges<S>[] {
  const result: RowChanges<S>[] = []
  for (let start = 0; start < rows.length; ) {
    const end = endOfRewrite(rows, start)
    if (end - start === 1) result.push(rows[start] as RowChanges<S>)
    else for (const row of condensed(rows.slice(start, end))) result.push(row)
    start = end
  }
  return result
}

/** After the rows that refer to one that has taken a goal away, and that one itself, which may be rolled back. */
function endOfRewrite(rows: readonly RowChanges[], start: number): number {
  const transactionOf = (at: number) => rows[at]?.context.known.transaction
  const uid = transactionOf(start) ?? rows[start]?.context.uid
  let end = start + 1
  while (end < rows.length && transactionOf(end) === uid) end++
  return end
}

function condensed<S extends Sender>(rows: readonly RowChanges<S>[]): RowChanges<S>[] {
  const courses = [...coursesOf(rows).values()].map((steps) => ({ steps, taken: takenAt(steps) }))
  for (const { steps, taken } of courses) {
    for (const { move } of steps.slice(taken)) if (move) move.split = true
  }
  const kept: Step[][] = rows.map(() => [])
  for (const { steps, taken } of courses) {
    for (const step of steps.slice(0, taken)) kept[step.row]?.push(step)
    const [first, last] = [steps[taken], steps.at(-1)]
    if (first === undefined || last === undefined) continue
    const { before } = first
    if (before !== null || last.after !== null) kept[last.row]?.push({ ...last, before, move: undefined })
  }
  return rows.map((row, at) => ({ ...row, changes: changesOf(kept[at] ?? []) }))
}

/** The steps of each goal, in order. */
function coursesOf(rows: readonly RowChanges[]): Map<string, Step[]> {
  const courses = new Map<string, Step[]>()
  rows.forEach(({ changes, sender: { table } }, row) => {
    const add = (of: GoalSnapshot, change: GoalChange, index: number, move?: Move) => {
      const key = `${table.table}\0${of.threadId}\0${of.goalId}`
      const steps = courses.get(key) ?? []
      courses.set(key, steps)
      steps.push({ ...change, row, index, move })
    }
    changes.forEach((change, index) => {
      const { before, after } = change
      if (before === null || after === null || isSame(before, after)) {
        const of = before ?? after
        if (of !== null) add(of, change, index)
        return
      }
      const move = { change, split: false }
      add(before, { before, after: null }, index, move)
      add(after, { before: null, after }, index, move)
    })
  })
  return courses
}

function isSame(one: GoalSnapshot, other: GoalSnapshot): boolean {
  return one.goalId === other.goalId && one.threadId === other.threadId
}

/** The first step that deletes the goal; the first of all, where the goal is new in the transaction; after the last, where none does. */
function takenAt(steps: readonly Step[]): number {
  // A total that falls was deleted as well, to be counted again. A goal that is replaced may come back.
  const taken = steps.findIndex(
    ({ before, after, move }, at) =>
      (after === null && (move === undefined || at < steps.length - 1)) ||
      falls(before?.tokensUsed, after?.tokensUsed) ||
      falls(before?.timeUsedSeconds, after?.timeUsedSeconds),
  )
  const [first, last] = [steps[0], steps.at(-1)]
  // A goal that is new in the transaction is created as it is at the end, or never was.
  if (first?.before === null && (first.move === undefined || taken >= 0 || last?.after === null)) return 0
  return taken < 0 ? steps.length : taken
}

function falls(before: number | undefined, after: number | undefined): boolean {
  return before !== undefined && after !== undefined && after < before
}

function changesOf(steps: readonly Step[]): GoalChange[] {
  const inOrder = [...steps].sort((one, other) => one.index - other.index)
  return inOrder.flatMap(({ before, after, move }) => {
    if (move === undefined || move.split) return [{ before, after }]
    // One change, reported by the goal that goes.
    return after === null ? [move.change] : []
  })
}
