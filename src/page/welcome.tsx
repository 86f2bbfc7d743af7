import { CopyButton } from './lib/copy-button.tsx'

/** What an agent takes for granted: OTLP's own port. */
const DEFAULT = /^http:\/\/(localhost|127\.0\.0\.1):4318$/

/** A shell puts the token in, so that it stands on no page; an exporter decodes the space. */
const HEADER = 'OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20$GOALTRACE_TOKEN" '

/** @param token Whether the backend demands one. */
export function Welcome({ token }: { readonly token: boolean }) {
  const endpoint = DEFAULT.test(location.origin) ? '' : `OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin} `
  const header = token ? HEADER : ''
  return (
    <section class="welcome" aria-labelledby="welcome">
      <h1 id="welcome">No goals yet</h1>
      <p>
        This page shows them as they arrive. To send the first, start an agent that keeps its goals in SQLite like this:
      </p>
      <Lines lines={['npm i goaltrace', `${endpoint}${header}npx goaltrace run --map --objectives -- node agent.js`]} />
      <p>Or look at a demo, which has its own agents and page:</p>
      <Lines lines={['npx goaltrace demo']} />
      <p class="soft">
        <code>--map</code> finds its table of goals, <code>--objectives</code> records what they say, and{' '}
        <code>OTEL_SERVICE_NAME</code> names the agent.
      </p>
      <p class="soft">
        Waiting for events at <code>{location.origin}/v1/logs</code>
      </p>
    </section>
  )
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <div class="lines">
      {lines.map((text) => (
        <p key={text}>
          <code>{text}</code>
          <CopyButton text={text} what={text} />
        </p>
      ))}
    </div>
  )
}
