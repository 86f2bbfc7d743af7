/** An error that names what is goaltrace's, or a trigger's row; or one of the disk, which its rows may have been too much for. */
export function isOurs(error: unknown): boolean {
  return isOfSchema(error) || /^SQLITE_(?:FULL|CORRUPT|IOERR)/.test(String((error as { code?: unknown }).code))
}

export function isOfSchema(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return code === 'SQLITE_ERROR' && /_goaltrace|\b(?:NEW|OLD)\./i.test(String(message))
}

/** What the agent's own write would meet as well, or what is over by the next one. */
export function isPassing(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return /^SQLITE_(?:BUSY|LOCKED|READONLY)/.test(String(code)) || /connection is busy/.test(String(message))
}
