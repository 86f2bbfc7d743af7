import type { GoalTable } from '../../mapping/goal-table.ts'

/** A SQLite database in which an agent keeps its goals. */
export interface PresetDatabase {
  /** Where it may be: paths as in `GoalFiles`, without wildcards. */
  readonly path: readonly string[]
  /** What the agent is called, as `service.name`, where OTEL_SERVICE_NAME does not say. Default: the preset's name. */
  readonly agent?: string
  readonly tables: readonly GoalTable[]
}
