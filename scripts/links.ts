import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/**
 * Checks that every relative link in the repository's Markdown leads to a file, and to a heading where it names one, and
 * that the files which ARCHITECTURE.md and the like name exist; exit code 1 otherwise: node scripts/links.ts.
 */
const files = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n')
const faults = files.flatMap((file) => [...faultsOf(file)].map((fault) => `${file}: ${fault}`))
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0

function* faultsOf(file: string): Generator<string> {
  const text = readFileSync(file, 'utf8')
  for (const link of linksOf(text)) {
    if (/^[a-z]+:/i.test(link)) continue
    const [path = '', heading] = link.split('#')
    const target = path === '' ? file : normalize(join(dirname(file), path))
    if (target.startsWith('..') || !existsSync(target)) yield `no file at ${link}`
    else if (heading !== undefined && !headingsOf(target).has(heading)) yield `no heading at ${link}`
  }
  // Files that are named without a link, where the repository itself is described.
  if (/^[A-Z]+\.md$/.test(file) && file !== 'CHANGELOG.md') {
    for (const [, path = ''] of text.matchAll(/`((?:src|test|scripts|docs|bench|collector)\/[\w./-]+)`/g)) {
      if (!path.includes('NAME') && !existsSync(path)) yield `no file ${path}`
    }
  }
  // npm's page resolves Markdown's links and pictures against the repository, but not those in HTML.
  if (file === 'README.md') {
    for (const [html] of withoutCode(text).matchAll(/(?:src|srcset|href)="(?!https:)[^"]*"/g)) {
      yield `${html} is not found on npm's page: write it in Markdown`
    }
  }
}

function linksOf(text: string): string[] {
  const inline = withoutCode(text).matchAll(/\]\(([^()\s]+)(?:\s"[^"]*")?\)/g)
  const html = withoutCode(text).matchAll(/(?:src|srcset|href)="([^"]+)"/g)
  return [...inline, ...html].map(([, link = '']) => link)
}

/** As GitHub names them. */
function headingsOf(file: string): Set<string> {
  const names = new Set<string>()
  if (!file.endsWith('.md')) return names
  for (const [, heading = ''] of withoutBlocks(readFileSync(file, 'utf8')).matchAll(/^#{1,6} +(.+)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const name = plain
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-')
    let again = name
    for (let n = 1; names.has(again); n++) again = `${name}-${n}`
    names.add(again)
  }
  return names
}

function withoutBlocks(text: string): string {
  return text.replace(/^(```+|~~~+)[\s\S]*?^\1/gm, '')
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replace(/`[^`]*`/g, '')
}
