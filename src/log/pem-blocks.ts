const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
const END = '-----END'
/** Longer blocks do not exist: what follows is no part of the key. */
const LONGEST = 64 * 1024
/** The lines of a block that is cut off: base64, headers of PEM and PGP, line ends (also as escapes), quotation marks of mails. */
const CUT_OFF = /(?:[A-Za-z0-9+/=]{16,}|[\s>|"'+,]|\\+[nrt]|[A-Z][A-Za-z-]{2,20}: [^\n\\]{0,120})+/y

/** Replaces PEM and PGP blocks of private keys, also those that are cut off. */
export function redactPrivateKeys(text: string): string {
  BEGIN.lastIndex = 0
  let result = ''
  let from = 0
  let end = -1
  for (let begin = BEGIN.exec(text); begin !== null; begin = BEGIN.exec(text)) {
    const start = BEGIN.lastIndex
    // One search for all beginnings up to it, so that many of them without an end take no more time.
    if (end !== Number.POSITIVE_INFINITY && end < start) {
      const found = text.indexOf(END, start)
      end = found === -1 ? Number.POSITIVE_INFINITY : found
    }
    const close = end - start <= LONGEST ? endOfLine(text, end) : afterCutOff(text, start)
    result += `${text.slice(from, begin.index)}[redacted private key]`
    from = close
    BEGIN.lastIndex = close
  }
  return from === 0 ? text : result + text.slice(from)
}

function endOfLine(text: string, end: number): number {
  const close = text.indexOf('-----', end + END.length)
  return close === -1 || close - end > 80 ? end + END.length : close + 5
}

function afterCutOff(text: string, start: number): number {
  CUT_OFF.lastIndex = start
  return CUT_OFF.test(text) ? CUT_OFF.lastIndex : start
}
