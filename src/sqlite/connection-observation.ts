import type { Source, StatementKind } from './statement-kind.ts'

/**
 * What goaltrace does around the statements of one connection: capture implements it, and a driver's patched methods hand
 * the agent's statements over to it. Each method runs the original itself, and returns or throws what that does.
 */
export interface ConnectionObservation {
  /** Whether one of goaltrace's statements runs: it passes. */
  readonly own: boolean
  /** Whether it has to know of every statement, even one that the driver prepares itself. */
  readonly ofEveryStatement: boolean
  prepare<T>(sql: string, original: () => T): T
  exec<T>(sql: string, original: (sql: string) => T): T
  /** Whether a statement of this kind needs no `write` now, as nothing of this database is observed. */
  passes(kind: StatementKind): boolean
  /** `run`, `get` and `all` of a statement. */
  write<T>(kind: StatementKind, statement: object, method: (...args: unknown[]) => T, args: unknown[]): T
  iterate(statement: Source, start: () => IterableIterator<unknown>): IterableIterator<unknown>
  /** The driver is about to begin a transaction by a statement that it prepares itself. */
  transactionStarts(): void
  /** A call that is not a statement, but does what statements of this kind do. */
  around<T>(kind: StatementKind, original: () => T): T
  /** A statement of which nothing is known. */
  guard<T>(original: () => T): T
  /** goaltrace's own statements, which do not wait for locks. */
  quietly<T>(run: () => T): T
  /** The connection is about to close. */
  close(): void
}
