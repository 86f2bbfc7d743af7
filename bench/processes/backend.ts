import { startBackend } from '../../src/backend/server.ts'

/** The embedded backend until it is killed: node backend.ts FILE PORT. It prints its port. */
const [file = '', port] = process.argv.slice(2)
const backend = await startBackend({ port: Number(port), file })
console.log(new URL(backend.url).port)
