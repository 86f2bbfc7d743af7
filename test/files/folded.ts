import { goalEvents } from '../../src/event/goal-event.ts'
import type { FileChange, FileName } from '../../src/files/file-change.ts'
import { GoalDocuments } from '../../src/files/goal-document.ts'
import { GoalLines, NO_LINES } from '../../src/files/goal-lines.ts'
import type { GoalFiles } from '../../src/mapping/goal-files.ts'

export interface ShortEvent {
  readonly kind: string
  readonly goal: string
  readonly thread: string
  readonly status: string
  readonly tokens: number | null
  readonly seconds: number | null
}

const NAME: FileName = { name: 'file', folder: 'folder' }

/** The changes that lines report, or the versions of a document. */
export function changesIn(files: GoalFiles, values: readonly unknown[], name = NAME): FileChange[] {
  if (files.read === 'lines') {
    const lines = new GoalLines(files, true)
    let state = NO_LINES
    return values.flatMap((line) => {
      const said = lines.read(line, state, name)
      state = said.state
      return said.changes
    })
  }
  const documents = new GoalDocuments(files, true)
  const versions = values.map((value) => documents.goalsIn(value, name))
  return versions.flatMap((goals, n) => documents.changes(versions[n - 1] ?? [], goals))
}

export function eventsOf(changes: readonly FileChange[]): ShortEvent[] {
  return changes.flatMap(({ change }) =>
    goalEvents(change).map(({ kind, goal }) => ({
      ...{ kind, goal: goal.goalId, thread: goal.threadId, status: goal.status },
      ...{ tokens: goal.tokensUsed ?? null, seconds: goal.timeUsedSeconds ?? null },
    })),
  )
}
