import { basename } from 'node:path'
import type { FollowedFile } from './followed-file.ts'
import { ReadFile } from './read-file.ts'

/** Bytes at the beginning of a log: as many as name its session. */
const HEAD_BYTES = 96

/** Finds the logs that a new one may be a copy of, or the beginning of a copy that is still being made. */
export class Originals {
  /** The beginnings of logs, which are read once: there may be thousands. */
  readonly #heads = new WeakMap<FollowedFile, { readonly id: string; readonly bytes: Buffer }>()

  of(file: FollowedFile, opened: ReadFile, others: Iterable<FollowedFile>): FollowedFile[] {
    const { size } = opened.stamp
    const name = basename(file.path)
    const head = opened.read(0, Math.min(size, HEAD_BYTES))
    const found: FollowedFile[] = []
    for (const other of others) {
      if (other === file || size === 0) continue
      const isAlike = basename(other.path) === name || (other.stamp.size >= size && this.#beginsWith(other, head))
      if (isAlike && isSameBeginning(opened, other, Math.min(size, other.stamp.size))) found.push(other)
    }
    return found
  }

  #beginsWith(file: FollowedFile, head: Buffer): boolean {
    let known = this.#heads.get(file)
    if (known?.id !== file.stamp.id) {
      known = { id: file.stamp.id, bytes: read(file.path, (opened) => opened.read(0, HEAD_BYTES)) ?? Buffer.alloc(0) }
      // A shorter one may grow.
      if (known.bytes.length === HEAD_BYTES) this.#heads.set(file, known)
    }
    return known.bytes.subarray(0, head.length).equals(head)
  }
}

function isSameBeginning(opened: ReadFile, { path }: FollowedFile, length: number): boolean {
  if (length <= 0) return false
  const tail = read(path, (other) => (other.stamp.size >= length ? other.tail(length) : undefined))
  return tail !== undefined && tail === opened.tail(length)
}

/** Undefined where another log may not be read, which is no reason not to read this one. */
function read<T>(path: string, from: (opened: ReadFile) => T): T | undefined {
  let opened: ReadFile | undefined
  try {
    opened = ReadFile.open(path)
    return opened && from(opened)
  } catch {
    return undefined
  } finally {
    opened?.close()
  }
}
