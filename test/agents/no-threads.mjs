// Imported before an agent whose process may have no further thread: it fails to start, or never says anything.
import { syncBuiltinESMExports } from 'node:module'
import threads from 'node:worker_threads'

threads.Worker = class {
  constructor() {
    if (process.env.NO_THREADS === 'fails') throw new Error('ERR_WORKER_INIT_FAILED')
  }
  on() {}
  unref() {}
}
syncBuiltinESMExports()
