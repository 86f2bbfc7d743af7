import { win32 } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expandGlob, type Glob, globFault, isRelative, matchesPath, variablesOf } from '../../src/mapping/glob.ts'

const expanded = (text: string, env = {}) => expandGlob(text, env, '/home/me', '/work')

describe('a glob', () => {
  it('begins at the home folder, a variable, or the working directory', () => {
    expect(expanded('~/.pi/agent/**/*.jsonl')).toEqual({ root: '/home/me/.pi/agent', names: ['**', '*.jsonl'] })
    expect(expanded('$A/x/*.json', { A: '/a' })).toEqual({ root: '/a/x', names: ['*.json'] })
    expect(expanded('$A/b', { A: '/a/' })).toEqual({ root: '/a', names: ['b'] })
    expect(expanded('./.goals/state.json')).toEqual({ root: '/work/.goals', names: ['state.json'] })
    expect(expanded('$A/x/*.json')).toBeUndefined()
    expect(expanded('$A/x/*.json', { A: '' })).toBeUndefined()
    expect(variablesOf(['$A/$B/*', '$A/c'])).toEqual(['A', 'B'])
  })

  it.each([
    ['/s/**/*.jsonl', '/s/a.jsonl', true],
    ['/s/**/*.jsonl', '/s/b/c/a.jsonl', true],
    ['/s/**/*.jsonl', '/s/b/a.json', false],
    ['/s/*/goals/*.json', '/s/p/goals/g.json', true],
    ['/s/*/goals/*.json', '/s/goals/g.json', false],
    ['/s/*/goals/*.json', '/s/p/q/goals/g.json', false],
    ['/s/**/goals/**/*.json', '/s/p/q/goals/r/g.json', true],
    ['/s/a?.json', '/s/ab.json', true],
    ['/s/a?.json', '/s/a.json', false],
    ['/s/a+(b).json', '/s/a+(b).json', true],
    ['/s/*.json', '/s/.json', true],
    ['/s/state.json', '/s/state.json', true],
    ['/s/*.json', '/s/a\n.json', true],
    ['/state.json', '/state.json', true],
  ])('%s means %s: %s', (glob, path, is) => {
    expect(matchesPath(expanded(glob) as Glob, path)).toBe(is)
  })

  it.each(['/s/../x.json', '/s/a**/x.json', '/s/**', '/s/', '/**/x.json', '~/**/x.json', '/*/x.json', '/s/\0.json'])(
    '%j is refused',
    (glob) => {
      expect(globFault(glob)).toMatch(/; |add one/)
    },
  )
})

describe('a glob on Windows', () => {
  const onWindows = (text: string, env = {}) => expandGlob(text, env, 'C:\\Users\\me', 'D:\\work', win32)

  it.each([
    ['~/.pi/agent/**/*.jsonl', 'C:\\Users\\me\\.pi\\agent', ['**', '*.jsonl']],
    ['~\\.pi\\agent\\**\\*.jsonl', 'C:\\Users\\me\\.pi\\agent', ['**', '*.jsonl']],
    ['$A/x/*.json', 'E:\\a b\\x', ['*.json']],
    ['$A\\x\\state.json', 'E:\\a b\\x', ['state.json']],
    ['.goals/*.json', 'D:\\work\\.goals', ['*.json']],
    ['C:\\goals\\*.json', 'C:\\goals', ['*.json']],
    ['c:/goals/*.json', 'c:\\goals', ['*.json']],
    ['C:\\*.json', 'C:\\', ['*.json']],
    ['\\\\server\\share\\goals\\*.json', '\\\\server\\share\\goals', ['*.json']],
  ])('%j begins at %j', (text, root, names) => {
    expect(onWindows(text, { A: 'E:\\a b' })).toEqual({ root, names })
  })

  it.each([
    ['~/s/**/*.jsonl', 'C:\\Users\\me\\s\\b\\c\\a.jsonl', true],
    ['~/s/**/*.jsonl', 'C:\\Users\\me\\s\\a.jsonl', true],
    ['~/s/*/g.json', 'C:\\Users\\me\\s\\a\\b\\g.json', false],
    ['~/s/*.json', 'C:\\Users\\me\\s2\\g.json', false],
    ['C:\\*.json', 'C:\\g.json', true],
  ])('%j means %j: %s', (text, path, is) => {
    expect(matchesPath(onWindows(text) as Glob, path, win32)).toBe(is)
  })

  it('is within the working directory without a disk', () => {
    const texts = ['C:\\a\\*.json', 'c:/a/*.json', '\\\\server\\share\\*.json', '~\\a', '$A\\a', 'a\\*.json', '.\\a']
    expect(texts.map((text) => isRelative(text, win32))).toEqual([false, false, false, false, false, true, true])
  })

  it.each(['C:\\s\\..\\x.json', 'C:\\s\\a**\\x.json', 'C:\\s\\**', 'C:\\s\\', 'C:\\**\\x.json', '~\\**\\x.json'])(
    '%j is refused',
    (glob) => {
      expect(globFault(glob, win32)).toMatch(/; |add one/)
    },
  )

  it('elsewhere, a backslash is a character of a name', () => {
    expect(expanded('~/a\\b/*.json')).toEqual({ root: '/home/me/a\\b', names: ['*.json'] })
    expect(globFault('~/a\\..\\b.json')).toBeUndefined()
  })
})
