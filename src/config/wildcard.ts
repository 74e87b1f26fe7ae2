/** Returns whether a glob with `*` and `?` matches a whole text. Greedy with two pointers, so never exponential. */
export function wildcard(glob: string, text: string): boolean {
  let g = 0
  let star = -1
  let resume = 0
  for (let n = 0; n < text.length; ) {
    if (glob[g] === '*') {
      star = g++
      resume = n
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[n])) {
      g++
      n++
    } else if (star >= 0) {
      g = star + 1
      n = ++resume
    } else return false
  }
  while (glob[g] === '*') g++
  return g === glob.length
}
