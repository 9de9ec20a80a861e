#!/bin/sh
# The user from the password, as a hash (a new password is a restart); without it only PING answers, for the probe.
set -eu
umask 077
hash=$(tr -d '\n' </run/secrets/password | sha256sum | cut -d' ' -f1)
cat >/tmp/users.acl <<ACL
user default on nopass resetchannels -@all +ping
user ${SERVICE_USER:?} on #$hash ~* &* +@all -@dangerous +info +keys
ACL
exec valkey-server /etc/slipway-valkey.conf --maxmemory "$((${SERVICE_MEMORY_MIB:?} * 3 / 4))mb"
