import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The page's stylesheets, in cascade order. */
const STYLES = ['theme', 'base', 'frame', 'plot', 'now', 'summary', 'goals', 'palette', 'goal-detail', 'single']

/** Writes the page's files other than its script into dist/page: the build's last step. */
export function writePageFiles(): void {
  const style = STYLES.map((name) => readFileSync(at(`../src/page/style/${name}.css`), 'utf8')).join('\n')
  writeFileSync(at('../dist/page/assets/page.css'), small(style))
  copyFileSync(at('../src/page/icon.svg'), at('../dist/page/assets/icon.svg'))
  copyFileSync(at('../src/page/index.html'), at('../dist/page/index.html'))
}

function small(css: string): string {
  return css
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/: /g, ':')
    .replaceAll(';}', '}')
}

function at(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
