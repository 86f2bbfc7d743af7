import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { WalPosition } from '../sqlite/wal/wal-frame.ts'
import { COPIED_BYTES, type CopierData, type CopyOrder, type FollowOrder, SEQUENCE } from './log-copier.ts'
import { packed } from './log-piece.ts'
import { nextGeneration } from './next-generation.ts'
import { WalFile } from './wal-file.ts'

/** Milliseconds between two looks at a log that is being written to. */
const BUSY_MS = 3
/** The same at rest, unless the thread is woken. A log written at 2,000 commits a second is begun again after 250. */
const IDLE_MS = 100
/** Looks without a find after which a log is at rest, and how many it takes once it is woken. */
const MOST_IDLE_LOOKS = 50
const WOKEN_LOOKS = 3
/** Bytes of a log that are copied at once. */
const PIECE_BYTES = 1 << 20
/** Bytes that are copied and not taken at most. */
const MOST_BYTES = 40 << 20

/** A log that is copied. */
class CopiedLog {
  readonly #log: WalFile
  readonly #order: FollowOrder
  #at: WalPosition
  /** Where the last generation ended, until something of this one is copied. */
  #after: WalPosition | undefined

  constructor(log: WalFile, order: FollowOrder) {
    this.#log = log
    this.#order = order
    this.#at = order.at
  }

  /** Copies the next piece. @returns whether there may be more right away. */
  copy(): boolean {
    const { port, shared } = this.#order
    if (Atomics.load(shared, COPIED_BYTES) > MOST_BYTES) return false
    const { commits, framesEnd } = this.#log.commits(this.#at, PIECE_BYTES)
    const end = commits.at(-1)?.end
    if (end === undefined) {
      const next = nextGeneration(this.#log, this.#at, framesEnd)
      if (next === undefined) return false
      this.#after = this.#after ?? this.#at
      this.#at = next
      Atomics.store(shared, SEQUENCE, next.header.sequence)
      return true
    }
    const piece = packed(this.#at, this.#after, commits)
    Atomics.add(shared, COPIED_BYTES, piece.bytes.byteLength)
    port.postMessage(piece, [piece.bytes])
    this.#at = end
    this.#after = undefined
    return true
  }

  close(): void {
    this.#log.close()
  }
}

const { signal } = workerData as CopierData
const logs = new Map<number, CopiedLog>()

function take(order: CopyOrder): void {
  if ('stop' in order) {
    logs.get(order.stop)?.close()
    logs.delete(order.stop)
    return
  }
  const log = WalFile.open(order.path)
  // Another one by the same name: who follows it finds that out.
  if (log?.id !== order.id) log?.close()
  else logs.set(order.follow, new CopiedLog(log, order))
}

/** @returns whether there was anything to copy. */
function copyAll(): boolean {
  let found = false
  for (const [number, log] of logs) {
    try {
      // A pause may last much longer than was asked for, where others want the processor too.
      while (log.copy()) found = true
    } catch {
      log.close()
      logs.delete(number)
    }
  }
  return found
}

function* orders(): Generator<CopyOrder> {
  for (;;) {
    const next = receiveMessageOnPort(parentPort as MessagePort)
    if (next === undefined) return
    yield next.message as CopyOrder
  }
}

for (let idle = 0; ; ) {
  const seen = Atomics.load(signal, 0)
  for (const order of orders()) take(order)
  idle = copyAll() ? 0 : idle + 1
  const pause = idle < MOST_IDLE_LOOKS ? BUSY_MS : IDLE_MS
  const result = Atomics.wait(signal, 0, seen, logs.size === 0 ? Number.POSITIVE_INFINITY : pause)
  if (result !== 'timed-out') idle = Math.min(idle, MOST_IDLE_LOOKS - WOKEN_LOOKS)
}
