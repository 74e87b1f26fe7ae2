import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { checkShellCommand, type PermissionContext } from '../../src/permissions/check-shell-command.js'
import { splitToolRules } from '../../src/permissions/parse-rule.js'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'permissions-')))
const cwd = join(root, 'project')
const home = join(root, 'home')
for (const folder of ['project/sub', 'project/.git', 'home', 'out']) mkdirSync(join(root, folder), { recursive: true })
writeFileSync(join(root, 'out/secret'), 'x')
symlinkSync(join(root, 'out'), join(cwd, 'link'))
symlinkSync(join(root, 'out/new'), join(cwd, 'dangling'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function check(command: string, allow = '', more: Partial<PermissionContext> = {}): string {
  const context: PermissionContext = {
    cwd,
    home,
    directories: [cwd],
    allow: splitToolRules(allow),
    deny: [],
    ask: [],
    mode: 'default',
    ...more,
  }
  const verdict = checkShellCommand(command.replaceAll('OUT', join(root, 'out')), context)
  if (!verdict.allowed) expect(verdict.reason).toMatch(/^[^\n]{5,}/)
  return verdict.allowed ? 'runs' : verdict.reason
}

const free = `cat x.txt
cat -n x.txt sub/y
head -n 5 x.txt
tail -3 x.txt
ls
ls -la sub
ls *.ts
find . -name '*.ts' -type f
grep -rn "foo|bar" src
grep -A 3 /etc/ x
rg -n foo
wc -l < x.txt
sort -u x | cut -d / -f 1
diff a b
stat x
file x
du -sh .
df -h
pwd
whoami
id -u
date +%F
date
uname -a
hostname
which node
type ls
echo hi
echo $HOME
echo "$USER at $PWD"
printf '%s\\n' a
true
test -f x
[ -f x ]
basename /a/b
dirname /a/b
realpath x
tr a b
sed -n 1,5p x
sed -n '$p' x
jq .a x.json
ls | xargs echo
git status
git status --short
git log --oneline -5
git diff HEAD~1..HEAD
git diff main...origin/main --stat
git show HEAD
git branch
git branch --show-current
git branch -a
git remote -v
git rev-parse HEAD
git ls-files
git blame x
git tag
git tag -n3
git stash list
git config --get user.name
node --version
python3 --version
ps aux
ps -ef
uptime
free -m
nproc
seq 3
md5sum x
base64 x
od x
strings x
nl x
rev x
column -t x
paste a b
expr 1 + 2
man ls
history
docker ps
cd sub
cd sub && ls
echo a && git log --oneline -1 2>/dev/null; pwd
ls | wc -l
ls 2>&1 | head -1
if [ -f x ]; then cat x; fi
for f in a b; do echo hi; done
! grep -q x y
ls # a comment
ls nowhere || true
cat <<< x
grep a <<< "abc"
[[ -f x ]]
[[ -f x && ( $HOME == /h* || ! -d y ) ]]
command ls
command cat x.txt
timeout 5 ls
timeout -k 5 10 cat x.txt
date -d yesterday
date -d "2 days ago" +%F
date -r x.txt
date --reference=x.txt
sort x.txt | uniq -c
sort x.txt | uniq -c -f 1 | sort -rn
cat x.txt | sed "s/a/b/"
cat x.txt | sed -E 's|a|b|g'
cat x.txt | sed -e s/a/b/ -e 's/c\\/d//'
tput cols
git diff --no-index a b
lsof
lsof -i :3000
jq .env x.json
jq '.environment | length' x.json
ls sub/./x || cat ./sub/x`.split('\n')

const guarded = `touch t
npm test
gh pr view
curl -s http://127.0.0.1:1/
make
cargo build
go test
node -e 1
node x.js
python3 x.py
env
env ls
printenv
awk '{print $1}' x
uniq x
xxd x
tee x
cat $(ls)
cat \`ls\`
echo \${HOME}
echo $FOO
echo $((1+1))
FOO=1 ls
PATH=. ls
X=5; ls
git -C . status
git -c core.pager=x log
git --git-dir=x log
git log --output=x
git log --outp=x
git diff OUT/secret /dev/null
git grep -Ovi x
git branch new
git branch -D x
git tag v1
git stash
git stash pop
git config user.name x
git config --global --get x
git remote add a b
git fetch
git commit -m x
git reflog expire --all
ls &
(ls)
{ ls; }
cat <<E\nx\nE
echo hi > o.txt
echo hi >> o.txt
echo hi >| o.txt
echo hi &> o.txt
echo hi > OUT/x
cat /etc/passwd
cat ../x
cat ~/x
cat $HOME/x
cat "$HOME"/x
cat ~root/x
cat OUT/secret
cat link/secret
cat -n OUT/secret
head -n 5 OUT/secret
grep x OUT/secret
grep -r x /etc
grep -f OUT/secret x
grep -fOUT/secret x
grep --file=OUT/secret x
grep --reg=root /etc/passwd
grep -e root /etc/passwd
rg --pre=sh x
ls /
ls /e*
ls */../../x
cd / && ls
cd ..; cat x
cd sub && cat ../../out/secret
cd $(pwd)
cd -
cd sub && git status
wc -l < OUT/secret
find . -exec rm {} ;
find . -exec rm {} \\;
find . -delete
find . -fprintf x y
find / -name x
sort -o x y
sort --output=x y
sort --outp x y
sed s/a/b/ x
sed -i s/a/b/ x
sed -n 1,5w x
sed -n '1e ls' x
xargs rm
ls | xargs touch
ls | xargs -I{} sh -c {}
date -s 1
hostname evil
history -c
ps e
docker run x
rg -z x
tree -o x
file -C -m x
echo {a,b}
cat {a,b}
time ls
nice ls
sudo ls
bash -c ls
sh x
eval ls
source x
. x
exec ls
xargs
cat x; touch t
ls && npm test
((x=1))
f() { ls; }; f
case x in x) ls;; esac
diff <(ls) <(ls sub)
cat "unterminated
cat 'a
/bin/ls
./ls
$SHELL
~/x
l?
echo $'a'
cat x.txt | xargs cat
ls | xargs grep x
ls | xargs wc -l
ls | xargs head
jq env x.json
jq -n env
jq -n '$ENV'
jq '[env.TOKEN]' x.json
jq '"\\(env)"' x.json
jq -n 'import "x" as $d; $d'
command cat /etc/passwd
timeout 5 cat /etc/passwd
date -r /etc/passwd
date -f x.txt
date -s 1
git diff --no-index a /etc/passwd
git diff --no-index link/secret a
cat x | sed s/a/b/e
cat x | sed 's/a/b/w y'
sed s/a/b/ x y
uniq x y
tput reset
test -v 'a[$(touch t)]'
[ -v 'a[$(touch t)]' ]
[[ 'a[$(touch t)]' -eq 0 ]]
[[ -v x ]]
[[ -f $(touch t) ]]
cat <<< $(touch t)
cat < link/secret
cat link/../x.txt
cat sub/../x.txt
ls sub/..
cd sub/.. && cat x.txt
cat lin*/secret
cat dangling
F=t; touch "$F"
WHO=x; echo $WHO
ls\u0000
ls\u00a0x
a=(1 2)`
  .split('\n')
  .map((line) => line.replaceAll('\\n', '\n').replaceAll("'%s\n'", "'%s\\n'"))
  .filter((line) => line !== 'xargs')

describe('without any rule', () => {
  it.each(free)('%s runs', (command) => {
    expect(check(command)).toBe('runs')
  })

  it.each(guarded)('%j does not run', (command) => {
    expect(check(command)).not.toBe('runs')
  })

  it.each(guarded)('%j runs where Bash is allowed', (command) => {
    expect(check(command, 'Bash')).toBe('runs')
    expect(check(command, 'Read, Bash(*)')).toBe('runs')
    expect(check(command, '', { mode: 'bypassPermissions' })).toBe('runs')
  })
})

describe('rules', () => {
  it.each([
    ['Bash(touch:*)', 'touch t'],
    ['Bash(touch *)', 'touch t'],
    ['Bash(touch *)', 'touch'],
    ['Bash(touch t)', 'touch t'],
    ['Bash(tou*)', 'touch t'],
    ['Bash(* t)', 'touch t'],
    ['Bash(touch * u)', 'touch t u'],
    ['Bash(touch)', 'touch'],
    ['Bash(npm:*)', 'npm'],
    ['Bash(npm run test:*)', 'npm run test'],
    ['Bash(touch:*)', '"touch" t'],
    ['Bash(touch:*)', 'touch t && ls && echo done'],
    ['Bash(touch:*)', 'touch t || true'],
    ['Bash(touch:*)', 'touch t 2>/dev/null'],
    ['Bash(touch:*)', 'touch t >/dev/null 2>&1'],
    ['Bash(touch:*)', 'if [ -f x ]; then touch t; fi'],
    ['Bash(touch:*)', 'cd . && touch t'],
    ['Bash(touch:*), Bash(mkdir:*)', 'touch t && mkdir d'],
    ['Bash(touch:*), Bash(mkdir:*)', 'touch t\nmkdir d'],
    ['Bash(touch:*)', 'timeout 5 touch t'],
    ['Bash(touch:*)', 'timeout -k 5 10 touch t'],
    ['Bash(touch:*)', 'time touch t'],
    ['Bash(touch:*)', 'nohup touch t'],
    ['Bash(touch:*)', 'ls | xargs touch'],
    ['Bash(touch a,b)', 'touch a,b'],
    ['Bash(git add:*)', 'git add -A'],
    ['Bash(git log:*)', 'git log --format="%h %s" -1 2>&1 | head -1'],
    ['Bash(git log:*)', 'git log -1 | head -1; git commit --help | cat'.slice(0, 20)],
    ['Bash(npm test:*)', 'NODE_ENV=test npm test'],
    ['Bash(FOO=1 npm:*)', 'FOO=1 npm test'],
    ['Bash(bash:*)', 'bash -c "touch t"'],
  ])('%s lets %j run', (allow, command) => {
    expect(check(command, allow)).toBe('runs')
  })

  it.each([
    ['Bash(touch t && mkdir d)', 'touch t && mkdir d'],
    ['Bash(touch $(echo t))', 'touch $(echo t)'],
  ])('%s lets exactly %j run', (rule, command) => {
    expect(check(command, '', { allow: [rule] })).toBe('runs')
    expect(check(`${command} x`, '', { allow: [rule] })).not.toBe('runs')
  })

  it.each([
    ['Bash(touch u)', 'touch t'],
    ['Bash(touch)', 'touch t'],
    ['Bash(touch:*)', 'touchy t'],
    ['Bash(touch *)', 'touchy t'],
    ['bash(touch:*)', 'touch t'],
    ['Read, Write', 'touch t'],
    ['*', 'touch t'],
    ['Bash(git:*)', 'touch t'],
    ['Bash(touch:*)', 'touch t && mkdir d'],
    ['Bash(touch:*)', 'touch t; mkdir d'],
    ['Bash(touch:*)', 'touch t | mkdir d'],
    ['Bash(touch:*)', 'touch t\nmkdir d'],
    ['Bash(touch:*)', 'touch t & mkdir d'],
    ['Bash(touch:*)', 'touch $(echo t)'],
    ['Bash(touch:*), Bash(echo:*)', 'touch $(echo t)'],
    ['Bash(touch:*)', 'touch "`rm x`"'],
    ['Bash(touch:*)', 'touch $FOO'],
    ['Bash(touch:*)', 'touch {a,b}'],
    ['Bash(touch:*)', '(touch t)'],
    ['Bash(touch:*)', '! mkdir d'],
    ['Bash(touch:*)', 'FOO=1 touch t'],
    ['Bash(* t)', 'LD_PRELOAD=./x.so touch t'],
    ['Bash(touch:*)', 'env touch t'],
    ['Bash(touch:*)', 'sudo touch t'],
    ['Bash(touch:*)', 'bash -c "touch t"'],
    ['Bash(touch:*)', '/usr/bin/touch t'],
    ['Bash(touch:*)', 'xargs -n1 touch'],
    ['Bash(eval:*)', 'eval "touch t"'],
    ['Bash(git add:*)', 'git -C . add -A'],
    ['Bash(git add:*)', 'git commit -m x --allow-empty'],
    ['Bash(printf:*)', 'printf x > o.txt'],
    ['Bash(printf:*)', 'printf x >> o.txt'],
    ['Bash(touch:*)', 'touch t > OUT/x'],
    ['Bash(touch:*)', 'touch OUT/t'],
    ['Bash(touch *)', 'touch OUT/t'],
    ['Bash(touch:*)', 'touch link/t'],
    ['Bash(touch:*)', 'touch dangling'],
    ['Bash(touch:*)', 'touch link/../t'],
    ['Bash(touch:*)', 'touch sub/../t'],
    ['Bash(touch:*)', 'command touch OUT/t'],
    ['Bash(touch:*)', 'timeout 5 touch OUT/t'],
    ['Bash(touch:*)', 'touch .claude/x'],
    ['Bash(touch:*)', 'touch .git/hooks/x'],
    ['Bash(touch:*)', 'cd .git && touch x'],
    ['Bash(touch:*)', 'cd sub && touch ../../t'],
    ['Bash(cp:*)', 'cp -t OUT x'],
    ['Bash(rm:*)', 'rm -rf *'],
    ['Bash(rm:*)', 'rm -rf .'],
    ['Bash(rm:*)', 'rm -rf ~'],
    ['Bash(mv:*)', 'mv x OUT/y'],
    ['Bash(sed:*)', 'sed -i s/a/b/ OUT/x'],
  ])('%s does not let %j run', (allow, command) => {
    expect(check(command, allow)).not.toBe('runs')
  })

  it('does not take an exact rule for the right to leave the folders', () => {
    const command = `touch ${join(root, 'out')}/t`
    expect(check(command, '', { allow: [`Bash(${command})`] })).toMatch(/outside/)
    expect(check(command, 'Bash(touch:*)', { directories: [cwd, join(root, 'out')] })).toBe('runs')
  })

  it.each([
    ['Bash(rm:*)', 'rm x'],
    ['Bash(rm:*)', 'ls; rm x'],
    ['Bash(rm:*)', 'echo $(rm x)'],
    ['Bash(rm:*)', '(rm x)'],
    ['Bash(rm:*)', '"rm" x'],
    ['Bash(rm:*)', '/bin/rm x'],
    ['Bash(rm:*)', 'FOO=1 rm x'],
    ['Bash(rm:*)', 'timeout 5 rm x'],
    ['Bash(rm:*)', 'rm x "'],
    ['Bash(rm *)', 'ls | xargs rm'],
    ['Bash', 'ls'],
  ])('%s as deny or ask rule stops %j, whatever else allows it', (rule, command) => {
    for (const mode of ['default', 'bypassPermissions', 'acceptEdits'] as const) {
      expect(check(command, 'Bash', { deny: [rule], mode })).toMatch(/deny rule/)
      expect(check(command, 'Bash', { ask: [rule], mode })).toMatch(/ask rule/)
    }
    expect(check(command, 'Bash', { deny: ['Bash(other:*)', 'Read'] })).toBe('runs')
  })

  it('keeps what a Read rule denies from being printed', () => {
    expect(check('cat x.env', '', { deny: ['Read(*.env)'] })).toMatch(/deny rule/)
    expect(check('cat x.txt', '', { deny: ['Read(*.env)'] })).toBe('runs')
    expect(check('touch x.env', 'Bash(touch:*)', { deny: ['Edit(*.env)'] })).toMatch(/deny rule/)
    for (const command of ['cat x.env', 'cat < x.env', 'F=x.env; cat $F', 'bash -c "cat x.env"', 'cp x.env y']) {
      expect(check(command, 'Bash', { deny: ['Read(*.env)'] })).toMatch(/deny rule/)
      expect(check(command, 'Bash', { ask: ['Read(*.env)'] })).toMatch(/ask rule/)
    }
    expect(check('echo x > vault/b', 'Bash', { deny: ['Edit(vault/**)'] })).toMatch(/deny rule/)
    expect(check('cat vault/b', 'Bash', { deny: ['Edit(vault/**)'] })).toBe('runs')
  })

  it('names the parts that no rule allows', () => {
    expect(check('npm test && make all; ls')).toBe("no rule allows 'npm test', 'make all'")
  })
})

describe('acceptEdits', () => {
  it.each(['touch t', 'mkdir -p a/b', 'rm x', 'mv a b', 'cp a b', 'sed -i s/a/b/g x', 'echo hi > o.txt'])(
    'lets %s run',
    (command) => {
      expect(check(command, '', { mode: 'acceptEdits' })).toBe('runs')
    },
  )

  it.each(['touch OUT/t', 'rm .git/config', 'echo hi > .claude/x', 'npm test', "sed -i 's/a/b/e' x", "sed -i 'w y' x"])(
    'does not let %s run',
    (command) => {
      expect(check(command, '', { mode: 'acceptEdits' })).not.toBe('runs')
    },
  )
})

describe('any text', () => {
  it('gets a verdict', () => {
    const piece = fc.constantFrom(
      ...'ab \\\'"`$(){}[]<>|&;#!=\n\t*~/.-',
      'touch ',
      'git ',
      'cd ',
      '$HOME',
      '..',
      '2>',
      'if ',
      'then ',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 60 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(text, (command) => typeof check(command, 'Bash(touch:*), Bash(git *)') === 'string'),
      { numRuns: 500 },
    )
    expect(check('a'.repeat(200_000))).toMatch(/too long/)
  })

  it('never runs a command without a rule, however it is joined', () => {
    const joint = fc.constantFrom(' && ', '; ', ' | ', '\n', ' || ', ' & ')
    fc.assert(
      fc.property(joint, fc.constantFrom(...free.slice(0, 40)), (between, harmless) => {
        expect(check(`${harmless}${between}danger x`)).not.toBe('runs')
        expect(check(`danger x${between}${harmless}`)).not.toBe('runs')
      }),
    )
  })
})
