import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { DeadLetter } from './checkpoint-store.ts'

/** A line of JSON for each dead letter, synced: a record that is set aside is nowhere else. */
export class DeadLetterFile {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  add({ uid, reason, record }: DeadLetter): void {
    const descriptor = openSync(this.#file, 'a', 0o600)
    try {
      // The line before it may be cut off.
      writeSync(descriptor, `\n${JSON.stringify({ uid, reason, record })}\n`)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  }

  read(): DeadLetter[] {
    return this.#text().split('\n').flatMap(letterOf)
  }

  #text(): string {
    try {
      return readFileSync(this.#file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
      throw error
    }
  }
}

function letterOf(line: string): DeadLetter[] {
  try {
    const { uid, reason, record } = JSON.parse(line) as DeadLetter
    return typeof uid === 'string' && typeof reason === 'string' ? [{ uid, reason, record }] : []
  } catch {
    return []
  }
}
