import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { reason, warnOnce } from '../base/diagnose.ts'

/** Spans of goals' traces by their ids, as texts; null where one is not to be kept any more. */
export type UnsentSpans = readonly (readonly [id: string, span: string | null])[]

/**
 * The spans of goals' traces that no receiver has taken yet: a line of JSON for each, added before the checkpoint moves beyond what
 * they were made of. There is such a file only while there are such spans. Only the holder of the drain lock writes. A line that a kill has
 * cut short is skipped: its checkpoint has not moved, so its span is made again. Never throws, as a fault here must not keep a record from being delivered.
 */
export class UnsentSpansFile {
  readonly #file: string
  #known: Map<string, string> | undefined

  constructor(file: string) {
    this.#file = file
  }

  read(): UnsentSpans {
    return [...this.#spans()]
  }

  /** Adds some, and removes others. */
  keep(changes: UnsentSpans): void {
    if (changes.length === 0) return
    try {
      const spans = this.#spans()
      for (const [id, span] of changes) span === null ? spans.delete(id) : spans.set(id, span)
      if (spans.size === 0) rmSync(this.#file, { force: true })
      else if (changes.every(([, span]) => span !== null)) appendFileSync(this.#file, textOf(changes), { mode: 0o600 })
      else this.#rewrite(spans)
    } catch (error) {
      const why = `spans that no receiver has taken are lost if this process ends now, as ${this.#file} cannot be written`
      warnOnce(`unsent spans ${this.#file}`, `${why}: ${reason(error)}`)
    }
  }

  #spans(): Map<string, string> {
    this.#known ??= spansIn(this.#text())
    return this.#known
  }

  #text(): string {
    try {
      return existsSync(this.#file) ? readFileSync(this.#file, 'utf8') : ''
    } catch (error) {
      warnOnce(
        `unsent spans ${this.#file}`,
        `spans that were kept are not sent, as ${this.#file} cannot be read: ${reason(error)}`,
      )
      return ''
    }
  }

  /** As a whole or not at all. */
  #rewrite(spans: Iterable<readonly [string, string]>): void {
    const next = `${this.#file}-next`
    writeFileSync(next, textOf(spans), { mode: 0o600 })
    renameSync(next, this.#file)
  }
}

/** Each line begins anew, as the one before may have been cut short. */
function textOf(spans: Iterable<readonly [string, string | null]>): string {
  return [...spans].map((one) => `\n${JSON.stringify(one)}`).join('')
}

function spansIn(text: string): Map<string, string> {
  const spans = new Map<string, string>()
  for (const line of text.split('\n')) {
    try {
      const [id, span] = JSON.parse(line) as unknown[]
      if (typeof id === 'string' && typeof span === 'string') spans.set(id, span)
    } catch {
      // Cut short, or empty.
    }
  }
  return spans
}
