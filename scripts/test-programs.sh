#!/usr/bin/env bash
# Runs FreeBSD programs of the npm registry, which nobody here wrote, under `gdbstub run`: each does a task with real input, and its output must be
# that of the same version's Linux build on this machine. Fetches packages with npm, at fixed versions, and compares their digests.
#   scripts/test-programs.sh [--twice] [NAME...]     NAME: a program, or a program of one CPU, such as turbo or turbo-arm64; none: all
# With --twice each program runs twice in the guest, and the traces of its system calls must be the same bytes.
# Prints "NAME VERSION TASK SECONDS same|different|skipped". Exit status 1: something is different; 77: npm cannot fetch, or everything was skipped.
# GDBSTUB names another gdbstub, GDBSTUB_FREEBSD_ROOT the libraries that dynamic programs need (scripts/freebsd-root.sh 13.5 amd64).
set -euo pipefail
twice=
if [ "${1-}" = --twice ]; then twice=yes; shift; fi
here=$(realpath "$(dirname "$0")/..")
gdbstub=${GDBSTUB:-$here/src/GdbStub/bin/Release/net10.0/gdbstub}
caches=${XDG_CACHE_HOME:-$HOME/.cache}
libraries=${GDBSTUB_FREEBSD_ROOT:-$caches/gdbstub-freebsd/13.5}
cache=$caches/gdbstub-programs
# The programs, each by NAME-CPU.
all=(
    lightningcss-amd64 pagefind-amd64 esbuild-amd64 esbuild-arm64 snapbuild-amd64 snapbuild-arm64 turbo-amd64 turbo-arm64
    lefthook-amd64 lefthook-arm64 functions-amd64 functions-arm64
)
# Packages with their versions and the registry's digests.
packages='
@cypress/snapbuild-freebsd-64 1.0.4 r7duu+fdCnXematAOkkNn5eiH9pe1kYZhT9+hX1/EV5svyrKYYzudpOSqsANSM8mefECvw1CNXf2pkdr1eQwUQ==
@cypress/snapbuild-freebsd-arm64 1.0.4 sIqLvNypokGS/Hkod0/O48PHoMI5ozr1Wbkdo+Y+gC3/B1mO8tzfXY921cthXDFmvOijRrx/G/zyYIDK0uKZbQ==
@cypress/snapbuild-linux-64 1.0.4 T1eYg1AXq2ene6StFqoU+6C+oKGmq0ivf2imOs6b+oFEn5i50fs48lVsRH0H79Ny12AFEXoBU+jtBkeKyUPKsw==
@esbuild/freebsd-arm64 0.28.2 n+I0BTSRIoy+d6RPKnEVwql5UwBJolytvY4mAOIEJorKlqgPII8ix6slVVrfZ5Tnj7glIZvloylbB/EJPMWEXw==
@esbuild/freebsd-x64 0.28.2 78XJTJkvPs0kz2w61301PJjXl4g7q3JqiYMZ/M/yVI73EHBrCRTgkhu9oqG7vPqq+a/yadEW8aD+agKlk5xrmg==
@esbuild/linux-x64 0.28.2 4xTZr1FUmSoQW4XIWmit3tzQrUTZM+N3P0XV8xROKYF50XfI7xeO90+1bZvNwxIufQ9hDQVRJH5YhgPVF8A/HQ==
@netlify/local-functions-proxy-freebsd-arm64 1.1.1 u13lWTVMJDF0A6jX7V4N3HYGTIHLe5d1Z2wT43fSIHwXkTs6UXi72cGSraisajG+5JFIwHfPr7asw5vxFC0P9w==
@netlify/local-functions-proxy-freebsd-x64 1.1.1 g5xw4xATK5YDzvXtzJ8S1qSkWBiyF8VVRehXPMOAMzpGjCX86twYhWp8rbAk7yA1zBWmmWrWNA2Odq/MgpKJJg==
@netlify/local-functions-proxy-linux-x64 1.1.1 bS3u4JuDg/eC0y4Na3i/29JBOxrdUvsK5JSjHfzUeZEbOcuXYf4KavTpHS5uikdvTgyczoSrvbmQJ5m0FLXfLA==
@pagefind/freebsd-x64 1.6.0 d+sXqsaThszmPWGVDSRKqIz9GpZcj/bAksNZfg19asSxU0ogNPOMND4kV4giQvOjPFMsltUFf6hQJfoHQ6+hSQ==
@pagefind/linux-x64 1.6.0 IbMSx/+Vr/Xk0TTBlLkjgK+rvnbOXGmmb2/MKxQu99AR5DsqQoV3NKEA9PQz2tAhuCZjeD5xJBp4w5N5DHIC7Q==
bootstrap 5.3.3 8HLCdWgyoMguSO9o+aH+iuZ+aht+mzW0u3HIMzVu7Srrpv7EBBxTnrFlSCskwdY1+EOFQSm7uMJhNQHkdPcmjg==
lefthook-freebsd-arm64 2.2.2 MCRsU01ju989QQffOfS3gCeFfyVDXs5B/FzR65fmrNvqcxb98fldvfzzoAbnK2q6SBJlRT3QT1tNEMCxddCwlA==
lefthook-freebsd-x64 2.2.2 LkKuJU0S2oLimeoHwPTy1TLWB6GcN0t5lLxiXNlsBKUkr6R47QRcvPMZMoXmu3IetQtd+WliXMLE8qTwi2fqBg==
lefthook-linux-x64 2.2.2 N/OlQyAhcU6RAXjrwFxLsh70sn96rBoi+XkuLJ8CVBkk9Ci3VDXQayDZTNz5B1xML8RwoMcV8Wblniy1xFOmSA==
lightningcss-cli-freebsd-x64 1.33.0 kK9u4IEAvt3+1m7lkloyfZNfXykXq2vCH7lgZ5aEqa8VuBZYqvcAIQ4Qt1593QJxbko9HEKUP0erdSxw7k7eFw==
lightningcss-cli-linux-x64-gnu 1.33.0 9Q4DAglm17bLhA+HZPB+vxjrHXdhR/8U44zyc8MQNA5Rw+tisvcoR/lv4iuBUFn2qreYVRWQq0wP0rgdhTSxyQ==
turbo-freebsd-64 1.4.7 T5/osfbCh0rL53MFS5byFFfsR3vPMHIKIJ4fMMCNkoHsmFj2R0Pv53nqhEItogt0FJwCDHPyt7oBqO83H/AWQQ==
turbo-freebsd-arm64 1.4.7 PL+SaO78AUCas+YKj01UiS2rpmGcxz8XPmLdFWmq6PYjPX6GL5UBAc3pkBphIm0aTLZtsikoEul+JrwAuAy6UA==
turbo-linux-64 1.4.7 F6IM23zgTYo9gYJaNp17gVvQBt0hMIvz52OF91DpPYSLpV2h9OSlzPJ3j5TGaWueS/bc/YCV23+VojXX/MauGQ==
'
command -v npm > /dev/null || { echo "test-programs.sh: npm is not installed" >&2; exit 77; }
mkdir -p "$cache"
work=$(mktemp -d -p "$cache" run.XXXXXX)
trap 'rm -rf "$work"' EXIT

# fetch PACKAGE: its directory goes into $package, its version into $version.
fetch() {
    local digest archive
    read -r version digest < <(awk -v name="$1" '$1 == name { print $2, $3 }' <<< "$packages")
    package=$cache/${1//\//+}@$version
    [ -d "$package" ] && return
    archive=$(cd "$work" && npm pack --silent "$1@$version") || { echo "test-programs.sh: npm cannot fetch $1" >&2; exit 77; }
    if [ "$(openssl dgst -sha512 -binary "$work/$archive" | base64 -w 0)" != "$digest" ]; then
        echo "test-programs.sh: $1 $version has another digest than it had" >&2
        exit 1
    fi
    mkdir "$work/unpacked"
    tar -xzf "$work/$archive" -C "$work/unpacked"
    mv -T "$work/unpacked" "$package" 2> /dev/null || rm -r "$work/unpacked" # Another run may have been faster.
    rm "$work/$archive"
}

# The guest's root directory; the input, twice: below it and for Linux; the names of packages of $cpu in both manners.
prepare() {
    guest=$work/$name/root
    linux=$work/$name/linux
    mkdir -p "$guest"/{project,home} "$linux/home"
    case $cpu in amd64) x64=x64 plain=64 ;; arm64) x64=arm64 plain=arm64 ;; esac
}
share_input() { cp -r "$guest/project" "$linux/project"; }

# need DIRECTORY FILE...: copies files of a FreeBSD root into the guest's.
need() {
    local directory=$1 file
    shift
    for file; do
        if [ ! -e "$directory/$file" ]; then skip "no $file in $directory"; return 1; fi
        mkdir -p "$guest/$(dirname "$file")"
        cp -r "$directory/$file" "$guest/$file"
    done
}
skip() { echo "$name ${version:--} $1 0 skipped"; }

# on_freebsd PROGRAM ARG...: in /project of the guest. on_linux PROGRAM ARG...: the same here. Each writes its own files of output.
# With --twice the guest runs a second time, and the traces of both runs must be the same bytes.
on_freebsd() {
    if [ "$twice" ]; then
        cp -r "$guest/project" "$work/$name/before"
        GDBSTUB_TRACE=$work/$name/first run_freebsd "$@"
        rm -rf "$guest/project" "$guest/home"/*
        mv "$work/$name/before" "$guest/project"
        GDBSTUB_TRACE=$work/$name/second run_freebsd "$@"
        cmp "$work/$name/first" "$work/$name/second" >&2
        task+=", twice with the same trace of $(wc -l < "$work/$name/first") lines"
    else
        run_freebsd "$@"
    fi
}
run_freebsd() {
    "$gdbstub" run --time fast --root "$guest" --root-writable --cwd /project --clean-env --env HOME=/home --env PATH="${guest_path-/usr/local/bin}" \
        -- "$@" > "$work/$name/freebsd.out" 2> "$work/$name/freebsd.err" < /dev/null
}
on_linux() {
    (cd "$linux/project" && env -i HOME="$linux/home" PATH="${linux_path-/nonexistent}" "$@") \
        > "$work/$name/linux.out" 2> "$work/$name/linux.err" < /dev/null
}
same_output() { cmp "$work/$name/freebsd.out" "$work/$name/linux.out" >&2; }

# build CPU SYSTEM SOURCE PROGRAM: a Go program.
build() { (cd "$work/$name" && GO111MODULE=off CGO_ENABLED=0 GOARCH=$1 GOOS=$2 go build -o "$4" "$3"); }

lightningcss() {
    task="minifies bootstrap.css for old browsers"
    fetch bootstrap; cp "$package/package/dist/css/bootstrap.css" "$guest/project"
    share_input
    fetch lightningcss-cli-linux-x64-gnu; on_linux "$package/package/lightningcss" --minify --targets '>= 0.25%' bootstrap.css
    fetch lightningcss-cli-freebsd-x64
    need "$libraries" libexec/ld-elf.so.1 lib/libc.so.7 lib/libthr.so.3 lib/libm.so.5 lib/libgcc_s.so.1 || return 77
    on_freebsd "$package/package/lightningcss" --minify --targets '>= 0.25%' bootstrap.css
    same_output
}

# Pages get their numbers in the directory's order, which is not the same on all file systems, so each language has one page. Compressed files hold the time.
pagefind() {
    local language page
    local -A languages=([en]=gdb [de]=machine [fr]=personalities [es]=protocol [it]=boot [ru]=lldb)
    task="makes the search index of a site in six languages"
    for language in "${!languages[@]}"; do
        page=${languages[$language]}
        { echo "<!doctype html><html lang=$language><title>$page</title><body><h1>$page</h1>"
          sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/^$/<p>/' "$here/docs/$page.md"; } > "$guest/project/$page.html"
    done
    share_input
    fetch @pagefind/linux-x64; on_linux "$package/package/bin/pagefind_extended" --site . --output-path out --quiet
    fetch @pagefind/freebsd-x64
    need "$libraries" libexec/ld-elf.so.1 lib/libc.so.7 lib/libthr.so.3 lib/libm.so.5 lib/libgcc_s.so.1 || return 77
    on_freebsd "$package/package/bin/pagefind_extended" --site . --output-path out --quiet
    find "$guest/project/out" "$linux/project/out" -type f | while read -r page; do
        if gzip -t "$page" 2> /dev/null; then zcat < "$page" > "$page.plain"; rm "$page"; fi
    done
    diff -r "$guest/project/out" "$linux/project/out" >&2
}

esbuild() {
    local options=(--bundle --minify --sourcemap --target=es2018 --external:@popperjs/core bootstrap.esm.js --outdir=out --log-level=warning)
    task="bundles bootstrap.esm.js with a source map"
    fetch bootstrap; cp "$package/package/dist/js/bootstrap.esm.js" "$guest/project"
    share_input
    fetch @esbuild/linux-x64; on_linux "$package/package/bin/esbuild" "${options[@]}"
    fetch "@esbuild/freebsd-$x64"; on_freebsd "$package/package/bin/esbuild" "${options[@]}"
    diff -r "$guest/project" "$linux/project" >&2
}

# The name of the base directory goes into the result, so it is the same in the guest and here.
snapbuild() {
    task="makes a snapshot of bootstrap.js"
    fetch bootstrap; cp "$package/package/dist/js/bootstrap.js" "$guest/project"
    echo "const bootstrap = require('./bootstrap.js'); module.exports = Object.keys(bootstrap);" > "$guest/project/main.js"
    share_input
    snapshot_settings "$linux/project" > "$linux/project/settings.json"
    fetch @cypress/snapbuild-linux-64; on_linux "$package/package/bin/snapshot" settings.json
    snapshot_settings /project > "$guest/project/settings.json"
    fetch "@cypress/snapbuild-freebsd-$plain"; on_freebsd "$package/package/bin/snapshot" settings.json
    sed -i "s|$linux/project|/project|g" "$work/$name/linux.out"
    same_output
}
snapshot_settings() {
    printf '{"entryfile":"%s/main.js","outfile":"out.js","basedir":"%s","deferred":[],"norewrite":[],"metafile":false,"doctor":false}\n' "$1" "$1"
}

# turbo goes through hash tables in random order, so lines are sorted before they are compared.
turbo() {
    local directory=$guest/project package_name output
    task="plans two tasks in three packages"
    echo '{"name":"house","private":true,"version":"1.0.0","packageManager":"npm@8.0.0","workspaces":["packages/*"]}' > "$directory/package.json"
    echo '{"pipeline":{"build":{"dependsOn":["^build"],"outputs":["dist/**"]},"test":{"dependsOn":["build"]}}}' > "$directory/turbo.json"
    echo '{"name":"house","version":"1.0.0","lockfileVersion":2,"requires":true,"packages":{}}' > "$directory/package-lock.json"
    for package_name in cellar hall roof; do
        mkdir -p "$directory/packages/$package_name"
        printf '{"name":"%s","version":"1.0.0","scripts":{"build":"echo build","test":"echo test"},"dependencies":{%s}}\n' $package_name \
            "$(case $package_name in hall) echo '"cellar":"*"' ;; roof) echo '"hall":"*","cellar":"*"' ;; esac)" > "$directory/packages/$package_name/package.json"
        echo "export const name = '$package_name';" > "$directory/packages/$package_name/index.js"
    done
    share_input
    fetch turbo-linux-64; on_linux "$package/turbo-linux-64/bin/turbo" run build test --dry=json
    fetch "turbo-freebsd-$plain"; on_freebsd "$package/turbo-freebsd-$plain/bin/turbo" run build test --dry=json
    for output in "$work/$name"/{linux,freebsd}.out; do
        tr -d , < "$output" | sort > "$output.sorted"
        mv "$output.sorted" "$output"
    done
    same_output
}

# lefthook asks git where the repository is. A stand-in answers, because the git of FreeBSD 10.2 is too old for the question and there is none for arm64.
lefthook() {
    task="reads lefthook.yml and prints it as JSON"
    if ! command -v go > /dev/null; then skip "go is not installed"; return 77; fi
    cat > "$guest/project/lefthook.yml" <<'YAML'
pre-commit:
  parallel: true
  commands:
    lint: { run: "echo lint", glob: "*.{js,ts}" }
    types: { run: "echo types", tags: [slow, types] }
commit-msg:
  commands:
    check: { run: 'echo "{1}"' }
YAML
    mkdir -p "$guest/project/.git"/{hooks,info}
    cat > "$work/$name/git.go" <<'GO'
package main

import (
	"fmt"
	"os"
)

func main() {
	directory, _ := os.Getwd()
	for i, argument := range os.Args {
		switch {
		case argument == "version" || argument == "--version":
			fmt.Println("git version 2.45.0")
		case argument == "--show-toplevel":
			fmt.Println(directory)
		case argument == "--git-path":
			fmt.Println(directory + "/.git/" + os.Args[i+1])
		case argument == "--git-dir" || argument == "--git-common-dir":
			fmt.Println(directory + "/.git")
		}
	}
}
GO
    share_input
    build "$cpu" freebsd git.go "$guest/tools/git"
    build amd64 linux git.go "$linux/tools/git"
    fetch lefthook-linux-x64; linux_path=$linux/tools on_linux "$package/package/bin/lefthook" dump --format json
    fetch "lefthook-freebsd-$x64"; guest_path=/tools on_freebsd "$package/package/bin/lefthook" dump --format json
    grep -q 'echo types' "$work/$name/freebsd.out"
    same_output
}

# The proxy starts a function, here a Go program built for each system, and the function gets its event by HTTP on the loopback interface.
functions() {
    local event='{"path":"/x","httpMethod":"GET","queryStringParameters":{"q":"1"},"headers":{"a":"b"},"multiValueHeaders":{"a":["b"]},"body":"hello"}'
    task="starts a function and hands it an event by HTTP"
    if ! command -v go > /dev/null; then skip "go is not installed"; return 77; fi
    cat > "$work/$name/function.go" <<'GO'
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	runtime := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(runtime + "next")
		if err != nil {
			return
		}
		var event map[string]any
		json.NewDecoder(next.Body).Decode(&event)
		body, _ := json.Marshal(map[string]any{"statusCode": 200, "body": fmt.Sprintf("%v of %v", event["httpMethod"], event["path"])})
		answer, err := http.Post(runtime+next.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", "application/json", bytes.NewReader(body))
		if err == nil {
			io.Copy(io.Discard, answer.Body)
		}
	}
}
GO
    share_input
    build "$cpu" freebsd function.go "$guest/function"
    build amd64 linux function.go "$linux/function"
    fetch @netlify/local-functions-proxy-linux-x64
    on_linux "$package/package/bin/local-functions-proxy" -command "$linux/function" -event "$event" -timeout 20s
    fetch "@netlify/local-functions-proxy-freebsd-$x64"
    on_freebsd "$package/package/bin/local-functions-proxy" -command /function -event "$event" -timeout 20s
    grep -q 'GET of /x' "$work/$name/freebsd.out"
    same_output
}

# selected NAME-CPU: the arguments ask for it.
selected() {
    local wanted
    [ ${#wishes[@]} -eq 0 ] && return
    for wanted in "${wishes[@]}"; do [ "$wanted" = "$1" ] || [ "$wanted" = "${1%-*}" ] && return; done
    return 1
}
wishes=("$@")
ran=0 different=0
for name in "${all[@]}"; do
    selected "$name" || continue
    cpu=${name##*-} version= task=
    prepare
    start=$(date +%s)
    # In a subshell of its own, since `set -e` is off in a condition.
    set +e
    (set -e; trap - EXIT; "${name%-*}"; echo "$name $version $task $(($(date +%s) - start)) same")
    status=$?
    set -e
    case $status in
    0) ran=$((ran + 1)) ;;
    77) ;;
    *) different=1; echo "$name different (status $status)"; head -n 5 "$work/$name/"*.err >&2 || true ;;
    esac
    rm -rf "${work:?}/$name"
done
[ $different -eq 0 ] || exit 1
[ $ran -gt 0 ] || exit 77
