import type { Checkpoint } from './checkpoint.ts'

/** A record that the receiver refuses for good, and why. */
export interface DeadLetter {
  readonly uid: string
  readonly reason: string
  readonly record: unknown
}

/** How far an outbox is delivered, and which of its records were refused. */
export interface CheckpointStore {
  read(): Checkpoint
  write(checkpoint: Checkpoint): void
  setAside(letter: DeadLetter): void
  /** What was set aside, the oldest first. */
  deadLetters(): DeadLetter[]
  close(): void
}
