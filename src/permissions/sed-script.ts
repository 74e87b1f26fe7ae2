/** Whether a sed script is one plain substitution (`s/a/b/g`): it writes no file and runs nothing. */
export function substitutes(script: string): boolean {
  const mark = script[1] ?? ''
  if (script[0] !== 's' || !/^[^\sA-Za-z0-9\\;{}]$/.test(mark)) return false
  let at = 2
  for (let part = 0; part < 2; part++) {
    while (at < script.length && script[at] !== mark) {
      if (script[at] === '\n') return false
      at += script[at] === '\\' ? 2 : 1
    }
    if (script[at] !== mark) return false
    at++
  }
  return /^[gpiIm0-9]*$/.test(script.slice(at))
}

/** Whether a sed script only prints lines (`1,5p`); with `-n` that is all it does. */
export function prints(script: string): boolean {
  return /^(?:(?:\d+|\$)(?:,(?:\d+|\$))?)?p(?:;(?:(?:\d+|\$)(?:,(?:\d+|\$))?)?p)*$/.test(script)
}
