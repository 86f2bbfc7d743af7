export type Family = 4 | 6

/** A lookup's result: the addresses, or getaddrinfo's code for why there are none. */
export type Answer =
  | { readonly addresses: readonly string[]; readonly code?: undefined }
  | { readonly code: string; readonly addresses?: undefined }
