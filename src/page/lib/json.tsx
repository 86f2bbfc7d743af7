import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { printJson } from '../../otlp/json.ts'
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
  /** Of a member; undefined at the root and in a list. */
  readonly name?: string | undefined
  readonly value: unknown
  readonly depth: number
}

function Value({ name, value, depth }: Of) {
  const key = name !== undefined && (
    <>
      <bdi class="key-name">{printed(name)}</bdi>:{' '}
    </>
  )
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0 && depth < DEEPEST) {
    return <Members label={key} value={value} depth={depth} />
  }
  return (
    <>
      {key}
      {typeof value === 'object' && value !== null ? (
        <Text text={printJson(value)} />
      ) : typeof value === 'string' ? (
        <Text text={JSON.stringify(value)} />
      ) : (
        <span class={value === null ? 'null' : typeof value}>{String(value)}</span>
      )}
    </>
  )
}

function Members({
  label,
  value,
  depth,
}: {
  readonly label: ComponentChildren
  readonly value: object
  readonly depth: number
}) {
  const [all, setAll] = useState(false)
  const entries = Object.entries(value)
  const shown = all ? entries : entries.slice(0, MANY)
  const list = Array.isArray(value)
  const rows = (
    <ul>
      {shown.map(([key, member]) => (
        <li key={key}>
          <Value name={list ? undefined : key} value={member} depth={depth + 1} />
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
      <summary>
        {label}
        <span class="null">{list ? `[${entries.length}]` : `{${entries.length}}`}</span>
      </summary>
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
