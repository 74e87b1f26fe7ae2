/**
 * Whether a jq filter may show more than its input: the environment (`env`, `$ENV`), or a file that it names itself
 * (`import`, `include`). A field of that name (`.env`) is none of it.
 */
export function looksAround(filter: string): boolean {
  return /\$ENV\b|(?<![.\w$@])(?:env|import|include|modulemeta|get_search_list|input_filename)\b/.test(filter)
}
