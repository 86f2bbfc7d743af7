const NEW_LINE = 10
/** Bytes. A longer line is a conversation or an output, of which nothing is read. */
const LONGEST = 256 << 10

/** Whole lines out of pieces of a stream, without those that are long. */
export class LineScanner {
  #begun: Buffer[] = []
  #length = 0

  /** The lines that end in this piece, which is not kept. */
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
      if (length <= LONGEST) lines.push(begun.length === 0 ? rest : Buffer.concat([...begun, rest]))
    }
    this.#length += piece.length - start
    if (this.#length > LONGEST) this.#begun = []
    else if (start < piece.length) this.#begun.push(Buffer.from(piece.subarray(start)))
    return lines
  }
}
