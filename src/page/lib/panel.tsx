import type { ComponentChildren } from 'preact'

interface Props {
  readonly title: string
  /** At the right of the title: what the pointer is at, or a key. */
  readonly aside?: ComponentChildren
  readonly children: ComponentChildren
  readonly class?: string
}

export function Panel({ title, aside, children, class: name = '' }: Props) {
  return (
    <section class={`panel ${name}`}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}
