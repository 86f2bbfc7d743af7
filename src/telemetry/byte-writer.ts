/** Writes a request in one go, into memory that is used again. */
export class ByteWriter {
  protected bytes = Buffer.of()
  protected at = 0

  /** @returns what `write` writes; where that throws, nothing of it is left for the next one. */
  written(write: () => void): Buffer {
    this.at = 0
    write()
    const written = this.bytes.subarray(0, this.at)
    if (this.bytes.length <= MOST_KEPT) return Buffer.from(written)
    this.bytes = Buffer.of()
    return written
  }

  /** Makes room for so many bytes more. */
  protected reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(LEAST, 2 * this.bytes.length, this.at + size))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
  }
}

/** Bytes. A request of the default size has 300,000 in protobuf, 500,000 in JSON. */
const LEAST = 65_536
const MOST_KEPT = 4 * 1024 * 1024
