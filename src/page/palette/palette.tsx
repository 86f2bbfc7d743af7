import { useEffect, useRef, useState } from 'preact/hooks'
import type { GoalSummary, GoalsPage } from '../../backend/api/api.ts'
import type { Filter } from '../../backend/api/page-address.ts'
import { read } from '../lib/query.ts'
import { goalCommands, listCommands, matching, type PaletteCommand } from './commands.ts'

/** Milliseconds from the last key to the search. */
const TYPED = 120
const MOST_GOALS = 6
const MOST_COMMANDS = 14

interface Props {
  readonly filter: Filter
  readonly services: readonly string[]
}

/** Goals, threads, agents and filters by a few letters: Ctrl-K, or Command-K. */
export function Palette(props: Props) {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      event.preventDefault()
      setOpen((before) => !before)
    }
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  }, [])
  return (
    <>
      <button
        type="button"
        class="plain palette-opens"
        onClick={() => setOpen(true)}
        title="Go to a goal, a thread, an agent or a filter"
      >
        Go to <kbd>Ctrl K</kbd>
      </button>
      {open && <Dialog {...props} onClose={() => setOpen(false)} />}
    </>
  )
}

function Dialog({ filter, services, onClose }: Props & { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState(0)
  const goals = useFound(typed)
  useEffect(() => dialog.current?.showModal(), [])
  const commands = [...goalCommands(goals), ...matching(listCommands(filter, services), typed)].slice(0, MOST_COMMANDS)
  const at = Math.min(chosen, Math.max(0, commands.length - 1))
  const run = (command: PaletteCommand | undefined) => {
    if (!command) return
    onClose()
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) setChosen((at + step + commands.length) % Math.max(1, commands.length))
    else if (event.key === 'Enter') run(commands[at])
    else return
    event.preventDefault()
  }
  return (
    <dialog
      ref={dialog}
      class="palette"
      aria-label="Go to"
      onClose={onClose}
      // Escape closes it, and must not lead back too.
      onKeyDown={(event) => event.key === 'Escape' && event.stopPropagation()}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <input
        role="combobox"
        aria-label="Goal, thread, agent or filter"
        placeholder="Goal, thread, agent, filter…"
        aria-expanded="true"
        aria-controls="palette-commands"
        aria-activedescendant={commands.length > 0 ? `command-${at}` : undefined}
        autocomplete="off"
        maxLength={200}
        value={typed}
        onInput={({ currentTarget }) => {
          setTyped(currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id="palette-commands" aria-label="What fits">
        {commands.map((command, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the keys
          <div
            key={`${command.kind} ${command.name} ${index}`}
            role="option"
            id={`command-${index}`}
            aria-selected={index === at}
            onPointerMove={() => setChosen(index)}
            onClick={() => run(command)}
          >
            <span class="soft">{command.kind}</span> <bdi>{command.name}</bdi>
          </div>
        ))}
      </div>
      {commands.length === 0 && <p class="none">Nothing fits.</p>}
    </dialog>
  )
}

/** Of all time: what is looked for by name may be old. */
function useFound(typed: string): readonly GoalSummary[] {
  const [found, setFound] = useState<readonly GoalSummary[]>([])
  useEffect(() => {
    const search = typed.trim()
    if (search === '') {
      setFound([])
      return
    }
    const controller = new AbortController()
    const timer = setTimeout(async () => {
      const query = new URLSearchParams({ search, limit: String(MOST_GOALS) })
      // A backend that does not answer is named by the page behind.
      const page = await read<GoalsPage>(`api/goals?${query}`, controller.signal).catch(() => undefined)
      if (page && !controller.signal.aborted) setFound(page.goals)
    }, TYPED)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [typed])
  return found
}
