type Values = Readonly<Record<string, unknown>>

/**
 * Returns a notebook as the Read tool shows it: cells and their text outputs as a JSON list of blocks (claude-code-2.1
 * section 1.7). Text that is not a notebook in JSON is returned unchanged.
 */
export function notebookText(text: string): string {
  const notebook = parsed(text)
  if (!isObject(notebook) || !Array.isArray(notebook.cells)) return text
  const language = languageOf(notebook)
  const parts = (notebook.cells as unknown[]).flatMap((cell, at) =>
    isObject(cell) ? cellTexts(cell, at, language) : [],
  )
  return parts.length === 0 ? '[]' : JSON.stringify([{ type: 'text', text: parts.join('\n') }])
}

function languageOf({ metadata }: Values): string {
  const info = isObject(metadata) ? metadata.language_info : undefined
  return isObject(info) && typeof info.name === 'string' ? info.name : 'python'
}

function cellTexts(cell: Values, at: number, language: string): string[] {
  const kind = typeof cell.cell_type === 'string' ? cell.cell_type : 'code'
  const id = typeof cell.id === 'string' ? cell.id : `cell-${at}`
  const label = kind === 'code' ? '' : `<cell_type>${kind}</cell_type>`
  const languageTag = kind === 'code' && language !== 'python' ? `<language>${language}</language>` : ''
  const outputs = kind === 'code' && Array.isArray(cell.outputs) ? (cell.outputs as unknown[]) : []
  const source = `<cell id="${id}">${label}${languageTag}${joined(cell.source)}</cell id="${id}">`
  return [
    source,
    ...outputs
      .map(outputText)
      .filter((output) => output !== '')
      .map((output) => `\n${output}`),
  ]
}

/** Returns the text of an output: what was printed, the value, or the error; images are left out. */
function outputText(output: unknown): string {
  if (!isObject(output)) return ''
  if (output.output_type === 'error') {
    return [`${String(output.ename)}: ${String(output.evalue)}`, ...lines(output.traceback)].join('\n')
  }
  return isObject(output.data) ? joined(output.data['text/plain']) : joined(output.text)
}

function joined(value: unknown): string {
  return typeof value === 'string' ? value : lines(value).join('')
}

function lines(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((line): line is string => typeof line === 'string') : []
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
