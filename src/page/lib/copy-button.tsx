import { useState } from 'preact/hooks'

/** Milliseconds that it says what it has done. */
const SAID = 1500

export function CopyButton({ text, what }: { readonly text: string | (() => string); readonly what: string }) {
  const [done, setDone] = useState(false)
  const copy = async () => {
    await write(typeof text === 'string' ? text : text())
    setDone(true)
    setTimeout(() => setDone(false), SAID)
  }
  return (
    <button
      type="button"
      class="copy"
      onClick={copy}
      aria-label={done ? `Copied ${what}` : `Copy ${what}`}
      title={`Copy ${what}`}
    >
      <svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
        {done ? <path d="m3 8.5 3.2 3.2L13 4.8" /> : <path d="M5.5 5.5h7v8h-7zM3.5 10.5v-8h7" />}
      </svg>
    </button>
  )
}

/** Over plain HTTP from another machine a browser has no clipboard for scripts, but still the command. */
async function write(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}
