#!/bin/sh
# Writes what differs between environments, then serves. TITLE has neither quotes nor backslashes.
set -eu
printf '{"title": "%s"}\n' "${TITLE:-App}" >/tmp/config.json
exec nginx -e stderr -c /etc/nginx/own.conf
