import process from 'node:process'
import { counted } from '../../base/counted.ts'

/** Milliseconds between two looks at the count. */
export const PROGRESS_INTERVAL = 500
const REWRITE = '\r\u001b[K'

/** How many changes were found: a line that is rewritten on a terminal, a sentence at the end elsewhere. */
export class WatchProgress {
  readonly #found = new Map<string, number>()
  readonly #terminal = process.stdout.isTTY
  #shown = ''

  readonly found = (file: string): void => {
    this.#found.set(file, (this.#found.get(file) ?? 0) + 1)
  }

  /** @param what What is done with the file. */
  starts(file: string, what: string): void {
    process.stdout.write(`${file}: ${what}; Ctrl-C stops it\n`)
  }

  show(): void {
    if (!this.#terminal) return
    const text = [...this.#found].map(([file, count]) => `${file}: ${counted(count, 'change')}`).join(', ')
    if (text !== this.#shown) process.stdout.write(`${REWRITE}${text}`)
    this.#shown = text
  }

  say(sentence: string): void {
    process.stderr.write(`${this.#terminal ? REWRITE : ''}${sentence}\n`)
    this.#shown = ''
  }

  ends({ file, pending }: { readonly file: string; readonly pending: number }): void {
    const count = counted(this.#found.get(file) ?? 0, 'change')
    const left =
      pending === 0 ? 'nothing is pending' : `${counted(pending, 'change')} pending, which the next start delivers`
    process.stdout.write(`${this.#terminal ? REWRITE : ''}${file}: ${count} of goals, ${left}\n`)
    this.#shown = ''
  }
}
