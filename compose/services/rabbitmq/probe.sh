#!/bin/bash
# Does the broker speak AMQP? Its header is answered with connection.start; no Erlang machine is booted for that.
exec 3<>/dev/tcp/127.0.0.1/5672 || exit 1
printf 'AMQP\0\0\11\1' >&3
IFS= read -r -t 2 -N 1 -u 3 _
[ "$?" -lt 128 ] || exit 1
