/** `in_progress` for `In progress`, `in-progress`, `inProgress` and `IN_PROGRESS`. */
export function plainWord(word: string): string {
  return word
    .trim()
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\s\-.:/]+/g, '_')
}
