import { describe, expect, it } from 'vitest'
import { columnsOf, fitted, printable, printableJson } from '../../src/cli/terminal/printable.ts'

describe('a text for a terminal', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', '\ufffd[31mred\ufffd[0m'],
    ['\u001b]0;title\u0007', '\ufffd]0;title\ufffd'],
    ['\u009b2J', '\ufffd2J'],
    ['over\rwritten\nlines\tand\u2028more', 'over written lines and more'],
    ['back\b\b\u007f', 'back\ufffd\ufffd\ufffd'],
    ['\u0000', '\ufffd'],
    ['a\u202egnp.exe\u2066', 'agnp.exe'],
    ['zero\u200bwidth\ufeff', 'zerowidth'],
    ['half \ud800', 'half \ufffd'],
    ['e\u0301', 'e\u0301'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['目标 🎯', '目标 🎯'],
  ])('%j is harmless', (text, expected) => {
    expect(printable(text)).toBe(expected)
  })

  it('has no more than two marks over a letter', () => {
    expect(printable(`a${'\u0301'.repeat(1000)}b`)).toBe('a\u0301\u0301b')
  })

  it('is cut before it is looked at', () => {
    expect(printable('\u001b'.repeat(50_000_000)).length).toBeLessThan(5000)
  })

  it.each([
    ['plain', 5],
    ['目标', 4],
    ['🎯', 2],
    ['e\u0301', 1],
  ])('%j takes %d columns', (text, columns) => expect(columnsOf(text)).toBe(columns))

  it.each([
    ['objective', 9, 'objective'],
    ['objective', 5, 'obje…'],
    ['目标目标', 5, '目标…'],
    ['目标目标', 6, '目标…'],
    ['目标目标', 8, '目标目标'],
  ])('%j fits into %d columns', (text, columns, expected) => expect(fitted(text, columns)).toBe(expected))
})

describe('JSON for a terminal', () => {
  it('says the same without what a terminal obeys', () => {
    const value = { 'a\u009b2J': '\u202e\u001b[31m \u{e0001} ü🎯', big: [1, null, true] }
    const printed = printableJson(JSON.stringify(value))
    expect(JSON.parse(printed)).toEqual(value)
    expect(printed).not.toMatch(/\p{Cc}|\p{Cf}/u)
    expect(printed).toContain('ü🎯')
  })
})
