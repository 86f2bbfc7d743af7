import { CodexThread } from '../../codex/codex-thread.ts'
import { readRolloutLine } from '../../codex/rollout-line.ts'
import { AppendedLines } from './appended-lines.ts'

/** A thread's rollout, which is read on as Codex appends to it. */
export class RolloutFile {
  /** Of a long line too the time is read. */
  readonly #lines: AppendedLines
  #thread = new CodexThread()

  constructor(path: string) {
    this.#lines = new AppendedLines(path, Number.POSITIVE_INFINITY)
  }

  /** As it was read so far: of one that is deleted, to its end. */
  get thread(): CodexThread {
    return this.#thread
  }

  /** Takes what was appended. @throws {Error} where the file is gone or cannot be read. */
  read(): void {
    this.#lines.read(
      (bytes) => {
        const line = readRolloutLine(bytes.toString('utf8'))
        if (line) this.#thread.add(line)
      },
      () => {
        this.#thread = new CodexThread()
      },
    )
  }
}
