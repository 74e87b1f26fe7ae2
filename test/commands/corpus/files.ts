/** A command file in a shape that real collections have, and what `/name alpha beta` sends in the `auto` dialect. */
export interface CorpusFile {
  readonly name: string
  /** The whole file. */
  readonly file: string
  /** The text that follows its metadata. */
  readonly body: string
  /** `kept`: the body as it is, with the arguments behind it; else the body with the arguments in it. */
  readonly auto: 'kept' | string
  readonly skill?: true
}

const META = '---\ndescription: A command\n---\n'
const HINT = '---\ndescription: A command\nargument-hint: "[one] [two]"\n---\n'

/** A file whose `$N` are code or money, so that none is replaced; `@{` stands for a dollar sign and a brace. */
function kept(name: string, text: string, head = META): CorpusFile {
  const body = text.replaceAll('@{', '$'.concat('{'))
  return { name, file: head + body, body, auto: 'kept' }
}

/** A file whose placeholders are meant. */
function filled(name: string, body: string, auto: string, head = META): CorpusFile {
  return { name, file: head + body, body, auto }
}

const AWK: readonly CorpusFile[] = [
  kept('awk-span', "List the users with `awk -F: '{print $1}' /etc/passwd` and sort them.\n"),
  kept('awk-fence', "Sum the sizes:\n\n```bash\nls -l | awk '{ total += $5 } END { print total }'\n```\n"),
  kept('awk-pipe', "Run `ps aux | awk '$3 > 5 {print $2, $11}'` and explain the result.\n"),
  kept('awk-double', 'Use `awk "{print \\$1}" f` or awk \'{print $2}\' f in the shell.\n'),
  kept('gawk-begin', '```sh\ngawk \'BEGIN { FS="," } $1 == "x" { print $2 }\' data.csv\n```\nThen report.\n'),
  kept('awk-with-hint', "Count with awk '{print $1}' access.log please.\n", HINT),
  kept('awk-multiline', "awk '\n  { seen[$1]++ }\n  END { for (k in seen) print k, seen[k] }\n' log.txt\n"),
  kept('docker-awk', "1. Stop all:\n\n   ```bash\n   docker ps | awk 'NR>1 {print $1}' | xargs docker stop\n   ```\n"),
]

const SQL: readonly CorpusFile[] = [
  kept('sql-fence', '```sql\nSELECT * FROM users WHERE id = $1 AND org = $2;\n```\nExplain the plan.\n'),
  kept('sql-span', 'Prefer `WHERE id = $1` to string concatenation.\n'),
  kept('sql-indented', 'Bad:\n\n    db.query("SELECT $1", [x])\n\nGood code binds its values.\n'),
  kept('sql-function', '```sql\nCREATE FUNCTION f(a int) RETURNS int AS $$ SELECT $1 + 1 $$ LANGUAGE sql;\n```\n'),
  kept('sql-tilde', '~~~sql\nUPDATE t SET a = $1, b = $2 WHERE c = $3\n~~~\nNever without WHERE.\n'),
  kept('go-query', '```go\nrow := db.QueryRow("SELECT name FROM t WHERE id=$1", id)\n```\n'),
  kept('many-parameters', 'Rewrite `INSERT INTO t VALUES ($1, $2, $10)` as a batch.\n'),
]

const MONEY: readonly CorpusFile[] = [
  kept('money-thousands', 'Flag invoices above $1,000 and credits below $5,000.\n'),
  kept('money-decimals', 'The plan costs $2.50 a seat, or $9.99 for all.\n'),
  kept('money-large', 'Flag days over $20, weeks over $150.\n'),
  kept('money-suffix', 'Deals of $5k or $3M need a review.\n'),
  kept('money-rate', 'Input costs $3/M tokens, output $9/M tokens.\n'),
  kept('money-range', 'Typical prices are $5-10; premium ones $8–9.\n'),
  kept('money-compare', 'Keep the cost per run <$5 and the total >= $9.\n'),
  kept('money-units', 'About $3 million, or $2 per month for each user.\n'),
  kept('money-currency', 'Convert US$5 and A$7 to EUR.\n'),
  kept('money-table', '| plan | price |\n| --- | --- |\n| small | $15 |\n| large | $99 |\n'),
]

const CODE: readonly CorpusFile[] = [
  kept('bash-function', '```bash\ngreet() { echo "hello $1"; }\n```\nWrite tests for it.\n'),
  kept('bash-case', '```sh\ncase "$1" in start) run ;; *) echo "usage: start" ;; esac\n```\n'),
  kept('regex-groups', 'Replace with `sed -E "s/(a)(b)/$2$1/"` in all files.\n'),
  kept('perl', '```perl\nprint "$1\\n" if /(\\d+)/;\n```\n'),
  kept('nginx', '```nginx\nrewrite ^/old/(.*)$ /new/$1 permanent;\n```\n'),
  kept('apache', 'The rule:\n\n    RewriteRule ^a/(.*)$ b/$1 [L]\n\nExplain it.\n'),
  kept('powershell', '```powershell\n$env:PATH; $args[0]; "$1"\n```\n'),
  kept('javascript-template', '```js\nconst text = `@{name} costs $1`\n```\n'),
  kept('jquery', 'Remove `$(".x").on("click", fn)` and `$.ajax` from the page.\n'),
  kept('makefile', '```make\n%.o: %.c\n\tcc -c $< -o $@ # $1\n```\n'),
  kept('json', '```json\n{ "price": "$1", "keys": ["a", "b"], "note": "a --- b" }\n```\nFill in the values.\n'),
  kept('yaml-block', '```yaml\nrun: echo "$1"\nif: @{{ github.event_name }}\n```\n'),
  kept('xml', '<task>\n  <step>Read</step>\n</task>\n<!-- note: @{HOME} and $PATH stay -->\n'),
  kept('latex', 'Write $x^2$ and $\\alpha_1$ in LaTeX, not x^2.\n'),
  kept('environment', 'Print $HOME, @{PATH}, $@, $#, $* and $? of the shell.\n'),
  kept('fence-in-list', '- Run:\n  ```bash\n  ./deploy.sh $1 $2\n  ```\n- Wait.\n'),
  kept('fence-of-four', '````md\n```sh\necho $1\n```\n````\nKeep the inner fence.\n'),
  kept('open-fence', 'An example:\n\n```sh\necho $1\n'),
]

const MEANT: readonly CorpusFile[] = [
  filled('deploy', 'Deploy $1 to $2.\n', 'Deploy alpha to beta.\n'),
  filled('path-span', 'Migrate `legacy/$1` to `src/$2`.\n', 'Migrate `legacy/alpha` to `src/beta`.\n'),
  filled(
    'quoted',
    'Explain "$1" to a beginner in the style of \'$2\'.\n',
    'Explain "alpha" to a beginner in the style of \'beta\'.\n',
  ),
  filled('bullets', '- component: $1\n- folder: $2\n', '- component: alpha\n- folder: beta\n'),
  filled('heading', '# Review of $1\n\nLook at it.\n', '# Review of alpha\n\nLook at it.\n'),
  filled('hinted-fence', '```sh\n./run.sh $1 --to $2\n```\n', '```sh\n./run.sh alpha --to beta\n```\n', HINT),
  filled('hinted-missing', 'Fix $1, $2 and $3.\n', 'Fix alpha, beta and $3.\n', HINT),
  filled('all-arguments', 'Fix the issue: $ARGUMENTS\n', 'Fix the issue: alpha beta\n'),
  filled('twice', '$ARGUMENTS\n\nAgain: $ARGUMENTS\n', 'alpha beta\n\nAgain: alpha beta\n'),
  filled('mixed', 'Fix $1 in:\n\n```sh\necho $2\n```\n', 'Fix alpha in:\n\n```sh\necho $2\n```\n'),
  filled('all-and-code', 'Do $ARGUMENTS. Not `rm $1 -f`.\n', 'Do alpha beta. Not `rm $1 -f`.\n', HINT),
  filled(
    'names',
    'Move $from to $to, at $5 cost.\n',
    'Move alpha to beta, at $5 cost.\n',
    '---\narguments: [from, to]\n---\n',
  ),
]

const SHAPES: readonly CorpusFile[] = [
  {
    name: 'crlf',
    file: '---\r\ndescription: x\r\n---\r\nLine one.\r\nLine two.\r\n',
    body: 'Line one.\r\nLine two.\r\n',
    auto: 'kept',
  },
  { name: 'bom', file: `\ufeff${META}After a byte order mark.\n`, body: 'After a byte order mark.\n', auto: 'kept' },
  { name: 'no-metadata', file: 'Only a text.\n', body: 'Only a text.\n', auto: 'kept' },
  {
    name: 'later-rules',
    file: `${META}One.\n\n---\n\nTwo.\n\n---\n`,
    body: 'One.\n\n---\n\nTwo.\n\n---\n',
    auto: 'kept',
  },
  { name: 'dash-in-value', file: '---\ndescription: a --- b\n---\nText\n', body: 'b\n---\nText\n', auto: 'kept' },
  {
    name: 'odd-values',
    file: '---\nargument-hint: [a] [b]\ndescription: Do: this\n---\nText.\n',
    body: 'Text.\n',
    auto: 'kept',
  },
  {
    name: 'nested-metadata',
    file: `${META}\`\`\`md\n---\nname: x\n---\n\`\`\`\nWrite such a file.\n`,
    body: '```md\n---\nname: x\n---\n```\nWrite such a file.\n',
    auto: 'kept',
  },
  {
    name: 'unicode',
    file: `${META}Übersetze «dies» 日本語 🎉 — bitte.\n`,
    body: 'Übersetze «dies» 日本語 🎉 — bitte.\n',
    auto: 'kept',
  },
  {
    name: 'long',
    file: META + 'A line of text, and `code`.\n'.repeat(3800),
    body: 'A line of text, and `code`.\n'.repeat(3800),
    auto: 'kept',
  },
  {
    name: 'long-awk',
    file: META + "Use `awk '{print $1}'`.\n".repeat(4000),
    body: "Use `awk '{print $1}'`.\n".repeat(4000),
    auto: 'kept',
  },
  { name: 'no-line-end', file: `${META}No line end`, body: 'No line end', auto: 'kept' },
  {
    name: 'skill-numbers',
    file: `${META}Read $1 of the table, then $2.\n`,
    body: 'Read $1 of the table, then $2.\n',
    auto: 'kept',
    skill: true,
  },
]

/** The files of the corpus. */
export const CORPUS: readonly CorpusFile[] = [...AWK, ...SQL, ...MONEY, ...CODE, ...MEANT, ...SHAPES]
