import type { Checkpoint } from './checkpoint.ts'
import type { UnsentSpans } from './unsent-spans-file.ts'

/** A record that the receiver refuses for good, and why. */
export interface DeadLetter {
  readonly uid: string
  readonly reason: string
  readonly record: unknown
}

/** Goals by `goalKey`, each with its OpenGoal as JSON; null where it is over. */
export type OpenGoalChanges = readonly (readonly [key: string, goal: string | null])[]

/** How far an outbox is delivered, and which of its records were refused. */
export interface CheckpointStore {
  read(): Checkpoint
  /**
   * A drain begins.
   * @param pending What is pending where this checkpoint was kept, and which one is right: another where the database was restored
   * or recreated since.
   * @param kept What the outbox's own file keeps of open goals, see open-goals-text.ts; asked where the checkpoint is that file's.
   * @returns what is pending; the open goals belong to that checkpoint.
   */
  begin<T extends { readonly delivered: Checkpoint }>(
    pending: (kept: Checkpoint) => T,
    kept: () => string | undefined,
  ): T
  /** What is kept of a goal that is not over: its OpenGoal as JSON. */
  openGoalOf(key: string): string | undefined
  /** The spans of goals' traces that no receiver had taken. */
  unsentSpans(): UnsentSpans
  /** What has changed of those; new ones before the checkpoint moves. Never throws. */
  keepSpans(changes: UnsentSpans): void
  /** @param openGoals What has changed of goals' traces up to there; undefined where they are not followed. */
  write(checkpoint: Checkpoint, openGoals: OpenGoalChanges | undefined): void
  setAside(letter: DeadLetter): void
  /** What was set aside, the oldest first. */
  deadLetters(): DeadLetter[]
  close(): void
}
