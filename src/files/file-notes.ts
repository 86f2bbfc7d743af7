import type { MappedFiles, Others } from './mapped-files.ts'

/** Sentences about single files, at the most: there may be a million bad ones. */
const MOST_NOTES = 100

/** What the user has to know of single files, each once. */
export class FileNotes {
  readonly #print: (sentence: string) => void
  readonly #printed = new Set<string>()
  /** Pairs of entries that match the same files: the first such file is reported. */
  readonly #claims = new Set<string>()

  constructor(print: (sentence: string) => void) {
    this.#print = print
  }

  /** @param kind Of a file's sentences of one kind, only the first is printed. */
  say(path: string, sentence: string, kind = sentence): void {
    const key = `${path}: ${kind}`
    if (this.#printed.has(key) || this.#printed.size > MOST_NOTES) return
    this.#printed.add(key)
    const isLast = this.#printed.size > MOST_NOTES
    this.#print(isLast ? 'more files are left out, which are not named' : `${path}: ${sentence}`)
  }

  /** Of what a search for files comes across. */
  others({ name }: MappedFiles, folder: (path: string) => void): Others {
    return {
      folder,
      refused: (path) => this.say(path, 'it is a link or not a regular file, and is left out'),
      linked: (path) =>
        this.say(path, 'it is a link to a folder, and what is in it is left out: give that a glob of its own'),
      unreadable: (path, fault) => this.say(path, `it may not be read, and what is in it is left out: ${fault}`),
      claimed: (path, by) => this.#claimed(path, by, name),
    }
  }

  #claimed(path: string, by: string, name: string): void {
    const key = JSON.stringify([by, name])
    if (this.#claims.has(key)) return
    this.#claims.add(key)
    this.#print(`${path}: ${by} follows it and all else that both match, so ${name} does not: let one of them match it`)
  }
}
