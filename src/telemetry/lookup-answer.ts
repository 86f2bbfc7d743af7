export type Family = 4 | 6

/** Of a lookup: the addresses, or why there are none, as getaddrinfo calls it. */
export type Answer =
  | { readonly addresses: readonly string[]; readonly code?: undefined }
  | { readonly code: string; readonly addresses?: undefined }
