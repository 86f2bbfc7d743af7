import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** SQLite in a process of its own: a file that it has open is never opened otherwise in the same process. */
export class SqlProcess {
  readonly #child: ChildProcess
  readonly #lines: Interface
  readonly #ended: Promise<unknown[]>

  constructor(file: string) {
    const script = fileURLToPath(new URL('sql-process.mjs', import.meta.url))
    this.#child = spawn(process.execPath, [script, file], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })
    this.#ended = once(this.#child, 'close')
    onTestFinished(() => void this.#child.kill('SIGKILL'))
  }

  /** Each line in turn: SQL, `open`, `close`, or `all`, which answers with the rows of `goals`. @returns the last answer. */
  async run(...lines: string[]): Promise<string> {
    let answer = ''
    for (const line of lines) {
      this.#child.stdin?.write(`${line}\n`)
      const [text] = await Promise.race([once(this.#lines, 'line'), this.#ended])
      if (typeof text !== 'string') throw new Error(`it ended at: ${line}`)
      answer = text
    }
    return answer
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}
