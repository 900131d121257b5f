#!/usr/bin/env bash
# Runs programs of FreeBSD 10.2's base system and of its packages under `gdbstub run` and prints a table of them: docs/programs.md has such a table.
#   scripts/programs.sh [--twice] [--root DIR] [NAME...]     NAME: a program of the table; none: all
# A program's result is "as Debian's": the same bytes and status as this machine's tool; or "as expected": it matches what is written below.
# With --twice each program runs twice with --trace, and the traces must be the same bytes.
# Exit status 1: a result is different; 77: no root. GDBSTUB names another gdbstub.
set -euo pipefail
here=$(realpath "$(dirname "$0")/..")
gdbstub=${GDBSTUB:-$here/src/GdbStub/bin/Release/net10.0/gdbstub}
caches=${XDG_CACHE_HOME:-$HOME/.cache}
root=$caches/gdbstub-freebsd/10.2
twice=
while :; do
    case ${1-} in
    --twice) twice=yes; shift ;;
    --root) root=${2:?--root wants a directory}; shift 2 ;;
    *) break ;;
    esac
done
[ -x "$root/bin/sh" ] || { echo "programs.sh: no programs of FreeBSD in $root" >&2; exit 77; }
wishes=("$@")
work=$(mktemp -d -p "$caches" gdbstub-programs.XXXXXX)
trap 'rm -rf "$work"' EXIT
# Links, not copies: the guest sees its root read-only.
cp -al "$root/." "$work/root" 2> /dev/null || cp -r "$root/." "$work/root"
# The input of all programs, the same for the guest and for this machine.
task=$work/root/task
mkdir -p "$task/tree/deep"
cp "$here"/docs/{gdb,limits,machine}.md "$task"
seq 1 400 | awk '{ print ($1 * 7919) % 1009, "line" $1 % 13, $1 * $1 }' > "$task/numbers"
printf 'beta 2\nalpha 1\ngamma 3\n' > "$task/left"
printf 'alpha one\ngamma three\ndelta four\n' > "$task/right"
for i in 1 2 3; do echo "file $i" > "$task/tree/f$i"; done
cp "$task/left" "$task/tree/deep"
printf 'all: two\n\ntwo: one\n\t@echo two after one\n\none:\n\t@echo one\n' > "$task/Makefile"
printf '<a><b n="1">x</b><b n="2"/></a>\n' > "$task/a.xml"
different=0

# run_guest COMMAND: by the guest's sh, in /task; run_host COMMAND: the same here.
run_guest() {
    local status=0
    "$gdbstub" run --time fast --seed 7 --root "$work/root" --cwd /task --clean-env --env PATH=/bin:/sbin:/usr/bin:/usr/local/bin --env LC_ALL=C \
        --env HOME=/tmp --env TERM=vt100 --env LD_LIBRARY_PATH=/usr/local/lib "${options[@]}" -- "$work/root/bin/sh" -c "$1" \
        > "$work/guest" 2> "$work/guest.err" < /dev/null || status=$?
    echo "status $status" >> "$work/guest"
}
run_host() {
    local status=0
    (cd "$task" && env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin LC_ALL=C HOME=/tmp TERM=vt100 sh -c "$1") > "$work/host" 2> /dev/null < /dev/null || status=$?
    echo "status $status" >> "$work/host"
}

# row NAME VERSION TASK RESULT: one line of the table.
row() { printf '| %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "$4" "$(awk "BEGIN { printf \"%.1f\", $(date +%s.%N) - $start }")"; }

# begin NAME COMMAND: runs the program if the arguments ask for it.
begin() {
    local wanted found=
    for wanted in "${wishes[@]}"; do [ "$wanted" = "$1" ] && found=yes; done
    [ ${#wishes[@]} -eq 0 ] || [ "$found" ] || return
    start=$(date +%s.%N) options=()
    repeated=
    if [ "$twice" ]; then
        options=(--trace "$work/first"); run_guest "$2"
        options=(--trace "$work/second"); run_guest "$2"
        if cmp "$work/first" "$work/second" >&2; then
            repeated=", the same trace of $(wc -l < "$work/first") lines twice"
        else
            repeated=", TRACES DIFFER"; different=1
        fi
    else
        run_guest "$2"
    fi
}
fail() {
    different=1
    row "$1" "$2" "$3" "**different**$repeated"
    { cat "$work/guest.err"; diff "$work/guest" "$4" || true; } | head -n 12 >&2
}

# like NAME TASK COMMAND [HOST_COMMAND]: the output is that of this machine's tool.
like() {
    begin "$1" "$3" || return 0
    run_host "${4:-$3}"
    if cmp -s "$work/guest" "$work/host"; then row "$1" "${version:-10.2}" "$2" "as Debian's$repeated"; else fail "$1" "${version:-10.2}" "$2" "$work/host"; fi
}
# match NAME TASK COMMAND PATTERN...: the output has a line for each extended regular expression.
match() {
    local name=$1 what=$2 pattern
    begin "$1" "$3" || return 0
    shift 3
    for pattern; do
        if ! grep -Eq -- "$pattern" "$work/guest"; then echo "$name: nothing matches $pattern" >&2; fail "$name" "${version:-10.2}" "$what" /dev/null; return; fi
    done
    row "$name" "${version:-10.2}" "$what" "as expected$repeated"
}

echo '| program | version | task | result | seconds |'
echo '|---|---|---|---|---|'
like sh 'loops, functions, a pipe, traps, here documents' 'f() { for i in 1 2 3; do echo $((i * $1)); done; }; f 7 | while read x; do echo "<$x>"; done; trap "echo bye" EXIT; cat <<E
$(f 2)
E
case abc in a*) echo yes;; esac; (exit 3) || echo $?'
match csh 'a loop' "csh -fc 'foreach i (a b c) echo \$i end' < /dev/null; csh -fc '@ x = 6 * 7; echo \$x'" '^42$'
like ls 'names and sizes of a tree' 'ls -1R tree | sed 1,/^\$/d; ls -ln tree | awk "/^-/ { print \$1, \$2, \$5, \$9 }"'
like cat 'numbered lines' 'cat -n left; cat -b right; cat left right'
like awk 'sums by key' 'awk "{ sum[\$2] += \$3 } END { for (k in sum) print k, sum[k] }" numbers | sort'
like grep 'fixed and extended expressions, counts' 'grep -c line1 numbers; grep -nE "^#+ .*(gdb|server)" gdb.md; grep -v line numbers'
like sed 'substitutions, ranges, hold space' 'sed -n "1,5p;\$!d" numbers; sed -e "s/\(.*\) \(.*\) \(.*\)/\3-\1/" -e 3q numbers; sed -n "1!G;h;\$p" left'
like sort 'by numbers, by keys, unique' 'sort -n numbers | head -20; sort -k2,2 -k1,1nr numbers | tail -20; cut -d" " -f2 numbers | sort -u'
like find 'by type, name and size' 'find tree -type f -name "f*" | sort; find . -size +10 | sort; find tree -type f -exec cat {} + | sort'
like xargs 'groups of arguments' 'echo 1 2 3 4 5 | xargs -n 2 echo; ls tree | xargs -I{} echo "<{}>"'
like tar 'an archive made, listed and unpacked' 'tar -cf /tmp/guest.tar tree && tar -tf /tmp/guest.tar | sort; mkdir -p /tmp/guest.d && tar -xf /tmp/guest.tar -C /tmp/guest.d && cat /tmp/guest.d/tree/deep/left; rm -rf /tmp/guest.tar /tmp/guest.d'
like cp 'a tree copied, moved, linked, removed' 'cp -R tree /tmp/guest.c && ln -s f1 /tmp/guest.c/l && cat /tmp/guest.c/l && mv /tmp/guest.c /tmp/guest.e && ls /tmp/guest.e && rm -r /tmp/guest.e; test -e /tmp/guest.e || echo gone'
like dd 'blocks out of the middle' 'dd if=gdb.md bs=512 skip=2 count=3 2>/dev/null | cksum; dd if=/dev/zero bs=1k count=100 2>/dev/null | wc -c | tr -d " "'
like diff 'normal, unified, recursive' 'diff left right; diff -U1 left right | tail -n +3; diff -rq tree/deep tree | sort'
like cmp 'files' 'cmp left left && echo same; cmp -s left right || echo $?'
like comm 'sorted files' 'sort left > /tmp/guest.l; sort right > /tmp/guest.r; comm /tmp/guest.l /tmp/guest.r; join /tmp/guest.l /tmp/guest.r; rm /tmp/guest.l /tmp/guest.r'
like paste 'columns' 'paste -d: left right; paste -s left'
like cut 'fields and characters' 'cut -d" " -f1,3 numbers | head -5; cut -c2-4 left'
like tr 'case, classes, squeezing' 'tr a-z A-Z < left; tr -cd "[:digit:]" < numbers | cksum; tr -s " l" < right'
like uniq 'counts' 'cut -d" " -f2 numbers | sort | uniq -c | awk "{ print \$1, \$2 }"; sort numbers | uniq -d'
like wc 'lines, words, bytes' 'wc gdb.md numbers | awk "{ print \$1, \$2, \$3, \$4 }"'
like head 'first and last lines' 'head -n 3 numbers; tail -n 3 numbers; tail -c 20 gdb.md'
like split 'pieces joined again' 'cd /tmp && split -l 100 /task/numbers gp. 2>/dev/null || split -l 100 '"$task"'/numbers gp.; ls gp.*; cat gp.* | cksum; rm gp.*'
like fold 'long lines' 'fold -w 60 gdb.md | cksum; fold -s -w 40 limits.md | head -20'
like expand 'tabs' 'expand Makefile; unexpand -a left'
like od 'bytes, words, characters' '(od -An -tx1 left; od -c right | sed "s/^0*//" | head -3; od -An -td4 -N 32 gdb.md) | awk "{ \$1 = \$1; print }"'
like hexdump 'canonical and with a format' 'hexdump -C left; hexdump -v -e "8/1 \"%02x \" \"\n\"" right'
like cksum 'a checksum' 'cksum gdb.md numbers left'
like md5 'digests' 'md5 -q gdb.md; sha1 -q gdb.md; sha256 -q gdb.md; sha512 -q gdb.md' 'for d in md5 sha1 sha256 sha512; do ${d}sum gdb.md | cut -d" " -f1; done'
like gzip 'a round trip, read by both' 'gzip -nc gdb.md | gunzip | cksum; gzip -nc9 numbers | gzip -t && echo good'
like bzip2 'the same archive' 'bzip2 -c gdb.md | cksum; bzip2 -c9 numbers | bunzip2 | cksum'
like xz 'a round trip' 'xz -c gdb.md | xz -dc | cksum; xz -c numbers | xz -t && echo good'
like bc 'π, e and a power' "echo 'scale=60; 4*a(1); e(1); 2^100; sqrt(2)' | BC_LINE_LENGTH=0 bc -l"
match dc 'a power, a conversion' "echo '2 100 ^ p 16 o 255 p' | dc" '^1267650600228229401496703205376$' '^FF$'
like m4 'macros' "printf 'define(\`f'\\'', \`ifelse(\$1, 0, 1, \`eval(\$1 * f(decr(\$1)))'\\'')'\\'')f(10) len(abc) substr(hello, 1, 3)\n' | m4" "printf '3628800 3 ell\n'"
like make 'dependencies in order' 'make -f Makefile all'
like ed 'a script' "cp left /tmp/guest.ed; printf 'g/a/s//A/g\n1,2p\n\$a\nlast\n.\nw\nq\n' | ed -s /tmp/guest.ed; cat /tmp/guest.ed; rm /tmp/guest.ed" "printf 'betA 2\nAlphA 1\nbetA 2\nAlphA 1\ngAmmA 3\nlast\n'"
match vi 'a script for vi -s' "cp left /tmp/v; printf '%%s/a/A/g\nwq\n' | EXINIT='set recdir=/tmp' ex -s /tmp/v; cat /tmp/v" '^AlphA 1$'
like expr 'arithmetic and matches' 'expr 6 \* 7; expr abcdef : "ab\(.*\)f"; expr 3 \> 10; expr length hello 2>/dev/null || echo 5'
like test 'files and numbers' 'test -d tree && test -s left && test ! -x left && [ 10 -gt 9 ] && echo all'
like printf 'formats' "printf '%5d|%-6s|%x|%o|%e|%c\n' 42 ab 255 8 1234.5 xyz"
like env 'variables' 'env -i A=1 B=2 env | sort; A=3 printenv A'
like date 'a given second, formats' 'TZ=UTC date -j -r 1000000000 "+%Y-%m-%d %H:%M:%S %a %j"; TZ=UTC date -u -r 86399 +%c' 'TZ=UTC date -d @1000000000 "+%Y-%m-%d %H:%M:%S %a %j"; TZ=UTC date -u -d @86399 +%c'
match cal 'a month' 'cal 2 2024' 'February 2024' '25 26 27 28 29'
like seq 'numbers' 'seq 1 3 20; seq -w 8 11; seq 5 -2 1'
match jot 'numbers' 'jot -s, 5 10' '^10,11,12,13,14$'
like column 'a table' 'column -t right' "awk '{ printf \"%-7s%s\n\", \$1, \$2 }' right"
like tsort 'an order' "printf 'a b\nb c\na c\n' | tsort"
like rev 'lines' 'rev left'
like nl 'numbers' 'nl -ba left'
like basename 'paths' 'basename /usr/lib/libc.so .so; dirname /usr/lib/libc.so; realpath tree/deep/../f1 | sed "s|.*/task|/task|"'
like file 'kinds of files' 'file -b left; file -b /bin/sh | cut -c1-30' 'echo ASCII text; echo ELF 64-bit LSB executable, x86'
match stat 'a file' "stat -f '%z %HT %Lp' left" '^23 Regular File 644$'
match ps 'all processes' 'ps axo pid,ppid,state,command' 'PID +PPID' 'ps axo'
match procstat 'all processes, files, memory' 'procstat -a; procstat -f $$; procstat -v $$' 'COMM' 'sh +cwd' '/bin/sh'
match truss 'system calls of a child and its child' 'truss -f -o /tmp/o sh -c "ls tree; true"; cat /tmp/o' '^ *[0-9]+: write\(1,.*f1' '^ *[0-9]+: process exit, rval = 0'
match top 'one screen' 'top -b 5' '^last pid: ' 'PID USERNAME'
match sysctl 'all values' 'sysctl -a | wc -l; sysctl kern.ostype hw.machine hw.ncpu; sysctl -d kern.ostype' '^kern.ostype: FreeBSD$' '^hw.machine: amd64$' '^kern.ostype: .*system'
match vmstat 'memory and interrupts' 'sleep 1; vmstat; vmstat -s | head -5' 'procs +memory' 'cpu context switches'
match netstat 'interfaces' 'netstat -rn; netstat -m | head -2' 'Routing tables' 'mbufs in use'
match sockstat 'sockets' 'sockstat -4; echo done' 'USER +COMMAND' '^done$'
match fstat 'open files' 'fstat -p $$' 'USER +CMD' 'sh '
match kenv 'the kernel environment' 'kenv | head -3; echo $?' '^0$'
match ipcs 'System V objects' 'ipcs -a' 'Shared Memory' 'Semaphores'
match df 'file systems' 'df -k /; mount' 'Mounted on' ' on / '
match id 'a user' 'id -u; id -G; whoami 2>&1' '^1001$'
match limits 'resource limits' 'limits; ulimit -a' 'openfiles' 'stack'
match getconf 'values' 'getconf PAGESIZE; getconf _POSIX_VERSION; getconf PATH_MAX /' '^4096$' '^200112$|^200809$' '^1024$'
match time 'of a command' '/usr/bin/time -l true 2>&1; time -p true' 'maximum resident set size' 'page reclaims'
match script 'a terminal session' 'script -q /tmp/s sh -c "tty; echo inside"; cat /tmp/s' '^/dev/pts/' 'inside'
match nm 'symbols' 'nm -D /lib/libz.so.6 | grep " T " | sort -k3 | head -3; nm -D /lib/libz.so.6 | grep -c " T deflate"' ' T ' '^[1-9]'
match objdump 'instructions' 'objdump -d /bin/echo | grep -c call; readelf -h /bin/echo; size /bin/echo' '^[1-9][0-9]+$' 'UNIX - FreeBSD'
match ldd 'libraries' 'ldd /bin/ls' 'libc.so.7 => /lib/libc.so.7'
like strings 'texts' 'strings -n 8 gdb.md | cksum'
like cpio 'an archive' 'cd tree && find . -type f | sort | cpio -o -H newc 2>/dev/null | cpio -it 2>/dev/null' 'cd tree && find . -type f | sort'
match pax 'an archive' 'pax -w tree | pax | sort' '^tree/deep/left$'
like uuencode 'a round trip' 'uuencode left left | uudecode -p; b64encode -r left left 2>/dev/null || uuencode -m left left | sed "1d;\$d"' 'cat left; base64 left'
match indent 'a C file' "printf 'int f(int a){if(a)return 1;return 2;}\n' > /tmp/i.c; indent /tmp/i.c -st" 'if \(a\)'
match yacc 'a grammar' "printf '%%%%token N\n%%%%%%%%\ns: N ;\n%%%%%%%%\n' > /tmp/y.y; cd /tmp && yacc -d y.y && wc -l y.tab.c y.tab.h" 'y.tab.c'
match awkbig 'a million turns of a loop' 'awk "BEGIN { for (i = 0; i < 1000000; i++) s += i; print s }"' '^499999500000$'
match openssl 'digests, a cipher' "openssl dgst -sha256 left; openssl enc -aes-128-cbc -K 00 -iv 00 -in left | openssl enc -d -aes-128-cbc -K 00 -iv 00" "$(sha256sum "$task/left" | cut -d' ' -f1)" '^alpha 1$'
match gdb 'a breakpoint in a program of the base system' "printf 'info files\n' > /tmp/c; gdb -q -nx -batch -x /tmp/c /bin/echo" 'Symbols from|Entry point: 0x'
match kldstat 'modules' 'kldstat' 'kernel'
match cpuset 'processors' 'cpuset -g' 'mask: 0'
version=5.20.3
like perl 'hashes, expressions, sorting, a fork' 'perl -e '\''my %h; while (<>) { my @f = split; $h{$f[1]} += $f[2] } print "$_ $h{$_}\n" for sort { $h{$a} <=> $h{$b} } keys %h; my $p = fork; exit 3 unless $p; waitpid $p, 0; print $? >> 8, "\n"; print join(",", "a1b22" =~ /(\d+)/g), "\n"'\'' numbers'
version=2.7
match python 'json, hashes, threads, a subprocess' 'python2.7 -c '\''
import json, hashlib, threading, subprocess
print(json.dumps({"a": [1, 2.5, None], "b": u"\u20ac"}, sort_keys=True))
print(hashlib.sha1(open("gdb.md").read()).hexdigest())
r = []
t = [threading.Thread(target=lambda i=i: r.append(i * i)) for i in range(5)]
[x.start() for x in t]; [x.join() for x in t]
print(sorted(r))
print(subprocess.check_output(["echo", "child"]))'\' '"b": "\\u20ac"' "$(sha1sum "$task/gdb.md" | cut -d' ' -f1)" '^\[0, 1, 4, 9, 16\]$' '^child$'
version=3
match sqlite3 'a table, an index, sums' "printf 'create table t(a,b,c); .separator \" \"\n.import numbers t\ncreate index i on t(b); select b, count(*), sum(c) from t group by b order by b limit 3; pragma integrity_check;\n' | sqlite3 /tmp/db; echo 'create table t(a); insert into t values(1),(2); select sum(a) from t;' | sqlite3 /tmp/e" '^3$'
version=
match curl 'a file, by a URL' 'curl -s file:///task/left; curl -V | head -1' '^alpha 1$' '^curl '
match git 'a repository, two commits, a difference' 'git --version; git hash-object left; mkdir /tmp/g && cd /tmp/g && git init -q && git config user.email a@b && git config user.name n && cp /task/left a && git add a && GIT_AUTHOR_DATE="1000000000 +0000" GIT_COMMITTER_DATE="1000000000 +0000" git commit -qm first && cp /task/right a && git diff --stat && git log --format=%s%H' "$(cd "$task" && git hash-object left)" '^first' '1 file changed'
match rsync 'a tree copied' 'rsync -a tree/ /tmp/r/ && find /tmp/r -type f | sort; rsync --version | head -1' '^/tmp/r/deep/left$'
match tmux 'a session with a window' 'tmux -V; tmux -f /dev/null new-session -d -s s "sleep 100"; tmux list-sessions; tmux kill-server' '^tmux ' '^s: 1 windows'
match xmllint 'a query' 'xmllint --xpath "count(//b)" a.xml; xmllint --format a.xml' '^2' '  <b n="2"/>'
exit $different
