import { useState } from 'preact/hooks'
import { printJson } from '../backend/json.ts'
import { CopyButton } from './copy-button.tsx'

/** Characters of a text that are shown at first. */
const LONG = 500
/** Members of an object that are shown at first. */
const MANY = 200
/** Deeper ones are shown as one line of JSON. */
const DEEPEST = 12

/** A JSON value with its name, to be opened and copied. All of it is text: nothing here becomes markup. */
export function Json({ name, value }: { readonly name: string; readonly value: unknown }) {
  return (
    <figure class="json">
      <figcaption>
        {name}
        <CopyButton text={() => printJson(value)} what={name} />
      </figcaption>
      <div class="tree">
        <Value value={value} depth={0} />
      </div>
    </figure>
  )
}

interface Of {
  readonly value: unknown
  readonly depth: number
}

function Value({ value, depth }: Of) {
  if (typeof value === 'string') return <Text text={JSON.stringify(value)} />
  if (typeof value !== 'object' || value === null)
    return <span class={value === null ? 'null' : typeof value}>{String(value)}</span>
  const list = Array.isArray(value)
  const size = list ? value.length : Object.keys(value).length
  if (size === 0) return <span>{list ? '[]' : '{}'}</span>
  if (depth >= DEEPEST) return <Text text={printJson(value)} />
  return <Members value={value} depth={depth} />
}

function Members({ value, depth }: { readonly value: object; readonly depth: number }) {
  const [all, setAll] = useState(false)
  const entries = Object.entries(value)
  const shown = all ? entries : entries.slice(0, MANY)
  const list = Array.isArray(value)
  const rows = (
    <ul>
      {shown.map(([key, member]) => (
        <li key={key}>
          {!list && (
            <>
              <bdi class="key-name">{printed(key)}</bdi>:{' '}
            </>
          )}
          <Value value={member} depth={depth + 1} />
        </li>
      ))}
      {shown.length < entries.length && (
        <li>
          <button type="button" class="more" onClick={() => setAll(true)}>
            {entries.length - shown.length} more
          </button>
        </li>
      )}
    </ul>
  )
  if (depth === 0) return rows
  return (
    <details open={depth < 6}>
      <summary>{list ? `[${entries.length}]` : `{${entries.length}}`}</summary>
      {rows}
    </details>
  )
}

function Text({ text }: { readonly text: string }) {
  const [all, setAll] = useState(false)
  return (
    <>
      <bdi class="string">{all ? text : text.slice(0, LONG)}</bdi>
      {!all && text.length > LONG && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          {text.length - LONG} more characters
        </button>
      )}
    </>
  )
}

/** As in JSON, without the quotes: control characters are seen and do nothing. */
function printed(key: string): string {
  return JSON.stringify(key.slice(0, LONG)).slice(1, -1)
}
