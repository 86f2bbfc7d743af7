import type { MappedFiles, Others } from './mapped-files.ts'

/** Sentences about single files, at the most: there may be a million bad ones. */
const MOST_SAID = 100

/** What the user has to know of single files, each once. */
export class FileNotes {
  readonly #print: (sentence: string) => void
  readonly #said = new Set<string>()
  /** The entries of files that do not follow a file because another does, which is said of the first one. */
  readonly #claims = new Set<string>()

  constructor(print: (sentence: string) => void) {
    this.#print = print
  }

  /** @param as What is said once, where its sentences differ. */
  say(path: string, sentence: string, as = sentence): void {
    const key = `${path}: ${as}`
    if (this.#said.has(key) || this.#said.size > MOST_SAID) return
    this.#said.add(key)
    const isLast = this.#said.size > MOST_SAID
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
