import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { shellWord } from '../../src/base/shell-word.ts'

it.each(['agent.db', '/data/v1.2_x/goals@home.sqlite', 'my gö$als #1%20?x.db', "it's `here`.db", '~/a;b&c.db', ''])(
  'a shell takes %j as one word, as it is',
  (path) => {
    const command = `printf '[%s]' ${shellWord(path)}`
    expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(`[${path}]`)
  },
)

it('quotes only what needs it, and makes no option of a path', () => {
  expect(['goals.db', './a/b-1.db', '-x.db', 'a b.db'].map(shellWord)).toEqual([
    'goals.db',
    './a/b-1.db',
    './-x.db',
    "'a b.db'",
  ])
})
