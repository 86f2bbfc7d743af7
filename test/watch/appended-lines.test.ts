import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { AppendedLines } from '../../src/watch/codex/appended-lines.ts'
import { scratchFolder } from '../cli/goaltrace.ts'

const LONG = 'é'.repeat(1_600_000)

function followed(longest?: number) {
  const path = join(scratchFolder(), 'lines.jsonl')
  writeFileSync(path, '')
  const file = new AppendedLines(path, longest)
  const news = () => {
    const found: string[] = []
    file.read(
      (line) => found.push(String(line)),
      () => found.push('again'),
    )
    return found
  }
  return { path, news }
}

it('a line is taken once it ends, however long it is and however it was written', () => {
  const { path, news } = followed(Number.POSITIVE_INFINITY)
  const bytes = Buffer.from(`one\n${LONG}\n\ntwo\nthree`)
  const found: string[] = []
  // In the middle of a character too.
  for (let at = 0; at < bytes.length; at += 700_001) {
    appendFileSync(path, bytes.subarray(at, at + 700_001))
    found.push(...news())
  }
  expect(found).toEqual(['one', LONG, '', 'two'])
  appendFileSync(path, '!\n')
  expect([news(), news()]).toEqual([['three!'], []])
})

it('a long line is skipped, and the ones beside it are not', () => {
  const { path, news } = followed()
  appendFileSync(path, `one\n${LONG}`)
  expect(news()).toEqual(['one'])
  appendFileSync(path, `${LONG}\ntwo\n`)
  expect(news()).toEqual(['two'])
})

it('a file that is shorter than before is read from its beginning, without what was left of the old one', () => {
  const { path, news } = followed()
  appendFileSync(path, 'one\ntwo\nhalf of thr')
  expect(news()).toEqual(['one', 'two'])
  writeFileSync(path, 'new\n')
  expect(news()).toEqual(['again', 'new'])
})
