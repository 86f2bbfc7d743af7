import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { parseJson } from './json.ts'
import { notNow, Refusal } from './refusal.ts'

/** Bytes of a body, before and after decompression. */
export const LARGEST_BODY = 8 * 1024 * 1024
/** Bytes of all bodies that are on their way: with what becomes of one of them while it is read, the memory of a backend under full load. */
const MOST_IN_FLIGHT = 32 * 1024 * 1024

const unzip = promisify(gunzip)
let inFlight = 0
