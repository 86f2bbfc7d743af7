import { render } from 'preact'
import { App } from './app.tsx'
import { stream } from './lib/stream.ts'

render(<App />, document.getElementById('page') as HTMLElement)
stream.start()
