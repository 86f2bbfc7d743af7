import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { makeDirectory } from '../../base/state-directory.ts'
import { LineScanner } from '../../codex/line-scanner.ts'
import { ProtocolNotes } from '../../codex/protocol-note.ts'
import { protocolNotesFolder } from '../../codex/protocol-notes-folder.ts'
import type { Witness } from './transparent-child.ts'

/** Bytes of notes that wait for the disk; more of them are dropped. */
const MOST_WAITING = 1 << 20

/** Milliseconds at the end for notes that the disk has not taken. */
const LAST_WAIT = 200

/**
 * Notes what Codex sends its client about goals, for `goaltrace codex watch`. A fault of its own ends it, and nothing else.
 * @returns what sees the pieces, and what waits for the disk to have the notes, but not long.
 */
export function protocolWitness(): { see: Witness; end(): Promise<void> } {
  const notes = new ProtocolNotes()
  const scanners = { toChild: new LineScanner(), fromChild: new LineScanner() }
  const directions = { toChild: 'toCodex', fromChild: 'fromCodex' } as const
  let file: WriteStream | undefined
  let hasFailed = false
  const fail = () => {
    hasFailed = true
    file?.destroy()
  }
  const see: Witness = (direction, piece) => {
    if (hasFailed) return
    try {
      for (const line of scanners[direction].lines(piece)) {
        const note = notes.of(directions[direction], line, Date.now())
        if (note === undefined) continue
        file ??= noteFile().on('error', fail)
        if (file.writableLength < MOST_WAITING) file.write(`${JSON.stringify(note)}\n`)
      }
    } catch {
      fail()
    }
  }
  const end = () =>
    new Promise<void>((resolve) => {
      if (file === undefined || file.destroyed) return resolve()
      setTimeout(resolve, LAST_WAIT)
      file.on('close', resolve).end()
    })
  return { see, end }
}

function noteFile(): WriteStream {
  const folder = protocolNotesFolder()
  makeDirectory(folder)
  return createWriteStream(join(folder, `${process.pid}-${Date.now()}.jsonl`), { flags: 'a', mode: 0o600 })
}
