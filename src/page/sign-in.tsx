import { useState } from 'preact/hooks'
import { session } from './lib/session.ts'
import { stream } from './lib/stream.ts'

export function SignIn() {
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const token = String(new FormData(event.currentTarget as HTMLFormElement).get('token') ?? '')
    setBusy(true)
    try {
      if (await session.signIn(token)) stream.restart()
      else setError('That is not the token of this backend.')
    } catch (error) {
      setError(error instanceof TypeError ? 'The backend does not answer.' : String((error as Error).message))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <h1>goaltrace</h1>
        <p>This backend requires a token: the value of GOALTRACE_TOKEN that it was started with.</p>
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-invalid={error ? 'true' : undefined}
          aria-describedby={error ? 'token-error' : undefined}
        />
        {error && (
          <p class="error" id="token-error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy}>
          Sign in
        </button>
      </form>
    </main>
  )
}
