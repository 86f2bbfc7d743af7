import type { JSX } from 'preact'
import type { GoalState } from '../../backend/api/api.ts'
import { STATE_NAMES } from './states.ts'

/** Each state has its own shape: colours alone are lost on one in twelve men, and on paper. */
const SHAPES: Readonly<Record<GoalState, JSX.Element>> = {
  active: (
    <>
      <circle cx="8" cy="8" r="5.8" class="line" />
      <circle cx="8" cy="8" r="2.6" class="fill" />
    </>
  ),
  paused: (
    <>
      <circle cx="8" cy="8" r="5.8" class="line" />
      <path d="M6.4 5.8v4.4M9.6 5.8v4.4" class="line" />
    </>
  ),
  blocked: (
    <>
      <path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z" class="fill" />
      <path d="M5 8h6" class="cut" />
    </>
  ),
  usage_limited: (
    <>
      <path d="M8 1.8 15 14H1z" class="fill" />
      <path d="M8 6.4v3.2M8 11.7v.2" class="cut" />
    </>
  ),
  budget_limited: (
    <>
      <rect x="2" y="2" width="12" height="12" rx="2.4" class="fill" />
      <path d="M5 6.5h6M5 9.5h6" class="cut" />
    </>
  ),
  complete: (
    <>
      <circle cx="8" cy="8" r="6.6" class="fill" />
      <path d="m5 8.2 2.1 2.1L11 6.2" class="cut" />
    </>
  ),
  stale: (
    <>
      <circle cx="8" cy="8" r="5.8" class="line dashed" />
      <path d="M8 4.9V8l2.2 1.5" class="line" />
    </>
  ),
  replaced: (
    <>
      <circle cx="8" cy="8" r="5.8" class="line" />
      <path d="M5.2 8h5.4M8.4 5.8 10.8 8l-2.4 2.2" class="line" />
    </>
  ),
  cleared: <circle cx="8" cy="8" r="5.8" class="line dashed" />,
}

export function StateIcon({ state }: { readonly state: GoalState }) {
  return (
    <svg class={`state-icon ${state}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {SHAPES[state]}
    </svg>
  )
}

export function StateLabel({ state }: { readonly state: GoalState }) {
  return (
    <span class="state">
      <StateIcon state={state} />
      <span>{STATE_NAMES[state]}</span>
    </span>
  )
}
