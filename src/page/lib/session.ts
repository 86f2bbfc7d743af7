import { Signal } from './signal.ts'

/** Whether the backend admits this page: it asks for its token where it does not. */
class Session {
  readonly open = new Signal(true)

  end(): void {
    this.open.set(false)
  }

  /** @returns whether the token was the right one. */
  async signIn(token: string): Promise<boolean> {
    const response = await fetch('api/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    if (response.status === 401) return false
    if (!response.ok) throw new Error(`The backend answered ${response.status}.`)
    this.open.set(true)
    return true
  }
}

export const session = new Session()
