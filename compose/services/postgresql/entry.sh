#!/bin/sh
# Make the cluster once, set the app's password at every start (a new password is a restart), run.
# Killed at any point, the next start begins where it has to: a cluster that is not complete has no final name.
set -eu
cluster=/data/17
name=${SERVICE_USER:?}
if [ ! -d "$cluster" ]; then
  rm -rf "$cluster.new"
  initdb --pgdata="$cluster.new" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --data-checksums --no-instructions --set=config_file=/etc/postgresql/postgresql.conf >/dev/null
  sync -f /data
  mv "$cluster.new" "$cluster"
fi
single() {
  postgres --single -D "$cluster" -c config_file=/etc/postgresql/postgresql.conf -c exit_on_error=on -j "$1" >/dev/null
}
secret=$(cat /run/secrets/password)
# Each statement ends with an empty line: single-user mode's way. The password is hexadecimal, made by the kit.
single postgres <<SQL
DO \$\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$name') THEN CREATE ROLE "$name" LOGIN; END IF; END \$\$;

ALTER ROLE "$name" PASSWORD '$secret';

SQL
if [ ! -e "$cluster/.slipway-database" ]; then
  # It is there where this was killed between both statements.
  single postgres <<SQL || :
CREATE DATABASE "$name" OWNER "$name";

SQL
  single "$name" <<SQL
ALTER SCHEMA public OWNER TO "$name";

SQL
  : >"$cluster/.slipway-database"
fi
unset secret
exec postgres -D "$cluster" -c config_file=/etc/postgresql/postgresql.conf \
  -c shared_buffers="$((${SERVICE_MEMORY_MIB:?} / 4))MB" "$@"
