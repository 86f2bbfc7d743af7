import { describe, expect, it } from 'vitest'
import { expandGlob, type Glob, globFault, matchesPath, variablesOf } from '../../src/mapping/glob.ts'

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
