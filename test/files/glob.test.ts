import { describe, expect, it } from 'vitest'
import { below, expandGlob, globFault, matchesFile, variablesOf } from '../../src/mapping/glob.ts'

const expanded = (text: string, env = {}) => expandGlob(text, env, '/home/me', '/work')
/** Whether a path is meant by a glob, as a walk through the folders finds it. */
function means(text: string, path: string): boolean {
  const glob = expanded(text)
  if (glob === undefined || !path.startsWith(`${glob.root}/`)) return false
  const names = path.slice(glob.root.length + 1).split('/')
  const name = names.pop() ?? ''
  return matchesFile(names.reduce(below, [glob.names] as readonly (readonly string[])[]), name)
}

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
  ])('%s means %s: %s', (glob, path, is) => {
    expect(means(glob, path)).toBe(is)
  })

  it.each(['/s/../x.json', '/s/a**/x.json', '/s/**', '/s/', '/**/x.json', '~/**/x.json', '/*/x.json', '/s/\0.json'])(
    '%j is refused',
    (glob) => {
      expect(globFault(glob)).toMatch(/; |add one/)
    },
  )
})
