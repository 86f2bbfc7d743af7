import { clock } from '../base/clock.ts'

const FIRST_PAUSE_MS = 0.1
const LONGEST_PAUSE_MS = 2
const READ_SIZE = 64 * 1024
/** The system has no room, or nothing yet; ENOTCONN: macOS has not connected yet. */
const LATER = new Set(['EAGAIN', 'EWOULDBLOCK', 'ENOTCONN'])

export class DeadlineError extends Error {}

/** In Node's words. */
function refused(address: string, port: number): Error {
  const code = 'ECONNREFUSED'
  return Object.assign(new Error(`connect ${code} ${address}:${port}`), { code })
}

/**
 * A TCP connection that is used by system calls alone, since in an `exit` handler nothing of the event loop runs any more. Node
 * opens it at once where the address is known, and its descriptor does not block, so that the calls are repeated until the
 * system is ready.
 */
export class BlockingConnection {
  readonly #socket: import('node:net').Socket
  readonly #descriptor: number
  readonly #refused: Error
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4))
  #isUsed = false

  /**
   * @returns undefined where the system gives no descriptor for it, as Windows.
   * @throws where the system cannot connect there.
   */
  static open(address: string, port: number): BlockingConnection | undefined {
    const { Socket, isIP } = process.getBuiltinModule('node:net')
    const socket = new Socket()
    // What is read and written by the descriptor is not the event loop's affair.
    socket.on('error', () => {})
    const lookup: import('node:net').LookupFunction = (_, __, done) => done(null, address, isIP(address))
    // By a name, Node connects in this call, by an address only in the event loop's next step.
    socket.connect({ host: 'receiver', port, lookup, autoSelectFamily: false })
    if (socket.errored) throw socket.errored
    const { fd } = (socket as unknown as { _handle?: { fd?: unknown } })._handle ?? {}
    if (typeof fd === 'number' && fd >= 0) return new BlockingConnection(socket, fd, refused(address, port))
    socket.destroy()
    return undefined
  }

  private constructor(socket: import('node:net').Socket, descriptor: number, refused: Error) {
    this.#refused = refused
    this.#socket = socket
    this.#descriptor = descriptor
  }

  /**
   * @param deadline Of `clock.now()`, for this and all else.
   * @throws {DeadlineError}, and the error of the system call: ECONNREFUSED if nothing listens there.
   */
  write(bytes: Uint8Array, deadline: number): void {
    const { writeSync } = process.getBuiltinModule('node:fs')
    for (let written = 0; written < bytes.length; ) {
      written += this.#whenReady(() => writeSync(this.#descriptor, bytes, written), deadline)
      this.#isUsed = true
    }
  }

  /** @returns what has arrived, at least a byte; nothing at the end. */
  read(deadline: number): Buffer {
    const { readSync } = process.getBuiltinModule('node:fs')
    const buffer = Buffer.allocUnsafe(READ_SIZE)
    return buffer.subarray(
      0,
      this.#whenReady(() => readSync(this.#descriptor, buffer), deadline),
    )
  }

  close(): void {
    this.#socket.destroy()
  }

  #whenReady(call: () => number, deadline: number): number {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        return call()
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        // Either Node, which connected, or the first call gets the error that nothing listens there.
        if (!this.#isUsed && (code === 'EPIPE' || code === 'ECONNREFUSED')) throw this.#refused
        if (!LATER.has(code ?? '')) throw error
      }
      const left = deadline - clock.now()
      if (left <= 0) throw new DeadlineError()
      Atomics.wait(this.#sleeper, 0, 0, Math.min(pause, left))
    }
  }
}
