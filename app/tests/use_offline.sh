#!/usr/bin/env bash
# Starts the program and keeps a record with it. Usage: use_offline.sh PROGRAM FOLDER
set -euo pipefail

program=$1
folder=$2
url=http://127.0.0.1:8399
jar=$folder.cookies

visit() { curl -fsS -c "$jar" -b "$jar" "$url$1"; }
send() {
  local path=$1 token
  shift
  token=$(visit "$path" | sed -n 's/.*name="csrf_token" value="\([^"]*\)".*/\1/p' | head -1)
  curl -fsS -o /dev/null -w '%{http_code}\n' -c "$jar" -b "$jar" --data-urlencode "csrf_token=$token" "$@" "$url$path"
}

ip link set lo up
"$program" --no-browser --port 8399 --data "$folder" >"$folder.log" 2>&1 &
trap 'kill $!' EXIT
for _ in $(seq 1200); do
  curl -fsS -o /dev/null "$url/readyz" 2>/dev/null && break
  sleep 0.1
done
visit /readyz
send /sign-up --data-urlencode 'password=quiet river under nine moons'
send /records/new --data-urlencode 'title=Kept offline'
visit /records | grep -o 'Kept offline' | head -1
ls -A /sys/class/net
