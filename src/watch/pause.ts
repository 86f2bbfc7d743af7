const cell = new Int32Array(new SharedArrayBuffer(4))

/** Waits within a statement, while another process finishes what it is just writing. */
export function pause(ms: number): void {
  Atomics.wait(cell, 0, 0, ms)
}
