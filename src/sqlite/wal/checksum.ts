import { endianness } from 'node:os'

const BIG_ENDIAN_HOST = endianness() === 'BE'

/** The two running sums of a log (https://sqlite.org/fileformat2.html#checksum_algorithm), as unsigned 32-bit numbers. */
export type Checksum = readonly [number, number]

/**
 * Goes on from `sums` over bytes whose number is a multiple of 8.
 * @param bigEndian How the bytes make 32-bit words; the log's magic number says it.
 */
export function checksum(bytes: Uint8Array, bigEndian: boolean, sums: Checksum = [0, 0]): Checksum {
  // A view of words starts at a multiple of four.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2)
  const swapped = bigEndian !== BIG_ENDIAN_HOST
  let [one, other] = [sums[0] | 0, sums[1] | 0]
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [first, second] = [words[at] as number, words[at + 1] as number]
    one = (one + (swapped ? swap(first) : first) + other) | 0
    other = (other + (swapped ? swap(second) : second) + one) | 0
  }
  return [one >>> 0, other >>> 0]
}

function swap(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >> 8) & 0xff00) | (word >>> 24)
}
