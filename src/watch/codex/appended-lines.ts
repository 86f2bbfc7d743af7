import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { LineScanner } from '../../codex/line-scanner.ts'

const CHUNK_BYTES = 1 << 20

/** The lines of a file to which another process appends. */
export class AppendedLines {
  readonly #path: string
  readonly #longest: number | undefined
  #scanner: LineScanner
  #offset = 0

  /** @param longest See LineScanner. */
  constructor(path: string, longest?: number) {
    this.#path = path
    this.#longest = longest
    this.#scanner = new LineScanner(longest)
  }

  /**
   * Reads what was appended since the last time.
   * @param take Gets each line. It must not keep the bytes.
   * @param startAgain Is called before the first line of a file that is shorter than before.
   * @throws {Error} where the file is gone or cannot be read; what `take` throws.
   */
  read(take: (line: Buffer) => void, startAgain?: () => void): Stats {
    const file = openSync(this.#path, 'r')
    try {
      const stats = fstatSync(file)
      const { size } = stats
      if (size < this.#offset) {
        this.#offset = 0
        this.#scanner = new LineScanner(this.#longest)
        startAgain?.()
      }
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - this.#offset))
      while (this.#offset < size) {
        const length = readSync(file, chunk, 0, chunk.length, this.#offset)
        if (length === 0) break
        this.#offset += length
        for (const line of this.#scanner.lines(chunk.subarray(0, length))) take(line)
      }
      return stats
    } finally {
      closeSync(file)
    }
  }
}
