import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { WalPosition } from '../sqlite/wal/wal-frame.ts'
import type { LogPiece } from './log-piece.ts'
import type { WalFile } from './wal-file.ts'

/** A message to the thread. */
export type CopyOrder = FollowOrder | { readonly stop: number }

export interface FollowOrder {
  /** Number of this order, to stop it by. */
  readonly follow: number
  /** Of the log, and which file it is. */
  readonly path: string
  readonly id: string
  readonly at: WalPosition
  readonly port: MessagePort
  /** How far the thread is, by COPIED_BYTES and SEQUENCE. */
  readonly shared: Int32Array
}

/** Bytes that were copied and are not taken. */
export const COPIED_BYTES = 0
/** The log's generation that is being copied. */
export const SEQUENCE = 1

export interface CopierData {
  /** Changes when there is something to do: an order, or maybe more of a log. */
  readonly signal: Int32Array
}

interface Followed {
  readonly order: number
  readonly id: string
  readonly port: MessagePort
  readonly shared: Int32Array
}

const file = import.meta.url.endsWith('.ts') ? './log-copier-thread.ts' : './log-copier-thread.cjs'

/** The process's thread that copies; undefined where it could not be started, or has failed. */
let thread: { readonly worker: Worker; readonly signal: Int32Array } | undefined
let isStarted = false
let orders = 0

/**
 * Copies commits out of a log as they are written, in a thread, while this one does something else: a log that is written
 * fast is soon begun again, and overwrites itself. Where there is no such thread, nothing is copied.
 */
export class LogCopier {
  readonly #path: string
  #followed: Followed | undefined

  /** @param path The log's. */
  constructor(path: string) {
    this.#path = path
  }

  /** The next of what was copied since `follow`; undefined where there is nothing more by now. */
  take(): LogPiece | undefined {
    if (this.#followed === undefined) return undefined
    const piece = receiveMessageOnPort(this.#followed.port)?.message as LogPiece | undefined
    if (piece === undefined) return undefined
    Atomics.sub(this.#followed.shared, COPIED_BYTES, piece.bytes.byteLength)
    return piece
  }

  /** Has it copy from a position on, unless it does so already. */
  follow({ id }: WalFile, at: WalPosition): void {
    const { sequence } = at.header
    if (this.#followed?.id === id) {
      const copied = Atomics.load(this.#followed.shared, SEQUENCE)
      // It may be ahead; it is not behind, unless it has lost its way.
      if (((copied - sequence) | 0) >= 0) {
        wake()
        return
      }
    }
    this.stop()
    const { worker } = started() ?? {}
    if (worker === undefined) return
    const { port1, port2 } = new MessageChannel()
    port1.unref()
    const order = ++orders
    const shared = new Int32Array(new SharedArrayBuffer(8))
    shared[SEQUENCE] = sequence
    this.#followed = { order, id, port: port1, shared }
    worker.postMessage({ follow: order, path: this.#path, id, at, port: port2, shared } satisfies CopyOrder, [port2])
    wake()
  }

  stop(): void {
    if (this.#followed === undefined) return
    thread?.worker.postMessage({ stop: this.#followed.order } satisfies CopyOrder)
    wake()
    this.#followed.port.close()
    this.#followed = undefined
  }
}

function started(): typeof thread {
  if (isStarted) return thread
  isStarted = true
  const signal = new Int32Array(new SharedArrayBuffer(4))
  try {
    const workerData: CopierData = { signal }
    const worker = new Worker(new URL(file, import.meta.url), { workerData, execArgv: [], resourceLimits: LIMITS })
    worker.unref()
    // Logs are read in this thread alone then.
    worker.on('error', () => {
      thread = undefined
    })
    thread = { worker, signal }
  } catch {
    // As above.
  }
  return thread
}

/** Megabytes. What is copied is not among them. */
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }

function wake(): void {
  if (thread === undefined) return
  Atomics.add(thread.signal, 0, 1)
  Atomics.notify(thread.signal, 0)
}
