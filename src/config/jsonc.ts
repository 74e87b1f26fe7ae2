/** A string, a comment, or a comma with nothing but blanks and comments before the bracket it stands in front of. */
const TOKEN = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*[}\]])/g

/** JSON with comments and trailing commas as plain JSON. Blanks stand in their place, so that lines stay the same. */
export function withoutComments(text: string): string {
  return text.replace(TOKEN, (token) => (token.startsWith('"') ? token : token.replace(/[^\n]/g, ' ')))
}
