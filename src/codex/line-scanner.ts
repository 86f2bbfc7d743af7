const NEW_LINE = 10
/** Bytes. Longer lines are messages or tool output. */
const LONGEST = 256 << 10

/** Puts the lines of a stream together, and skips long ones. */
export class LineScanner {
  readonly #longest: number
  #begun: Buffer[] = []
  #length = 0

  /** @param longest Bytes of a line that is not skipped. */
  constructor(longest = LONGEST) {
    this.#longest = longest
  }

  /** The lines that end in this piece. They may share its memory. */
  lines(piece: Buffer): Buffer[] {
    const lines: Buffer[] = []
    let start = 0
    for (let end = piece.indexOf(NEW_LINE); end >= 0; end = piece.indexOf(NEW_LINE, start)) {
      const rest = piece.subarray(start, end)
      start = end + 1
      const length = this.#length + rest.length
      const begun = this.#begun
      this.#begun = []
      this.#length = 0
      if (length <= this.#longest) lines.push(begun.length === 0 ? rest : Buffer.concat([...begun, rest]))
    }
    this.#length += piece.length - start
    if (this.#length > this.#longest) this.#begun = []
    else if (start < piece.length) this.#begun.push(Buffer.from(piece.subarray(start)))
    return lines
  }
}
