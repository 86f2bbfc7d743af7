import type { GoalTable } from '../mapping/goal-table.ts'
import type { RelayHandle } from '../outbox/relay-handle.ts'
import type { ChangeRecorder } from './change-recorder.ts'
import type { MetUnmapped } from './unmapped-tables.ts'

/** How an observed connection is captured. */
export interface CaptureOptions {
  /** Tables may be added while the connection is observed. */
  tables: readonly GoalTable[]
  /** Called where there is no mapped table, but one that looks as if it held goals. */
  readonly unmapped?: MetUnmapped | undefined
  readonly captureObjective: boolean
  /** Whether the outbox goes with the connection, in place of a table in its file. */
  readonly memory: boolean
  /** What the sender's row keeps besides the table: read by whichever process delivers. */
  readonly resource: Readonly<Record<string, unknown>>
  readonly recorder: ChangeRecorder
  readonly relay: () => RelayHandle
}
