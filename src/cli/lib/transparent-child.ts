import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import process from 'node:process'
import type { Readable, Writable } from 'node:stream'

/** Sees what passes, after it is passed on. It must not throw, and not keep the piece. */
export type Witness = (direction: 'toChild' | 'fromChild', piece: Buffer) => void

/** What a client may send a process to have it do something; a child gets it too. */
const PASSED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGCONT'] as const
/** A terminal sends these to all of its processes: the child has them already. */
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT'] as const
/** Milliseconds without output, twice, after which what is left open is another process's, which the child has started. */
const LEFT_OPEN_MS = 300

/**
 * Runs a command in the place of this process: its input, output, errors, signals and end are this process's own, byte for
 * byte. On a terminal nothing is seen of it.
 * @param last Is waited for before the end.
 * @returns the child's exit code; after a signal, this process ends by the same one.
 * @throws {Error} where it cannot be started.
 */
export async function runTransparently(
  name: string,
  args: readonly string[],
  see: Witness,
  last: () => Promise<void>,
): Promise<number> {
  const isTerminal = process.stdin.isTTY || process.stdout.isTTY
  const child = spawn(name, args, { stdio: isTerminal ? 'inherit' : ['pipe', 'pipe', 'inherit'] })
  const signals = passSignals(child, isTerminal)
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const { stdin, stdout } = child
  if (stdin) void passInput(stdin, (piece) => see('toChild', piece))
  const passed = stdout && passOutput(stdout, ended, (piece) => see('fromChild', piece))
  const [code, signal] = await ended.finally(() => process.stdin.destroy())
  await passed
  await last()
  signals.stop()
  if (signal === null) return code ?? 1
  process.kill(process.pid, signal)
  // Where a signal ends nothing, as in a container's first process: what a shell would say.
  return 128 + constants.signals[signal]
}

function passSignals(child: ChildProcess, isTerminal: boolean): { stop(): void } {
  const pass = (signal: NodeJS.Signals) => void child.kill(signal)
  const ignore = () => {}
  for (const signal of PASSED) listen(signal, pass)
  for (const signal of FROM_TERMINAL) listen(signal, isTerminal ? ignore : pass)
  const stop = () => {
    for (const signal of [...PASSED, ...FROM_TERMINAL]) process.removeAllListeners(signal)
  }
  return { stop }
}

function listen(signal: NodeJS.Signals, take: (signal: NodeJS.Signals) => void): void {
  try {
    process.on(signal, take)
  } catch {
    // Windows does not have all of them.
  }
}

async function passInput(to: Writable, see: (piece: Buffer) => void): Promise<void> {
  to.on('error', () => {})
  try {
    for await (const piece of process.stdin as AsyncIterable<Buffer>) {
      const isTaken = to.write(piece)
      see(piece)
      if (to.destroyed) break
      if (!isTaken) await roomIn(to, to)
    }
    to.end()
  } catch {
    // The client is gone, or the child reads no more.
  }
  // Nothing reads on, which the client has to notice.
  if (!to.destroyed) return
  process.stdin.destroy()
  close(0)
}

/** Resolves when a stream takes more, or the one at its other end is closed. */
function roomIn(to: Writable, other: Readable | Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off('drain', done)
      other.off('close', done)
      resolve()
    }
    to.on('drain', done)
    other.on('close', done)
    if (other.destroyed) done()
  })
}

async function passOutput(from: Readable, ended: Promise<unknown>, see: (piece: Buffer) => void): Promise<void> {
  const out = process.stdout
  // The command line ends where its output is closed; here, the child's is closed too.
  out.removeAllListeners('error')
  out.on('error', () => from.destroy())
  from.on('error', () => {})
  const leftOpen = new LeftOpen(from)
  void ended.then(() => leftOpen.watch())
  try {
    for await (const piece of from as AsyncIterable<Buffer>) {
      const isTaken = out.write(piece)
      see(piece)
      leftOpen.isWaiting = !isTaken
      if (!isTaken) await roomIn(out, from)
      leftOpen.isWaiting = false
      leftOpen.isQuiet = false
    }
  } catch {
    // It is closed, or only a process that the child has started may still write.
  }
  leftOpen.stop()
  await new Promise((resolve) => out.write('', resolve))
  close(1)
}

/** Output of a child that is gone, which another process still has open. */
class LeftOpen {
  /** Whether the client is what is waited for. */
  isWaiting = false
  /** Whether nothing has come since the last look. */
  isQuiet = false
  readonly #from: Readable
  #timer: NodeJS.Timeout | undefined

  constructor(from: Readable) {
    this.#from = from
  }

  /** Two looks, since what has come while this process got no processor is read between them. */
  watch(): void {
    this.#timer = setInterval(() => {
      if (this.isQuiet) this.#from.destroy()
      this.isQuiet = !this.isWaiting
    }, LEFT_OPEN_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Node itself leaves its own input and output open to its end. */
function close(descriptor: 0 | 1): void {
  try {
    closeSync(descriptor)
  } catch {
    // It is closed.
  }
}
