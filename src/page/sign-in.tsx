import { useState } from 'preact/hooks'
import { session } from './lib/session.ts'
import { stream } from './lib/stream.ts'

export function SignIn() {
  const [trouble, setTrouble] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const token = String(new FormData(event.currentTarget as HTMLFormElement).get('token') ?? '')
    setBusy(true)
    try {
      if (await session.signIn(token)) stream.restart()
      else setTrouble('That is not the token of this backend.')
    } catch (error) {
      setTrouble(error instanceof TypeError ? 'The backend does not answer.' : String((error as Error).message))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <h1>goaltrace</h1>
        <p>This backend demands its token, the value of GOALTRACE_TOKEN where it was started.</p>
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-invalid={trouble ? 'true' : undefined}
          aria-describedby={trouble ? 'token-trouble' : undefined}
        />
        {trouble && (
          <p class="trouble" id="token-trouble" role="alert">
            {trouble}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy}>
          Sign in
        </button>
      </form>
    </main>
  )
}
