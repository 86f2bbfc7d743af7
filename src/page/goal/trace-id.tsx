interface Props {
  readonly id: string
  readonly jaeger: string | null
}

/** Opens in Jaeger where the backend knows its address. */
export function TraceId({ id, jaeger }: Props) {
  const short = id.slice(0, 8)
  if (jaeger === null || !/^https?:\/\//.test(jaeger)) {
    return (
      <span class="id" title={id}>
        {short}
      </span>
    )
  }
  const href = `${jaeger.replace(/\/+$/, '')}/trace/${encodeURIComponent(id)}`
  return (
    <a class="id" href={href} target="_blank" rel="noopener noreferrer" title={`${id}: open in Jaeger`}>
      {short}
      <span class="hidden"> in Jaeger</span>
      <span aria-hidden="true"> ↗</span>
    </a>
  )
}
