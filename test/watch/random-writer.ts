import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export interface WriterOptions {
  readonly seed: number
  readonly pageSize: number
  /** As SQLite's PRAGMA auto_vacuum has it. */
  readonly autoVacuum: 0 | 1 | 2
  readonly shape: 'rowid' | 'integer' | 'without'
  readonly commits: number
  /** Whether it waits, before it takes history away, until all is read; else it writes as fast as it can. */
  readonly inStep: boolean
}

/** random-writer.mjs in a process of its own: a file that SQLite has open is never opened otherwise in the same process. */
export class RandomWriter {
  readonly #child: ChildProcess
  readonly #file: string
  #waiting = 0
  #turns = 0
  ended = false

  constructor(file: string, options: WriterOptions) {
    const script = fileURLToPath(new URL('random-writer.mjs', import.meta.url))
    this.#file = file
    this.#child = spawn(process.execPath, [script, file, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void this.#child.kill('SIGKILL'))
    this.#child.on('close', () => {
      this.ended = true
    })
    this.#child.stdout?.on('data', (dots: Buffer) => {
      this.#waiting += dots.length
      this.#turns += dots.length
    })
  }

  /** Whether it has made the table and waits, or does not wait at all. */
  get begun(): boolean {
    return this.#turns > 0 || this.ended
  }

  /** All is read so far. */
  goOn(): void {
    if (this.#waiting === 0) return
    this.#waiting--
    this.#child.stdin?.write('x')
  }

  /** The rows after each commit that has changed them, as SQLite has them. */
  get truth(): string[] {
    return readFileSync(`${this.#file}.truth`, 'utf8').trim().split('\n')
  }
}
