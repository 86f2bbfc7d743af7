import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { CodexThread } from '../../codex/codex-thread.ts'
import { readRolloutLine } from '../../codex/rollout-line.ts'

const CHUNK_BYTES = 1 << 20
const NEW_LINE = 10

/** A thread's rollout, which is read on as Codex appends to it. */
export class RolloutFile {
  readonly #path: string
  #thread = new CodexThread()
  #offset = 0
  /** The beginning of a line whose end is not written yet. */
  #begun: Buffer = Buffer.alloc(0)

  constructor(path: string) {
    this.#path = path
  }

  /** As it was read so far: of one that is deleted, to its end. */
  get thread(): CodexThread {
    return this.#thread
  }

  /** Takes what was appended. @throws {Error} where the file is gone or cannot be read. */
  read(): void {
    const file = openSync(this.#path, 'r')
    try {
      const { size } = fstatSync(file)
      if (size < this.#offset) this.#startAgain()
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(0, size - this.#offset)))
      while (this.#offset < size) {
        const length = readSync(file, chunk, 0, chunk.length, this.#offset)
        if (length === 0) return
        this.#offset += length
        this.#take(Buffer.concat([this.#begun, chunk.subarray(0, length)]))
      }
    } finally {
      closeSync(file)
    }
  }

  #take(bytes: Buffer): void {
    let start = 0
    for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, start)) {
      const line = readRolloutLine(bytes.toString('utf8', start, end))
      if (line) this.#thread.add(line)
      start = end + 1
    }
    this.#begun = bytes.subarray(start)
  }

  #startAgain(): void {
    this.#thread = new CodexThread()
    this.#offset = 0
    this.#begun = Buffer.alloc(0)
  }
}
